"""From the domain to messages."""

from google.protobuf import json_format

from hiremesh.profile.v1 import resume_pb2
from parser_service.domain.contacts import link_kind
from parser_service.domain.model import (
    Award,
    Certification,
    Education,
    Experience,
    Language,
    ParsedDocument,
    Personal,
    Project,
    Provenance,
    Publication,
    SkillDetail,
)
from parser_service.domain.redaction import JsonObject


def to_proto(parsed: ParsedDocument) -> resume_pb2.Resume:
    """The result of a parse; metadata that gateway knows stays empty."""
    resume = parsed.resume
    return resume_pb2.Resume(
        personal=_personal(resume.personal),
        summary=resume.summary,
        experience=map(_experience, resume.experience),
        education=map(_education, resume.education),
        skills=resume.skills,
        skill_details=map(_skill, parsed.skill_details),
        languages=map(_language, resume.languages),
        certifications=map(_certification, resume.certifications),
        projects=map(_project, resume.projects),
        awards=map(_award, resume.awards),
        publications=map(_publication, resume.publications),
        volunteering=map(_experience, resume.volunteering),
        total_years_experience=resume.total_years_experience,
        provenance={pointer: _provenance(found) for pointer, found in resume.provenance.items()},
        metadata=_metadata(parsed),
    )


def _metadata(parsed: ParsedDocument) -> resume_pb2.ResumeMetadata:
    reading, used = parsed.resume.reading, parsed.model_use
    return resume_pb2.ResumeMetadata(
        parseTime=round(parsed.seconds, 4),
        # Where no model ran, the figures are true zeros.
        tokens=resume_pb2.TokenUsage(
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            total_tokens=used.input_tokens + used.output_tokens,
        ),
        cost=resume_pb2.Cost(total_cost_usd=used.cost_usd),
        engine=reading.engine,
        extractor_version=reading.extractor_version,
        document=resume_pb2.DocumentInfo(
            pages=reading.pages,
            kind=reading.kind,
            language=reading.language,
            ocr_pages=reading.ocr_pages,
            bytes=parsed.size,
            digest=parsed.digest,
            traits=reading.traits,
        ),
        warnings=reading.warnings,
    )


def _personal(personal: Personal) -> resume_pb2.Personal:
    place = personal.location_details
    return resume_pb2.Personal(
        name=personal.name,
        email=personal.email,
        phone=personal.phone,
        phone_e164=personal.phone_e164,
        location=personal.location,
        location_details=resume_pb2.Location(
            city=place.city, region=place.region, country=place.country, country_code=place.country_code
        ),
        links=personal.links,
        link_details=[resume_pb2.Link(url=url, kind=link_kind(url)) for url in personal.links],
        headline=personal.headline,
    )


def _experience(job: Experience) -> resume_pb2.Experience:
    return resume_pb2.Experience(
        title=job.title,
        company=job.company,
        location=job.location,
        start_date=job.start_date,
        end_date=job.end_date,
        duration=job.duration,
        years=job.years,
        description=job.description,
        highlights=job.highlights,
    )


def _education(entry: Education) -> resume_pb2.Education:
    return resume_pb2.Education(
        degree=entry.degree,
        field=entry.field,
        institution=entry.institution,
        location=entry.location,
        start_date=entry.start_date,
        end_date=entry.end_date,
        year=entry.year,
        level=resume_pb2.EducationLevel.ValueType(entry.level.value),
        score=entry.score,
    )


def _skill(skill: SkillDetail) -> resume_pb2.SkillDetail:
    return resume_pb2.SkillDetail(
        name=skill.name,
        id=skill.id,
        taxonomy=skill.taxonomy,
        canonical_name=skill.canonical_name,
        confidence=skill.confidence,
    )


def _language(language: Language) -> resume_pb2.Language:
    return resume_pb2.Language(name=language.name, code=language.code, level=language.level)


def _certification(entry: Certification) -> resume_pb2.Certification:
    return resume_pb2.Certification(name=entry.name, issuer=entry.issuer, date=entry.date)


def _project(project: Project) -> resume_pb2.Project:
    return resume_pb2.Project(
        name=project.name,
        description=project.description,
        url=project.url,
        start_date=project.start_date,
        end_date=project.end_date,
    )


def _award(award: Award) -> resume_pb2.Award:
    return resume_pb2.Award(name=award.name, issuer=award.issuer, date=award.date)


def _publication(entry: Publication) -> resume_pb2.Publication:
    return resume_pb2.Publication(name=entry.name, publisher=entry.publisher, date=entry.date, url=entry.url)


def _provenance(found: Provenance) -> resume_pb2.Provenance:
    return resume_pb2.Provenance(page=found.page, box=found.box, text=found.text, confidence=found.confidence)


def to_json(resume: resume_pb2.Resume) -> JsonObject:
    """The message as the contract's JSON; fields without a value are absent."""
    return json_format.MessageToDict(resume, preserving_proto_field_name=True)


def from_json(resume: JsonObject) -> resume_pb2.Resume:
    """The way back."""
    return json_format.ParseDict(dict(resume), resume_pb2.Resume())
