"""What `matching_service.ports.JobStore` promises, on the fake and on Postgres."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from uuid_utils import uuid7

from matching_service.adapters.store import SqlTransactions
from matching_service.domain.features import JOB
from matching_service.domain.model import Embedding
from matching_service.domain.posting import Draft, JobPosting, Pay
from matching_service.domain.preferences import JobTerms
from matching_service.domain.search import JobFilter, JobQuery, fuse
from matching_service.domain.terms import Employment, Seniority, Workplace
from matching_service.ports import IndexedJob, Transactions
from meshkit.database import open_database
from tests.support.builders.matching import OWNER, PARSED_AT, SECRET, SOMEBODY_ELSE
from tests.support.fakes.matching import InMemoryTransactions
from tests.support.postgres import PostgresUrl

EVERYTHING = JobFilter()
NEAR, FAR = (1.0, *([0.0] * 383)), (0.0, 1.0, *([0.0] * 382))


@pytest.fixture(params=["in_memory", "postgres"])
async def transactions(request: pytest.FixtureRequest) -> AsyncIterator[Transactions]:
    if request.param == "in_memory":
        yield InMemoryTransactions()
        return
    postgres_url: PostgresUrl = request.getfixturevalue("postgres_url")
    engine = open_database(postgres_url("matching"))
    yield SqlTransactions(engine, SECRET)
    await engine.dispose()


def posting(
    title: str = "Data Engineer", description: str = "Pipelines in Python", owner_id: str = OWNER
) -> JobPosting:
    said = Draft(title, description, company="Noordzee", location="Utrecht, Netherlands")
    complete = replace(
        said,
        workplace=Workplace.HYBRID,
        employment=Employment.FULL_TIME,
        seniority=Seniority.SENIOR,
        pay=Pay(60_000, 70_000, "EUR"),
    )
    return JobPosting(str(uuid7()), owner_id, owner_id, said, complete, PARSED_AT, PARSED_AT)


async def add(transactions: Transactions, *jobs: JobPosting) -> list[str]:
    async with transactions() as tx:
        for job in jobs:
            assert await tx.jobs.add(job, request_id="")
    return [job.id for job in jobs]


async def ranked(
    transactions: Transactions,
    query: str,
    wanted: JobFilter = EVERYTHING,
    vector: Embedding | None = None,
    skill_ids: tuple[str, ...] = (),
) -> list[str]:
    async with transactions() as tx:
        return fuse(await tx.jobs.rankings(JobQuery(query, skill_ids), vector, wanted, depth=10))


async def test_a_job_comes_back_as_it_was_added_and_saved(transactions: Transactions) -> None:
    job = posting()
    await add(transactions, job)
    closed = replace(job, closed=True, updated_at=PARSED_AT + timedelta(hours=1))
    async with transactions() as tx:
        assert await tx.jobs.find(job.id) == job
        await tx.jobs.save(closed)
    async with transactions() as tx:
        assert await tx.jobs.find(job.id) == closed
        assert await tx.jobs.find(str(uuid7())) is None


async def test_a_request_id_makes_one_job_for_each_owner(transactions: Transactions) -> None:
    request_id, job = str(uuid7()), posting()
    async with transactions() as tx:
        assert await tx.jobs.add(job, request_id=request_id)
        assert not await tx.jobs.add(posting(), request_id=request_id)
        assert await tx.jobs.add(posting(owner_id=SOMEBODY_ELSE), request_id=request_id)
        assert await tx.jobs.find_request(request_id, owner_id=OWNER) == job


async def test_pages_hold_open_jobs_of_everybody_or_all_of_one_owner_newest_first(transactions: Transactions) -> None:
    first, second, closed, foreign = (
        posting(),
        posting(),
        replace(posting(), closed=True),
        posting(owner_id=SOMEBODY_ELSE),
    )
    await add(transactions, first, second, closed, foreign)
    async with transactions() as tx:
        everybody = await tx.jobs.page(owner_id=None, after=None, limit=2)
        rest = await tx.jobs.page(owner_id=None, after=everybody[-1].id, limit=2)
        own = await tx.jobs.page(owner_id=OWNER, after=None, limit=9)
    assert [job.id for job in (*everybody, *rest)] == [foreign.id, second.id, first.id]
    assert [job.id for job in own] == [closed.id, second.id, first.id]


async def test_jobs_are_found_by_their_words(transactions: Transactions) -> None:
    wanted, _, closed = (
        posting("Data Engineer"),
        posting("Pastry Chef", "Cakes"),
        replace(posting("Data Engineer"), closed=True),
    )
    await add(transactions, wanted, _, closed)
    assert await ranked(transactions, "data engineer") == [wanted.id]
    assert await ranked(transactions, "Python pipelines") == [wanted.id]
    assert await ranked(transactions, "blacksmith") == []


async def test_a_misspelt_title_is_found_too(transactions: Transactions) -> None:
    wanted, other = posting("Data Engineer"), posting("Pastry Chef", "Cakes")
    await add(transactions, wanted, other)
    assert await ranked(transactions, "data enginer") == [wanted.id]


async def test_jobs_of_like_meaning_are_found_once_they_have_a_vector(transactions: Transactions) -> None:
    near, like, far, bare = posting("Baker"), posting("Miller"), posting("Pilot"), posting("Smith")
    await add(transactions, far, like, near, bare)
    between = (0.6, 0.8, *([0.0] * 382))
    async with transactions() as tx:
        for job, vector in ((near, NEAR), (like, between), (far, FAR)):
            await tx.jobs.set_embedding(job.id, Embedding("words", vector), of=PARSED_AT)
    # Without a word in common; and what is not about it at all is left out.
    assert await ranked(transactions, "xyzzy", vector=Embedding("words", NEAR)) == [near.id, like.id]
    assert await ranked(transactions, "xyzzy", vector=Embedding("another model", NEAR)) == []


async def index(transactions: Transactions, job: JobPosting, **skills: str) -> None:
    """Puts a job into the index with skills by their ids."""
    async with transactions() as tx:
        record = np.zeros((), JOB)
        record["id"] = np.void(bytes.fromhex(job.id.replace("-", "")))
        keys = list((await tx.job_index.keys_for(skills)).values())
        record["skills"][: len(keys)] = keys
        vector = np.ones(512, np.float32)
        await tx.job_index.put(IndexedJob(job.id, JobTerms(), "", record.tobytes(), vector, None, PARSED_AT))


async def test_jobs_are_found_by_skills_that_their_texts_name_otherwise(transactions: Transactions) -> None:
    wanted, other = posting("Platform Engineer", "k8s and more"), posting("Pastry Chef", "Cakes")
    await add(transactions, wanted, other)
    await index(transactions, wanted, kubernetes="Kubernetes", go="Go")
    await index(transactions, other, baking="Baking")
    assert await ranked(transactions, "Kubernetes", skill_ids=("kubernetes",)) == [wanted.id]


@pytest.mark.parametrize("written", ["kuberntes", "Kubernets", "kubernetis"])
async def test_a_misspelt_skill_of_a_description_is_found_too(transactions: Transactions, written: str) -> None:
    wanted, other = posting("Platform Person", "Kubernetes and more"), posting("Pastry Chef", "Cakes")
    await add(transactions, wanted, other)
    await index(transactions, wanted, kubernetes="Kubernetes")
    await index(transactions, other, baking="Baking")
    assert await ranked(transactions, written) == [wanted.id]


async def test_a_word_that_jobs_have_is_taken_for_no_other(transactions: Transactions) -> None:
    plain, named = posting("Sales Manager", "Shops"), posting("Consultant", "CRM")
    await add(transactions, plain, named)
    await index(transactions, named, salesforce="Sales forces")
    assert await ranked(transactions, "sales") == [plain.id]


@pytest.mark.parametrize("query", ["engineer -kubernetes", 'engineer -"kubernetes engineer"'])
async def test_jobs_with_an_excluded_word_are_in_no_ranking(transactions: Transactions, query: str) -> None:
    wanted, excluded = posting("Data Engineer"), posting("Kubernetes Engineer")
    await add(transactions, wanted, excluded)
    async with transactions() as tx:
        for job in (wanted, excluded):
            await tx.jobs.set_embedding(job.id, Embedding("words", NEAR), of=PARSED_AT)
    await index(transactions, excluded, engineering="Engineering")
    assert await ranked(transactions, query, vector=Embedding("words", NEAR), skill_ids=("engineering",)) == [wanted.id]


async def test_of_equals_the_newest_comes_first(transactions: Transactions) -> None:
    jobs = [posting() for _ in range(4)]
    await add(transactions, *jobs)
    async with transactions() as tx:
        for ranking in await tx.jobs.rankings(JobQuery("data engineer"), None, EVERYTHING, depth=3):
            assert list(ranking) in ([], [job.id for job in jobs[:0:-1]])


@pytest.mark.parametrize("query", ["c++", "%", "'; --", "-", '"', "a"])
async def test_signs_and_single_letters_are_like_nothing(transactions: Transactions, query: str) -> None:
    await add(transactions, posting("Pastry Chef", "Cakes"))
    assert await ranked(transactions, query) == []


async def test_a_vector_of_an_older_text_is_not_kept(transactions: Transactions) -> None:
    job = posting("Baker")
    await add(transactions, job)
    async with transactions() as tx:
        await tx.jobs.set_embedding(job.id, Embedding("words", NEAR), of=PARSED_AT - timedelta(hours=1))
    assert await ranked(transactions, "xyzzy", vector=Embedding("words", NEAR)) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (JobFilter(location="utrecht"), True),
        (JobFilter(location="100%"), False),
        (JobFilter(location="ÚTRECHT, nether"), True),
        (JobFilter(workplace=Workplace.HYBRID), True),
        (JobFilter(workplace=Workplace.REMOTE), False),
        (JobFilter(employment=Employment.PART_TIME), False),
        (JobFilter(seniority=Seniority.SENIOR), True),
        (JobFilter(pay=65_000), True),
        (JobFilter(pay=80_000), False),
        (JobFilter(pay=65_000, currency="EUR"), True),
        (JobFilter(pay=65_000, currency="USD"), False),
        (JobFilter(currency="EUR"), True),
    ],
)
async def test_filters_let_through_what_they_say(transactions: Transactions, wanted: JobFilter, found: bool) -> None:
    (job_id,) = await add(transactions, posting())
    expected = [job_id] if found else []
    assert await ranked(transactions, "engineer", wanted) == expected
    async with transactions() as tx:
        assert list(await tx.jobs.newest(wanted, depth=5)) == expected


@pytest.mark.parametrize(
    ("place", "asked", "found"),
    [
        ("Zürich", "zurich", True),
        ("Zurich", "ZÜRICH", True),
        ("MÜNCHEN", "münchen", True),
        ("São Paulo, Brasil", "sao paulo", True),
        ("Besançon", "Besancon", True),
        # As typed on some machines: the letter and its accent, one after the other.
        ("Ko\u0308ln", "köln", True),
        ("Łódź", "łodz", True),
        ("Utrecht", "zurich", False),
    ],
)
async def test_places_are_found_whatever_the_case_and_accents(
    transactions: Transactions, place: str, asked: str, found: bool
) -> None:
    job = posting()
    await add(transactions, replace(job, complete=replace(job.complete, location=place)))
    async with transactions() as tx:
        assert list(await tx.jobs.newest(JobFilter(location=asked), depth=5)) == ([job.id] if found else [])


async def test_pay_that_is_not_told_passes_no_filter_of_pay(transactions: Transactions) -> None:
    job = posting()
    await add(transactions, replace(job, complete=replace(job.complete, pay=None)))
    assert await ranked(transactions, "engineer", JobFilter(pay=1)) == []
    assert await ranked(transactions, "engineer") == [job.id]
