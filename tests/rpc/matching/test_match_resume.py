from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import grpc
import pytest
from grpc_status import rpc_status
from uuid_utils import uuid7

from hiremesh.matching.v1 import matching_service_pb2_grpc
from hiremesh.matching.v1.matching_service_pb2 import MatchResumeRequest, MatchResumeResponse
from matching_service.app import Matching, compose
from meshkit.channels import to_remote_error
from meshkit.errors import RemoteError
from meshkit.pages import PageTokens
from meshkit.testing import MESH_TOKEN, FixedClock, TokenIssuer, serving, user_metadata
from tests.support.builders.matching import OWNER, SOMEBODY_ELSE, deleted_event, parsed_event
from tests.support.fakes.matching import (
    InMemoryTransactions,
    ScriptedReader,
    ScriptedResumes,
    ScriptedWriter,
    WordEmbedder,
)

JOB = """Backend Engineer
Requirements:
- 5+ years of experience with Python and Go
- PostgreSQL, Kubernetes
- Bachelor's degree
Nice to have:
- React
"""


@dataclass
class Running:
    """Matching behind all layers, with what a test may turn."""

    stub: "matching_service_pb2_grpc.MatchingServiceAsyncStub"
    matching: Matching
    embedder: WordEmbedder
    clock: FixedClock
    issuer: TokenIssuer

    async def store(self, *skills: str, owner_id: str = OWNER) -> str:
        """The id of a resume whose event arrived."""
        event = parsed_event(*skills, owner_id=owner_id)
        await self.matching.events(event)
        return event.resume_parsed.resume_id

    async def match(self, resume_id: str, job: str = JOB, *, user_id: str = OWNER) -> MatchResumeResponse:
        request = MatchResumeRequest(resume_id=resume_id, job_description=job)
        return await self.stub.MatchResume(request, metadata=user_metadata(self.issuer.token(user_id)))


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    embedder, clock, issuer = WordEmbedder(), FixedClock(datetime.now(UTC)), TokenIssuer()
    matching = compose(
        InMemoryTransactions(),
        embedder,
        ScriptedWriter(),
        ScriptedReader(),
        ScriptedResumes(),
        clock,
        arrival_grace=timedelta(seconds=30),
        tokens=PageTokens(MESH_TOKEN),
        secret=MESH_TOKEN,
    )
    async with serving(*matching.servicers, verifier=issuer.verifier()) as channel:
        stub: matching_service_pb2_grpc.MatchingServiceAsyncStub = matching_service_pb2_grpc.MatchingServiceStub(
            channel
        )
        yield Running(stub, matching, embedder, clock, issuer)


async def refusal(call: Awaitable[object]) -> RemoteError:
    """The error that a call ends with."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return to_remote_error(rpc_status.from_call(caught.value), caught.value)


async def test_a_stored_resume_is_scored_with_matching_and_missing_skills(running: Running) -> None:
    resume_id = await running.store("Python", "Postgres", "k8s")
    answer = await running.match(resume_id)
    # The first of them by the resume's title.
    assert list(answer.matching_skills) == ["Back-end development", "Python", "PostgreSQL", "Kubernetes"]
    assert "Go" in answer.missing_skills
    assert answer.missing_skills[-1] == "React"
    assert 0 < answer.score < 100
    assert [component.name for component in answer.components] == ["skills", "semantic", "experience", "education"]
    assert all(component.reason for component in answer.components)
    assert sum(component.weight for component in answer.components) == pytest.approx(1)
    assert (answer.resume_id, answer.embedding_model) == (resume_id, "words")


async def test_the_same_question_gets_the_same_answer(running: Running) -> None:
    resume_id = await running.store("Python")
    assert await running.match(resume_id) == await running.match(resume_id)


async def test_without_inference_the_semantic_part_is_left_out(running: Running) -> None:
    resume_id = await running.store("Python")
    running.embedder.away = True
    answer = await running.match(resume_id)
    assert [component.name for component in answer.components] == ["skills", "experience", "education"]
    assert sum(component.weight for component in answer.components) == pytest.approx(1)
    assert answer.embedding_model == ""


async def test_a_job_text_that_names_nothing_known_is_judged_by_meaning_alone(running: Running) -> None:
    resume_id = await running.store("Python")
    answer = await running.match(resume_id, "Come and help us with things.")
    assert [(component.name, component.weight) for component in answer.components] == [("semantic", 1.0)]


async def test_with_nothing_to_judge_by_the_answer_is_to_retry(running: Running) -> None:
    resume_id = await running.store("Python")
    running.embedder.away = True
    fault = await refusal(running.match(resume_id, "Come and help us with things."))
    assert fault.wire_reason == "SERVICE_UNAVAILABLE"
    assert fault.retry_after is not None


async def test_a_changed_model_never_meets_vectors_of_the_old_one(running: Running) -> None:
    resume_id = await running.store("Python")
    running.embedder.model = "other"
    answer = await running.match(resume_id)
    assert answer.embedding_model == "other"
    alone = await running.match(await running.store("Python"))
    assert answer.score == alone.score


async def test_a_resume_that_was_just_stored_is_not_ready(running: Running) -> None:
    fault = await refusal(running.match(str(uuid7())))
    assert (fault.wire_reason, fault.retry_after) == ("RESUME_NOT_READY", timedelta(seconds=1))


async def test_an_id_that_is_old_and_unknown_is_not_found(running: Running) -> None:
    resume_id = str(uuid7())
    running.clock.advance(timedelta(minutes=1))
    assert (await refusal(running.match(resume_id))).wire_reason == "NOT_FOUND"
    assert (await refusal(running.match(str(uuid4())))).wire_reason == "NOT_FOUND"


async def test_somebody_elses_resume_looks_like_one_that_does_not_exist(running: Running) -> None:
    resume_id = await running.store("Python", owner_id=SOMEBODY_ELSE)
    unknown = str(uuid7())
    running.clock.advance(timedelta(minutes=1))
    foreign, missing = await refusal(running.match(resume_id)), await refusal(running.match(unknown))
    assert foreign.wire_reason == missing.wire_reason == "NOT_FOUND"
    assert str(foreign) == str(missing)


async def test_a_deleted_resume_is_not_found_at_once(running: Running) -> None:
    resume_id = await running.store("Python")
    await running.matching.events(deleted_event(resume_id))
    assert (await refusal(running.match(resume_id))).wire_reason == "NOT_FOUND"


async def test_an_event_that_arrives_after_its_deletion_changes_nothing(running: Running) -> None:
    event = parsed_event("Python")
    await running.matching.events(deleted_event(event.resume_parsed.resume_id))
    await running.matching.events(event)
    assert (await refusal(running.match(event.resume_parsed.resume_id))).wire_reason == "NOT_FOUND"


@pytest.mark.parametrize("job", ["", "... 123", "x" * 100_001])
async def test_a_job_text_without_words_or_too_long_is_refused(running: Running, job: str) -> None:
    fault = await refusal(running.match(await running.store("Python"), job))
    assert fault.wire_reason == "INVALID_REQUEST"
    assert [violation.field for violation in fault.violations] == ["job_description"]


async def test_an_id_that_is_none_is_refused(running: Running) -> None:
    fault = await refusal(running.match("resume-1"))
    assert [violation.field for violation in fault.violations] == ["resume_id"]


async def test_callers_without_a_token_are_refused(running: Running) -> None:
    call = running.stub.MatchResume(MatchResumeRequest(resume_id=str(uuid7()), job_description=JOB))
    assert (await refusal(call)).wire_reason == "INVALID_TOKEN"
