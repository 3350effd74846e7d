"""Cuts the header of an entry into pieces that each stand for one field."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parser_service.domain.contacts import URL
from parser_service.domain.dates import without_periods
from parser_service.domain.entries import join_lines
from parser_service.domain.folding import fold, tidy
from parser_service.domain.fragments import FragmentKind, leaning
from parser_service.domain.layout import Cell, Line, Span
from parser_service.domain.places import place_score

SEPARATORS = re.compile(r"\s+[|•·◦◆►»/∙⋅‧▪■●]\s+|\s+[–—−]+\s+|\s+-{1,3}\s+|\s*[|•◆]\s*|\s@\s|\s{2,}|;\s")
MARKS = re.compile(r"\s*[|•◆]\s*|\s+[·∙⋅‧▪■●]\s+|\s{2,}")  # for names that may hold dashes and slashes themselves
_AT = re.compile(r"\s+(?:at|bei|chez|presso)\s+(?=[A-ZÀ-Þ\d])|^(?:at|bei|chez|presso)\s+(?=[A-ZÀ-Þ])")
_CONNECTIVES = frozenset({"at", "in", "bei", "chez", "en", "an", "and", "from", "to", "à", "by"})
# Labels of facts, folded, in the languages of the headings.
_LABELS: dict[str, str] = {
    "company": "company|company name|employer|employer name|name of (?:employer|company|organi[sz]ation)"
    "|organi[sz]ation|client|pracodawca|firma|firma|arbeitgeber|unternehmen|betrieb|entreprise|employeur"
    "|societe|empresa"
    "|datore di lavoro|azienda|werkgever|bedrijf|empregador",
    "title": "title|job title|designation|position title|job role|stanowisko|befattning|stilling"
    "|stillingsbetegnelse|position|positions held|role|function|occupation|funktion|tatigkeit|stelle|beruf|poste"
    "|poste occupe|fonction|emploi|intitule|cargo|puesto|ocupacion|posizione|qualifica|mansione|ruolo|functie"
    "|functietitel|funcao",
    "place": "location|place|city|citta|miasto|miejsce|ort|standort|einsatzort|lieu|ville|lugar|localidad|ciudad|luogo|sede|plaats"
    "|local|cidade",
    "dates": "dates?|dates of employment|tenure|okres|period|duration|from|zeitraum|dauer|datum|von|periode|duree"
    "|fechas?|periodo|duracion|data",
    "school": "institution|institute|board|uczelnia|szkola|skola|school|university|college|establishment"
    "|einrichtung|schule|hochschule|universitat"
    "|bildungsstatte"
    "|etablissement|ecole|universite|centro|centro educativo|escuela|universidad|istituto|scuola|instelling"
    "|onderwijsinstelling"
    "|instituicao|escola",
    "degree": "degree|course|kierunek|stopien|examen|qualification|award|programme?|abschluss|bildungsabschluss"
    "|diplome|titre|titulo|titulacion|titolo"
    "|titolo di studio|diploma|opleiding|curso",
}
_LABEL = re.compile("(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items()) + r")\s?:\s*(?=\S)")


_LABEL_ALONE = re.compile("(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items()) + r")\s?:?")
_TITLED = 1.0  # log-odds from which a bracket reads like a title rather than an employer


@dataclass(frozen=True, slots=True)
class Piece:
    """A text that stands for one field. `slot` says where in the template it stands and how it looks."""

    text: str
    slot: tuple[object, ...]
    line: Line
    place: float = 0.0  # how much it looks like a place
    told: str = ""  # company, title, place, dates, school or degree, when a label says so


def labelled_rows(lines: Sequence[Line]) -> list[Line]:
    """Rows of a form, `Employer | : Name`, as lines of one text, `Employer: Name`."""
    return [_joined_row(line) if len(line.cells) == 2 else line for line in lines]


def _joined_row(line: Line) -> Line:
    label, value = line.cells
    match = _LABEL_ALONE.fullmatch(fold(label.text).strip(" :"))
    text = value.text.lstrip(" :")
    if not match or not text or not (value.text.startswith(":") or label.text.rstrip().endswith(":")):
        return line
    whole = text if match.lastgroup == "dates" else f"{label.text.strip(' :')}: {text}"
    return replace(line, cells=(replace(value, box=label.box.union(value.box), spans=(Span(whole, value.style),)),))


def cut_header(header: Sequence[Line], *, wrapped: bool, at: re.Pattern[str] = SEPARATORS) -> list[Piece]:
    """The pieces of a header without dates and web addresses, in reading order."""
    pieces: list[Piece] = []
    for row, line in enumerate(_unwrapped(header) if wrapped else header):
        order = 0
        for number, cell in enumerate(line.cells):
            for text, span in _parts(cell, at):
                told, bare = _labelled(text)
                if not re.search(r"\w", bare) or bare.lower() in _CONNECTIVES:
                    continue
                style = span.style
                slot = (
                    min(row, 3),
                    min(order, 2),
                    style.bold,
                    style.italic,
                    number > 0,
                    told,
                )
                pieces.append(Piece(bare, slot, line, _PLACE_OF.get(told, place_score(bare)), told))
                order += 1
    return pieces


_PLACE_OF = {"place": 1.0, "company": 0.0, "title": 0.0, "school": 0.0, "degree": 0.0}


def _labelled(text: str) -> tuple[str, str]:
    """What a label says the text is, and the text without the label."""
    text = tidy(text)
    folded = "".join(f if len(f := fold(c)) == 1 else c[:1] for c in text)
    match = _LABEL.match(folded)
    return (match.lastgroup or "", tidy(text[match.end() :])) if match else ("", text)


def _unwrapped(header: Sequence[Line]) -> list[Line]:
    """Header lines whose text was broken at the margin, joined again."""
    lines: list[Line] = []
    for line in header:
        above = lines[-1] if lines else None
        if above and len(line.cells) == 1 and _wraps(above, line):
            last = above.cells[-1]
            text = join_lines(last.text, line.cells[0].text)
            if last.capitals and last.text.endswith("-"):
                text = last.text[:-1] + line.cells[0].text
            cell = Cell(last.box.union(line.cells[0].box), (Span(text, last.style),), bullet=last.bullet)
            lines[-1] = Line(above.page, (*above.cells[:-1], cell), above.gap, above.right)
        else:
            lines.append(line)
    return lines


def _wraps(above: Line, line: Line) -> bool:
    last, first = above.cells[-1], line.cells[0]
    if last.look[:4] != first.look[:4] or abs(last.box.x0 - first.box.x0) > 3 or line.gap > 0.6 * first.style.size:
        return False
    if _labelled(first.text)[0]:
        return False
    room = above.right - last.box.x1
    return (
        room < first.first_word_width
        or (last.text.endswith("-") and room < 0.3 * (above.right - last.box.x0))
        or last.text.endswith(",")
    )


def _parts(cell: Cell, at: re.Pattern[str]) -> list[tuple[str, Span]]:
    """The cell cut at changes of look and at separators, without dates and web addresses."""
    groups: list[tuple[str, Span]] = []
    for span in cell.spans:
        words = re.search(r"\w", span.text)
        if groups and (not words or _alike(groups[-1][1], span) or not re.search(r"\w", groups[-1][0])):
            kept = groups[-1][1] if re.search(r"\w", groups[-1][0]) else span
            groups[-1] = (groups[-1][0] + span.text, kept)
        else:
            groups.append((span.text, span))
    parts: list[tuple[str, Span]] = []
    for text, span in groups:
        text = re.sub(r"\bhttps?://\S+", "  ", URL.sub("  ", without_periods(_rejoined(text))))
        for piece in at.split(text):
            for fragment in _AT.split(piece) if at is SEPARATORS else [piece]:
                parts += [(part, span) for part in _bracketed(fragment)]
    return parts


def _rejoined(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _alike(one: Span, other: Span) -> bool:
    a, b = one.style, other.style
    return (a.bold, a.italic, round(a.size), a.colour) == (b.bold, b.italic, round(b.size), b.colour)


def _bracketed(text: str) -> list[str]:
    """`Name (Place)` as two pieces, when the brackets hold a place or hold all of the text."""
    match = re.match(r"^(.*?)\s*\(([^()]+)\)\s*[.,]?\s*$", text)
    if match and re.search(r"\w", match[1]):
        inner = match[2].strip()
        named = inner[:1].isupper() and len(inner) > 4 and not inner.isupper() and "," not in match[1]
        # `Logistics Officer (Master Sergeant)`: a rank or a second title belongs to the first.
        titled = leaning(inner, FragmentKind.TITLE, FragmentKind.COMPANY) > _TITLED and place_score(inner) < 0.8
        if place_score(inner) >= 0.3 or (named and not titled):
            return [match[1], inner]
    return [text]


def split_place_off(text: str) -> tuple[str, str]:
    """`Employer, City, Country` as the employer and the place; the place is empty when none is told."""
    commas = [match.start() for match in re.finditer(r",\s", text)]
    best = (0.0, "", "")
    for comma in commas:
        head, tail = text[:comma].strip(), text[comma + 1 :].strip()
        score = place_score(tail)
        # One word more in the place than `City, Region` speaks for a comma inside the name.
        score -= 0.05 * max(tail.count(",") - 1, 0)
        if score > best[0] and head:
            best = (score, head, tail)
    return (best[1], best[2]) if best[0] >= 0.6 else (text, "")
