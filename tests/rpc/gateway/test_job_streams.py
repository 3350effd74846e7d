"""The streaming methods of ParseJobService through a real server with all layers; storage is in memory."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from prometheus_client import REGISTRY

from gateway_service.convert import result_to_proto
from gateway_service.domain.jobs import Job, JobFailure
from gateway_service.domain.model import StoredResume
from gateway_service.servicer.streams import ParseJobStreams
from gateway_service.usecases import WatchJob
from hiremesh.gateway.v1 import parse_job_pb2, parse_job_service_pb2, parse_job_service_pb2_grpc
from meshkit.errors import ServiceUnavailable
from meshkit.server import Servicer
from meshkit.testing import FixedClock, TokenIssuer, serving, user_metadata
from tests.support.builders.gateway import OTHER_USER, USER, next_id, resume_content
from tests.support.fakes.gateway import InMemoryJobStore, InMemoryResumeStore, InMemoryTransactions, Rows

JOBS = parse_job_service_pb2.DESCRIPTOR.services_by_name["ParseJobService"]
SECONDS = 60
issuer = TokenIssuer()


class Wakeups:
    """Of one process."""

    def __init__(self) -> None:
        self.watchers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    @contextmanager
    def watch(self, job_id: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self.watchers[job_id].add(event)
        try:
            yield event
        finally:
            self.watchers[job_id].discard(event)

    def wake(self, job_id: str) -> None:
        for event in self.watchers[job_id]:
            event.set()


class UnsteadyTransactions(InMemoryTransactions):
    """A database that can go away."""

    away = False

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Rows]:
        if self.away:
            raise ServiceUnavailable(service="The database")
        async with super().__call__() as rows:
            yield rows


@dataclass
class Jobs:
    """Jobs of a gateway, and what its clients see."""

    transactions: UnsteadyTransactions = field(default_factory=UnsteadyTransactions)
    store: InMemoryJobStore = field(default_factory=InMemoryJobStore)
    wakeups: Wakeups = field(default_factory=Wakeups)
    clock: FixedClock = field(default_factory=FixedClock)
    stub: Any = None

    async def queue(self) -> Job:
        now = self.clock()
        job = Job(next_id(), USER, USER, next_id(), "digest", False, "", "", now, now, now)
        async with self.transactions() as tx:
            await self.store.add(tx, job)
        return job

    async def change(self, job: Job, *, told: bool = True) -> Job:
        async with self.transactions() as tx:
            await self.store.save(tx, job)
        if told:
            self.wakeups.wake(job.id)
        return job

    async def complete(self, job: Job) -> tuple[Job, StoredResume]:
        resume = StoredResume(next_id(), USER, USER, "digest", resume_content(), self.clock(), "")
        async with self.transactions() as tx:
            await InMemoryResumeStore().add(tx, resume)
        return await self.change(job.completed(self.clock(), resume_id=resume.id)), resume

    def watch(self, job_id: str, after: int = 0, user: str = USER) -> Any:
        request = parse_job_service_pb2.WatchParseJobRequest(job_id=job_id, after_sequence=after)
        return self.stub.WatchParseJob(request, metadata=user_metadata(issuer.token(user)), timeout=SECONDS)

    def stream(self, job_id: str, last_event_id: str = "") -> "Events":
        headers = (("last-event-id", last_event_id),) if last_event_id else ()
        request = parse_job_service_pb2.StreamParseJobRequest(job_id=job_id)
        call = self.stub.StreamParseJob(
            request, metadata=(*user_metadata(issuer.token(USER)), *headers), timeout=SECONDS
        )
        return Events(call)


@dataclass
class Events:
    """What an EventSource would see."""

    call: Any
    comments: list[str] = field(default_factory=list)
    retry: str = ""

    async def __aiter__(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        async for body in self.call:
            assert body.content_type == "text/event-stream"
            text = body.data.decode()
            assert text.endswith("\n\n")
            for block in text.removesuffix("\n\n").split("\n\n"):
                if block.startswith(":"):
                    self.comments.append(block)
                    continue
                lines = dict(line.split(": ", 1) for line in block.split("\n"))
                self.retry = lines.get("retry", self.retry)
                if "data" in lines:
                    yield lines.get("id", ""), json.loads(lines["data"])

    async def all(self) -> list[tuple[str, dict[str, Any]]]:
        return [event async for event in self]


def statuses(events: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, str]]:
    return [(sequence, event.get("status", event["event"])) for sequence, event in events]


@pytest.fixture
def pulse() -> timedelta:
    return timedelta(hours=1)


@pytest.fixture
async def jobs(pulse: timedelta) -> AsyncIterator[Jobs]:
    jobs = Jobs()
    watch = WatchJob(jobs.transactions, jobs.store, InMemoryResumeStore(), jobs.wakeups, pulse)
    streams = ParseJobStreams(watch)  # type: ignore[abstract]  # has the streaming methods only
    servicer = Servicer(JOBS, parse_job_service_pb2_grpc.add_ParseJobServiceServicer_to_server, streams)
    async with serving(servicer, verifier=issuer.verifier()) as channel:
        jobs.stub = parse_job_service_pb2_grpc.ParseJobServiceStub(channel)
        yield jobs


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110  # the server has no event for it
            await asyncio.sleep(0.01)


async def test_events_are_those_of_the_documentation_from_the_queue_to_the_result(jobs: Jobs) -> None:
    job = await jobs.queue()
    events = jobs.stream(job.id)
    reader = asyncio.create_task(events.all())
    await until(lambda: bool(jobs.wakeups.watchers[job.id]))
    jobs.clock.advance(timedelta(seconds=1.5))
    job = await jobs.change(job.begun(jobs.clock()))
    job = await jobs.change(job.progressed(jobs.clock(), page=1, pages=2))
    job, resume = await jobs.complete(job)
    seen = await reader
    assert statuses(seen) == [
        ("1", "queued"),
        ("2", "processing"),
        ("3", "processing"),
        ("4", "completed"),
        ("", "complete"),
    ]
    started = {"event": "status_update", "jobId": job.id, "status": "processing", "message": "Processing resume..."}
    assert seen[1][1] == started | {"updatedAt": job.created_at.timestamp() + 1.5}
    assert seen[2][1]["progress"] == {"page": 1, "pages": 2}
    assert seen[3][1]["message"] == "Processing completed"
    assert seen[3][1]["result"] == MessageToDict(
        result_to_proto(resume), preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    assert seen[4][1] == {"event": "complete"}
    assert int(events.retry) > 0


async def test_a_failed_job_ends_with_its_reason_and_an_error_event(jobs: Jobs) -> None:
    job = await jobs.queue()
    await jobs.change(job.failed(jobs.clock(), JobFailure("FILE_TOO_LARGE", "File too large (max 10MB)")))
    seen = await jobs.stream(job.id).all()
    assert statuses(seen) == [("1", "queued"), ("2", "failed"), ("", "error")]
    failed = seen[1][1]
    assert (failed["error"], failed["code"]) == ("File too large (max 10MB)", "FILE_TOO_LARGE")
    assert failed["message"] == "Processing failed"


@pytest.mark.parametrize(
    ("last", "missed"),
    [
        ("1", ["2", "3", ""]),
        ("2", ["3", ""]),
        # It has everything but the end.
        ("3", [""]),
        # Not ids of this job: nothing may be missed.
        ("99", ["1", "2", "3", ""]),
        ("x", ["1", "2", "3", ""]),
    ],
)
async def test_a_client_that_comes_back_gets_what_it_missed_and_nothing_twice(
    jobs: Jobs, last: str, missed: list[str]
) -> None:
    job = await jobs.queue()
    job = await jobs.change(job.begun(jobs.clock()))
    await jobs.complete(job)
    assert [sequence for sequence, _ in await jobs.stream(job.id, last).all()] == missed


async def test_a_client_that_comes_back_mid_job_waits_for_the_rest(jobs: Jobs) -> None:
    job = await jobs.change((await jobs.queue()).begun(jobs.clock()))
    reader = asyncio.create_task(jobs.stream(job.id, "2").all())
    await until(lambda: bool(jobs.wakeups.watchers[job.id]))
    await jobs.complete(job)
    assert [sequence for sequence, _ in await reader] == ["3", ""]


async def test_a_job_that_is_tried_again_is_watched_to_its_new_end(jobs: Jobs) -> None:
    job = await jobs.queue()
    job = await jobs.change(job.failed(jobs.clock(), JobFailure("ATTEMPTS_EXHAUSTED", "Given up")))
    job = await jobs.change(job.revived(jobs.clock()))
    await jobs.complete(job)
    assert statuses(await jobs.stream(job.id).all())[-2:] == [("4", "completed"), ("", "complete")]


async def test_grpc_clients_get_every_update_as_a_message(jobs: Jobs) -> None:
    job = await jobs.change((await jobs.queue()).begun(jobs.clock()))
    await jobs.complete(job)
    updates = [response.update async for response in jobs.watch(job.id, after=1)]
    assert [(update.sequence, update.state) for update in updates] == [
        (2, parse_job_pb2.PARSE_JOB_STATE_PROCESSING),
        (3, parse_job_pb2.PARSE_JOB_STATE_COMPLETED),
    ]
    assert updates[-1].result.personal.name == "Ada Example"


async def test_jobs_of_others_and_jobs_that_are_not_there_are_not_found(jobs: Jobs) -> None:
    job = await jobs.queue()
    for call in (jobs.watch(job.id, user=OTHER_USER), jobs.watch(next_id()), jobs.stream(next_id()).call):
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await call.read()
        assert (refusal.value.code(), refusal.value.details()) == (grpc.StatusCode.NOT_FOUND, "Job not found")


async def test_a_client_that_leaves_is_forgotten_at_once(jobs: Jobs) -> None:
    def in_flight() -> float | None:
        return REGISTRY.get_sample_value(
            "hiremesh_rpcs_in_flight", {"method": "/hiremesh.gateway.v1.ParseJobService/StreamParseJob"}
        )

    job = await jobs.queue()
    events = jobs.stream(job.id)
    await events.call.read()
    assert jobs.wakeups.watchers[job.id]
    events.call.cancel()
    await until(lambda: not jobs.wakeups.watchers[job.id])
    await until(lambda: in_flight() == 0)


class TestWithAShortPulse:
    @pytest.fixture
    def pulse(self) -> timedelta:
        return timedelta(milliseconds=20)

    async def test_a_silent_stream_beats(self, jobs: Jobs) -> None:
        job = await jobs.queue()
        events = jobs.stream(job.id)
        reader = asyncio.create_task(events.all())
        await until(lambda: len(events.comments) >= 2)
        await jobs.complete(job)
        await reader

    async def test_a_change_that_nobody_was_woken_for_is_found(self, jobs: Jobs) -> None:
        job = await jobs.queue()
        reader = asyncio.create_task(jobs.stream(job.id).all())
        await until(lambda: bool(jobs.wakeups.watchers[job.id]))
        await jobs.change(job.failed(jobs.clock(), JobFailure("INTERNAL", "Internal error")), told=False)
        assert statuses(await reader)[-1] == ("", "error")

    async def test_a_stream_outlives_a_database_that_goes_away(self, jobs: Jobs) -> None:
        job = await jobs.queue()
        events = jobs.stream(job.id)
        reader = asyncio.create_task(events.all())
        await until(lambda: len(events.comments) >= 1)
        jobs.transactions.away = True
        beats = len(events.comments)
        await until(lambda: len(events.comments) > beats + 1)
        jobs.transactions.away = False
        await jobs.complete(job)
        assert statuses(await reader) == [("1", "queued"), ("2", "completed"), ("", "complete")]
