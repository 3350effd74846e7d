"""Matching with fakes behind its ports, for tests that speak gRPC to it."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from grpc_status import rpc_status
from uuid_utils import uuid7

from hiremesh.events.v1 import envelope_pb2
from hiremesh.matching.v1 import (
    job_pb2,
    job_service_pb2,
    job_service_pb2_grpc,
    match_service_pb2,
    match_service_pb2_grpc,
    preferences_pb2,
    preferences_service_pb2,
    preferences_service_pb2_grpc,
)
from matching_service.app import Matching, compose
from meshkit.channels import to_remote_error
from meshkit.errors import RemoteError
from meshkit.pages import PageTokens
from meshkit.testing import MESH_TOKEN, FixedClock, TokenIssuer, serving, user_metadata
from tests.support.builders.matching import OWNER, SOMEBODY_ELSE, parsed_event
from tests.support.fakes.matching import (
    InMemoryTransactions,
    ScriptedReader,
    ScriptedResumes,
    ScriptedWriter,
    WordEmbedder,
)

POSTER = SOMEBODY_ELSE


@dataclass
class RunningMatching:
    """The service behind all layers. Nothing happens by itself: `settle` delivers the events that it told."""

    jobs: "job_service_pb2_grpc.JobServiceAsyncStub"
    matches: "match_service_pb2_grpc.MatchServiceAsyncStub"
    preferences: "preferences_service_pb2_grpc.PreferencesServiceAsyncStub"
    channel: grpc.aio.Channel
    matching: Matching
    transactions: InMemoryTransactions
    clock: FixedClock
    issuer: TokenIssuer

    def by(self, user_id: str) -> tuple[tuple[str, str], ...]:
        return user_metadata(self.issuer.token(user_id))

    async def post(
        self, title: str, text: str, *, user_id: str = POSTER, settle: bool = True, **said: object
    ) -> job_pb2.Job:
        """A job that was posted and, unless told otherwise, reached the index and people's matches."""
        request = job_service_pb2.CreateJobRequest(title=title, description=text, **said)  # type: ignore[arg-type]
        job = (await self.jobs.CreateJob(request, metadata=self.by(user_id))).job
        if settle:
            event = envelope_pb2.Envelope(id=str(uuid7()))
            event.job_posted.job_id = job.id
            await self.matching.events(event)
        return job

    async def close(self, job: job_pb2.Job) -> None:
        await self.jobs.CloseJob(job_service_pb2.CloseJobRequest(id=job.id), metadata=self.by(POSTER))
        event = envelope_pb2.Envelope(id=str(uuid7()))
        event.job_closed.job_id = job.id
        await self.matching.events(event)

    async def store(self, *skills: str, user_id: str = OWNER, title: str = "Backend Engineer") -> str:
        """The id of a resume whose event arrived."""
        event = parsed_event(*skills, owner_id=user_id, title=title)
        await self.matching.events(event)
        return event.resume_parsed.resume_id

    async def want(self, user_id: str = OWNER, *, settle: bool = True, **wanted: object) -> preferences_pb2.Preferences:
        message = preferences_pb2.Preferences(**wanted)  # type: ignore[arg-type]
        request = preferences_service_pb2.UpdatePreferencesRequest(preferences=message)
        stored = (await self.preferences.UpdatePreferences(request, metadata=self.by(user_id))).preferences
        if settle:
            await self.settle()
        return stored

    async def page(self, user_id: str = OWNER, **asked: object) -> match_service_pb2.ListMatchesResponse:
        request = match_service_pb2.ListMatchesRequest(**asked)  # type: ignore[arg-type]
        return await self.matches.ListMatches(request, metadata=self.by(user_id))

    async def titles(self, user_id: str = OWNER, **asked: object) -> list[str]:
        return [match.job.title for match in (await self.page(user_id, **asked)).matches]

    async def candidates(
        self, job: job_pb2.Job, *, user_id: str = POSTER, **asked: object
    ) -> match_service_pb2.ListCandidatesResponse:
        request = match_service_pb2.ListCandidatesRequest(job_id=job.id, **asked)  # type: ignore[arg-type]
        return await self.matches.ListCandidates(request, metadata=self.by(user_id))

    async def settle(self) -> None:
        """Delivers what was told of people since the last time."""
        told = self.transactions.engine.told
        due, told[:] = list(told), []
        for _, owner_id in due:
            event = envelope_pb2.Envelope(id=str(uuid7()))
            event.matches_due.owner_id = owner_id
            await self.matching.events(event)


@asynccontextmanager
async def running_matching() -> AsyncIterator[RunningMatching]:
    transactions, clock, issuer = InMemoryTransactions(), FixedClock(datetime.now(UTC)), TokenIssuer()
    matching = compose(
        transactions,
        WordEmbedder(),
        ScriptedWriter(),
        ScriptedReader(),
        ScriptedResumes(),
        clock,
        arrival_grace=timedelta(0),
        tokens=PageTokens(MESH_TOKEN),
        secret=MESH_TOKEN,
    )
    async with serving(*matching.servicers, verifier=issuer.verifier()) as channel:
        jobs: job_service_pb2_grpc.JobServiceAsyncStub = job_service_pb2_grpc.JobServiceStub(channel)
        matches: match_service_pb2_grpc.MatchServiceAsyncStub = match_service_pb2_grpc.MatchServiceStub(channel)
        preferences: preferences_service_pb2_grpc.PreferencesServiceAsyncStub = (
            preferences_service_pb2_grpc.PreferencesServiceStub(channel)
        )
        yield RunningMatching(jobs, matches, preferences, channel, matching, transactions, clock, issuer)


async def refusal(call: Awaitable[object]) -> RemoteError:
    """The error that a call ends with."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return to_remote_error(rpc_status.from_call(caught.value), caught.value)
