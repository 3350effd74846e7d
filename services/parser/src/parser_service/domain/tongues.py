"""Spoken languages by their names in several languages, and how well they are spoken."""

import re
from functools import cache
from importlib import resources

from parser_service.domain.folding import fold

_NAMES = """
en:english|englisch|anglais|ingles|inglese|engels;de:german|deutsch|allemand|aleman|tedesco|duits|alemao;fr:french
|franzosisch|francais|frances|francese|frans;
es:spanish|spanisch|espagnol|espanol|castellano|spagnolo|spaans|espanhol;it:italian|italienisch|italien|italiano
|italiaans;pt:portuguese|portugiesisch|portugais|portugues|portoghese|portugees;
nl:dutch|niederlandisch|hollandisch|neerlandais|neerlandes|holandes|olandese|nederlands|flemish;pl:polish|polnisch
|polonais|polaco|polacco|polski;ru:russian|russisch|russe|ruso|russo;
uk:ukrainian|ukrainisch|ukrainien|ucraniano;zh:chinese|mandarin|chinesisch|chinois|chino|cinese|mandarin chinese
|mandarin (chinese)|mandarino;yue:cantonese|kantonesisch|cantonais;
ja:japanese|japanisch|japonais|japones|giapponese;ko:korean|koreanisch|coreen|coreano;ar:arabic|arabisch|arabe|arabo;
he:hebrew|hebraisch|hebreu|hebreo;hi:hindi;bn:bengali|bangla;
pa:punjabi|panjabi;ta:tamil;te:telugu;mr:marathi;gu:gujarati;ur:urdu;kn:kannada;ml:malayalam;or:odia|oriya;
as:assamese;ne:nepali;si:sinhala|sinhalese;fa:persian|farsi|persisch|persan|persa|dari;
tr:turkish|turkisch|turc|turco;el:greek|griechisch|grec|griego|greco;sv:swedish|schwedisch|suedois|sueco|svedese
|svenska;da:danish|danisch|danois|danes|danese|dansk;
no:norwegian|norwegisch|norvegien|noruego|norvegese|norsk|bokmal;fi:finnish|finnisch|finnois|finlandes|suomi;
is:icelandic|islandisch|islandais;et:estonian|estnisch|estonien;
lv:latvian|lettisch|letton;lt:lithuanian|litauisch|lituanien;cs:czech|tschechisch|tcheque|checo|cestina;sk:slovak
|slowakisch|slovaque|eslovaco;hu:hungarian|ungarisch|hongrois|hungaro|magyar;
ro:romanian|rumanisch|roumain|rumano;bg:bulgarian|bulgarisch|bulgare|bulgaro;sr:serbian|serbisch|serbe|serbio;
hr:croatian|kroatisch|croate|croata;bs:bosnian|bosnisch;sl:slovenian|slovene|slowenisch;
mk:macedonian|mazedonisch;sq:albanian|albanisch|albanais|albanes;ca:catalan|katalanisch|catala;eu:basque|baskisch
|euskera|vasco;gl:galician|galicisch|gallego;
ga:irish|gaelic|irish gaelic|irisch|gaeilge;cy:welsh|walisisch;gd:scottish gaelic;mt:maltese;lb:luxembourgish
|luxemburgisch|luxembourgeois;af:afrikaans;zu:zulu|isizulu;xh:xhosa|isixhosa;
st:sotho|sesotho;sw:swahili|kiswahili|suaheli;am:amharic;yo:yoruba;ig:igbo;ha:hausa;so:somali;th:thai|thailandisch;
vi:vietnamese|vietnamesisch|vietnamien|vietnamita;
id:indonesian|bahasa indonesia|indonesisch;ms:malay|bahasa melayu|malaiisch;tl:tagalog|filipino;km:khmer;lo:lao;
my:burmese;mn:mongolian;kk:kazakh;uz:uzbek;hy:armenian|armenisch|armenien;
ka:georgian|georgisch;az:azerbaijani;be:belarusian;la:latin|latein;eo:esperanto;mi:maori|te reo maori;
ht:haitian creole|creole;ku:kurdish|kurdisch;ps:pashto;yi:yiddish;
br:breton|bretonisch;oc:occitan;co:corsican|corse;fy:frisian|friesisch;hsb:sorbian|sorbisch;rm:romansh|rumantsch;fo:faroese;
ase:american sign language|asl|sign language;bfi:british sign language|bsl;kok:konkani;sd:sindhi;sa:sanskrit|sanskrit;
nb:norwegian bokmal;tn:tswana|setswana;rw:kinyarwanda;wo:wolof
"""  # fmt: skip
NAMES_OF = {
    code: names.split("|") for entry in _NAMES.replace("\n", "").split(";") for code, names in [entry.split(":")]
}
_LONGEST = 3  # words in a name
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


@cache
def _codes() -> dict[tuple[str, ...], str]:
    """ISO codes by the words of a folded name."""
    text = resources.files("parser_service.domain").joinpath("languages.txt").read_text("utf-8")
    rows = [line.split(":") for line in text.splitlines() if not line.startswith("#")]
    foreign = {name: code for code, names in rows for name in names.split("|")}
    own = {name: code for code, names in NAMES_OF.items() for name in names}
    return {tuple(_WORD.findall(name)): code for name, code in (foreign | own).items()}


_LEVEL = re.compile(
    r"\b(?:[abc][12](?:[.\-/+]?[12])?\b(?:\s*\([^)]*\))?|(?:native|bilingual|mother|first)(?:[ /-](?:or bilingual"
    r"|speaker|tongue|language|proficiency|level|bilingual))*(?: proficiency)?"
    r"|(?:full |limited )?professional(?: working)?(?: proficiency)?|full professional"
    r"|limited working(?: proficiency)?|elementary(?: proficiency)?|(?:near[- ]native|fluent|proficient|advanced"
    r"|upper[- ]intermediate|pre[- ]intermediate|intermediate|conversational|basic|basics|beginner|good|very good"
    r"|excellent|working|working knowledge|business[- ]fluent|school knowledge|learning)"
    r"|muttersprachlich|muttersprache|verhandlungssicher|fliessend|fliessende kenntnisse"
    r"|(?:sehr )?gute?(?: kenntnisse)?(?: in wort und schrift)?|grundkenntnisse|konversationssicher"
    r"|erweiterte kenntnisse|mittelstufe|fortgeschritten|anfanger|grundlagen|basiskenntnisse|schulkenntnisse"
    r"|langue maternelle|maternelle|courant|bilingue|intermediaire|avance|debutant|notions|scolaire"
    r"|lu,? (?:ecrit,? )?parle|bon niveau|tres bon niveau|niveau [abc][12]"
    r"|ojczysty|jezyk ojczysty|biegly|biegle|plynny|plynnie|zaawansowany|sredniozaawansowany|srednio zaawansowany"
    r"|komunikatywny|komunikatywnie|podstawowy|podstawy|dobry|bardzo dobry|modersmal|flytande|mycket god"
    r"|goda kunskaper|grundlaggande|modersmaal|flydende|morsmal|flytende|rodily mluvci|plynule|pokrocily|zacatecnik"
    r"|nativ[oa]|lengua materna|materna|fluido|avanzado|intermedio|basico|alto|medio|bajo|nivel (?:alto|medio"
    r"|basico|avanzado|[abc][12])|madrelingua|fluente|avancado|moedertaal|vloeiend|goed)\b"
)


def find_languages(text: str) -> list[tuple[str, str, int, int]]:
    """Languages named in the text: name as written, ISO code, begin and end."""
    folded = "".join(f if len(f := fold(c)) == 1 else c.lower()[:1] for c in text)
    words = list(_WORD.finditer(folded))
    found: list[tuple[str, str, int, int]] = []
    at = 0
    while at < len(words):
        for count in range(min(_LONGEST, len(words) - at), 0, -1):
            run = words[at : at + count]
            if code := _codes().get(tuple(word[0] for word in run)):
                begin, end = run[0].start(), run[-1].end()
                found.append((text[begin:end], code, begin, end))
                at += count - 1
                break
        at += 1
    return found


def find_level(text: str) -> str:
    """The first level printed in the text, as written; empty when there is none."""
    folded = "".join(f if len(f := fold(c)) == 1 else c.lower()[:1] for c in text)
    match = _LEVEL.search(folded)
    return text[match.start() : match.end()].strip() if match else ""


def is_language(text: str) -> bool:
    """Whether the whole text names one language."""
    return tuple(_WORD.findall(fold(text))) in _codes()
