"""From a laid-out document to a resume."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from parser_service.domain.calibration import calibrated
from parser_service.domain.columns import reading_order
from parser_service.domain.dates import Month
from parser_service.domain.education import read_education
from parser_service.domain.entries import paragraphs
from parser_service.domain.errors import NotAResume
from parser_service.domain.evidence import is_resume
from parser_service.domain.experience import read_experience
from parser_service.domain.findings import Finding, Source
from parser_service.domain.furniture import without_furniture
from parser_service.domain.headings import Kind
from parser_service.domain.language import main_language
from parser_service.domain.layout import Document, Line
from parser_service.domain.listings import read_awards, read_certifications, read_projects, read_publications
from parser_service.domain.model import Experience, Provenance, ReadingInfo, Resume
from parser_service.domain.personal import read_personal
from parser_service.domain.refinement import find_doubts
from parser_service.domain.sections import Section, find_sections
from parser_service.domain.skills import read_language_list, read_languages, read_skills
from parser_service.domain.tenure import total_years
from parser_service.domain.traits import layout_traits

Read = TypeVar("Read")

ENGINE = "rules"
EXTRACTOR_VERSION = "rules-3"


def read_resume(document: Document, today: Month) -> Resume:
    """Reads a resume. `today` closes periods that are still open. Raises NotAResume."""
    document = without_furniture(document)
    flows = reading_order(document)
    sections = find_sections(flows, document.body_size)
    everything = [line for flow in flows for line in flow.lines]
    of = _by_kind(sections)
    wrapped = document.wrapped

    head, summary_lines = _split_head(sections, wrapped=wrapped)
    contact = [
        line for section in sections if section.kind is Kind.PERSONAL and section.title for line in section.lines
    ]
    personal = read_personal(head, contact, everything, document.links, document.body_size)
    experience = [f for lines in of[Kind.EXPERIENCE] for f in read_experience(lines, today, wrapped=wrapped)]
    volunteering = [f for lines in of[Kind.VOLUNTEERING] for f in read_experience(lines, today, wrapped=wrapped)]
    towns = _prints_towns(experience)
    education = [f for lines in of[Kind.EDUCATION] for f in read_education(lines, wrapped=wrapped, towns=towns)]
    certifications = [f for lines in of[Kind.CERTIFICATIONS] for f in read_certifications(lines, wrapped=wrapped)]
    projects = [f for lines in of[Kind.PROJECTS] for f in read_projects(lines, wrapped=wrapped)]
    awards = [f for lines in of[Kind.AWARDS] for f in read_awards(lines, wrapped=wrapped)]
    publications = [f for lines in of[Kind.PUBLICATIONS] for f in read_publications(lines, wrapped=wrapped)]
    skills: list[Finding[str]] = []
    languages = [f for lines in of[Kind.LANGUAGES] for f in read_languages(lines)] or read_language_list(head)
    for lines in of[Kind.SKILLS]:
        found, spoken = read_skills(lines, wrapped=wrapped)
        skills += found
        languages += spoken
    summary_of = of[Kind.SUMMARY][0] if of[Kind.SUMMARY] else summary_lines
    summary = " ".join(text for text, _ in paragraphs(summary_of, wrapped=wrapped))

    provenance: dict[str, Provenance] = {}
    _note(provenance, "/personal", personal.sources, document)
    if summary:
        _note(provenance, "", {"summary": Source.of(summary_of[0], 0.85)}, document)
    lists: Mapping[str, Sequence[Finding[object]]] = {
        "experience": experience, "education": education, "skills": skills, "languages": languages, "projects": projects,
        "certifications": certifications, "awards": awards, "publications": publications, "volunteering": volunteering,
    }  # fmt: skip
    for name, findings in lists.items():
        for number, finding in enumerate(findings):
            _note(provenance, f"/{name}/{number}", finding.sources, document)
    resume = Resume(
        personal=personal.value,
        reading=ReadingInfo(
            engine=ENGINE, extractor_version=EXTRACTOR_VERSION, kind=document.kind, pages=len(document.pages) if document.paged else 0,
            language=main_language(line.text for line in everything), ocr_pages=document.recognised_pages,
            warnings=(*document.warnings, *_warnings(of, personal.value.name)), traits=layout_traits(document, flows),
        ),
        summary=summary,
        experience=_values(experience),
        education=_values(education),
        skills=_values(skills),
        languages=_values(languages),
        certifications=_values(certifications),
        projects=_values(projects),
        awards=_values(awards),
        publications=_values(publications),
        volunteering=_values(volunteering),
        total_years_experience=total_years([(f.value.start_date, f.value.end_date) for f in experience], today),
        provenance=provenance,
        doubts=find_doubts(lists, of, provenance, paged=document.paged),
    )  # fmt: skip
    if not is_resume(resume, of, everything):
        raise NotAResume
    return resume


def _values(findings: Iterable[Finding[Read]]) -> tuple[Read, ...]:
    return tuple(finding.value for finding in findings)


def _by_kind(sections: Sequence[Section]) -> dict[Kind, list[list[Line]]]:
    """Lines of each kind of section; a section that goes on under a repeated heading is read separately."""
    grouped: dict[Kind, list[list[Line]]] = {kind: [] for kind in Kind}
    for section in sections:
        if section.lines:
            grouped[section.kind].append(list(section.lines))
    return grouped


def _prints_towns(experience: Sequence[Finding[Experience]]) -> bool:
    """Whether most jobs have a place of one word or name, without region and country."""
    places = [finding.value.location for finding in experience]
    return sum(bool(place) and "," not in place for place in places) > 0.5 * len(places)


def _split_head(sections: Sequence[Section], *, wrapped: bool) -> tuple[list[Line], list[Line]]:
    """The lines before the first heading of each column, and those of them that are a summary without a heading."""
    head: list[Line] = []
    summary: list[Line] = []
    for section in sections:
        if section.kind is not Kind.PERSONAL or section.title:
            continue
        prose: list[Line] = []
        for line in section.lines:
            text = line.text
            goes_on = (
                bool(prose)
                and line.gap < 0.9 * line.style.size
                and line.cells[0].look[:4] == prose[-1].cells[0].look[:4]
            )
            long = (
                len(text.split()) >= 8
                and sum(w[:1].islower() for w in text.split()) >= 0.5 * len(text.split())
                and "@" not in text
            )
            if long or (goes_on and not prose[-1].text.endswith(".")):
                prose.append(line)
            else:
                head.append(line)
        summary = summary or prose
    return head, summary


def _note(provenance: dict[str, Provenance], base: str, sources: Mapping[str, Source], document: Document) -> None:
    for name, source in sources.items():
        pointer = f"{base}/{name}" if name else base
        box = source.box if document.paged else None
        provenance[pointer] = Provenance(
            source.page if document.paged else 0, box, source.text, calibrated(pointer, source.confidence)
        )


def _warnings(of: Mapping[Kind, Sequence[object]], name: str) -> list[str]:
    warnings = [f"no_{kind.value}_section" for kind in (Kind.EXPERIENCE, Kind.EDUCATION, Kind.SKILLS) if not of[kind]]
    return [*warnings, *([] if name else ["no_name"])]
