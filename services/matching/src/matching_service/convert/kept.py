"""Kept analyses to messages."""

from collections.abc import Iterable, Sequence

from hiremesh.matching.v1 import analysis_pb2, job_pb2, stored_analysis_pb2
from matching_service.convert.analysis import LANGUAGE, points, report_to_proto
from matching_service.domain.kept import Comparison, Entry, SkillCount, SkillRow, Spread, Stats
from matching_service.domain.report import Report

_FEW = 3


def report_to_bytes(report: Report) -> bytes:
    """As it is kept."""
    return report_to_proto(report).SerializeToString(deterministic=True)


def result_of(entry: Entry) -> analysis_pb2.ResumeAnalysis:
    """All that a kept analysis says."""
    return analysis_pb2.ResumeAnalysis.FromString(entry.analysis.result)


def stored_to_proto(entry: Entry) -> stored_analysis_pb2.StoredAnalysis:
    """Everything."""
    return stored_analysis_pb2.StoredAnalysis(overview=overview_to_proto(entry), result=result_of(entry))


def overview_to_proto(entry: Entry) -> stored_analysis_pb2.AnalysisOverview:
    """Figures and names."""
    analysis, job = entry.analysis, entry.job
    outcome = analysis.outcome
    message = stored_analysis_pb2.AnalysisOverview(
        id=analysis.id,
        job_id=job.id,
        job_title=job.complete.title,
        company=job.complete.company,
        job_state=job_pb2.JOB_STATE_CLOSED if job.closed else job_pb2.JOB_STATE_OPEN,
        resume_id=analysis.resume_id or "",
        anonymised=analysis.anonymised,
        role_score=points(outcome.role_score),
        ats_score=points(outcome.ats_score),
        matching_skills=outcome.names(shown=True),
        missing_skills=outcome.names(shown=False),
        metadata=analysis_pb2.AnalysisMetadata(
            engine=outcome.engine,
            scorer_version=outcome.scorer_version,
            embedding_model=outcome.embedding_model,
            anonymised=analysis.anonymised,
            language=LANGUAGE,
        ),
        outdated=entry.outdated,
    )
    message.analyze_time.FromDatetime(analysis.analysed_at)
    return message


def digest_to_proto(entry: Entry) -> stored_analysis_pb2.AnalysisDigest:
    """The short of it."""
    result = result_of(entry)
    return stored_analysis_pb2.AnalysisDigest(
        overview=overview_to_proto(entry),
        reasoning=result.analysis.role_compatibility.reasoning,
        strengths=result.insights.strengths[:_FEW],
        improvements=result.insights.improvements[:_FEW],
        edits=result.insights.edits[:_FEW],
        experience_match=result.analysis.experience_match,
        education_match=result.analysis.education_match,
    )


def advice_to_proto(entry: Entry) -> stored_analysis_pb2.AnalysisAdvice:
    """What to do."""
    insights = result_of(entry).insights
    groups = insights.recommendations
    advised = {*groups.high_priority, *groups.medium_priority, *groups.low_priority}
    return stored_analysis_pb2.AnalysisAdvice(
        overview=overview_to_proto(entry),
        recommendations=groups,
        statements=[statement for statement in insights.statements if statement.text in advised],
        edits=insights.edits,
    )


def stats_to_proto(stats: Stats) -> stored_analysis_pb2.AnalysisStats:
    """The figures; absent parts stay absent."""
    message = stored_analysis_pb2.AnalysisStats(
        analyses=stats.analyses,
        jobs=len(stats.entries),
        resumes=stats.resumes,
        outdated=stats.outdated,
        role_score=_spread(stats.role()),
        ats_score=_spread(stats.ats()),
        best=overview_to_proto(stats.best) if stats.best else None,
        missing_skills=_counts(stats.skills(shown=False)),
        matching_skills=_counts(stats.skills(shown=True)),
    )
    if stats.last_at is not None:
        message.last_analyze_time.FromDatetime(stats.last_at)
    return message


def comparison_to_proto(comparison: Comparison) -> stored_analysis_pb2.AnalysisComparison:
    """Jobs side by side."""
    return stored_analysis_pb2.AnalysisComparison(
        jobs=map(_compared, comparison.entries),
        skills=map(_skill, comparison.skills()),
        not_analyzed=comparison.not_analysed,
        comparable=comparison.comparable,
    )


def _compared(entry: Entry) -> stored_analysis_pb2.ComparedJob:
    result = result_of(entry)
    return stored_analysis_pb2.ComparedJob(
        overview=overview_to_proto(entry),
        role_components=result.analysis.role_compatibility.components,
        ats_breakdown=result.ats_score.breakdown,
        experience_match=result.analysis.experience_match,
        education_match=result.analysis.education_match,
        edits=result.insights.edits[:_FEW],
    )


def _skill(row: SkillRow) -> stored_analysis_pb2.ComparedSkill:
    return stored_analysis_pb2.ComparedSkill(
        skill=row.name, required_by=row.required_by, preferred_by=row.preferred_by, shown_for=row.shown_for
    )


def _spread(spread: Spread | None) -> stored_analysis_pb2.ScoreSpread | None:
    if spread is None:
        return None
    return stored_analysis_pb2.ScoreSpread(
        lowest=round(spread.lowest, 1), average=round(spread.average, 1), highest=round(spread.highest, 1)
    )


def _counts(counts: Sequence[SkillCount]) -> Iterable[stored_analysis_pb2.SkillCount]:
    for count in counts:
        yield stored_analysis_pb2.SkillCount(skill=count.name, jobs=count.jobs, required_by=count.required_by)
