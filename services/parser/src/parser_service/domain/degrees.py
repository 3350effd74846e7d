"""Degrees: how they are printed, and which level after ISCED 2011 they have."""

import re
from functools import lru_cache

from parser_service.domain.folding import fold, table
from parser_service.domain.model import EducationLevel

_D, _M, _B = EducationLevel.DOCTORATE, EducationLevel.MASTER, EducationLevel.BACHELOR
_S, _V, _H = EducationLevel.SHORT_CYCLE, EducationLevel.VOCATIONAL, EducationLevel.SECONDARY

# Patterns over folded text (no accents, lower case), tried in this order.
_WORDS: tuple[tuple[EducationLevel, str], ...] = (
    (_D, r"doctor(?:ate|a|ado|at)?|doktor(?:at|in|grad)?|doktorgrad|promotion|dottorato|phd|ph\.\s?d\.?|dphil"
         r"|d\.\s?phil\.?|edd|ed\.d\.?|dba|juris doctor|j\.d\.|jd|m\.d\.|md|pharmd|doutorado|habilitation"
         r"|dr\.[\s-]?(?:rer|ing|phil|med|jur)[.\w\s]*"),
    (_M, r"diplome d'ingenieur|laurea specialistica|wo[- ]master|master(?:'?s|ado|arbeit)?(?: universitari[oa]"
         r"| [12](?![\d])"
         r"| professionnel| recherche| oficial)?|magister|maestria|maestro|mestrado|laurea magistrale|diplom(?!a|e"
         r"|atic)[\w-]*|dipl\.-?[\w.-]+|dipl-\w+|staatsexamen|m\.?\s?sc\.?|m\.\s?a\.|ma|m\.\s?s\.|ms|mba|m\.b\.a\."
         r"|m\.?\s?eng\.?|m\.?\s?ed\.?|m\.?\s?phil\.?|m\.?tech\.?|mfa|llm|ll\.m\.?|m\.?\s?arch\.?|mph|msn|msw|mpa"
         r"|mpp|mca|m\.?com\.?|postgraduate|mphil|mres|mim|executive mba|msci|licenciatura en derecho"
         r"|grado superior en ingenieria|ingeniero|ingenieur|dea|dess|mastere|lizenziat|pgce|pgdip"
         r"|graduate certificate"),
    (_B, r"bachelor(?:'?s)?|bachiller en|hbo[- ]bachelor|licence(?: pro(?:fessionnelle)?| [123])?|licenciatura"
         r"|licenciad[oa]|grado(?! medio| superior)|graduad[oa]"
         r"|laurea(?: triennale)?|bacharelado|b\.?\s?sc\.?|b\.\s?a\.|ba|b\.\s?s\.|bs|bba|b\.?\s?eng\.?"
         r"|b\.?\s?ed\.?|b\.?\s?tech\.?|bfa|llb|ll\.b\.?|b\.?\s?arch\.?|bsn|b\.?com\.?|bca|be|mbbs|m\.b\.b\.s\.?"
         r"|bpharm|b\.?mus\.?|bdes|honours degree|diplomatura|but\b|undergraduate"),
    (_S, r"associate(?:'?s)?(?: degree)?(?= of| in|$)|associate(?:'s)? degree|associate(?= [a-z])|a\.\s?a\."
         r"|a\.\s?s\.|a\.?a\.?s\.?|hnd|hnc"
         r"|higher national(?: diploma| certificate)?|foundation degree|bts|dut|deug|deust|tecnico superior"
         r"|(?:ciclo formativo de )?grado superior|higher diploma"
         r"|cpge|classes? preparatoires?|advanced diploma"),
    (_V, r"diploma(?! di maturita)|diplome(?: d'etat| national)?|mbo(?: niveau \d)?|mbo[- ]\d"
         r"|certificate(?: [iv]+)?(?: in| of)?|certificat|ausbildung(?: zur?m?)?|lehre(?: als)?"
         r"|berufsausbildung|umschulung|formacion profesional|fp |ciclo formativo(?: de grado medio)?"
         r"|grado medio|curso tecnico|tecnico(?! superior| de )(?= em|$)|cap\b|bep"
         r"|gesellenbrief|meister(?:brief|schule)?|fachwirt|techniker|nvq|btec|vocational|apprenticeship|bootcamp"
         r"|nanodegree|kaufmann|kauffrau|fachinformatiker(?:in)?|tecnico en"),
    (_H, r"high school|secondary|abitur|matura|maturita|baccalaureat(?: professionnel| general| technologique)?"
         r"|diploma di maturita(?: \w+)?|bac\b|bachillerato|a[- ]levels?|gcses?|ged"
         r"|realschulabschluss|mittlere reife|fachabitur|fachhochschulreife|hochschulreife|hauptschulabschluss"
         r"|international baccalaureate|ib diploma|leaving certificate|esame di maturita|maturita|vmbo|vwo|havo"
         r"|hsc|ssc|higher secondary|school leaving"),
)  # fmt: skip
_SHORT_ONLY_CAPITALS = frozenset(
    {"ma", "ms", "ba", "bs", "be", "md", "jd", "but", "cap", "bac", "fp", "bep", "dea", "ged"}
)
_ANY = re.compile("|".join(f"(?P<g{i}>(?<![a-z0-9.])(?:{words})(?![a-z0-9]))" for i, (_, words) in enumerate(_WORDS)))

# `in`, `of`... between the degree and its subject.
_LINK = re.compile(
    r"^(?:\s*(?:[,:–—|·-]|\b(?:in|im|en|of|degree in|degree|di|de|der|des|em|major(?:ing)? in|with a major in"
    r"|mit schwerpunkt|fach|fachrichtung|mention|specialite|zum|zur|als)\b)\s*)+",
    re.I,
)
_HONOURS = re.compile(r"hons?\.?$|honou?rs|dr\.", re.I)
_ABBREVIATION = 6  # characters of a degree that is repeated in short
_OF_SUBJECTS = table(
    """
    science sciences arts art engineering technology laws law business administration education fine music
    nursing commerce architecture philosophy applied medicine surgery design social work public health computer
    applications pharmacy studies letters divinity management finance accounting jurisprudence degree and
    culinary liberal
    """
)
_FULL_NAME = re.compile(
    r"^\s*(?:'s|’s|s)?\s*(?:degree\s+)?(?:of|universitario en|universitaire|en|es)\s+((?:[\w&]+\s*){1,6})", re.I
)
_SCORE = re.compile(
    r"(?:\b(?:c?gpa|cpi|grade|score|note|notendurchschnitt|abschlussnote|durchschnitt|nota(?: media)?|mention"
    r"|moyenne|average|result|classification|final grade|percentage|promedio|calificacion|voto)\b\s*(?:of"
    r"|[:=-])?\s*)"
    r"(?P<label>[\w.,/:%+ ]{1,25}?(?=$|[;|)\n(]|,\s|\s[–—•·-]\s|\s{2,}))"
    r"|(?<![\d.])(?P<number>\d{1,2}(?:[.,]\d{1,2})?\s?/\s?\d{1,3}(?:[.,]\d)?)(?![\d/])"
    r"|(?P<latin>\b(?:summa|magna)?\s*cum laude\b|\b(?:first|second|upper second|lower second"
    r"|third)[- ]class(?: honou?rs)?(?: \([^)]*\))?|\b[12]:[12](?!\d)(?: honou?rs)?|\b(?:with|mit|avec"
    r"|con) (?:distinction|honou?rs|auszeichnung|mention|honores|matricula)\b|^distinction$|^merit$"
    r"|^pass with \w+$|^honou?rs$|mention (?:tres )?(?:assez )?bien|sobresaliente|notable$"
    r"|\b\d{1,3}(?:[.,]\d+)?\s?%)",
    re.I,
)  # fmt: skip


@lru_cache(maxsize=2048)
def find_degree(text: str) -> tuple[int, int, EducationLevel] | None:
    """Begin, end and level of the degree printed in the text: `MSc`, `Bachelor of Science`, `Licence`."""
    folded = _positional(text)
    for match in _ANY.finditer(folded):
        word = match[0].replace(".", "").strip()
        if word in _SHORT_ONLY_CAPITALS and not text[match.start() : match.end()].replace(".", "")[:2].isupper():
            continue
        level = next(level for i, (level, _) in enumerate(_WORDS) if match[f"g{i}"])
        return match.start(), _full_name_end(text, folded, match.end()), level
    return None


def _positional(text: str) -> str:
    return "".join(f if len(f := fold(c)) == 1 else c.lower()[:1] for c in text).replace("’", "'")


def _full_name_end(text: str, folded: str, end: int) -> int:
    """`Bachelor` goes on as `of Business Administration` when those are words of degree names."""
    match = _FULL_NAME.match(folded[end:])
    if not match:
        suffix = re.match(r"\s+(?:degree|studium|abschluss)\b", folded[end:])
        return end + suffix.end() if suffix else end
    taken = 0
    for word in re.finditer(r"[\w&]+", match[1]):
        if word[0] not in _OF_SUBJECTS and word[0] != "&":
            break
        if word[0] != "and":
            taken = match.start(1) + word.end()
    return end + taken if taken else end


def split_degree(text: str) -> tuple[str, str, EducationLevel]:
    """Degree, subject and level of a text that holds a degree; all empty when it holds none."""
    found = find_degree(text)
    if not found:
        return "", "", EducationLevel.UNSPECIFIED
    begin, end, level = found
    if (bracket := re.match(r"\s*\(([^()]{2,25})\)", text[end:])) and (
        find_degree(bracket[1]) or _HONOURS.match(bracket[1])
    ):
        end += bracket.end()
    before, degree, after = text[:begin].strip(" ,;:–—-("), text[begin:end].strip(), text[end:]
    rest = _LINK.sub("", after)
    if (again := find_degree(rest)) and again[0] == 0 and again[1] <= _ABBREVIATION:
        rest = _LINK.sub("", rest[again[1] :])  # `Bachelor of Arts - BA, Economics`
    subject = rest.strip(" ,;:–—-|·()")
    if not subject and before and not find_degree(before):
        subject = before
    elif before and len(before.split()) <= 2 and not re.search(r"\W(?:in|of)$", before):
        degree = text[: end + 1] if "(" in text[:begin] and text[end : end + 1] == ")" else text[:end]
    return degree.strip(" ,;:"), subject, level


def find_score(text: str) -> tuple[int, int, str] | None:
    """Begin, end and value of a grade printed in the text."""
    match = _SCORE.search(text)
    if not match:
        return None
    value = (match["label"] or match["number"] or match["latin"] or "").strip()
    return (match.start(), match.end(), value) if value else None
