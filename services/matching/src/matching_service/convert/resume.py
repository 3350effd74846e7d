"""A parse to what an analysis reads."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from google.protobuf.message import Message

from hiremesh.profile.v1 import resume_pb2
from matching_service.domain.model import Degree, EducationLevel, Language, Position, Profile, Skill
from matching_service.domain.neutral import neutral_title, neutral_words
from matching_service.domain.reading import FileFacts, Quote, ReadResume, ResumePassage

_SECTIONS = ("experience", "education", "skills")


# What the anonymised view leaves in place of what it removed; it says nothing of work.
_REMOVED = re.compile(r"[(\[]?\[removed\][)\]]?[,;]?")
_TITLE = re.compile(r"/(?:personal/headline|(?:experience|volunteering)/\d+/title)")


def anonymous_from_proto(redacted: resume_pb2.Resume, *, whole: resume_pb2.Resume) -> ReadResume:
    """Parser's anonymised view, also without words that tell gender. Of `whole`, only whether name and contact data are there."""
    bare = resume_pb2.Resume()
    bare.CopyFrom(redacted)
    _neutralise(bare, "", bare.metadata.document.language)
    read = resume_from_proto(bare)
    known = whole.personal
    # A photo is none of the reader's business here.
    traits = tuple(trait for trait in read.facts.traits if trait != "pictures")
    facts = replace(
        read.facts,
        has_name=bool(known.name),
        has_email=bool(known.email),
        has_phone=bool(known.phone),
        traits=traits,
    )
    return replace(read, facts=facts)


def _neutralise(message: Message, pointer: str, language: str) -> None:
    """Every text of the resume, in place."""

    def text(value: str, at: str) -> str:
        bare = " ".join(_REMOVED.sub(" ", value).split()) if _REMOVED.search(value) else value
        return neutral_title(bare, language) if _TITLE.fullmatch(at) else neutral_words(bare)

    for field, value in message.ListFields():
        at = f"{pointer}/{field.name}"
        if at in ("/provenance", "/metadata"):
            continue
        if field.type == field.TYPE_STRING:
            if isinstance(value, str):
                setattr(message, field.name, text(value, at))
            else:
                value[:] = [text(item, f"{at}/{number}") for number, item in enumerate(value)]
        elif field.type == field.TYPE_MESSAGE:
            for number, inner in enumerate([value] if isinstance(value, Message) else value):
                _neutralise(inner, at if isinstance(value, Message) else f"{at}/{number}", language)


def resume_from_proto(resume: resume_pb2.Resume) -> ReadResume:
    """Name, contact data, employers and schools go into the preview only: nothing that is judged holds them."""
    preview = "\n".join(_preview(resume)).strip()
    highest = max(range(len(resume.education)), key=lambda number: resume.education[number].level, default=None)
    degree = ", ".join(filter(None, _degree_parts(resume, highest)))
    degree_at = f"/education/{highest}/degree"
    passages = tuple(_passages(resume))
    return ReadResume(
        profile=_profile(resume),
        passages=passages,
        listed=tuple(
            (_skill(detail), _quote(resume, f"/skills/{number}", detail.name))
            for number, detail in enumerate(resume.skill_details)
        ),
        degree=degree,
        degree_quote=_quote(resume, degree_at, degree) if degree else None,
        # Of what is judged: a longer name or school makes no longer resume.
        facts=_facts(resume, words=sum(len(passage.text.split()) for passage in passages)),
        preview=preview,
        studies=tuple(Position("", entry.start_date, entry.end_date) for entry in resume.education if entry.start_date),
    )


def _profile(resume: resume_pb2.Resume) -> Profile:
    return Profile(
        headline=resume.personal.headline,
        skills=tuple(map(_skill, resume.skill_details)),
        positions=tuple(
            Position(job.title, job.start_date, job.end_date, job.years if job.HasField("years") else None)
            for job in resume.experience
        ),
        degrees=tuple(Degree(EducationLevel(entry.level), entry.field) for entry in resume.education),
        languages=tuple(Language(spoken.name, spoken.code, spoken.level) for spoken in resume.languages),
        total_years=resume.total_years_experience,
    )


def _skill(detail: resume_pb2.SkillDetail) -> Skill:
    return Skill(detail.id, detail.taxonomy, detail.canonical_name or detail.name)


def _passages(resume: resume_pb2.Resume) -> Iterator[ResumePassage]:
    for pointer, text in _work(resume):
        if text.strip():
            yield ResumePassage(pointer, _page(resume, pointer), text)


def _work(resume: resume_pb2.Resume) -> Iterator[tuple[str, str]]:
    yield "/personal/headline", resume.personal.headline
    yield "/summary", resume.summary
    for kind, jobs in (("experience", resume.experience), ("volunteering", resume.volunteering)):
        for number, job in enumerate(jobs):
            yield f"/{kind}/{number}/title", job.title
            yield f"/{kind}/{number}/description", job.description
            for row, highlight in enumerate(job.highlights):
                yield f"/{kind}/{number}/highlights/{row}", highlight
    for number, entry in enumerate(resume.education):
        yield f"/education/{number}/degree", entry.degree
        yield f"/education/{number}/field", entry.field
    for number, project in enumerate(resume.projects):
        yield f"/projects/{number}/name", project.name
        yield f"/projects/{number}/description", project.description
    for number, certificate in enumerate(resume.certifications):
        yield f"/certifications/{number}/name", certificate.name
    for number, publication in enumerate(resume.publications):
        yield f"/publications/{number}/name", publication.name
    # Those without an id too: keywords may be among them.
    for number, skill in enumerate(resume.skills):
        yield f"/skills/{number}", skill


def _page(resume: resume_pb2.Resume, pointer: str) -> int:
    """Of the value, or of the nearest thing around it whose place is known."""
    while pointer:
        if pointer in resume.provenance:
            return resume.provenance[pointer].page
        pointer = pointer.rpartition("/")[0]
    return 0


def _quote(resume: resume_pb2.Resume, pointer: str, words: str) -> Quote:
    return Quote(pointer, _page(resume, pointer), words)


def _degree_parts(resume: resume_pb2.Resume, number: int | None) -> Iterable[str]:
    return () if number is None else (resume.education[number].degree, resume.education[number].field)


def _facts(resume: resume_pb2.Resume, *, words: int) -> FileFacts:
    document = resume.metadata.document
    jobs = resume.experience
    return FileFacts(
        kind=document.kind,
        pages=document.pages,
        words=words,
        language=document.language,
        has_name=bool(resume.personal.name),
        has_email=bool(resume.personal.email),
        has_phone=bool(resume.personal.phone),
        has_summary=bool(resume.summary),
        missing_sections=tuple(name for name in _SECTIONS if f"no_{name}_section" in resume.metadata.warnings),
        undated=tuple(job.title for job in jobs if not job.start_date and not job.end_date),
        undescribed=sum(not job.description and not job.highlights for job in jobs),
        ocr_pages=document.ocr_pages,
        traits=tuple(document.traits),
    )


def _preview(resume: resume_pb2.Resume) -> Iterator[str]:
    """The parse as text, in the order of its fields."""
    personal = resume.personal
    yield from filter(None, (personal.name, personal.headline))
    yield " | ".join(filter(None, (personal.email, personal.phone, personal.location, *personal.links)))
    sections = (
        ("Summary", [resume.summary] if resume.summary else []),
        ("Experience", [line for job in resume.experience for line in _job_lines(job)]),
        ("Education", [_education_line(entry) for entry in resume.education]),
        ("Skills", [", ".join(resume.skills)] if resume.skills else []),
        ("Projects", [line for one in resume.projects for line in (one.name, one.description) if line]),
        ("Certifications", [_joined(one.name, one.issuer, one.date) for one in resume.certifications]),
        ("Languages", [_joined(one.name, one.level) for one in resume.languages]),
        ("Publications", [_joined(one.name, one.publisher, one.date) for one in resume.publications]),
        ("Awards", [_joined(one.name, one.issuer, one.date) for one in resume.awards]),
        ("Volunteering", [line for job in resume.volunteering for line in _job_lines(job)]),
    )
    for title, lines in sections:
        if lines:
            yield from ("", title, *lines)


def _job_lines(job: resume_pb2.Experience) -> Iterator[str]:
    yield _joined(job.title, job.company, job.location, job.duration)
    if job.description:
        yield job.description
    yield from (f"- {highlight}" for highlight in job.highlights)


def _education_line(entry: resume_pb2.Education) -> str:
    return _joined(entry.degree, entry.field, entry.institution, entry.year)


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))
