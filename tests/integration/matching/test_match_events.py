"""Matches follow what happens to jobs, resumes and preferences, over JetStream."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import grpc
import sqlalchemy as sa

from hiremesh.matching.v1 import (
    job_service_pb2,
    job_service_pb2_grpc,
    match_service_pb2,
    match_service_pb2_grpc,
    preferences_pb2,
    preferences_service_pb2,
    preferences_service_pb2_grpc,
)
from matching_service.adapters.tables import job_index, matches, people
from meshkit.testing import serving, user_metadata
from tests.support.builders.matching import OWNER, SOMEBODY_ELSE, deleted_event, parsed_event
from tests.support.matching_service import Outside, eventually, stored

TEXT = "Requirements:\n- Python and PostgreSQL\n- 3+ years of experience"


@dataclass
class Used:
    """The service as people use it. Nothing but its own consumer delivers events."""

    channel: grpc.aio.Channel
    outside: Outside

    def by(self, user_id: str) -> tuple[tuple[str, str], ...]:
        return user_metadata(self.outside.issuer.token(user_id))

    async def post(self, title: str, text: str = TEXT, **said: str) -> str:
        stub: job_service_pb2_grpc.JobServiceAsyncStub = job_service_pb2_grpc.JobServiceStub(self.channel)
        request = job_service_pb2.CreateJobRequest(title=title, description=text, **said)  # type: ignore[arg-type]
        return (await stub.CreateJob(request, metadata=self.by(SOMEBODY_ELSE))).job.id

    async def close(self, job_id: str) -> None:
        stub: job_service_pb2_grpc.JobServiceAsyncStub = job_service_pb2_grpc.JobServiceStub(self.channel)
        await stub.CloseJob(job_service_pb2.CloseJobRequest(id=job_id), metadata=self.by(SOMEBODY_ELSE))

    async def ignore(self, *industries: str) -> None:
        stub: preferences_service_pb2_grpc.PreferencesServiceAsyncStub = (
            preferences_service_pb2_grpc.PreferencesServiceStub(self.channel)
        )
        wanted = preferences_pb2.Preferences(ignored_industries=industries)
        request = preferences_service_pb2.UpdatePreferencesRequest(preferences=wanted)
        await stub.UpdatePreferences(request, metadata=self.by(OWNER))

    async def titles(self) -> list[str]:
        stub: match_service_pb2_grpc.MatchServiceAsyncStub = match_service_pb2_grpc.MatchServiceStub(self.channel)
        request = match_service_pb2.ListMatchesRequest(order=match_service_pb2.MATCH_ORDER_NEWEST)
        listed = await stub.ListMatches(request, metadata=self.by(OWNER))
        return [match.job.title for match in listed.matches]

    async def until_matched(self, *titles: str) -> None:
        async def is_matched() -> bool:
            return await self.titles() == list(titles)

        await eventually(is_matched)

    async def resume(self, *skills: str) -> str:
        event = parsed_event(*skills)
        await self.outside.publish(event)
        await stored(self.outside, event.resume_parsed.resume_id)
        return event.resume_parsed.resume_id

    async def change(self, statement: sa.Executable) -> None:
        async with self.outside.database.begin() as connection:
            await connection.execute(statement)


@asynccontextmanager
async def used(outside: Outside, *, sweep_interval: timedelta = timedelta(minutes=1)) -> AsyncIterator[Used]:
    async with (
        outside.matching(sweep_interval=sweep_interval) as service,
        serving(*service.servicers, verifier=outside.issuer.verifier()) as channel,
    ):
        yield Used(channel, outside)


async def test_jobs_posted_before_and_after_a_resume_both_become_its_matches(outside: Outside) -> None:
    async with used(outside) as matching:
        await matching.post("Backend Engineer")
        await matching.resume("Python", "PostgreSQL")
        await matching.until_matched("Backend Engineer")
        await matching.post("Python Developer")
        await matching.until_matched("Python Developer", "Backend Engineer")


async def test_preferences_and_closed_jobs_and_erased_resumes_change_what_is_matched(outside: Outside) -> None:
    async with used(outside) as matching:
        closed = await matching.post("Backend Engineer")
        await matching.post("Python Developer", industry="gambling")
        resume_id = await matching.resume("Python", "PostgreSQL")
        await matching.until_matched("Python Developer", "Backend Engineer")
        await matching.ignore("gambling")
        await matching.until_matched("Backend Engineer")
        await matching.ignore()
        await matching.until_matched("Python Developer", "Backend Engineer")
        await matching.close(closed)
        await matching.until_matched("Python Developer")

        async def one_is_indexed() -> bool:
            return await outside.count(job_index) == 1

        await eventually(one_is_indexed)
        assert await outside.count(matches) == 1
        await outside.publish(deleted_event(resume_id))

        async def nobody_is_left() -> bool:
            return await outside.count(people) == 0

        await eventually(nobody_is_left)
        assert await outside.count(matches) == 0


async def test_an_event_that_comes_again_leaves_matches_as_they_are(outside: Outside) -> None:
    async def rows() -> list[sa.RowMapping]:
        async with outside.database.connect() as connection:
            return list((await connection.execute(sa.select(matches))).mappings())

    async with used(outside) as matching:
        await matching.post("Backend Engineer")
        event = parsed_event("Python", "PostgreSQL")
        await outside.publish(event)
        await matching.until_matched("Backend Engineer")
        before, calls = await rows(), outside.inference.embedder.calls
        await outside.publish(event, copy="-again")

        async def came_again() -> bool:
            return outside.inference.embedder.calls > calls

        await eventually(came_again)
        # What comes behind it was handled after it, or beside it.
        await matching.post("Python Developer")
        await matching.until_matched("Python Developer", "Backend Engineer")
    assert [row for row in await rows() if row["job_id"] == before[0]["job_id"]] == before


async def test_who_was_not_matched_for_a_day_is_matched_again(outside: Outside) -> None:
    async with used(outside, sweep_interval=timedelta(milliseconds=200)) as matching:
        await matching.post("Backend Engineer")
        await matching.resume("Python", "PostgreSQL")
        await matching.until_matched("Backend Engineer")
        # As if the event of the job had never come, a day ago.
        await matching.change(sa.delete(matches))
        assert await matching.titles() == []
        await matching.change(people.update().values(due_at=people.c.due_at - timedelta(days=1)))
        await matching.until_matched("Backend Engineer")


async def test_jobs_and_resumes_that_are_older_than_the_index_are_matched_after_a_start(outside: Outside) -> None:
    async with used(outside) as matching:
        await matching.post("Backend Engineer")
        await matching.resume("Python", "PostgreSQL")
        await matching.until_matched("Backend Engineer")
        # As the migration that makes the index leaves them.
        for table in (matches, people, job_index):
            await matching.change(sa.delete(table))
        await matching.change(sa.text("UPDATE jobs SET updated_at = updated_at - interval '1 hour'"))
    async with used(outside) as matching:
        await matching.until_matched("Backend Engineer")
