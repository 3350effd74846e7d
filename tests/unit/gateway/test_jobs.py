"""Background parses on fakes: what is accepted, what work does, what upkeep finds."""

from datetime import timedelta

import pytest

from gateway_service.domain.jobs import JobFailure, JobNotFound, JobState, TooManyJobs, estimate
from gateway_service.domain.model import Caller, ParsedDocument
from gateway_service.usecases import Processed, Submitted
from meshkit.errors import RequestIdReused, ServiceUnavailable
from tests.support.builders.gateway import OTHER_USER, USER, resume_content, upload
from tests.support.fakes.gateway import GatewayOnFakes

PARSED = ParsedDocument(resume_content(), extractor_version="1", tokens=7, cost_usd=0.5, seconds=2.0)


def caller(user: str = USER) -> Caller:
    return Caller(user, user, "")


async def accepted(gateway: GatewayOnFakes, document: bytes = b"a resume", user: str = USER) -> str:
    outcome = await gateway.submit(upload(document), caller(user))
    assert isinstance(outcome, Submitted)
    return outcome.job.id


async def test_a_job_is_written_with_its_work_item_and_its_document_is_kept() -> None:
    gateway = GatewayOnFakes()
    job_id = await accepted(gateway)
    rows = gateway.transactions.committed
    document_id = rows.jobs[job_id].document_id
    assert rows.told == [("queued", job_id)]
    assert rows.kept == {document_id} == gateway.storage.files.keys()


async def test_without_a_storage_the_document_is_read_at_once_or_refused() -> None:
    gateway = GatewayOnFakes()
    gateway.storage.away = True
    outcome = await gateway.submit(upload(), caller())
    assert isinstance(outcome, Processed)
    assert outcome.reason == "storage_unavailable"
    assert outcome.answer.resume.document_id is None


@pytest.mark.parametrize(("users", "limit"), [((USER,) * 6, 5), ((USER, OTHER_USER) * 5, 8)])
async def test_too_many_open_jobs_of_one_user_or_of_all_are_refused(users: tuple[str, ...], limit: int) -> None:
    gateway = GatewayOnFakes()
    with pytest.raises(TooManyJobs) as caught:
        for number, user in enumerate(users):
            await accepted(gateway, b"%d" % number, user)
    assert caught.value.fields["limit"] == limit
    assert caught.value.retry_after == timedelta(seconds=10)


async def test_a_request_id_with_other_bytes_is_refused() -> None:
    gateway = GatewayOnFakes()
    await gateway.submit(upload(request_id="r1"), caller())
    with pytest.raises(RequestIdReused):
        await gateway.submit(upload(b"other", request_id="r1"), caller())


async def test_a_job_for_bytes_that_were_read_before_is_completed_at_once_and_told_in_two_updates() -> None:
    gateway = GatewayOnFakes()
    earlier = await gateway.parse(upload(), caller())
    job_id = await accepted(gateway)
    job, result = await gateway.follow.get(job_id, owner=USER)
    assert (job.state, result) == (JobState.COMPLETED, earlier.resume)
    updates = [(u.sequence, u.state) for u in gateway.transactions.committed.updates]
    assert updates == [(1, JobState.QUEUED), (2, JobState.COMPLETED)]


async def test_a_storage_that_is_away_costs_no_attempt() -> None:
    gateway = GatewayOnFakes()
    job_id = await accepted(gateway)
    gateway.storage.away = True
    for _ in range(10):
        with pytest.raises(ServiceUnavailable):
            await gateway.work.begin(job_id)
    gateway.storage.away = False
    assert (await gateway.work.begin(job_id)).attempt == 1


async def test_a_document_that_is_gone_ends_its_job() -> None:
    gateway = GatewayOnFakes()
    job_id = await accepted(gateway)
    gateway.storage.files.clear()
    assert (await gateway.work.begin(job_id)).attempt == 0
    assert gateway.transactions.committed.jobs[job_id].state is JobState.FAILED
    assert ("buried", job_id) in gateway.transactions.committed.told


async def test_a_transient_failure_is_tried_again_until_attempts_run_out() -> None:
    gateway = GatewayOnFakes()
    job_id = await accepted(gateway)
    wanted = []
    for _ in range(gateway.max_attempts):
        begun = await gateway.work.begin(job_id)
        wanted.append(await gateway.work.fail(job_id, begun.attempt, JobFailure("INTERNAL", ""), transient=True))
    assert wanted == [True, True, False]
    failure = gateway.transactions.committed.jobs[job_id].failure
    assert failure is not None
    assert failure.code == "ATTEMPTS_EXHAUSTED"


async def test_a_job_whose_worker_fell_silent_is_queued_again_and_one_that_reports_is_not() -> None:
    gateway = GatewayOnFakes()
    silent, lively = await accepted(gateway, b"one"), await accepted(gateway, b"two")
    for job_id in (silent, lively):
        await gateway.work.begin(job_id)
    gateway.clock.advance(timedelta(seconds=50))
    assert await gateway.work.report(lively, 1, page=1, pages=2)
    gateway.clock.advance(timedelta(seconds=50))
    await gateway.upkeep.queue_again()
    rows = gateway.transactions.committed
    assert (rows.jobs[silent].state, rows.jobs[lively].state) == (JobState.QUEUED, JobState.PROCESSING)
    assert rows.told.count(("queued", silent)) == 2
    assert rows.told.count(("queued", lively)) == 1


async def test_an_upload_that_was_never_accepted_is_swept_and_a_kept_one_is_not() -> None:
    gateway = GatewayOnFakes()
    await gateway.parse(upload(b"kept"), caller())
    gateway.parser.fault = ServiceUnavailable(service="The parser")
    with pytest.raises(ServiceUnavailable):
        await gateway.parse(upload(b"refused"), caller())
    assert len(gateway.storage.files) == 2
    gateway.clock.advance(timedelta(minutes=11))
    await gateway.upkeep()
    assert list(gateway.storage.files.values()) == [b"kept"]


async def test_what_expired_is_removed_with_its_document_and_that_is_told() -> None:
    gateway = GatewayOnFakes()
    answer = await gateway.parse(upload(), caller())
    gateway.clock.advance(timedelta(days=366))
    await gateway.upkeep()
    assert gateway.transactions.committed.resumes == {}
    assert gateway.storage.files == {}
    assert ("deleted", answer.resume.id) in gateway.transactions.committed.told


async def test_figures_count_parses_hits_and_what_they_saved() -> None:
    gateway = GatewayOnFakes()
    job_id = await accepted(gateway)
    begun = await gateway.work.begin(job_id)
    assert (await gateway.count()).in_hand == 1
    await gateway.work.complete(job_id, PARSED)
    assert begun.attempt == 1
    await accepted(gateway)
    figures = await gateway.count()
    assert (figures.succeeded, figures.hits, figures.misses, figures.parses, figures.in_hand) == (2, 1, 1, 1, 0)
    assert (figures.tokens_used, figures.tokens_saved, figures.cost_saved_usd) == (7, 7, 0.5)


async def test_a_job_of_somebody_else_is_not_found() -> None:
    gateway = GatewayOnFakes()
    job_id = await accepted(gateway)
    with pytest.raises(JobNotFound):
        await gateway.follow.get(job_id, owner=OTHER_USER)
    with pytest.raises(JobNotFound):
        await gateway.follow.cancel(job_id, owner=OTHER_USER)


def test_an_estimate_is_what_jobs_took_for_this_one_and_its_share_of_those_that_wait() -> None:
    second = timedelta(seconds=1)
    assert estimate(2 * second, waiting=6, workers=3, default=15 * second) == 6 * second
    assert estimate(None, waiting=0, workers=2, default=15 * second) == 15 * second


async def test_a_job_whose_bytes_were_read_while_its_document_was_fetched_needs_no_second_parse() -> None:
    gateway = GatewayOnFakes()
    first, second = await accepted(gateway), await accepted(gateway)
    await gateway.work.begin(first)
    fetch = gateway.storage.get

    async def fetch_slowly(key: str) -> bytes:
        await gateway.work.complete(first, PARSED)
        return await fetch(key)

    gateway.storage.get = fetch_slowly  # type: ignore[method-assign]
    assert (await gateway.work.begin(second)).attempt == 0
    jobs = gateway.transactions.committed.jobs
    assert jobs[second].resume_id == jobs[first].resume_id is not None
    assert gateway.transactions.committed.flights == {}
