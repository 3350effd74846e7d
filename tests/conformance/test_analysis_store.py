"""What `matching_service.ports.AnalysisStore` promises, on the fake and on Postgres."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from uuid_utils import uuid7

from matching_service.adapters.store import SqlTransactions
from matching_service.adapters.tables import analyses
from matching_service.domain.kept import AskedThing, KeptAnalysis, Outcome, text_hash
from matching_service.ports import AnalysisCounts, Transactions
from meshkit.database import open_database
from tests.support.builders.matching import OWNER, PARSED_AT, SECRET, SOMEBODY_ELSE
from tests.support.fakes.matching import InMemoryTransactions
from tests.support.postgres import PostgresUrl

WORDS = b"what the resume says of Mirela"


@pytest.fixture(params=["in_memory", "postgres"])
async def transactions(request: pytest.FixtureRequest) -> AsyncIterator[Transactions]:
    if request.param == "in_memory":
        yield InMemoryTransactions()
        return
    postgres_url: PostgresUrl = request.getfixturevalue("postgres_url")
    engine = open_database(postgres_url("matching"))
    yield SqlTransactions(engine, SECRET)
    await engine.dispose()


def kept(
    job_id: str | None = None,
    *,
    owner_id: str = OWNER,
    resume_id: str | None = None,
    score: float = 50,
    minutes: int = 0,
) -> KeptAnalysis:
    analysis_id = str(uuid7())
    outcome = Outcome(score, score / 2, (AskedThing("Python", True, True),), "analysis-1", "builtin", "words")
    return KeptAnalysis(
        id=analysis_id,
        owner_id=owner_id,
        job_id=job_id or str(uuid7()),
        resume_id=resume_id,
        anonymised=False,
        fingerprint=text_hash(analysis_id),
        job_hash=text_hash("job"),
        analysed_at=PARSED_AT + timedelta(minutes=minutes),
        outcome=outcome,
        result=WORDS,
    )


async def put(transactions: Transactions, *them: KeptAnalysis) -> list[KeptAnalysis | None]:
    async with transactions() as tx:
        return [await tx.analyses.put(one) for one in them]


async def ids_of_pages(transactions: Transactions, size: int = 2) -> list[list[str]]:
    pages, after = [], None
    while True:
        async with transactions() as tx:
            page = await tx.analyses.page(owner_id=OWNER, after=after, limit=size)
        if not page:
            return pages
        pages.append([one.id for one in page])
        after = page[-1].analysed_at, page[-1].id


async def test_an_analysis_comes_back_as_it_was_put_and_to_its_owner_only(transactions: Transactions) -> None:
    own = kept(resume_id=str(uuid7()))
    await put(transactions, own)
    async with transactions() as tx:
        assert await tx.analyses.newest([own.job_id], owner_id=OWNER) == [own]
        assert await tx.analyses.find_same(own.fingerprint, owner_id=OWNER) == own
        assert await tx.analyses.find_same(own.fingerprint, owner_id=SOMEBODY_ELSE) is None
        assert await tx.analyses.newest([own.job_id], owner_id=SOMEBODY_ELSE) == []
        assert await tx.analyses.page(owner_id=SOMEBODY_ELSE, after=None, limit=9) == []
        assert await tx.analyses.best(owner_id=SOMEBODY_ELSE, limit=9) == []
        assert await tx.analyses.count(owner_id=SOMEBODY_ELSE) == AnalysisCounts()


async def test_all_of_an_owner_are_erased_and_nobody_elses(transactions: Transactions) -> None:
    own, theirs = kept(), kept(owner_id=SOMEBODY_ELSE)
    await put(transactions, own, kept(resume_id=str(uuid7())), theirs)
    async with transactions() as tx:
        await tx.analyses.erase_of(owner_id=OWNER)
        await tx.analyses.erase_of(owner_id=OWNER)
        assert await tx.analyses.count(owner_id=OWNER) == AnalysisCounts()
        assert (await tx.analyses.count(owner_id=SOMEBODY_ELSE)).analyses == 1


async def test_the_same_inputs_keep_their_id_and_take_the_newer_result(transactions: Transactions) -> None:
    first = kept()
    again = replace(kept(first.job_id, score=60, minutes=5), fingerprint=first.fingerprint, result=b"newer")
    assert await put(transactions, first, again) == [first, replace(again, id=first.id)]
    async with transactions() as tx:
        assert (await tx.analyses.count(owner_id=OWNER)).analyses == 1
    other = replace(first, id=str(uuid7()), owner_id=SOMEBODY_ELSE)
    assert await put(transactions, other) == [other]


async def test_of_several_for_a_job_the_one_asked_for_last_is_newest_and_others_are_found_by_id(
    transactions: Transactions,
) -> None:
    first = kept(minutes=1)
    second = kept(first.job_id, minutes=2)
    elsewhere = kept(minutes=3)
    await put(transactions, second, first, elsewhere)
    async with transactions() as tx:
        assert await tx.analyses.newest([first.job_id], owner_id=OWNER) == [second]
        both = await tx.analyses.newest([first.job_id, elsewhere.job_id], owner_id=OWNER)
        assert sorted(one.id for one in both) == sorted([second.id, elsewhere.id])
        assert await tx.analyses.newest([first.job_id], owner_id=OWNER, analysis_id=first.id) == [first]
        assert await tx.analyses.newest([first.job_id], owner_id=OWNER, analysis_id=elsewhere.id) == []


async def test_pages_hold_those_asked_for_last_first_without_their_results(transactions: Transactions) -> None:
    first, second, third = kept(minutes=1), kept(minutes=2), kept(minutes=2)
    await put(transactions, third, first, second)
    newest = sorted([second.id, third.id], reverse=True)
    assert await ids_of_pages(transactions) == [newest, [first.id]]
    async with transactions() as tx:
        assert [one.result for one in await tx.analyses.page(owner_id=OWNER, after=None, limit=9)] == [b""] * 3


async def test_the_best_of_each_job_come_best_first(transactions: Transactions) -> None:
    low, high = kept(score=40), kept(score=80)
    better = kept(low.job_id, score=60)
    await put(transactions, better, low, high)
    async with transactions() as tx:
        best = await tx.analyses.best(owner_id=OWNER, limit=9)
        assert [one.id for one in best] == [high.id, better.id]
        assert best[0].result == b""
        assert [one.id for one in await tx.analyses.best(owner_id=OWNER, limit=1)] == [high.id]


async def test_counts_tell_analyses_stored_resumes_and_the_last_time(transactions: Transactions) -> None:
    resume_id = str(uuid7())
    await put(transactions, kept(resume_id=resume_id), kept(resume_id=resume_id, minutes=9), kept())
    async with transactions() as tx:
        assert await tx.analyses.count(owner_id=OWNER) == AnalysisCounts(3, 1, PARSED_AT + timedelta(minutes=9))


async def test_what_is_removed_or_whose_resume_is_erased_is_gone(transactions: Transactions) -> None:
    resume_id = str(uuid7())
    of_resume, of_file = kept(resume_id=resume_id), kept()
    foreign = kept(of_file.job_id, owner_id=SOMEBODY_ELSE)
    await put(transactions, of_resume, of_file, foreign)
    async with transactions() as tx:
        await tx.candidates.erase(resume_id, PARSED_AT)
        await tx.analyses.erase(resume_id)
    assert await ids_of_pages(transactions) == [[of_file.id]]
    async with transactions() as tx:
        await tx.analyses.remove(of_file.job_id, owner_id=OWNER)
    assert await ids_of_pages(transactions) == []
    async with transactions() as tx:
        assert await tx.analyses.newest([of_file.job_id], owner_id=SOMEBODY_ELSE) == [foreign]


async def test_nothing_is_kept_of_an_erased_resume_also_when_both_happen_at_once(transactions: Transactions) -> None:
    async def erase(resume_id: str) -> None:
        async with transactions() as tx:
            await tx.candidates.erase(resume_id, PARSED_AT)
            await tx.analyses.erase(resume_id)

    them = [kept(resume_id=str(uuid7())) for _ in range(5)]
    await asyncio.gather(*(work for one in them for work in (put(transactions, one), erase(one.resume_id or ""))))
    assert await ids_of_pages(transactions) == []
    assert await put(transactions, them[0]) == [None]


async def test_what_an_analysis_says_is_unreadable_at_rest(postgres_url: PostgresUrl) -> None:
    engine = open_database(postgres_url("matching"))
    await put(SqlTransactions(engine, SECRET), kept())
    async with engine.connect() as connection:
        (row,) = await connection.execute(
            sa.select(sa.cast(sa.literal_column("analyses"), sa.Text)).select_from(analyses)
        )
        (sealed,) = (await connection.execute(sa.select(analyses.c.result))).scalars()
    assert "Mirela" not in row[0]
    assert b"Mirela" not in sealed
    await engine.dispose()
