import json
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2
from grpc_status import rpc_status
from uuid_utils import uuid7

from hiremesh.matching.v1 import job_pb2, job_service_pb2, job_service_pb2_grpc, resume_analysis_service_pb2_grpc
from hiremesh.matching.v1 import resume_analysis_service_pb2 as messages
from hiremesh.matching.v1 import stored_analysis_pb2 as stored
from matching_service.app import Matching, compose
from matching_service.convert.resume import resume_from_proto
from matching_service.domain.errors import ProcessingFailed
from meshkit.channels import to_remote_error
from meshkit.errors import RemoteError
from meshkit.pages import PageTokens
from meshkit.testing import MESH_TOKEN, FixedClock, TokenIssuer, serving, user_metadata
from tests.rpc.matching.test_analyze_resume import FORM, form
from tests.support.builders.matching import OWNER, SOMEBODY_ELSE, deleted_event, resume_message
from tests.support.fakes.matching import (
    InMemoryTransactions,
    ScriptedReader,
    ScriptedResumes,
    ScriptedWriter,
    WordEmbedder,
)

DATA = "Requirements:\n- Python, SQL\n- Terraform\nNice to have: Ansible"
WEB = "Requirements:\n- JavaScript and React\n- Python\n- Terraform"


@dataclass
class Running:
    analyses: "resume_analysis_service_pb2_grpc.ResumeAnalysisServiceAsyncStub"
    jobs: "job_service_pb2_grpc.JobServiceAsyncStub"
    matching: Matching
    reader: ScriptedReader
    resumes: ScriptedResumes
    embedder: WordEmbedder
    clock: FixedClock
    issuer: TokenIssuer

    def by(self, user_id: str = OWNER) -> tuple[tuple[str, str], ...]:
        return user_metadata(self.issuer.token(user_id))

    async def post(self, title: str, description: str) -> job_pb2.Job:
        request = job_service_pb2.CreateJobRequest(title=title, description=description, company="Noordzee")
        return (await self.jobs.CreateJob(request, metadata=self.by(SOMEBODY_ELSE))).job

    async def analyze(self, job_id: str, *, user_id: str = OWNER, **fields: Any) -> stored.StoredAnalysis:
        document = (
            None if "resume_id" in fields else httpbody_pb2.HttpBody(content_type="application/pdf", data=b"%PDF")
        )
        request = messages.AnalyzeForJobRequest(job_id=job_id, document=document, **fields)
        return (await self.analyses.AnalyzeForJob(request, metadata=self.by(user_id))).analysis

    async def send(self, content_type: str, body: bytes) -> stored.StoredAnalysis:
        document = httpbody_pb2.HttpBody(content_type=content_type, data=body)
        request = messages.AnalyzeForJobRequest(document=document)
        return (await self.analyses.AnalyzeForJob(request, metadata=self.by())).analysis

    async def listed(self, user_id: str = OWNER) -> list[stored.AnalysisOverview]:
        request = messages.ListAnalysesRequest()
        return list((await self.analyses.ListAnalyses(request, metadata=self.by(user_id))).analyses)


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    embedder, issuer, reader, resumes = WordEmbedder(), TokenIssuer(), ScriptedReader(), ScriptedResumes()
    reader.answer = resume_from_proto(resume_message())
    clock = FixedClock(datetime.now(UTC))
    matching = compose(
        InMemoryTransactions(),
        embedder,
        ScriptedWriter(),
        reader,
        resumes,
        clock,
        arrival_grace=timedelta(seconds=30),
        tokens=PageTokens(MESH_TOKEN),
        secret=MESH_TOKEN,
    )
    async with serving(*matching.servicers, verifier=issuer.verifier()) as channel:
        yield Running(
            resume_analysis_service_pb2_grpc.ResumeAnalysisServiceStub(channel),
            job_service_pb2_grpc.JobServiceStub(channel),
            matching,
            reader,
            resumes,
            embedder,
            clock,
            issuer,
        )


async def refusal(call: Awaitable[object]) -> RemoteError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return to_remote_error(rpc_status.from_call(caught.value), caught.value)


async def test_an_analysis_for_a_job_is_kept_and_read_again_whole_and_in_short(running: Running) -> None:
    job = await running.post("Data Engineer", DATA)
    made = await running.analyze(job.id)
    assert (made.overview.job_title, made.overview.company, made.overview.job_id) == (
        "Data Engineer",
        "Noordzee",
        job.id,
    )
    assert {"Python", "SQL"} <= set(made.overview.matching_skills)
    assert list(made.overview.missing_skills) == ["Terraform", "Ansible"]
    assert made.overview.role_score == made.result.analysis.role_compatibility.score
    assert made.overview.ats_score == made.result.ats_score.overall_score
    assert made.overview.metadata == made.result.metadata

    got = (
        await running.analyses.GetAnalysis(messages.GetAnalysisRequest(job_id=job.id), metadata=running.by())
    ).analysis
    assert got == made
    request = messages.GetAnalysisSummaryRequest(job_id=job.id)
    summary = (await running.analyses.GetAnalysisSummary(request, metadata=running.by())).summary
    assert summary.overview == made.overview
    assert summary.reasoning == made.result.analysis.role_compatibility.reasoning
    assert list(summary.edits) == list(made.result.insights.edits)[:3]
    advice_request = messages.GetRecommendationsRequest(job_id=job.id)
    advice = (await running.analyses.GetRecommendations(advice_request, metadata=running.by())).advice
    assert advice.recommendations == made.result.insights.recommendations
    texts = {statement.text for statement in advice.statements}
    groups = advice.recommendations
    assert texts == {*groups.high_priority, *groups.medium_priority, *groups.low_priority}
    assert await running.listed() == [made.overview]


async def test_the_same_resume_and_job_get_the_same_analysis_and_work_only_once(running: Running) -> None:
    job = await running.post("Data Engineer", DATA)
    first = await running.analyze(job.id)
    calls = running.embedder.calls
    running.clock.advance(timedelta(minutes=1))
    again = await running.analyze(job.id)
    assert running.embedder.calls == calls
    assert again.result == first.result
    assert again.overview.id == first.overview.id
    assert again.overview.analyze_time.ToDatetime() - first.overview.analyze_time.ToDatetime() == timedelta(minutes=1)
    assert len(await running.listed()) == 1


async def test_another_resume_another_text_or_another_option_makes_another_analysis(running: Running) -> None:
    job = await running.post("Data Engineer", DATA)
    await running.analyze(job.id)
    await running.analyze(job.id, anonymised=True)
    running.reader.answer = replace(running.reader.answer, preview="another person's")
    await running.analyze(job.id)
    assert not any(entry.outdated for entry in await running.listed())
    update = job_service_pb2.UpdateJobRequest(id=job.id, description=DATA + "\n- Go programming")
    await running.jobs.UpdateJob(update, metadata=running.by(SOMEBODY_ELSE))
    newest = await running.analyze(job.id)
    entries = await running.listed()
    assert len({entry.id for entry in entries}) == 4
    assert [entry.id for entry in entries if not entry.outdated] == [newest.overview.id]


async def test_one_that_had_to_do_without_a_model_is_made_again_under_its_id(running: Running) -> None:
    job = await running.post("Data Engineer", DATA)
    running.embedder.away = True
    without = await running.analyze(job.id)
    assert without.overview.metadata.embedding_model == ""
    running.embedder.away = False
    complete = await running.analyze(job.id)
    assert complete.overview.id == without.overview.id
    assert complete.overview.metadata.embedding_model
    assert len(await running.listed()) == 1


async def test_nobody_else_finds_or_erases_an_analysis(running: Running) -> None:
    job = await running.post("Data Engineer", DATA)
    made = await running.analyze(job.id)
    other = running.by(SOMEBODY_ELSE)
    for call in (
        running.analyses.GetAnalysis(messages.GetAnalysisRequest(job_id=job.id), metadata=other),
        running.analyses.GetAnalysis(
            messages.GetAnalysisRequest(job_id=job.id, analysis_id=made.overview.id), metadata=other
        ),
        running.analyses.GetAnalysisSummary(messages.GetAnalysisSummaryRequest(job_id=job.id), metadata=other),
        running.analyses.GetRecommendations(messages.GetRecommendationsRequest(job_id=job.id), metadata=other),
        running.analyses.CompareAnalyses(
            messages.CompareAnalysesRequest(job_ids=[job.id, str(uuid7())]), metadata=other
        ),
    ):
        assert (await refusal(call)).wire_reason == "NOT_FOUND"
    assert await running.listed(SOMEBODY_ELSE) == []
    await running.analyses.DeleteAnalyses(messages.DeleteAnalysesRequest(job_id=job.id), metadata=other)
    assert len(await running.listed()) == 1
    for _ in range(2):
        await running.analyses.DeleteAnalyses(messages.DeleteAnalysesRequest(job_id=job.id), metadata=running.by())
    assert await running.listed() == []


async def test_what_was_made_of_a_stored_resume_is_erased_with_it(running: Running) -> None:
    job, resume_id = await running.post("Data Engineer", DATA), str(uuid7())
    running.resumes.resumes[resume_id] = running.reader.answer
    made = await running.analyze(job.id, resume_id=resume_id)
    assert made.overview.resume_id == resume_id
    of_file = await running.analyze(job.id)
    assert of_file.overview.id != made.overview.id
    await running.matching.events(deleted_event(resume_id))
    assert [entry.id for entry in await running.listed()] == [of_file.overview.id]
    assert (await refusal(running.analyze(job.id, resume_id=resume_id))).wire_reason == "NOT_FOUND"


async def test_unknown_jobs_and_resumes_are_not_found(running: Running) -> None:
    assert str(await refusal(running.analyze(str(uuid7())))) == "Job not found"
    job = await running.post("Data Engineer", DATA)
    assert str(await refusal(running.analyze(job.id, resume_id=str(uuid7())))) == "Resume not found"
    fault = await refusal(
        running.analyses.GetAnalysis(messages.GetAnalysisRequest(job_id=job.id), metadata=running.by())
    )
    assert str(fault) == "Analysis not found"


async def test_forms_and_objects_are_read_as_portals_send_them(running: Running) -> None:
    job, resume_id = await running.post("Data Engineer", DATA), str(uuid7())
    running.resumes.resumes[resume_id] = running.reader.answer
    by_file = await running.send(FORM, form(resume=("cv.pdf", b"%PDF-1.7"), job_id=job.id, anonymised="true"))
    assert running.reader.documents == [b"%PDF-1.7"]
    assert by_file.overview.anonymised
    assert (await running.send(FORM, form(file=("cv.pdf", b"%PDF"), job_id=job.id))).overview.resume_id == ""
    assert (await running.send(FORM, form(resume_id=resume_id, job_id=job.id))).overview.resume_id == resume_id
    pairs = f"job_id={job.id}&resume_id={resume_id}".encode()
    assert (await running.send("application/x-www-form-urlencoded", pairs)).overview.resume_id == resume_id
    body = json.dumps({"job_id": job.id, "resume_id": resume_id, "anonymised": True}).encode()
    assert (await running.send("application/json; charset=utf-8", body)).overview.anonymised


@pytest.mark.parametrize(
    ("content_type", "body", "field"),
    [
        (FORM, form(resume=("cv.pdf", b"%PDF")), "job_id"),
        (FORM, form(resume=("cv.pdf", b"%PDF"), job_id="42"), "job_id"),
        (FORM, form(job_id=str(uuid7())), "resume"),
        (FORM, form(job_id=str(uuid7()), resume_id="x"), "resume_id"),
        (FORM, form(job_id=str(uuid7()), resume_id=str(uuid7()), resume=("cv.pdf", b"%PDF")), "resume_id"),
        (FORM, form(job_id=str(uuid7()), resume=("cv.pdf", b"%PDF"), anonymised="perhaps"), "anonymised"),
        ("application/json", b"[]", "body"),
        ("application/json", b"{", "body"),
        ("application/json", b'{"job_id": 7}', "job_id"),
        ("application/json", b'{"anonymised": "yes"}', "anonymised"),
        ("application/json", b'{"jobid": "x"}', "jobid"),
        ("application/pdf", b"%PDF", "job_id"),
    ],
)
async def test_what_is_wrong_with_a_request_is_told_by_its_field(
    running: Running, content_type: str, body: bytes, field: str
) -> None:
    fault = await refusal(running.send(content_type, body))
    assert fault.wire_reason == "INVALID_REQUEST"
    assert [violation.field for violation in fault.violations] == [field]


async def test_an_empty_file_is_a_fault_of_the_file(running: Running) -> None:
    job = await running.post("Data Engineer", DATA)
    running.reader.fault = ProcessingFailed(message="The document is empty", cause="DOCUMENT_EMPTY")
    fault = await refusal(running.send(FORM, form(resume=("cv.pdf", b""), job_id=job.id)))
    assert fault.wire_reason == "PDF_PROCESSING_ERROR"
    assert running.reader.documents == [b""]


async def test_pages_of_analyses_hold_each_once_and_their_tokens_are_the_callers(running: Running) -> None:
    for number in range(5):
        await running.analyze((await running.post(f"Engineer {number}", DATA)).id)
        running.clock.advance(timedelta(seconds=1))
    seen, token = [], ""
    while True:
        request = messages.ListAnalysesRequest(page_size=2, page_token=token)
        page = await running.analyses.ListAnalyses(request, metadata=running.by())
        seen += [entry.job_title for entry in page.analyses]
        token = page.next_page_token
        if not token:
            break
        foreign = messages.ListAnalysesRequest(page_size=2, page_token=token)
        fault = await refusal(running.analyses.ListAnalyses(foreign, metadata=running.by(SOMEBODY_ELSE)))
        assert fault.wire_reason == "INVALID_REQUEST"
    assert seen == [f"Engineer {number}" for number in (4, 3, 2, 1, 0)]


async def test_top_matches_and_stats_are_figures_of_the_best_analysis_of_each_job(running: Running) -> None:
    data, web = await running.post("Data Engineer", DATA), await running.post("Web Developer", WEB)
    closed = await running.post("Analyst", "Requirements:\n- SQL")
    for job in (web, data, closed):
        await running.analyze(job.id)
    poorer = resume_message()
    del poorer.skills[:], poorer.skill_details[:]
    running.reader.answer = resume_from_proto(poorer)
    worse = await running.analyze(data.id)
    await running.jobs.CloseJob(job_service_pb2.CloseJobRequest(id=closed.id), metadata=running.by(SOMEBODY_ELSE))

    top = (await running.analyses.ListTopMatches(messages.ListTopMatchesRequest(), metadata=running.by())).matches
    assert [entry.job_id for entry in top] == [data.id, web.id]
    assert worse.overview.id not in {entry.id for entry in top}
    few = messages.ListTopMatchesRequest(page_size=1)
    assert len((await running.analyses.ListTopMatches(few, metadata=running.by())).matches) == 1

    stats = (await running.analyses.GetAnalysisStats(messages.GetAnalysisStatsRequest(), metadata=running.by())).stats
    assert (stats.analyses, stats.jobs, stats.resumes, stats.outdated) == (4, 3, 0, 0)
    assert stats.best.job_id == closed.id
    scores = sorted([*(entry.role_score for entry in top), stats.best.role_score])
    spread = [stats.role_score.lowest, stats.role_score.highest]
    assert spread == pytest.approx([scores[0], scores[-1]], abs=0.51)
    assert stats.role_score.lowest <= stats.role_score.average <= stats.role_score.highest
    assert stats.role_score.average == pytest.approx(sum(scores) / 3, abs=0.6)
    missing = {count.skill: (count.jobs, count.required_by) for count in stats.missing_skills}
    assert missing["Terraform"] == (2, 2)
    assert missing["Ansible"] == (1, 0)
    assert stats.missing_skills[0].skill == "Terraform"
    assert {count.skill: count.jobs for count in stats.matching_skills}["Python"] == 2


async def test_without_analyses_figures_are_empty(running: Running) -> None:
    stats = (await running.analyses.GetAnalysisStats(messages.GetAnalysisStatsRequest(), metadata=running.by())).stats
    assert stats == stored.AnalysisStats()
    top = await running.analyses.ListTopMatches(messages.ListTopMatchesRequest(), metadata=running.by())
    assert not top.matches


async def test_jobs_are_compared_side_by_side(running: Running) -> None:
    data, web = await running.post("Data Engineer", DATA), await running.post("Web Developer", WEB)
    unknown = await running.post("Baker", "Bread")
    for job in (web, data):
        await running.analyze(job.id)
    request = messages.CompareAnalysesRequest(job_ids=[web.id, unknown.id, data.id])
    comparison = (await running.analyses.CompareAnalyses(request, metadata=running.by())).comparison
    assert [job.overview.job_id for job in comparison.jobs] == [data.id, web.id]
    assert list(comparison.not_analyzed) == [unknown.id]
    assert comparison.comparable
    skills = {row.skill: row for row in comparison.skills}
    assert sorted(skills["Python"].shown_for) == sorted([data.id, web.id])
    assert sorted(skills["Terraform"].required_by) == sorted([data.id, web.id])
    assert not skills["Terraform"].shown_for
    assert list(skills["Ansible"].preferred_by) == [data.id]
    assert comparison.jobs[0].role_components
    assert comparison.jobs[0].ats_breakdown.skills_match

    await running.analyze(web.id, anonymised=True)
    again = (await running.analyses.CompareAnalyses(request, metadata=running.by())).comparison
    assert not again.comparable


@pytest.mark.parametrize("number", [0, 1, 11])
async def test_a_comparison_is_of_two_to_ten_jobs(running: Running, number: int) -> None:
    request = messages.CompareAnalysesRequest(job_ids=[str(uuid7()) for _ in range(number)])
    fault = await refusal(running.analyses.CompareAnalyses(request, metadata=running.by()))
    assert [violation.field for violation in fault.violations] == ["job_ids"]
