import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest

from gateway_service.domain.errors import DocumentEmpty, FileTooLarge
from gateway_service.domain.model import Caller
from gateway_service.ports import Dependency
from gateway_service.usecases import CheckHealth
from meshkit.errors import NotFound, RemoteError, RequestIdReused
from tests.support.builders.gateway import OTHER_USER, USER, next_id, upload
from tests.support.fakes.gateway import GatewayOnFakes, Rows

SITE = "http://localhost:5173"
LIFETIME = timedelta(hours=4)
LIMIT = 64


def caller(user_id: str = USER, origin: str = "") -> Caller:
    return Caller(user_id=user_id, tenant=user_id, origin=origin)


@dataclass
class Gateway(GatewayOnFakes):
    """The use cases on fakes, with a small limit."""

    max_document_bytes: int = LIMIT

    @property
    def rows(self) -> Rows:
        return self.transactions.committed


async def stored_resume(gateway: Gateway, owner: str = USER) -> str:
    answer = await gateway.parse(upload(), caller(owner))
    return answer.resume.id


async def test_a_parsed_resume_is_stored_for_its_owner_and_told_once() -> None:
    gateway = Gateway()
    answer = await gateway.parse(upload(), caller())
    assert not answer.cached
    assert gateway.rows.resumes == {answer.resume.id: answer.resume}
    assert answer.resume.owner == USER
    assert gateway.rows.told == [("parsed", answer.resume.id)]


async def test_the_same_bytes_within_the_lifetime_are_not_parsed_again() -> None:
    gateway = Gateway()
    first = await gateway.parse(upload(), caller())
    gateway.clock.advance(LIFETIME)
    second = await gateway.parse(upload(filename="other name.pdf"), caller())
    assert (second.cached, second.resume) == (True, first.resume)
    assert len(gateway.parser.read) == 1
    assert len(gateway.rows.told) == 1


async def test_the_same_bytes_after_the_lifetime_are_parsed_again() -> None:
    gateway = Gateway()
    first = await gateway.parse(upload(), caller())
    gateway.clock.advance(LIFETIME + timedelta(seconds=1))
    second = await gateway.parse(upload(), caller())
    assert not second.cached
    assert second.resume.id != first.resume.id


async def test_of_several_results_the_newest_answers() -> None:
    gateway = Gateway()
    await gateway.parse(upload(), caller())
    newest = await gateway.parse(upload(fresh=True), caller())
    again = await gateway.parse(upload(), caller())
    assert again.resume == newest.resume


async def test_fresh_parses_bytes_that_were_parsed_before() -> None:
    gateway = Gateway()
    await gateway.parse(upload(), caller())
    answer = await gateway.parse(upload(fresh=True), caller())
    assert not answer.cached
    assert len(gateway.parser.read) == 2


async def test_other_bytes_are_parsed() -> None:
    gateway = Gateway()
    await gateway.parse(upload(b"one"), caller())
    assert not (await gateway.parse(upload(b"two"), caller())).cached


async def test_the_same_bytes_of_another_user_are_parsed_for_them() -> None:
    gateway = Gateway()
    await gateway.parse(upload(), caller())
    answer = await gateway.parse(upload(), caller(OTHER_USER))
    assert (answer.cached, answer.resume.owner) == (False, OTHER_USER)


@pytest.mark.parametrize("fresh", [False, True])
async def test_a_request_id_sent_again_answers_with_the_first_result_however_old(fresh: bool) -> None:
    gateway = Gateway()
    first = await gateway.parse(upload(request_id="r1", fresh=True), caller())
    gateway.clock.advance(LIFETIME * 10)
    again = await gateway.parse(upload(request_id="r1", fresh=fresh), caller())
    assert (again.cached, again.resume) == (True, first.resume)


async def test_a_request_id_sent_with_other_bytes_is_refused() -> None:
    gateway = Gateway()
    await gateway.parse(upload(b"one", request_id="r1"), caller())
    with pytest.raises(RequestIdReused):
        await gateway.parse(upload(b"two", request_id="r1"), caller())


async def test_a_request_id_belongs_to_its_user() -> None:
    gateway = Gateway()
    await gateway.parse(upload(b"one", request_id="r1"), caller())
    answer = await gateway.parse(upload(b"two", request_id="r1"), caller(OTHER_USER))
    assert not answer.cached


def racing(rival: bytes) -> Gateway:
    """A gateway at which a rival with the same request id stores its result while ours is being parsed."""
    gateway = Gateway()
    gateway.parser.meanwhile = lambda: gateway.parse(upload(rival, request_id="r1", fresh=True), caller())
    return gateway


async def test_of_two_requests_at_once_with_one_request_id_both_get_the_first_result() -> None:
    gateway = racing(b"a resume")
    answer = await gateway.parse(upload(b"a resume", request_id="r1", fresh=True), caller())
    assert list(gateway.rows.resumes.values()) == [answer.resume]
    assert answer.cached
    assert len(gateway.rows.told) == 1


async def test_of_two_requests_at_once_with_one_request_id_and_other_bytes_the_second_is_refused() -> None:
    gateway = racing(b"other bytes")
    with pytest.raises(RequestIdReused):
        await gateway.parse(upload(b"a resume", request_id="r1", fresh=True), caller())


async def test_a_document_at_the_limit_is_parsed_and_one_byte_more_is_refused() -> None:
    gateway = Gateway()
    await gateway.parse(upload(b"x" * LIMIT), caller())
    with pytest.raises(FileTooLarge) as caught:
        await gateway.parse(upload(b"x" * (LIMIT + 1)), caller())
    assert caught.value.fields == {"limit_bytes": LIMIT}
    assert len(gateway.parser.read) == 1


def test_the_limit_is_told_in_the_words_of_the_first_api() -> None:
    assert str(FileTooLarge(limit_bytes=10 * 1024 * 1024)) == "File too large (max 10MB)"


@pytest.mark.parametrize("document", [b"", b" \r\n\t "])
async def test_an_empty_document_is_refused_without_asking_the_parser(document: bytes) -> None:
    gateway = Gateway()
    with pytest.raises(DocumentEmpty):
        await gateway.parse(upload(document), caller())
    assert gateway.parser.read == []


async def test_a_fault_of_the_parser_is_passed_on_and_nothing_is_stored_or_told() -> None:
    gateway = Gateway()
    gateway.parser.fault = RemoteError(wire_reason="DOCUMENT_ENCRYPTED", message="encrypted", fields={})
    with pytest.raises(RemoteError, match="encrypted"):
        await gateway.parse(upload(), caller())
    assert (gateway.rows.resumes, gateway.rows.told, gateway.rows.kept) == ({}, [], set())


async def test_events_leave_only_with_the_row_that_they_tell_of() -> None:
    gateway = Gateway()
    gateway.transactions.refuses_writes = True
    with pytest.raises(ConnectionError):
        await gateway.parse(upload(), caller())
    assert (gateway.rows.resumes, gateway.rows.told, gateway.rows.kept) == ({}, [], set())


async def test_a_stored_resume_is_found_by_its_owner_only() -> None:
    gateway = Gateway()
    resume_id = await stored_resume(gateway)
    assert (await gateway.keep.get(resume_id, owner=USER)).id == resume_id
    with pytest.raises(NotFound):
        await gateway.keep.get(resume_id, owner=OTHER_USER)


async def test_a_list_holds_only_the_owners_resumes() -> None:
    gateway = Gateway()
    mine = await stored_resume(gateway)
    await stored_resume(gateway, OTHER_USER)
    page = await gateway.keep.page(owner=USER, after=None, size=10)
    assert [resume.id for resume in page.resumes] == [mine]


async def test_a_deleted_resume_is_gone_and_that_is_told() -> None:
    gateway = Gateway()
    resume_id = await stored_resume(gateway)
    await gateway.keep.delete(resume_id, owner=USER)
    assert gateway.rows.resumes == {}
    assert gateway.rows.told[1:] == [("deleted", resume_id)]


@pytest.mark.parametrize("owner", [USER, OTHER_USER])
async def test_what_is_not_there_or_not_ones_own_cannot_be_deleted(owner: str) -> None:
    gateway = Gateway()
    resume_id = await stored_resume(gateway)
    with pytest.raises(NotFound):
        await gateway.keep.delete(next_id() if owner == USER else resume_id, owner=owner)
    assert resume_id in gateway.rows.resumes
    assert len(gateway.rows.told) == 1


async def answers() -> None:
    return


async def refuses() -> None:
    raise ConnectionError


async def hangs() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("parser", "broker", "up", "able"),
    [
        (answers, answers, {"parser": True, "broker": True}, True),
        (answers, refuses, {"parser": True, "broker": False}, True),
        (refuses, answers, {"parser": False, "broker": True}, False),
        (hangs, answers, {"parser": False, "broker": True}, False),
    ],
)
async def test_health_tells_who_answers_and_whether_resumes_can_be_parsed(
    parser: Dependency, broker: Dependency, up: dict[str, bool], able: bool
) -> None:
    check = CheckHealth(
        dependencies={"parser": parser, "broker": broker},
        essential=frozenset({"parser"}),
        timeout=timedelta(milliseconds=20),
    )
    health = await check()
    assert (health.up, health.able_to_parse) == (up, able)
