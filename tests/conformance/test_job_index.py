"""What `matching_service.ports.JobIndex` and `TitleStore` promise, on the fake and on Postgres."""

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from itertools import product
from random import Random

import numpy as np
import pytest
from uuid_utils import uuid7

from matching_service.adapters.store import SqlTransactions
from matching_service.domain.features import JOB, ids_of
from matching_service.domain.posting import Draft, JobPosting, Pay
from matching_service.domain.preferences import JobTerms, Preferences, SalaryWish, lets_through
from matching_service.domain.salary import PayPeriod
from matching_service.domain.terms import Employment, Seniority, Workplace
from matching_service.ports import IndexedJob, Search, Transactions
from meshkit.database import open_database
from tests.support.builders.matching import OWNER, PARSED_AT, SECRET
from tests.support.fakes.matching import InMemoryTransactions
from tests.support.postgres import PostgresUrl

DIMENSIONS = 512
LATER = PARSED_AT + timedelta(hours=1)
ANYTHING = Search(np.ones(DIMENSIONS, np.float32), (), 0)


@pytest.fixture(params=["in_memory", "postgres"])
async def transactions(request: pytest.FixtureRequest) -> AsyncIterator[Transactions]:
    if request.param == "in_memory":
        yield InMemoryTransactions()
        return
    postgres_url: PostgresUrl = request.getfixturevalue("postgres_url")
    engine = open_database(postgres_url("matching"))
    yield SqlTransactions(engine, SECRET)
    await engine.dispose()


def indexed(
    terms: JobTerms = JobTerms(),  # noqa: B008  # frozen
    *,
    keys: Iterable[int] = (),
    expires_in: timedelta | None = None,
    vector: np.ndarray | None = None,
) -> IndexedJob:
    job_id = str(uuid7())
    record = np.zeros((), JOB)
    record["id"] = np.void(bytes.fromhex(job_id.replace("-", "")))
    for place, key in enumerate(keys):
        record["skills"][place] = key
    record["expires"] = (PARSED_AT + expires_in).timestamp() if expires_in is not None else 0
    return IndexedJob(
        job_id,
        terms,
        "Data Engineer",
        record.tobytes(),
        np.eye(DIMENSIONS, dtype=np.float32)[0] if vector is None else vector,
        PARSED_AT + expires_in if expires_in is not None else None,
        PARSED_AT,
    )


async def put(transactions: Transactions, *jobs: IndexedJob) -> None:
    async with transactions() as tx:
        for job in jobs:
            draft = Draft(job.title, "text", pay=job.terms.pay, expires_at=job.expires_at)
            posted = JobPosting(job.job_id, OWNER, OWNER, draft, draft, PARSED_AT, PARSED_AT)
            assert await tx.jobs.add(posted, request_id="")
            await tx.job_index.put(job)


async def candidates(transactions: Transactions, wanted: Preferences, *, exact_below: int = 10_000) -> set[str]:
    async with transactions() as tx:
        found = await tx.job_index.candidates(ANYTHING, wanted, now=PARSED_AT, limit=1000, exact_below=exact_below)
    return set(ids_of(found.jobs))


async def test_a_job_comes_back_as_it_was_put(transactions: Transactions) -> None:
    terms = JobTerms(
        "NL",
        "utrecht, netherlands",
        Workplace.HYBRID,
        Employment.FULL_TIME,
        Seniority.SENIOR,
        Pay(50_000, 60_000, "EUR"),
        "software",
        "noordzee",
        frozenset({"nl", "en"}),
    )
    job = indexed(terms, expires_in=timedelta(days=1))
    await put(transactions, job)
    async with transactions() as tx:
        found = await tx.job_index.find(job.job_id)
        missing = await tx.job_index.find(str(uuid7()))
    assert found is not None
    assert missing is None
    assert (found.job_id, found.terms, found.title, found.record) == (job.job_id, terms, job.title, job.record)
    assert (found.expires_at, found.indexed_at) == (job.expires_at, PARSED_AT)
    assert np.array_equal(found.vector, job.vector)


async def test_a_job_that_is_put_again_takes_the_place_of_the_former(transactions: Transactions) -> None:
    job = indexed(JobTerms(industry="gambling"))
    await put(transactions, job)
    changed = IndexedJob(job.job_id, JobTerms(industry="software"), job.title, job.record, job.vector, None, PARSED_AT)
    async with transactions() as tx:
        await tx.job_index.put(changed)
    assert await candidates(transactions, Preferences(ignored_industries=frozenset({"gambling"}))) == {job.job_id}


async def test_removed_and_expired_jobs_are_not_in_it(transactions: Transactions) -> None:
    stays, removed, expired = indexed(), indexed(), indexed(expires_in=timedelta(0))
    await put(transactions, stays, removed, expired)
    assert await candidates(transactions, Preferences()) == {stays.job_id, removed.job_id}
    async with transactions() as tx:
        await tx.job_index.remove(removed.job_id)
        assert await tx.job_index.remove_expired(PARSED_AT, limit=9) == 1
        assert await tx.job_index.remove_expired(PARSED_AT, limit=9) == 0
        assert await tx.job_index.find(expired.job_id) is None
    assert await candidates(transactions, Preferences()) == {stays.job_id}


async def test_records_of_jobs_that_are_there_are_told(transactions: Transactions) -> None:
    job = indexed()
    await put(transactions, job, indexed())
    async with transactions() as tx:
        records = await tx.job_index.records([job.job_id, str(uuid7())])
        assert len(await tx.job_index.records([])) == 0
    assert records.tobytes() == job.record


async def test_open_jobs_that_are_not_in_it_are_told_in_order(transactions: Transactions) -> None:
    in_it, closed, young, expired, first, second = (indexed() for _ in range(6))
    await put(transactions, in_it)
    async with transactions() as tx:
        for job in (closed, young, expired, first, second):
            draft = Draft(job.title, "text", expires_at=PARSED_AT if job is expired else None)
            at = LATER if job is young else PARSED_AT
            posted = JobPosting(job.job_id, OWNER, OWNER, draft, draft, PARSED_AT, at, closed=job is closed)
            assert await tx.jobs.add(posted, request_id="")
        assert await tx.job_index.missing(before=LATER, after="", limit=9) == [first.job_id, second.job_id]
        assert await tx.job_index.missing(before=LATER, after="", limit=1) == [first.job_id]
        assert await tx.job_index.missing(before=LATER, after=first.job_id, limit=9) == [second.job_id]


async def test_skills_get_a_key_once_and_are_counted(transactions: Transactions) -> None:
    async with transactions() as tx:
        first = await tx.job_index.keys_for({"python": "Python", "go": "Go"})
        again = await tx.job_index.keys_for({"python": "Python", "sql": "SQL"})
        assert await tx.job_index.keys_for({}) == {}
    assert again["python"] == first["python"]
    assert len({*first.values(), *again.values()}) == 3
    assert 0 not in (*first.values(), *again.values())
    await put(transactions, indexed(keys=[first["python"]]), indexed(keys=[first["python"], first["go"]]))
    async with transactions() as tx:
        assert (await tx.job_index.vocabulary()).total == 0
        await tx.job_index.count_skills()
        vocabulary = await tx.job_index.vocabulary()
    jobs = {skill_id: vocabulary.jobs[key] for skill_id, key in vocabulary.keys.items()}
    assert (jobs, vocabulary.total) == ({"python": 2, "go": 1, "sql": 0}, 2)
    assert vocabulary.names[first["go"]] == "Go"


async def test_counting_follows_jobs_that_leave(transactions: Transactions) -> None:
    async with transactions() as tx:
        (key,) = (await tx.job_index.keys_for({"python": "Python"})).values()
    job = indexed(keys=[key])
    await put(transactions, job)
    for expected in (1, 0):
        async with transactions() as tx:
            await tx.job_index.count_skills()
            vocabulary = await tx.job_index.vocabulary()
            assert (vocabulary.jobs[key], vocabulary.total) == (expected, expected)
            await tx.job_index.remove(job.job_id)


async def test_a_title_is_known_by_model_and_words_and_stays_as_it_was(transactions: Transactions) -> None:
    near, far = np.eye(384, dtype=np.float32)[:2]
    async with transactions() as tx:
        await tx.titles.add("words", "data engineer", near, far)
        await tx.titles.add("words", "data engineer", far, near)
        await tx.titles.add("words", "baker", far, far)
        await tx.titles.add("others", "pilot", near, near)
    async with transactions() as tx:
        drawn = await tx.titles.find_drawn("words", ["data engineer", "pilot"])
        nearest = await tx.titles.nearest("words", near, limit=1)
        nothing = await tx.titles.nearest("unknown", near, limit=1)
    assert list(drawn) == ["data engineer"]
    assert np.array_equal(drawn["data engineer"], far)
    assert np.array_equal(nearest, near[None])
    assert nothing.shape == (0, 384)


# ---------------------------------------------------------------- filters


def _terms() -> list[JobTerms]:
    """Every way in which a job may tell or not tell, in chance combinations."""
    chance = Random(7)  # noqa: S311  # the same jobs in every run
    places = [
        ("", ""),
        ("NL", "utrecht, netherlands"),
        ("DE", "munchen"),
        ("", "100%_remote"),
        ("US", "paris, texas, usa"),
    ]
    pays = [None, Pay(30_000, 45_000, "EUR"), Pay(50_000, 50_000, "EUR"), Pay(0, 90_000, "USD")]
    return [
        JobTerms(
            *chance.choice(places),
            chance.choice([None, *Workplace]),
            chance.choice([None, *Employment]),
            chance.choice([None, *Seniority]),
            chance.choice(pays),
            chance.choice(["", "gambling", "oil and gas"]),
            chance.choice(["", "noordzee b.v.", "bet_ltd 50%"]),
            frozenset(chance.sample(["nl", "en", "de"], chance.randrange(3))),
        )
        for _ in range(150)
    ]


def _preferences() -> list[Preferences]:
    chance = Random(8)  # noqa: S311
    one_by_one: list[dict[str, object]] = [
        {},
        {"salary": SalaryWish(50_000, 0, "EUR")},
        {"salary": SalaryWish(4_000, 0, "EUR", PayPeriod.MONTH)},
        {"salary": SalaryWish(50_000, 0, "GBP")},
        {"countries": frozenset({"NL"})},
        {"countries": frozenset({"DE", "US"})},
        {"locations": ("Utrecht",)},
        {"locations": ("MÜNCHEN", "%")},
        {"locations": ("_",)},
        {"countries": frozenset({"US"}), "locations": ("utrecht",)},
        {"countries": frozenset({"NL"}), "remote_anywhere": True},
        {"remote_anywhere": True},
        {"workplaces": frozenset({Workplace.REMOTE, Workplace.HYBRID})},
        {"employments": frozenset({Employment.FULL_TIME})},
        {"seniorities": frozenset({Seniority.SENIOR, Seniority.LEAD})},
        {"ignored_industries": frozenset({"gambling", "oil and gas"})},
        {"ignored_companies": ("Noordzee",)},
        {"ignored_companies": ("t_l", "50%")},
        {"languages": frozenset({"en"})},
        {"languages": frozenset({"en", "nl"})},
    ]
    mixed = [{key: value for part in chance.sample(one_by_one, 3) for key, value in part.items()} for _ in range(20)]
    return [
        Preferences(**said, hide_unknown=hide)  # type: ignore[arg-type]
        for said, hide in product((*one_by_one, *mixed), (False, True))
    ]


async def test_exactly_those_jobs_are_found_that_preferences_let_through(transactions: Transactions) -> None:
    jobs = [indexed(terms) for terms in _terms()]
    await put(transactions, *jobs)
    for wanted in _preferences():
        expected = {job.job_id for job in jobs if lets_through(wanted, job.terms)}
        assert await candidates(transactions, wanted) == expected, wanted
        # However they are looked for, nothing comes along that the preferences hide.
        assert await candidates(transactions, wanted, exact_below=0) <= expected, wanted
