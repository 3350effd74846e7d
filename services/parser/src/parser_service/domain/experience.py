"""Reads jobs."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from parser_service.domain.dates import Month, Period
from parser_service.domain.entries import Entry, paragraphs, split_entries
from parser_service.domain.findings import Finding, Source
from parser_service.domain.folding import tidy
from parser_service.domain.fragments import FragmentKind, leaning
from parser_service.domain.layout import Line
from parser_service.domain.model import Experience
from parser_service.domain.occupations import has_title_word, title_score
from parser_service.domain.pieces import Piece, cut_header, labelled_rows, split_place_off
from parser_service.domain.places import place_score, split_place, town_country
from parser_service.domain.tenure import years_of

_PROSE_WEIGHT = 0.5
_UNSURE = 0.3  # up to here a text without a word for an occupation is no title
_SLOT_WEIGHT = 0.8  # how much the template's other entries count beside an entry's own words


@dataclass(frozen=True, slots=True)
class _Facts:
    entry: Entry
    pieces: list[Piece]


def read_experience(lines: Sequence[Line], today: Month, *, wrapped: bool) -> list[Finding[Experience]]:
    """The jobs of a section, in its order."""
    facts = _employers_named_like_places(_facts(split_entries(labelled_rows(lines), wrapped=wrapped), wrapped=wrapped))
    votes = _slot_votes(facts)
    findings: list[Finding[Experience]] = []
    for position, fact in enumerate(facts):
        finding = _job(fact, votes, today, wrapped=wrapped, newest=position == 0)
        if fact.entry.nested and findings and not finding.value.company and finding.value.title:
            above = findings[-1]
            finding = replace(
                finding,
                value=replace(
                    finding.value, company=above.value.company, location=finding.value.location or above.value.location
                ),
                sources={**finding.sources, **_only(above.sources, "company")},
            )
        if finding.value.title or finding.value.company:
            findings.append(finding)
    return _without_places(_without_containers(findings))


def _facts(entries: Sequence[Entry], *, wrapped: bool) -> list[_Facts]:
    facts: list[_Facts] = []
    employed = False
    for entry in entries:
        pieces = _told_apart(entry, wrapped, whole=employed or entry.nested)
        names = [piece for piece in pieces if piece.place < 0.6]
        if len(names) == 1 and not any(line.bullet for line in entry.body) and title_score(names[0].text) < _UNSURE:
            employed = True  # an employer's own line; the roles below name none
        elif len(names) > 1:
            employed = False
        facts.append(_Facts(entry, pieces))
    return facts


def _only(sources: dict[str, Source], name: str) -> dict[str, Source]:
    return {name: sources[name]} if name in sources else {}


def _told_apart(entry: Entry, wrapped: bool, *, whole: bool) -> list[Piece]:
    """Pieces with places split off; when only one piece is left, it is cut where title and employer meet, unless it is `whole`."""
    pieces: list[Piece] = []
    for piece in cut_header(entry.header, wrapped=wrapped):
        first = piece.text.partition(",")[0]
        if piece.told:
            pieces.append(piece)
            continue
        if piece.place >= 0.6 and not (first != piece.text and title_score(first) > 0.8):
            pieces.append(piece)
            continue
        head, place = split_place_off(piece.text)
        if title_score(head) > 0.8 and place_score(place) < 0.8:
            # `Product Manager, Mobile`: what follows a title may be a town by chance.
            head, place = piece.text, ""
        pieces.append(replace(piece, text=head, place=0.0 if place else piece.place))
        if place:
            pieces.append(replace(piece, text=place, place=0.9, slot=(*piece.slot, "place")))
    names = [piece for piece in pieces if piece.place < 0.6]
    halves = _best_halves(names[0].text) if len(names) == 1 and not whole else None
    if len(names) == 1 and (together := _employer_and_place(pieces, alone=halves is None)):
        pieces = together
    elif halves:
        index = pieces.index(names[0])
        pieces[index : index + 1] = [
            replace(names[0], text=half, slot=(*names[0].slot, number)) for number, half in enumerate(halves)
        ]
    return pieces


def _employer_and_place(pieces: list[Piece], *, alone: bool) -> list[Piece] | None:
    """`Employer, City, Country` reads like a place as a whole; beside a lone title its first part is the employer."""
    for index, piece in enumerate(pieces):
        head, _, place = piece.text.partition(", ")
        first = split_place(place).city
        # Two towns in a row: the first one names the employer.
        named = not town_country(head) or (alone and bool(town_country(first)))
        if piece.place >= 0.6 and place and named and ("," in place or title_score(head) < 0 or town_country(head)):
            return [
                *pieces[:index],
                replace(piece, text=head, place=0.0),
                replace(piece, text=place, slot=(*piece.slot, "place")),
                *pieces[index + 1 :],
            ]
    return None


def _employers_named_like_places(facts: list[_Facts]) -> list[_Facts]:
    """Where the template's other entries print an employer, a town's name is an employer's too."""
    places: dict[tuple[object, ...], list[bool]] = defaultdict(list)
    for fact in facts:
        for piece in fact.pieces:
            places[piece.slot].append(piece.place >= 0.6)
    told = {slot for slot, kinds in places.items() if 0 < sum(kinds) < 0.5 * len(kinds)}
    return [
        replace(
            fact, pieces=[replace(p, place=0.0) if p.slot in told and "," not in p.text else p for p in fact.pieces]
        )
        for fact in facts
    ]


def _best_halves(text: str) -> tuple[str, str] | None:
    """The text cut at the comma or bracket where one side reads like a title and the other like an employer."""
    best: tuple[float, tuple[str, str]] | None = None
    for match in re.finditer(r",\s+|\s+\(|\s+-\s+", text):
        halves = tidy(text[: match.start()]), tidy(text[match.end() :].rstrip(")"))
        if not all(halves):
            continue
        left, right = title_score(halves[0]), title_score(halves[1])
        if max(left, right) < 0.8:
            continue
        contrast = abs(left - right)
        if contrast > 0.7 and (best is None or contrast > best[0]):
            best = contrast, halves
    return best[1] if best else None


def _slot_votes(facts: Sequence[_Facts]) -> dict[tuple[object, ...], float]:
    scores: dict[tuple[object, ...], list[float]] = defaultdict(list)
    for fact in facts:
        for piece in fact.pieces:
            if piece.place < 0.6:
                scores[piece.slot].append(title_score(piece.text))
    return {slot: sum(values) / len(values) for slot, values in scores.items()}


def _job(
    fact: _Facts, votes: dict[tuple[object, ...], float], today: Month, *, wrapped: bool, newest: bool
) -> Finding[Experience]:
    names = [
        piece for piece in fact.pieces if piece.place < 0.6 and len(piece.text) > 1 and len(piece.text.split()) <= 14
    ]
    scored = [(_sign(p.text) + _SLOT_WEIGHT * votes.get(p.slot, 0.0), -i, p) for i, p in enumerate(names)]
    labelled = {piece.told: piece for piece in reversed(names) if piece.told}
    title = labelled.get("title") or (max(scored)[2] if scored else None)
    company = labelled.get("company")
    if company is not None:
        title = None if title is company else title
    elif len(scored) > 1:
        # The employer stands beside the title: extra pieces come later and read like neither.
        rest = [(score + 0.25 * -order + 2 * _told(p.text), order, p) for score, order, p in scored if p is not title]
        company = min(rest, key=lambda item: item[0])[2]
    elif scored and scored[0][0] < _UNSURE and not has_title_word(scored[0][2].text):
        title, company = None, title
    place = next((p for p in sorted(fact.pieces, key=lambda p: -p.place) if p.place >= 0.6), None)
    if place is None:
        place = next(
            (
                p
                for p in names
                if (p not in (title, company) and p.place > 0)
                or (p not in (title, company) and p.slot[4] and len(p.text.split()) <= 3)
            ),
            None,
        )
    body = paragraphs(fact.entry.body, wrapped=wrapped)
    start, end = _ends(fact.entry.period, newest=newest)
    sources: dict[str, Source] = {}
    for name, piece in (("title", title), ("company", company), ("location", place)):
        if piece:
            score = abs(title_score(piece.text) + votes.get(piece.slot, 0.0))
            sources[name] = Source.of(piece.line, min(0.95, 0.55 + 0.15 * score))
    if fact.entry.period_line:
        sources["start_date"] = sources["end_date"] = Source.of(
            fact.entry.period_line, 0.9 if fact.entry.period and fact.entry.period.is_range else 0.6
        )
    return Finding(
        Experience(
            title=_name(title),
            company=_name(company),
            location=_name(place),
            start_date=start,
            end_date=end,
            duration=_printed(fact.entry),
            years=years_of(start, end, today),
            description=" ".join(text for text, bullet in body if not bullet),
            highlights=tuple(text for text, bullet in body if bullet),
        ),
        {
            name: source
            for name, source in sources.items()
            if not (name == "end_date" and not end) and not (name == "start_date" and not start)
        },
    )


def _sign(text: str) -> float:
    return title_score(text) - _told(text)


def _told(text: str) -> float:
    """How much the text tells what was done, rather than who the employer was."""
    return _PROSE_WEIGHT * max(0.0, leaning(text, FragmentKind.PROSE, FragmentKind.COMPANY))


def _ends(period: Period | None, *, newest: bool) -> tuple[str, str]:
    if period is None:
        return "", ""
    if not period.is_range and newest:
        # One date at the newest job says when it began; at an older one, when it was.
        return str(period.end), ""
    return period.start_text or period.end_text, period.end_text


def _printed(entry: Entry) -> str:
    if entry.period is None or entry.period_line is None:
        return ""
    for cell in entry.period_line.cells:
        if 0 <= entry.period.begin < len(cell.text) and entry.period.finish <= len(cell.text):
            text = cell.text[entry.period.begin : entry.period.finish]
            if re.search(r"\d", text):
                return tidy(text)
    return ""


def _name(piece: Piece | None) -> str:
    return (
        piece.text.strip(" .,")
        if piece and not piece.text.endswith((".", ")"))
        else piece.text.strip(" ,")
        if piece
        else ""
    )


def _without_places(findings: list[Finding[Experience]]) -> list[Finding[Experience]]:
    """`Employer, Place` in parts where all entries print both, be the places known or not."""
    parted: list[Finding[Experience]] = []
    for finding in findings:
        job = finding.value
        name, _, place = job.company.rpartition(", ")
        if not name or job.location or leaning(place, FragmentKind.PLACE, FragmentKind.COMPANY) <= 0:
            return findings
        parted.append(replace(finding, value=replace(job, company=name, location=place)))
    return parted if len(parted) > 1 else findings


def _without_containers(findings: list[Finding[Experience]]) -> list[Finding[Experience]]:
    """An employer's own line with its overall dates, above its roles, is no job of its own."""
    kept: list[Finding[Experience]] = []
    container: Finding[Experience] | None = None
    for position, finding in enumerate(findings):
        job = finding.value
        following = findings[position + 1].value if position + 1 < len(findings) else None
        bare = job.company and not job.title and not job.highlights
        if bare and following and following.title and following.company in ("", job.company):
            container = finding
            continue
        if container and job.title and not job.company:
            finding = replace(
                finding,
                value=replace(job, company=container.value.company, location=job.location or container.value.location),
                sources={**finding.sources, **_only(container.sources, "company")},
            )
        elif job.company:
            container = None
        kept.append(finding)
    return kept
