"""Reads skills and spoken languages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from parser_service.domain.dates import find_periods
from parser_service.domain.entries import join_lines
from parser_service.domain.findings import Finding, Source
from parser_service.domain.folding import fold, key, tidy
from parser_service.domain.layout import Cell, Line
from parser_service.domain.model import Language
from parser_service.domain.tongues import find_languages, find_level, is_language

_GROUP = re.compile(r"^(?P<label>[^:]{1,45}):\s*(?P<items>\S.*)?$")
_SEPARATOR = re.compile(r"\s*[;|•·◦●▪◆⋅∙,]\s*(?![^(]*\))|\s{3,}|\s+[–—]\s+|\s+/\s+")
_RATING = re.compile(
    r"\s*[(\[–—:-]?\s*(?:expert|advanced|intermediate|beginner|proficient|basic|master|novice|fluent|competent"
    r"|skilled|experienced|experte|fortgeschritten|grundkenntnisse|sehr gut|gut|avance|intermediaire|debutant"
    r"|avanzado|intermedio|basico|[★☆●○■□]+|\d{1,3}\s?%|\d(?:\s?/\s?\d{1,2})|\d+\+? (?:years?|yrs|jahre|ans"
    r"|anos))\s*[)\]]?\s*$"
)
_MAX_WORDS = 7
_COLUMN = 16.0  # points within which left edges belong to one column


@dataclass(slots=True)
class _Text:
    """Text of one group or item, joined over its lines, with the label of its group."""

    text: str
    line: Line
    label: str
    last: Cell
    row: int


def read_skills(lines: Sequence[Line], *, wrapped: bool) -> tuple[list[Finding[str]], list[Finding[Language]]]:
    """Skills as written, and the spoken languages that the section lists beside them."""
    skills: dict[str, Finding[str]] = {}
    languages: list[Finding[Language]] = []
    items = _texts(lines, wrapped=wrapped)
    for item in items:
        if is_language(item.label) and find_level(item.text):
            languages += _languages_in(f"{item.label} ({item.text})", item.line)
            continue
        for part in _split(item.text):
            skill = _bare(part)
            spoken = _languages_in(part, item.line)
            if spoken and spoken[0].value.level and len(spoken) == 1:
                languages += spoken
            elif _is_skill(skill) and key(skill) not in skills:
                skills[key(skill)] = Finding(skill, {"": Source.of(item.line, 0.85)})
    if not skills:
        # Without items, what looks like the names of groups are the skills themselves.
        names = {_bare(item.label): item.line for item in items if item.label and not item.text}
        skills = {
            key(name): Finding(name, {"": Source.of(line, 0.7)}) for name, line in names.items() if _is_skill(name)
        }
    return list(skills.values()), languages


def _texts(lines: Sequence[Line], *, wrapped: bool) -> list[_Text]:
    texts: list[_Text] = []
    for row, line in enumerate(lines):
        for position, cell in enumerate(line.cells):
            label, text = _label(cell)
            above = _above(texts, row, cell, alone=len(line.cells) == 1) if wrapped and not label else None
            if above and _continues(above.last, cell, _right(lines, above.last, line), alone=position == 0):
                above.text, above.last, above.row = join_lines(above.text, text), cell, row
                continue
            if (
                position == 0
                and len(line.cells) == 2
                and re.search(r"[,;•|]", line.cells[1].text)
                and not re.search(r"[,;•|]", text)
            ):
                label, text = text, ""
            if position and texts and texts[-1].line is line:
                label = label or texts[-1].label or (texts[-1].text if not texts[-1].label else "")
            texts.append(_Text(text, line, label, cell, row))
    return texts


def _above(texts: Sequence[_Text], row: int, cell: Cell, *, alone: bool) -> _Text | None:
    """The text that ends on the line before, in the same column."""
    before = [text for text in texts if text.row == row - 1]
    same = [text for text in before if abs(text.last.box.x0 - cell.box.x0) < _COLUMN]
    return same[-1] if same else before[0] if alone and len(before) == 1 else None


def _right(lines: Sequence[Line], above: Cell, line: Line) -> float:
    """Right edge of the column that a cell stands in."""
    edges = [c.box.x1 for other in lines for c in other.cells if abs(c.box.x0 - above.box.x0) < _COLUMN]
    return max([*edges, line.right if len(line.cells) == 1 else 0.0])


def _label(cell: Cell) -> tuple[str, str]:
    """Group label and the rest: told by a colon, or by being the bold beginning of the text."""
    if match := _GROUP.match(cell.text):
        return match["label"].strip(), match["items"] or ""
    spans = [span for span in cell.spans if span.text.strip()]
    if len(spans) >= 2 and spans[0].style.bold and not spans[1].style.bold and re.search(r"\w", spans[1].text):
        rest = "".join(span.text for span in spans[1:]).strip()
        rest = re.sub(r"^\([^)]*\)\s*:?\s*", "", rest)
        return spans[0].text.strip(" :"), rest.lstrip(" :–—-")
    return "", cell.text


def _continues(above: Cell, cell: Cell, right: float, *, alone: bool) -> bool:
    near = cell.box.y0 - above.box.y1 < 0.8 * cell.style.size
    if cell.bullet or cell.look[:4] != above.look[:4] or not near:
        return False
    if above.text.rstrip().endswith((",", ";", "•", "·", "|", "&", "-")):
        return True
    if cell.text[:1].islower():
        return True
    listed = any(mark in above.text for mark in ",;•·|")
    return alone and (listed or above.bullet) and right - above.box.x1 < cell.first_word_width


def _split(text: str) -> list[str]:
    return [part for part in _SEPARATOR.split(text) if part]


def _bare(part: str) -> str:
    text = tidy(part).strip(".").strip()
    folded = "".join(f if len(f := fold(c)) == 1 else c[:1] for c in text)
    if (match := _RATING.search(folded)) and match.start() > 0:
        text = tidy(text[: match.start()])
    text = re.sub(r"^(?:and|und|et|y)\s+", "", text)
    return text.strip("()") if text.count("(") != text.count(")") else text


def _is_skill(text: str) -> bool:
    if not re.search(r"[^\W\d_]", text) or len(text.split()) > _MAX_WORDS or len(text) > 60:
        return False
    if "@" in text or "://" in text or find_periods(text):
        return False
    folded = "".join(fold(c)[:1] for c in text)
    return not _RATING.fullmatch(folded)


def read_languages(lines: Sequence[Line]) -> list[Finding[Language]]:
    """Spoken languages with their levels, whether beside, below or in brackets after the name."""
    findings: list[Finding[Language]] = []
    positions: list[tuple[int, Cell]] = []
    for line in lines:
        for number, cell in enumerate(line.cells):
            found = _languages_in(cell.text, line)
            if found:
                if len(found) == 1 and not found[0].value.level:
                    positions.append((len(findings), cell))
                    if number + 1 < len(line.cells) and not find_languages(line.cells[number + 1].text):
                        level = find_level(line.cells[number + 1].text)
                        found[0] = Finding(Language(found[0].value.name, found[0].value.code, level), found[0].sources)
                findings += found
            elif level := find_level(cell.text):
                _give_level(findings, positions, cell, level)
    unique: dict[str, Finding[Language]] = {}
    for finding in findings:
        unique.setdefault(finding.value.code + key(finding.value.name), finding)
    return list(unique.values())


def read_language_list(lines: Sequence[Line]) -> list[Finding[Language]]:
    """Languages from cells that list nothing else, such as `English, German` in a header."""
    cells = [(line, cell) for line in lines for cell in line.cells]
    return [
        finding
        for line, cell in cells
        if all(is_language(part) for part in re.split(r"\s*[,/|]\s*", cell.text))
        for finding in _languages_in(cell.text, line)
    ]


def _give_level(findings: list[Finding[Language]], positions: list[tuple[int, Cell]], cell: Cell, level: str) -> None:
    """A level below a name belongs to the name at the same left edge."""
    for index, other in reversed(positions):
        if abs(other.box.x0 - cell.box.x0) < 12 and not findings[index].value.level:
            language = findings[index].value
            findings[index] = Finding(Language(language.name, language.code, level), findings[index].sources)
            return


def _languages_in(text: str, where: Line) -> list[Finding[Language]]:
    found = find_languages(text)
    findings: list[Finding[Language]] = []
    for position, (name, code, begin, end) in enumerate(found):
        following = found[position + 1][2] if position + 1 < len(found) else len(text)
        if begin and text[begin - 1] not in " (,;|•·/:–—-\t":
            continue
        # `French teacher` and `English literature` name no language skill.
        after = text[end:following]
        if re.match(r"\s+[a-z]{3,}", after) and not find_level(after):
            continue
        level = find_level(after)
        findings.append(
            Finding(Language(name, code, level), {"": Source.of(where, 0.95 if level or is_language(text) else 0.8)})
        )
    return findings
