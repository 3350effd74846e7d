from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf import timestamp_pb2
from grpc_status import rpc_status
from uuid_utils import uuid7

from hiremesh.events.v1 import envelope_pb2
from hiremesh.matching.v1 import job_pb2, job_service_pb2_grpc, requirements_pb2
from hiremesh.matching.v1 import job_service_pb2 as messages
from matching_service.app import Matching, compose
from matching_service.ports import JobFact
from meshkit.channels import to_remote_error
from meshkit.errors import RemoteError
from meshkit.pages import PageTokens
from meshkit.testing import MESH_TOKEN, FixedClock, TokenIssuer, serving, user_metadata
from tests.support.builders.matching import OWNER, SOMEBODY_ELSE
from tests.support.fakes.matching import (
    InMemoryTransactions,
    ScriptedReader,
    ScriptedResumes,
    ScriptedWriter,
    WordEmbedder,
)

TEXT = "Location: Utrecht\nHybrid, full-time, €60,000 - €70,000 a year.\nRequirements:\n- Python or Go\n- 3+ years of experience"


@dataclass
class Running:
    stub: "job_service_pb2_grpc.JobServiceAsyncStub"
    matching: Matching
    transactions: InMemoryTransactions
    embedder: WordEmbedder
    issuer: TokenIssuer

    def by(self, user_id: str) -> tuple[tuple[str, str], ...]:
        return user_metadata(self.issuer.token(user_id))

    async def post(
        self, title: str = "Senior Engineer", *, text: str = TEXT, user_id: str = OWNER, request_id: str = ""
    ) -> job_pb2.Job:
        request = messages.CreateJobRequest(title=title, description=text, company="Noordzee", request_id=request_id)
        return (await self.stub.CreateJob(request, metadata=self.by(user_id))).job

    async def embed(self, job: job_pb2.Job) -> None:
        event = envelope_pb2.Envelope(id=str(uuid7()))
        event.job_posted.job_id = job.id
        await self.matching.events(event)


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    transactions, embedder, issuer = InMemoryTransactions(), WordEmbedder(), TokenIssuer()
    matching = compose(
        transactions,
        embedder,
        ScriptedWriter(),
        ScriptedReader(),
        ScriptedResumes(),
        FixedClock(datetime.now(UTC)),
        arrival_grace=timedelta(0),
        tokens=PageTokens(MESH_TOKEN),
        secret=MESH_TOKEN,
    )
    async with serving(*matching.servicers, verifier=issuer.verifier()) as channel:
        stub: job_service_pb2_grpc.JobServiceAsyncStub = job_service_pb2_grpc.JobServiceStub(channel)
        yield Running(stub, matching, transactions, embedder, issuer)


async def refusal(call: Awaitable[object]) -> RemoteError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return to_remote_error(rpc_status.from_call(caught.value), caught.value)


async def test_a_posted_job_is_completed_from_its_text_with_places(running: Running) -> None:
    job = await running.post()
    assert (job.location, job.currency, job.salary_min, job.salary_max) == ("Utrecht", "EUR", 60_000, 70_000)
    assert job.workplace == requirements_pb2.WORKPLACE_HYBRID
    assert job.employment_type == requirements_pb2.EMPLOYMENT_TYPE_FULL_TIME
    assert job.seniority == requirements_pb2.SENIORITY_SENIOR
    text = f"{job.title}\n{job.description}"
    skills = job.requirements.skills
    assert [text[skill.place.start : skill.place.end] for skill in skills] == ["Python", "Go"]
    assert list(skills[0].alternatives) == ["go", "python"]
    assert running.transactions.told == [(JobFact.POSTED, job.id)]


async def test_what_the_poster_says_wins_over_the_text(running: Running) -> None:
    request = messages.CreateJobRequest(
        title="Engineer", description=TEXT, location="Lyon", salary_min=50_000, currency="CHF"
    )
    job = (await running.stub.CreateJob(request, metadata=running.by(OWNER))).job
    assert (job.location, job.salary_min, job.salary_max, job.currency) == ("Lyon", 50_000, 50_000, "CHF")


async def test_anybody_reads_a_job_and_only_its_poster_changes_it(running: Running) -> None:
    job = await running.post()
    assert (await running.stub.GetJob(messages.GetJobRequest(id=job.id))).job == job
    update = messages.UpdateJobRequest(id=job.id, title="Junior Engineer")
    fault = await refusal(running.stub.UpdateJob(update, metadata=running.by(SOMEBODY_ELSE)))
    assert fault.wire_reason == "PERMISSION_DENIED"
    changed = (await running.stub.UpdateJob(update, metadata=running.by(OWNER))).job
    assert (changed.title, changed.description) == ("Junior Engineer", TEXT)
    assert changed.seniority == requirements_pb2.SENIORITY_JUNIOR
    assert running.transactions.told[-1] == (JobFact.UPDATED, job.id)


async def test_a_closed_job_leaves_the_lists_and_is_closed_once(running: Running) -> None:
    job = await running.post()
    for _ in range(2):
        closed = await running.stub.CloseJob(messages.CloseJobRequest(id=job.id), metadata=running.by(OWNER))
        assert closed.job.state == job_pb2.JOB_STATE_CLOSED
    assert not (await running.stub.ListJobs(messages.ListJobsRequest())).jobs
    assert not (await running.stub.SearchJobs(messages.SearchJobsRequest(query="engineer"))).jobs
    mine = await running.stub.ListMyJobs(messages.ListMyJobsRequest(), metadata=running.by(OWNER))
    assert [one.id for one in mine.jobs] == [job.id]
    assert running.transactions.told.count((JobFact.CLOSED, job.id)) == 1


async def test_the_same_request_makes_one_job_and_another_one_is_refused(running: Running) -> None:
    request_id = str(uuid4())
    first = await running.post(request_id=request_id)
    assert (await running.post(request_id=request_id)).id == first.id
    assert (await refusal(running.post("Other", request_id=request_id))).wire_reason == "REQUEST_ID_REUSED"


async def test_lists_come_in_pages(running: Running) -> None:
    posted = [(await running.post(f"Engineer {number}")).id for number in range(3)]
    first = await running.stub.ListJobs(messages.ListJobsRequest(page_size=2))
    rest = await running.stub.ListJobs(messages.ListJobsRequest(page_size=2, page_token=first.next_page_token))
    assert [job.id for job in (*first.jobs, *rest.jobs)] == posted[::-1]
    assert rest.next_page_token == ""


async def test_a_search_ranks_by_words_and_by_meaning_and_comes_in_pages(running: Running) -> None:
    jobs = [
        await running.post(title, text=f"{title} wanted") for title in ("Python Engineer", "Engineer", "Engine Driver")
    ]
    for job in jobs:
        await running.embed(job)
    request = messages.SearchJobsRequest(query="engineer", page_size=1)
    found = []
    while True:
        page = await running.stub.SearchJobs(request)
        assert page.semantic
        found += [job.title for job in page.jobs]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert sorted(found) == ["Engine Driver", "Engineer", "Python Engineer"]
    assert found[-1] == "Engine Driver"


async def test_a_search_without_inference_does_without_meaning(running: Running) -> None:
    await running.post()
    running.embedder.away = True
    page = await running.stub.SearchJobs(messages.SearchJobsRequest(query="engineer"))
    assert len(page.jobs) == 1
    assert not page.semantic


async def test_a_token_of_another_search_is_refused(running: Running) -> None:
    for _ in range(2):
        await running.post()
    page = await running.stub.SearchJobs(messages.SearchJobsRequest(query="engineer", page_size=1))
    other = messages.SearchJobsRequest(query="baker", page_token=page.next_page_token)
    assert [v.field for v in (await refusal(running.stub.SearchJobs(other))).violations] == ["page_token"]


async def test_pay_that_is_none_is_refused(running: Running) -> None:
    request = messages.CreateJobRequest(
        title="Engineer", description="Text", salary_min=5, salary_max=1, currency="EUR"
    )
    fault = await refusal(running.stub.CreateJob(request, metadata=running.by(OWNER)))
    assert [violation.field for violation in fault.violations] == ["salary_max"]


async def test_posting_needs_a_user_and_unknown_jobs_are_not_found(running: Running) -> None:
    request = messages.CreateJobRequest(title="Engineer", description="Text")
    assert (await refusal(running.stub.CreateJob(request))).wire_reason == "INVALID_TOKEN"
    assert (await refusal(running.stub.GetJob(messages.GetJobRequest(id=str(uuid4()))))).wire_reason == "NOT_FOUND"


async def test_what_the_poster_said_can_be_changed_and_left_to_the_text_again(running: Running) -> None:
    job = await running.post()

    async def change(**fields: Any) -> job_pb2.Job:
        request = messages.UpdateJobRequest(id=job.id, **fields)
        return (await running.stub.UpdateJob(request, metadata=running.by(OWNER))).job

    changed = await change(
        workplace=requirements_pb2.WORKPLACE_REMOTE,
        employment_type=requirements_pb2.EMPLOYMENT_TYPE_PART_TIME,
        seniority=requirements_pb2.SENIORITY_LEAD,
        salary_min=80_000,
        currency="CHF",
    )
    assert changed.workplace == requirements_pb2.WORKPLACE_REMOTE
    assert changed.employment_type == requirements_pb2.EMPLOYMENT_TYPE_PART_TIME
    assert changed.seniority == requirements_pb2.SENIORITY_LEAD
    assert (changed.salary_min, changed.salary_max, changed.currency) == (80_000, 80_000, "CHF")
    # What is not given stays.
    assert (await change(company="Kade")).workplace == requirements_pb2.WORKPLACE_REMOTE
    again = await change(workplace=0, employment_type=0, seniority=0, salary_min=0, salary_max=0, currency="")
    assert (again.workplace, again.employment_type, again.seniority) == (
        job.workplace,
        job.employment_type,
        job.seniority,
    )
    assert (again.salary_min, again.salary_max, again.currency) == (60_000, 70_000, "EUR")
    fault = await refusal(change(salary_min=5, salary_max=1, currency="EUR"))
    assert [violation.field for violation in fault.violations] == ["salary_max"]


async def test_a_job_cannot_be_over_before_it_begins(running: Running) -> None:
    past = timestamp_pb2.Timestamp(seconds=1_500_000_000)
    fault = await refusal(
        running.stub.CreateJob(
            messages.CreateJobRequest(title="Engineer", description="Text", expire_time=past),
            metadata=running.by(OWNER),
        )
    )
    assert [violation.field for violation in fault.violations] == ["expire_time"]
    job = await running.post()
    request = messages.UpdateJobRequest(id=job.id, expire_time=past)
    fault = await refusal(running.stub.UpdateJob(request, metadata=running.by(OWNER)))
    assert [violation.field for violation in fault.violations] == ["expire_time"]
