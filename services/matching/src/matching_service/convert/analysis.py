"""Analyses to messages."""

import math
from collections.abc import Iterable

from hiremesh.matching.v1 import analysis_pb2
from hiremesh.matching.v1 import requirements_pb2 as messages
from matching_service.convert.requirements import requirements_to_proto, span
from matching_service.domain.analysis import SCORER_VERSION, Analysis, Edit
from matching_service.domain.flashcards import Flashcard
from matching_service.domain.insights import Insights, Statement
from matching_service.domain.passages import Place
from matching_service.domain.reading import Quote
from matching_service.domain.report import Report
from matching_service.domain.scoring import Component, years_in_words

NOT_STATED = "not stated"
# Of all that is worded, by templates and by the prompts.
LANGUAGE = "en"


def report_to_proto(report: Report) -> analysis_pb2.ResumeAnalysis:
    """The whole analysis."""
    found = report.analysis
    return analysis_pb2.ResumeAnalysis(
        analysis=_analysis(found),
        insights=_insights(report.insights, found.edits),
        flashcards=map(_flashcard, report.flashcards),
        ats_score=_ats(found),
        resume_preview=found.resume.preview,
        metadata=analysis_pb2.AnalysisMetadata(
            engine=report.engine,
            scorer_version=SCORER_VERSION,
            embedding_model=report.embedding_model,
            anonymised=report.anonymised,
            language=LANGUAGE,
        ),
    )


def points(exact: float) -> int:
    """Half a point goes up."""
    return math.floor(exact + 0.5)


def _analysis(found: Analysis) -> analysis_pb2.Analysis:
    role = found.standing.role
    return analysis_pb2.Analysis(
        matching_skills=role.matching_skills,
        missing_skills=role.missing_skills,
        matching_keywords=[keyword.written for keyword in found.used],
        missing_keywords=[keyword.written for keyword in found.unused],
        experience_match=_experience(found),
        education_match=_education(found),
        role_compatibility=analysis_pb2.RoleCompatibility(
            score=points(role.score),
            reasoning=" ".join(component.reason for component in role.components),
            components=map(_component, role.components),
        ),
        requirements=requirements_to_proto(found.job.requirements),
        skill_evidence=list(_skill_evidence(found)),
    )


def _experience(found: Analysis) -> analysis_pb2.ExperienceMatch:
    asked, held = found.job.requirements.years, found.resume.profile.total_years
    wanted = NOT_STATED
    if asked is not None:
        wanted = f"{asked.least:g}-{asked.most:g} years" if asked.most else f"{years_in_words(asked.least)} or more"
    share = 1.0 if asked is None else min(1.0, held / asked.least)
    return analysis_pb2.ExperienceMatch(
        required_years=wanted, candidate_years=years_in_words(held), match_percentage=points(100 * share)
    )


def _education(found: Analysis) -> analysis_pb2.EducationMatch:
    asked = found.job.requirements.education
    return analysis_pb2.EducationMatch(
        required=asked.place.quote.lstrip("-*• ") if asked is not None and asked.place else NOT_STATED,
        candidate=found.resume.degree or NOT_STATED,
        match=found.education_met,
    )


def _skill_evidence(found: Analysis) -> Iterable[analysis_pb2.SkillEvidence]:
    for demand in (*found.met, *found.unmet):
        for asked in demand.skills:
            yield analysis_pb2.SkillEvidence(
                skill=asked.skill.name,
                required=asked.required,
                job=span(asked.place),
                resume=_quotes(found.evidence.get(asked.skill.id, ())),
            )


def _component(component: Component) -> analysis_pb2.AnalysisComponent:
    return analysis_pb2.AnalysisComponent(
        name=component.name, weight=component.weight, score=component.points, reason=component.reason
    )


def _insights(insights: Insights, edits: Iterable[Edit]) -> analysis_pb2.Insights:
    high, medium, low = ([statement.text for statement in group] for group in insights.recommendations)
    return analysis_pb2.Insights(
        strengths=[statement.text for statement in insights.strengths],
        improvements=[statement.text for statement in insights.improvements],
        recommendations=analysis_pb2.Recommendations(high_priority=high, medium_priority=medium, low_priority=low),
        statements=map(_statement, insights.all()),
        edits=[analysis_pb2.Edit(text=edit.text, role_gain=edit.role_gain, ats_gain=edit.ats_gain) for edit in edits],
    )


def _statement(statement: Statement) -> analysis_pb2.Statement:
    return analysis_pb2.Statement(
        text=statement.text,
        job=_spans(statement.job),
        resume=_quotes(statement.resume),
        finding=statement.finding,
    )


def _flashcard(card: Flashcard) -> analysis_pb2.Flashcard:
    return analysis_pb2.Flashcard(front=card.front, back=card.back, job=_spans(card.job), resume=_quotes(card.resume))


def _ats(found: Analysis) -> analysis_pb2.AtsScore:
    ats = found.standing.ats
    return analysis_pb2.AtsScore(
        overall_score=points(ats.score),
        breakdown=analysis_pb2.AtsBreakdown(
            **{component.name: points(component.points) for component in ats.components}
        ),
        components=map(_component, ats.components),
    )


def _spans(where: Iterable[Place]) -> list[messages.TextSpan]:
    return [span(place) for place in where]


def _quotes(quotes: Iterable[Quote]) -> list[analysis_pb2.ResumeQuote]:
    return [analysis_pb2.ResumeQuote(pointer=one.pointer, page=one.page, quote=one.words) for one in quotes]
