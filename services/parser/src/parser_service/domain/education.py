"""Reads degrees and schools."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from parser_service.domain.countries import REGION_OF
from parser_service.domain.degrees import find_degree, find_score, split_degree
from parser_service.domain.entries import Entry, split_entries
from parser_service.domain.findings import Finding, Source
from parser_service.domain.folding import fold, tidy
from parser_service.domain.headings import is_label
from parser_service.domain.layout import Line
from parser_service.domain.model import Education, EducationLevel
from parser_service.domain.pieces import Piece, cut_header, labelled_rows, split_place_off
from parser_service.domain.places import country_code
from parser_service.domain.schools import school_score

_SLOT_WEIGHT = 0.6
# `University of California, Berkeley`, `Indian Institute of Technology, Bombay`
_SEVERAL_PLACES = re.compile(
    rf"\b(?:{'|'.join(sorted(name for name in REGION_OF if len(name) > 3))})\b"
    r"|\binstitutes? of (?:technology|management|science|information|fashion)|\bcampus\b|\bstate$"
)
_SUBJECT_AND_SCHOOL = re.compile(r"^(?P<subject>[^,]{3,60}),\s+(?P<school>(?!and\b|und\b)[^\W\d_a-z][^,]{2,60})$")


def read_education(lines: Sequence[Line], *, wrapped: bool, towns: bool = False) -> list[Finding[Education]]:
    """The degrees of a section, in its order. `towns` tells that the document prints bare towns beside employers."""
    entries = split_entries(labelled_rows(lines), wrapped=wrapped)
    cut = [(entry, _pieces(entry, wrapped)) for entry in entries]
    votes: dict[tuple[object, ...], list[float]] = defaultdict(list)
    for _, (pieces, _score) in cut:
        for piece in pieces:
            votes[piece.slot].append(_school_sign(piece.text))
    means = {slot: sum(values) / len(values) for slot, values in votes.items()}
    findings = [_degree(entry, pieces, score, means) for entry, (pieces, score) in cut]
    findings = _without_towns(findings, towns=towns)
    return [finding for finding in findings if finding.value.institution or finding.value.degree or finding.value.field]


def _school_sign(text: str) -> float:
    return school_score(text) - (1.5 if find_degree(text) else 0.0)


def _named_school(text: str) -> float:
    """`school_score` of what is beside the degree: `Máster Universitario` names no university."""
    found = find_degree(text)
    return school_score(text[: found[0]] + " " + text[found[1] :] if found else text)


def _pieces(entry: Entry, wrapped: bool) -> tuple[list[Piece], tuple[str, Line] | None]:
    """Pieces with grades and places taken out and told apart, and the grade with its line."""
    lines = list(entry.header)
    for line in entry.body:
        # Degrees are often list items under their school.
        if is_label(line.text.strip(" :")):
            break
        if find_degree(line.text) or find_score(line.text) or (school_score(line.text) and len(line.text.split()) < 9):
            lines.append(line)
    score: tuple[str, Line] | None = None
    pieces: list[Piece] = []
    for piece in cut_header(lines, wrapped=wrapped):
        text = piece.text
        if found := find_score(text):
            begin, end, value = found
            score = score or (value, piece.line)
            text = tidy(re.sub(r"\(\s*\)", "", text[:begin] + " " + text[end:])).strip(" (),")
            if not text or text.lower() in ("gpa", "grade", "note"):
                continue
        if piece.place >= 0.6 and not find_degree(text) and not school_score(text):
            pieces.append(replace(piece, text=text))
            continue
        pieces += _told_apart(replace(piece, text=text, place=0.0 if text != piece.text else piece.place))
    # A table may number its rows.
    return [piece for piece in pieces if re.search(r"[^\W\d]|\d{3}", piece.text)], score


def _told_apart(piece: Piece) -> list[Piece]:
    """`School, City, Degree in Field` in parts."""
    text = piece.text
    if piece.told:
        return [piece]
    commas = [match.start() for match in re.finditer(r",\s", text)]
    degree = find_degree(text)
    if school_score(text) and degree:
        for comma in commas:
            head, tail = text[:comma], text[comma + 1 :].strip()
            if school_score(head) and not find_degree(head) and find_degree(tail) and not _named_school(tail):
                return [
                    *_told_apart(replace(piece, text=head, slot=(*piece.slot, "a"))),
                    replace(piece, text=tail, slot=(*piece.slot, "b")),
                ]
        for comma in commas:
            head, tail = text[:comma], text[comma + 1 :].strip()
            if find_degree(head) and not _named_school(head) and school_score(tail):
                return [
                    replace(piece, text=head, slot=(*piece.slot, "a")),
                    *_told_apart(replace(piece, text=tail, slot=(*piece.slot, "b"))),
                ]
        if match := re.search(r"\s(?:at|from|an der|am|de l'|a l')\s+(?=[A-ZÀ-Þ])", text):
            head, tail = text[: match.start()], text[match.end() :]
            if find_degree(head) and school_score(tail):
                return [replace(piece, text=head), replace(piece, text=tail)]
    if school_score(text):
        head, place = split_place_off(text)
        if "," in place or country_code(place):
            return [replace(piece, text=head, place=0.0), replace(piece, text=place, place=0.9)]
    return [piece]


def _degree(
    entry: Entry, pieces: list[Piece], score: tuple[str, Line] | None, means: dict[tuple[object, ...], float]
) -> Finding[Education]:
    names = [piece for piece in pieces if piece.place < 0.5 or find_degree(piece.text)]
    labelled = {piece.told: piece for piece in reversed(names) if piece.told}
    # `Larkfield High School` names a degree only where nothing else does.
    degree_piece = labelled.get("degree") or min(
        (p for p in names if find_degree(p.text) and _school_sign(p.text) < 0.6 and p.told != "school"),
        key=lambda p: _named_school(p.text) > 1 or school_score(p.text) > 1,
        default=None,
    )
    degree, subject, level = split_degree(degree_piece.text) if degree_piece else ("", "", EducationLevel.UNSPECIFIED)
    if degree_piece and not degree:
        subject = degree_piece.text
    rest = [piece for piece in names if piece is not degree_piece]
    ranked = sorted(rest, key=lambda p: -(_school_sign(p.text) + _SLOT_WEIGHT * means.get(p.slot, 0.0)))
    # With degree and subject told, what is left names the school, whatever it is called.
    told = bool(subject) or not degree_piece or len(ranked) > 1
    school = ranked[0] if ranked and (told or _rank(ranked[0], means) > 0 or ranked[0].slot[0] == 0) else None
    school = labelled.get("school") or school
    institution = school.text.strip(" ,;") if school else ""
    if not institution and (match := _SUBJECT_AND_SCHOOL.match(subject)):
        subject, institution = match["subject"], match["school"]
    leftovers = [p for p in rest if p is not school and not school_score(p.text)]
    subject_piece: Piece | None = None
    if not subject and leftovers:
        subject_piece = min(leftovers, key=lambda p: abs(_row(p) - _row(degree_piece)) if degree_piece else _row(p))
        if len(subject_piece.text.split()) <= 8:
            # `Bachelor of Arts – BA, Economics`: what is left may repeat the degree in short.
            subject = split_degree(subject_piece.text)[1] or subject_piece.text
    place = next((piece for piece in pieces if piece.place >= 0.5 and piece not in names), None)
    period = entry.period
    sources: dict[str, Source] = {}
    for name, piece in (
        ("institution", school or (degree_piece if institution else None)),
        ("degree", degree_piece),
        ("field", subject_piece or (degree_piece if subject else None)),
        ("location", place),
    ):
        if piece:
            sources[name] = Source.of(piece.line, 0.9 if (name == "degree" or school_score(piece.text)) else 0.65)
    if entry.period_line and period:
        sources["end_date"] = Source.of(entry.period_line, 0.9)
        if period.start_text:
            sources["start_date"] = sources["end_date"]
    if score:
        sources["score"] = Source.of(score[1], 0.8)
    end = period.end_text if period else ""
    return Finding(
        Education(
            degree=degree,
            field=subject.strip(" ,.;"),
            institution=institution,
            location=place.text if place else "",
            start_date=period.start_text if period else "",
            end_date=end,
            year=end[:4] if end[:4].isdigit() else "",
            level=level,
            score=score[0] if score else "",
        ),
        sources,
    )


def _without_towns(findings: list[Finding[Education]], *, towns: bool) -> list[Finding[Education]]:
    """`School, Town` in parts where the template prints towns; elsewhere the town belongs to the school's name."""
    parted = [_without_town(finding.value) for finding in findings]
    named = [education for education in parted if education.institution]
    every = len(named) > 1 and all(education.location for education in named)
    return [
        replace(finding, value=education)
        if towns or every or fold(education.location) in fold(education.institution)
        else finding
        for finding, education in zip(findings, parted, strict=True)
    ]


def _without_town(education: Education) -> Education:
    head, place = split_place_off(education.institution)
    if not place or education.location or _SEVERAL_PLACES.search(fold(head)):
        return education
    return replace(education, institution=head, location=place)


def _rank(piece: Piece, means: dict[tuple[object, ...], float]) -> float:
    return _school_sign(piece.text) + _SLOT_WEIGHT * means.get(piece.slot, 0.0)


def _row(piece: Piece) -> float:
    return piece.line.box.middle
