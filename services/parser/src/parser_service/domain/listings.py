"""Reads sections that list named things: certificates, projects, awards, publications."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from parser_service.domain.contacts import find_urls
from parser_service.domain.dates import is_date_only
from parser_service.domain.entries import column_by_column, goes_on, join_lines, paragraphs, split_entries
from parser_service.domain.findings import Finding, Source
from parser_service.domain.headings import is_label
from parser_service.domain.layout import Cell, Line, Span
from parser_service.domain.model import Award, Certification, Project, Publication
from parser_service.domain.pieces import MARKS, Piece, cut_header

# `Name (SHORT), Issuer`, `Name (Issuer)`, `Name — Issuer`, `Name from Issuer`
_NAME_AND_ISSUER = re.compile(r"^(.{3,}?)(?:\s+(?:—|from)\s+(.+)|\s+\(([^()]{2,})\)?|,\s+([^,()]{2,}))$")
_ISSUER_LABEL = re.compile(
    r"^(?:issued by|by|from|issuer|ausgestellt von|von|delivre par|par|emitido por|por)\s*:?\s+", re.I
)


@dataclass(frozen=True, slots=True)
class _Item:
    name: Piece
    rest: list[Piece]
    start: str
    end: str
    url: str
    description: str


def _items(lines: Sequence[Line], *, wrapped: bool) -> list[_Item]:
    items: list[_Item] = []
    for entry in split_entries(column_by_column(lines, dated=False), wrapped=wrapped):
        header = list(entry.header) or list(entry.body[:1])
        body = entry.body if entry.header else entry.body[1:]
        pieces = [piece for piece in cut_header(header, wrapped=wrapped, at=MARKS) if not is_label(piece.text)]
        if not pieces:
            continue
        period = entry.period
        urls = [url for line in (*header, *body) for url in find_urls(line.text)]
        items.append(
            _Item(
                pieces[0], pieces[1:], period.start_text if period else "", period.end_text if period else "",
                urls[0] if urls else "", " ".join(text for text, _ in paragraphs(body, wrapped=wrapped)),
            )
        )  # fmt: skip
    return items


def _sources(item: _Item, *others: str) -> dict[str, Source]:
    source = Source.of(item.name.line, 0.8)
    return {"name": source, **dict.fromkeys(others, source)}


def _name(piece: Piece) -> str:
    return piece.text.strip(" ,;.")


def read_certifications(lines: Sequence[Line], *, wrapped: bool) -> list[Finding[Certification]]:
    """Certificates, one an entry or one a list item."""
    findings: list[Finding[Certification]] = []
    for group in _one_each(lines, wrapped=wrapped):
        for item in _items(group, wrapped=wrapped):
            name, issuer = _name(item.name), _name(item.rest[0]) if item.rest else ""
            match = _NAME_AND_ISSUER.match(name)
            if match and not issuer and not _is_short_for(match[match.lastindex or 1], match[1]):
                name, issuer = match[1], match[match.lastindex or 1]
            issuer = _ISSUER_LABEL.sub("", issuer)
            if re.search(r"[^\W\d_]{2}", name):
                findings.append(Finding(Certification(name, issuer, item.end or item.start), _sources(item)))
    return findings


def _is_short_for(short: str, name: str) -> bool:
    """`CKA` beside `Certified Kubernetes Administrator`."""
    initials = "".join(word[0] for word in re.findall(r"\w+", name) if word[0].isupper() or word[0].isdigit())
    return len(short) > 1 and short.isupper() and short in initials


def _one_each(lines: Sequence[Line], *, wrapped: bool) -> list[list[Line]]:
    """Lists are read item by item, and so are lines that all look alike; everything else as one."""
    if not lines:
        return []
    bullets = sum(line.bullet for line in lines)
    alike = (
        len({line.cells[0].opening for line in lines}) == 1
        and len({round(line.cells[0].box.x0 / 4) for line in lines}) == 1
    )
    if not alike and (bullets < 0.5 * len(lines) or not lines[0].bullet):
        return [list(lines)]
    groups: list[list[Line]] = [[lines[0]]]
    for above, line in pairwise(lines):
        if line.bullet or not (
            bullets
            or (wrapped and len(above.cells) == 1 and goes_on(above.cells[-1], line.cells[0], line, space=0.8))
            or is_date_only(line.text)
        ):
            groups.append([])
        groups[-1].append(line)
    return [_unbroken(group) if wrapped and group[0].bullet else group for group in groups]


def _unbroken(lines: list[Line]) -> list[Line]:
    """A list item broken at the margin, on one line again."""
    first, *others = lines
    for line in others:
        last, cell = first.cells[-1], line.cells[0]
        if line.bullet or len(line.cells) > 1 or cell.look[:4] != last.look[:4] or line.gap > 0.8 * cell.style.size:
            return lines
        if line.right - last.box.x1 > cell.first_word_width + 4 and not first.text.endswith((",", "(", "-")):
            return lines
        whole = Cell(
            last.box.union(cell.box), (Span(join_lines(last.text, cell.text), last.style),), bullet=last.bullet
        )
        # The text now ends where its last line ends.
        whole = replace(whole, box=replace(whole.box, x1=cell.box.x1))
        first = replace(first, cells=(*first.cells[:-1], whole))
    return [first]


def read_projects(lines: Sequence[Line], *, wrapped: bool) -> list[Finding[Project]]:
    """Projects with what is told about them."""
    return [
        Finding(Project(_name(item.name), item.description, item.url, item.start, item.end), _sources(item))
        for item in _items(lines, wrapped=wrapped)
    ]


def read_awards(lines: Sequence[Line], *, wrapped: bool) -> list[Finding[Award]]:
    """Prizes and honours."""
    return [
        Finding(
            Award(_name(item.name), _ISSUER_LABEL.sub("", _name(item.rest[0])) if item.rest else "", item.end),
            _sources(item),
        )
        for group in _one_each(lines, wrapped=wrapped)
        for item in _items(group, wrapped=wrapped)
    ]


def read_publications(lines: Sequence[Line], *, wrapped: bool) -> list[Finding[Publication]]:
    """Articles, books and talks."""
    return [
        Finding(
            Publication(_name(item.name), _name(item.rest[0]) if item.rest else "", item.end, item.url), _sources(item)
        )
        for group in _one_each(lines, wrapped=wrapped)
        for item in _items(group, wrapped=wrapped)
    ]
