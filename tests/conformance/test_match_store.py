"""What the stores of people, preferences, matches, marks and their log promise, on the fakes and on Postgres."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from uuid_utils import uuid7

from matching_service.adapters.store import SqlTransactions
from matching_service.domain.features import PersonFeatures, features_digest
from matching_service.domain.matches import Audience, Found, Match, Order, Person, Shown, Verdict
from matching_service.domain.model import EducationLevel
from matching_service.domain.posting import Draft, JobPosting, Pay
from matching_service.domain.preferences import Preferences, SalaryWish
from matching_service.domain.scoring import Component
from matching_service.domain.search import JobFilter
from matching_service.domain.terms import Employment, Seniority, Workplace
from matching_service.ports import Transactions
from meshkit.database import open_database
from tests.support.builders.matching import OWNER, PARSED_AT, SECRET, SOMEBODY_ELSE, candidate
from tests.support.fakes.matching import InMemoryTransactions
from tests.support.postgres import PostgresUrl

EVERYTHING = JobFilter()
LATER = PARSED_AT + timedelta(hours=1)
NEAR, FAR = np.eye(512, dtype=np.float32)[:2]


@pytest.fixture(params=["in_memory", "postgres"])
async def transactions(request: pytest.FixtureRequest) -> AsyncIterator[Transactions]:
    if request.param == "in_memory":
        yield InMemoryTransactions()
        return
    postgres_url: PostgresUrl = request.getfixturevalue("postgres_url")
    engine = open_database(postgres_url("matching"))
    yield SqlTransactions(engine, SECRET)
    await engine.dispose()


async def post(transactions: Transactions, title: str = "Data Engineer", **said: object) -> str:
    draft = Draft(title, "text", **said)  # type: ignore[arg-type]
    job = JobPosting(str(uuid7()), SOMEBODY_ELSE, SOMEBODY_ELSE, draft, draft, PARSED_AT, PARSED_AT)
    async with transactions() as tx:
        assert await tx.jobs.add(job, request_id="")
    return job.id


def match(
    job_id: str, score: float = 50.0, *, owner_id: str = OWNER, digest: bytes = b"d", at: datetime = PARSED_AT
) -> Match:
    part = Component("skills", 1.0, score, "The resume shows 1 of 2 required skills that the job names.")
    return Match(owner_id, job_id, RESUME, Found(score, (part,), ("Python",), ("SQL or Go",)), digest, at)


RESUME = str(uuid7())


def person(owner_id: str = OWNER, *, years: float = 3.0) -> Person:
    titles, chunks = np.eye(384, dtype=np.float32)[:2], np.eye(384, dtype=np.float32)[2:3]
    features = PersonFeatures(
        frozenset({"python", "go"}), years, EducationLevel.BACHELOR, Seniority.SENIOR, titles, chunks
    )
    return Person(owner_id, "tenant", RESUME, features, features_digest(features))


async def listed(
    transactions: Transactions,
    order: Order = Order.SCORE,
    wanted: JobFilter = EVERYTHING,
    *,
    score: float = 0,
    skip: int = 0,
    limit: int = 99,
) -> list[str]:
    async with transactions() as tx:
        found = await tx.matches.page(OWNER, order, wanted, score=score, skip=skip, limit=limit)
    return [one.job.complete.title for one in found]


# ---------------------------------------------------------------- matches


async def test_a_match_comes_back_as_it_was_put_with_its_job_and_mark(transactions: Transactions) -> None:
    job_id = await post(transactions, company="Noordzee")
    async with transactions() as tx:
        await tx.matches.replace(OWNER, [match(job_id)], since=PARSED_AT)
        await tx.marks.set_verdict(OWNER, job_id, Verdict.UP, LATER)
        await tx.marks.set_applied(OWNER, job_id, LATER)
    async with transactions() as tx:
        (found,) = await tx.matches.page(OWNER, Order.SCORE, EVERYTHING, score=0, skip=0, limit=9)
    assert found.match == match(job_id)
    assert (found.job.id, found.job.complete.company) == (job_id, "Noordzee")
    assert (found.mark.verdict, found.mark.applied_at) == (Verdict.UP, LATER)


async def test_replacing_drops_what_is_no_longer_there_and_touches_nobody_else(transactions: Transactions) -> None:
    first, second = await post(transactions, "First"), await post(transactions, "Second")
    async with transactions() as tx:
        await tx.matches.replace(SOMEBODY_ELSE, [match(first, owner_id=SOMEBODY_ELSE)], since=PARSED_AT)
        await tx.matches.replace(OWNER, [match(first), match(second)], since=PARSED_AT)
        await tx.matches.replace(OWNER, [match(second)], since=PARSED_AT)
    assert await listed(transactions) == ["Second"]
    async with transactions() as tx:
        assert await tx.people.with_match(first) == [SOMEBODY_ELSE]
        await tx.matches.replace(OWNER, [], since=PARSED_AT)
    assert await listed(transactions) == []


async def test_what_did_not_change_keeps_its_time(transactions: Transactions) -> None:
    job_id = await post(transactions)

    async def matched_at() -> datetime:
        async with transactions() as tx:
            (found,) = await tx.matches.page(OWNER, Order.SCORE, EVERYTHING, score=0, skip=0, limit=9)
        return found.match.matched_at

    for again, expected in (
        (match(job_id), PARSED_AT),
        (match(job_id, at=LATER), PARSED_AT),
        (match(job_id, digest=b"other", at=LATER), LATER),
    ):
        async with transactions() as tx:
            await tx.matches.replace(OWNER, [again], since=PARSED_AT)
        assert await matched_at() == expected


async def test_what_was_found_after_a_ranking_began_survives_it(transactions: Transactions) -> None:
    first, second = await post(transactions, "First"), await post(transactions, "Second")
    async with transactions() as tx:
        await tx.matches.add([match(first, 80.0, digest=b"new", at=LATER), match(second, at=LATER)], most=9)
        # It began before both were found, and knows the first as it was.
        await tx.matches.replace(OWNER, [match(first, 20.0, digest=b"old")], since=PARSED_AT)
        found = await tx.matches.page(OWNER, Order.SCORE, EVERYTHING, score=0, skip=0, limit=9)
    assert [(one.job.id, one.match.found.score) for one in found] == [(first, 80.0), (second, 50.0)]
    async with transactions() as tx:
        await tx.matches.replace(OWNER, [], since=LATER)
    assert await listed(transactions) == []


async def test_of_two_rankings_the_one_that_began_later_counts(transactions: Transactions) -> None:
    due = LATER + timedelta(days=1)
    async with transactions() as tx:
        assert not await tx.people.set_matched(OWNER, LATER, due)
        await tx.people.put(person(), NEAR, visible=False, now=PARSED_AT)
        assert await tx.people.set_matched(OWNER, LATER, due)
        assert await tx.people.set_matched(OWNER, LATER, due)
        assert not await tx.people.set_matched(OWNER, PARSED_AT, due)
        found = await tx.people.find(OWNER)
    assert found is not None
    assert found.matched_at == LATER


async def test_of_too_many_the_lowest_go(transactions: Transactions) -> None:
    jobs = [await post(transactions, str(number)) for number in range(3)]
    async with transactions() as tx:
        await tx.matches.replace(
            OWNER, [match(job_id, 10.0 * place) for place, job_id in enumerate(jobs[:2], 1)], since=PARSED_AT
        )
        await tx.matches.add([match(jobs[2], 15.0), match(jobs[0], 5.0, owner_id=SOMEBODY_ELSE)], most=2)
    assert await listed(transactions) == ["1", "2"]
    async with transactions() as tx:
        assert await tx.people.with_match(jobs[0]) == [SOMEBODY_ELSE]
        await tx.matches.add([], most=2)


async def test_a_job_is_taken_from_some_and_stays_with_others(transactions: Transactions) -> None:
    job_id = await post(transactions)
    async with transactions() as tx:
        await tx.matches.add([match(job_id), match(job_id, owner_id=SOMEBODY_ELSE)], most=9)
        await tx.matches.remove(job_id, [OWNER])
        await tx.matches.remove(job_id, [])
        assert await tx.people.with_match(job_id) == [SOMEBODY_ELSE]


async def test_a_job_that_leaves_the_index_leaves_everybodys_matches(transactions: Transactions) -> None:
    job_id = await post(transactions)
    async with transactions() as tx:
        await tx.matches.add([match(job_id)], most=9)
        await tx.job_index.remove(job_id)
        assert await tx.people.with_match(job_id) == []


async def test_lists_leave_out_what_was_removed_closed_or_expired(transactions: Transactions) -> None:
    titles = ("Open", "Removed", "Closed", "Expired")
    jobs = {title: await post(transactions, title) for title in titles[:3]}
    jobs["Expired"] = await post(transactions, "Expired", expires_at=PARSED_AT)
    async with transactions() as tx:
        await tx.matches.replace(OWNER, [match(job_id) for job_id in jobs.values()], since=PARSED_AT)
        await tx.marks.set_removed(OWNER, jobs["Removed"], PARSED_AT)
        closed = await tx.jobs.find(jobs["Closed"])
        assert closed is not None
        await tx.jobs.save(replace(closed, closed=True))
    assert await listed(transactions) == ["Open"]


async def test_lists_are_sorted_and_cut_in_every_order(transactions: Transactions) -> None:
    facts = [
        ("Low", 10.0, {"location": "zwolle", "pay": Pay(0, 90_000, "EUR")}),
        ("High", 90.0, {}),
        ("Middle", 50.0, {"location": "Amsterdam", "pay": Pay(0, 10_000, "EUR")}),
        ("Middle too", 50.0, {"location": "Zwolle", "pay": Pay(0, 10_000, "EUR")}),
    ]
    jobs = {title: (await post(transactions, title, **said), score) for title, score, said in facts}
    async with transactions() as tx:
        await tx.matches.replace(OWNER, [match(job_id, score) for job_id, score in jobs.values()], since=PARSED_AT)
    assert await listed(transactions, Order.SCORE) == ["High", "Middle too", "Middle", "Low"]
    assert await listed(transactions, Order.SALARY) == ["Low", "Middle too", "Middle", "High"]
    assert await listed(transactions, Order.LOCATION) == ["Middle", "Middle too", "Low", "High"]
    assert await listed(transactions, Order.NEWEST) == ["Middle too", "Middle", "High", "Low"]
    assert await listed(transactions, skip=1, limit=2) == ["Middle too", "Middle"]
    assert await listed(transactions, score=50) == ["High", "Middle too", "Middle"]


@pytest.mark.parametrize(
    "wanted",
    [
        JobFilter(location="ÜR"),
        JobFilter(workplace=Workplace.REMOTE),
        JobFilter(employment=Employment.PART_TIME),
        JobFilter(seniority=Seniority.LEAD),
        JobFilter(pay=50_000),
    ],
)
async def test_lists_are_filtered_like_searches(transactions: Transactions, wanted: JobFilter) -> None:
    told = await post(
        transactions,
        "Told",
        location="Zürich",
        workplace=Workplace.REMOTE,
        employment=Employment.PART_TIME,
        seniority=Seniority.LEAD,
        pay=Pay(40_000, 50_000, "EUR"),
    )
    untold = await post(transactions, "Untold")
    async with transactions() as tx:
        await tx.matches.replace(OWNER, [match(told), match(untold)], since=PARSED_AT)
    assert await listed(transactions, wanted=wanted) == ["Told"]


# ---------------------------------------------------------------- marks


async def test_marks_of_a_job_stand_side_by_side(transactions: Transactions) -> None:
    job_id = await post(transactions)
    async with transactions() as tx:
        await tx.marks.set_removed(OWNER, job_id, PARSED_AT)
        await tx.marks.set_verdict(OWNER, job_id, Verdict.DOWN, PARSED_AT)
        assert await tx.marks.set_applied(OWNER, job_id, PARSED_AT) == PARSED_AT
        assert await tx.marks.set_applied(OWNER, job_id, LATER) == PARSED_AT
        (mark,) = await tx.marks.find_all(OWNER)
        assert await tx.marks.find_all(SOMEBODY_ELSE) == []
    assert (mark.job_id, mark.removed, mark.verdict, mark.applied_at) == (job_id, True, Verdict.DOWN, PARSED_AT)


async def test_the_newest_verdicts_come_first_and_can_be_taken_back(transactions: Transactions) -> None:
    jobs = [await post(transactions) for _ in range(3)]
    async with transactions() as tx:
        for hours, job_id in enumerate(jobs):
            await tx.marks.set_verdict(OWNER, job_id, Verdict.UP, PARSED_AT + timedelta(hours=hours))
        await tx.marks.set_verdict(OWNER, jobs[0], Verdict.DOWN, PARSED_AT + timedelta(hours=9))
        await tx.marks.set_verdict(OWNER, jobs[2], None, PARSED_AT + timedelta(hours=9))
        found = await tx.marks.verdicts([OWNER, SOMEBODY_ELSE], most=9)
        newest = await tx.marks.verdicts([OWNER], most=1)
    assert list(found) == [OWNER]
    assert [(mark.job_id, mark.verdict) for mark in found[OWNER]] == [(jobs[0], Verdict.DOWN), (jobs[1], Verdict.UP)]
    assert [mark.job_id for mark in newest[OWNER]] == [jobs[0]]


async def test_those_who_removed_a_job_are_told_apart(transactions: Transactions) -> None:
    job_id, other = await post(transactions), await post(transactions)
    async with transactions() as tx:
        await tx.marks.set_removed(OWNER, job_id, PARSED_AT)
        await tx.marks.set_removed(SOMEBODY_ELSE, other, PARSED_AT)
        assert await tx.marks.removed_by(job_id, [OWNER, SOMEBODY_ELSE]) == {OWNER}
        assert await tx.marks.removed_by(job_id, [SOMEBODY_ELSE]) == frozenset()


# ---------------------------------------------------------------- people


async def test_a_person_comes_back_as_they_were_put_but_for_the_rounding(transactions: Transactions) -> None:
    async with transactions() as tx:
        await tx.people.put(person(), NEAR, visible=False, now=PARSED_AT)
        found = await tx.people.find(OWNER)
        assert await tx.people.find(SOMEBODY_ELSE) is None
    assert found is not None
    assert (found.owner_id, found.tenant, found.resume_id) == (OWNER, "tenant", RESUME)
    assert (found.digest, features_digest(found.features)) == (person().digest, person().digest)
    assert (found.matched_at, found.pending) == (None, True)


async def test_a_person_is_pending_until_matched_and_again_after_another_resume(transactions: Transactions) -> None:
    async def pending() -> bool:
        async with transactions() as tx:
            found = await tx.people.find(OWNER)
        assert found is not None
        return found.pending

    async with transactions() as tx:
        await tx.people.put(person(), NEAR, visible=False, now=PARSED_AT)
        await tx.people.set_matched(OWNER, LATER, LATER + timedelta(days=1))
    assert not await pending()
    async with transactions() as tx:
        await tx.people.put(person(years=9), NEAR, visible=False, now=LATER + timedelta(hours=1))
    assert await pending()
    async with transactions() as tx:
        found = await tx.people.find(OWNER)
    assert found is not None
    assert found.matched_at == LATER


async def test_the_nearest_people_come_first_and_only_visible_ones_where_asked(transactions: Transactions) -> None:
    async with transactions() as tx:
        await tx.people.put(person(OWNER), FAR, visible=True, now=PARSED_AT)
        await tx.people.put(person(SOMEBODY_ELSE), NEAR, visible=False, now=PARSED_AT)
        everybody = await tx.people.near(NEAR, limit=9, visible_only=False)
        first = await tx.people.near(NEAR, limit=1, visible_only=False)
        visible = await tx.people.near(NEAR, limit=9, visible_only=True)
    assert [one.owner_id for one in everybody] == [SOMEBODY_ELSE, OWNER]
    assert [one.owner_id for one in first] == [SOMEBODY_ELSE]
    assert [one.owner_id for one in visible] == [OWNER]


async def test_a_person_leaves_with_their_matches_and_keeps_their_marks(transactions: Transactions) -> None:
    job_id = await post(transactions)
    async with transactions() as tx:
        await tx.people.put(person(), NEAR, visible=True, now=PARSED_AT)
        await tx.matches.replace(OWNER, [match(job_id)], since=PARSED_AT)
        await tx.marks.set_removed(OWNER, job_id, PARSED_AT)
        await tx.people.remove(OWNER)
    async with transactions() as tx:
        assert await tx.people.find(OWNER) is None
        assert await tx.people.with_match(job_id) == []
        assert len(await tx.marks.find_all(OWNER)) == 1


async def test_owners_of_resumes_who_are_not_among_them_are_told_in_order(transactions: Transactions) -> None:
    async with transactions() as tx:
        await tx.people.put(person("c"), NEAR, visible=False, now=PARSED_AT)
        for owner in ("d", "b", "c", "b"):
            await tx.candidates.put(candidate(owner_id=owner))
        await tx.candidates.put(candidate(owner_id="young", parsed_at=LATER))
        assert await tx.people.missing(before=LATER, after="", limit=9) == ["b", "d"]
        assert await tx.people.missing(before=LATER, after="", limit=1) == ["b"]
        assert await tx.people.missing(before=LATER, after="b", limit=9) == ["d"]


async def test_those_whose_turn_it_is_are_claimed_once(transactions: Transactions) -> None:
    async with transactions() as tx:
        for owner in (OWNER, SOMEBODY_ELSE):
            await tx.people.put(person(owner), NEAR, visible=False, now=PARSED_AT)
        await tx.people.set_matched(SOMEBODY_ELSE, PARSED_AT, LATER)
    until = LATER + timedelta(days=1)
    async with transactions() as tx:
        assert [one.owner_id for one in await tx.people.claim_due(PARSED_AT, until=until, limit=9)] == [OWNER]
        assert [one.owner_id for one in await tx.people.claim_due(LATER, until=until, limit=9)] == [SOMEBODY_ELSE]
        assert await tx.people.claim_due(LATER, until=until, limit=9) == []
        assert len(await tx.people.claim_due(until, until=until, limit=1)) == 1


# ---------------------------------------------------------------- preferences


async def test_preferences_come_back_as_they_were_put(transactions: Transactions) -> None:
    wanted = Preferences(
        salary=SalaryWish(40_000, 0, "EUR"),
        countries=frozenset({"NL"}),
        locations=("Utrecht",),
        workplaces=frozenset({Workplace.REMOTE}),
        seniorities=frozenset({Seniority.SENIOR}),
        ignored_industries=frozenset({"gambling"}),
        hide_unknown=True,
    )
    async with transactions() as tx:
        await tx.preferences.put(OWNER, "tenant", Preferences(), PARSED_AT)
        await tx.preferences.put(OWNER, "tenant", wanted, LATER)
        found = await tx.preferences.find(OWNER)
        nothing = await tx.preferences.find(SOMEBODY_ELSE)
        everybody = await tx.preferences.find_all([OWNER, SOMEBODY_ELSE])
    assert (found, found.updated_at) == (wanted, LATER)
    assert (nothing, nothing.updated_at) == (Preferences(), None)
    assert everybody == {OWNER: wanted}


async def test_whether_people_are_visible_follows_their_preferences(transactions: Transactions) -> None:
    async with transactions() as tx:
        await tx.people.put(person(), NEAR, visible=False, now=PARSED_AT)
        await tx.preferences.put(OWNER, "tenant", Preferences(visible_to_employers=True), PARSED_AT)
        assert len(await tx.people.near(NEAR, limit=9, visible_only=True)) == 1
        await tx.preferences.put(OWNER, "tenant", Preferences(), PARSED_AT)
        assert await tx.people.near(NEAR, limit=9, visible_only=True) == []


# ---------------------------------------------------------------- the log, in Postgres only: nothing reads it


async def test_what_a_person_wants_and_did_is_erased_and_nobody_elses(transactions: Transactions) -> None:
    job_id = await post(transactions)
    async with transactions() as tx:
        for owner in (OWNER, SOMEBODY_ELSE):
            await tx.preferences.put(owner, "tenant", Preferences(countries=frozenset({"NL"})), PARSED_AT)
            await tx.marks.set_removed(owner, job_id, PARSED_AT)
    async with transactions() as tx:
        await tx.preferences.erase(OWNER)
        await tx.marks.erase(OWNER)
    async with transactions() as tx:
        assert await tx.preferences.find(OWNER) == Preferences()
        assert list(await tx.marks.find_all(OWNER)) == []
        assert (await tx.preferences.find(SOMEBODY_ELSE)).countries == {"NL"}
        assert [mark.job_id for mark in await tx.marks.find_all(SOMEBODY_ELSE)] == [job_id]


async def test_the_log_keeps_what_was_shown_once_and_refuses_every_change(postgres_url: PostgresUrl) -> None:
    engine = open_database(postgres_url("matching"))
    transactions = SqlTransactions(engine, SECRET)
    shown = Shown("viewer", Audience.POSTER, match(str(uuid7())), PARSED_AT)
    for times in (1, 2):
        async with transactions() as tx:
            await tx.match_log.append([shown] * times)
            await tx.match_log.append([])
    async with engine.connect() as connection:
        (row,) = (await connection.execute(sa.text("SELECT * FROM match_log"))).mappings().all()
    assert (row["viewer"], row["audience"], row["shown_at"]) == ("viewer", Audience.POSTER, PARSED_AT)
    assert (str(row["resume_id"]), str(row["job_id"])) == (RESUME, shown.match.job_id)
    assert (row["score"], row["digest"], row["scorer_version"]) == (50.0, b"d", shown.match.scorer_version)
    assert row["found"]["components"][0]["reason"].startswith("The resume shows")
    for change in ("UPDATE match_log SET score = 100", "DELETE FROM match_log", "TRUNCATE match_log"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            async with engine.begin() as connection:
                await connection.execute(sa.text(change))
    await engine.dispose()
