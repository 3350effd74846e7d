"""How fast and how well jobs are found for a person, among many: the product's own store and use cases on a real Postgres.

    bench/rank.py N... [--people 210] [--option NAME=VALUE]

Jobs and people are generated (generated_jobs.py), their embeddings are real; all of it is kept in build/bench-rank for the next run.
The exact ranking, which recall is measured against, judges every job that the preferences let through, by the same scorer.
Everybody is measured before the first exact ranking: that reads everything, and would leave the caches to the next person.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from generated_jobs import Generator
from rank_data import CACHE, SECRET, TENANT, Embedders, cut, fill_once, postgres, warm
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils import uuid7

import taxonomy
from matching_service.adapters.job_index import SqlJobIndex, terms_from
from matching_service.adapters.store import SqlTransactions
from matching_service.adapters.tables import job_index, jobs
from matching_service.domain.features import Records, ids_of
from matching_service.domain.matches import Verdict
from matching_service.domain.preferences import JobTerms, Preferences, lets_through
from matching_service.domain.ranking import judge
from matching_service.domain.vocabulary import Vocabulary
from matching_service.usecases.jobs import Poster, PostJob
from matching_service.usecases.ranking import IndexJob, Ranking, RankJobs, Vocabularies, person_of
from matching_service.usecases.vectors import Vectors
from meshkit.database import open_database
from taxonomy.titles import normal_title

TOP = 100
WARMED = 30
INGESTED = 200
JUDGED_FOR_FEEDBACK = 20


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("count", type=int, nargs="+")
    options.add_argument("--people", type=int, default=210)
    options.add_argument("--option", action="append", default=[], help="of Postgres, NAME=VALUE")
    asked = options.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    embed = Embedders()
    generator = Generator(embed.texts)
    growth = []
    for count in asked.count:
        with postgres(count, dict(one.split("=", 1) for one in asked.option)) as (url, done):
            growth.append(asyncio.run(bench(url, count, asked.people, done, generator, embed)))
    if len(growth) > 1:
        print("\ngrowth                             p50 ms  p95 ms  max ms  recall@100  worst")
        for line in growth:
            print(line)


# ---------------------------------------------------------------- people, measured one at a time


@dataclass(frozen=True)
class Seeker:
    owner: str
    kind: str
    wanted: Preferences
    profession: int


@dataclass(frozen=True)
class Measured:
    seeker: Seeker
    seconds: float
    ranking: Ranking


async def bench(url: str, count: int, people: int, done: Path, generator: Generator, embed: Embedders) -> str:
    engine = open_database(url, pool_size=4)
    await fill_once(engine, done, generator, count, embed)
    transactions, vocabularies = SqlTransactions(engine, SECRET), Vocabularies()
    vectors = Vectors(transactions, embed)
    seekers = [await seeker(number, generator, transactions, vectors) for number in range(people)]
    embed.save()
    rank = RankJobs(transactions, vocabularies, lambda: datetime.now(UTC))
    await warm(url)
    for one in seekers[:WARMED]:
        await rank(one.owner)
    measured = [await measure(rank, one) for one in seekers]
    print(f"\n{count} jobs; {people} people, one at a time; {os.cpu_count()} cores for everything, Postgres too\n")
    async with transactions() as tx:
        vocabulary = await vocabularies(tx)
    stored = await everything(engine)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        recalls = list(pool.map(partial(stored.recall, vocabulary=vocabulary), measured))
    print("preferences                        p50 ms  p95 ms  max ms  recall@100  worst  let through")
    for kind in dict.fromkeys(one.kind for one in seekers):
        some = [place for place, one in enumerate(measured) if one.seeker.kind == kind]
        passing = statistics.mean(stored.count_passing(measured[place].seeker.wanted) for place in some)
        print(row(kind, [measured[place] for place in some], [recalls[place] for place in some]) + f" {passing:12.0f}")
    whole = row("all", measured, recalls)
    print(whole, flush=True)
    print_calibration(measured, stored.professions)
    await feedback(engine, transactions, rank, seekers)
    await ingest(engine, transactions, generator, vocabularies, count)
    await engine.dispose()
    return row(f"{count} jobs", measured, recalls)


async def seeker(number: int, generator: Generator, transactions: SqlTransactions, vectors: Vectors) -> Seeker:
    profile, profession = generator.person(number)
    kind, wanted = generator.preferences(number)
    embedded = await vectors.of_person(profile, tenant=TENANT)
    owner = f"person {number}"
    person = person_of(owner, TENANT, str(UUID(int=number)), profile, embedded, taxonomy.skills())
    async with transactions() as tx:
        # The vector serves jobs that look for people; nobody does here.
        await tx.people.put(person, np.eye(1, 512, dtype=np.float32)[0], visible=False, now=datetime.now(UTC))
        await tx.preferences.put(owner, TENANT, wanted, datetime.now(UTC))
    return Seeker(owner, kind, wanted, profession)


async def measure(rank: RankJobs, one: Seeker) -> Measured:
    before = time.perf_counter()
    ranking = await rank(one.owner)
    seconds = time.perf_counter() - before
    if ranking is None:
        raise LookupError(one.owner)
    return Measured(one, seconds, ranking)


def row(name: str, measured: Iterable[Measured], recalls: Sequence[float]) -> str:
    ordered = sorted(1000 * one.seconds for one in measured)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return (
        f"{name:33} {statistics.median(ordered):7.1f} {p95:7.1f} {ordered[-1]:7.1f} "
        f"{statistics.mean(recalls):11.3f} {min(recalls):6.2f}"
    )


# ---------------------------------------------------------------- the exact ranking


class Stored:
    """Everything in the index, to be judged one by one."""

    def __init__(
        self, ids: Sequence[str], records: Records, terms: Sequence[JobTerms], professions: Sequence[int]
    ) -> None:
        self._ids, self._records, self._terms = ids, records, terms
        self.professions = dict(zip(ids, professions, strict=True))
        self._passing: dict[Preferences, np.ndarray] = {}

    def passing(self, wanted: Preferences) -> np.ndarray:
        """Rows of jobs that are let through."""
        if wanted not in self._passing:
            self._passing[wanted] = np.flatnonzero([lets_through(wanted, terms) for terms in self._terms])
        return self._passing[wanted]

    def count_passing(self, wanted: Preferences) -> int:
        return len(self.passing(wanted))

    def recall(self, measured: Measured, vocabulary: Vocabulary) -> float:
        """Share of the exact best hundred that were found; ones of equal score are as good."""
        rows, person = self.passing(measured.seeker.wanted), measured.ranking.person
        top = min(TOP, len(rows))
        if not top:
            return 1.0
        some = np.array_split(rows, 1 + len(rows) // 10_000)
        scores = np.concatenate([judge(person.features, self._records[part], vocabulary).scores for part in some])
        # As they are shown: two decimals decide nothing.
        least = np.partition(scores, -top)[-top] - 0.005
        good = {self._ids[place] for place in rows[scores >= least]}
        found = set(ids_of(measured.ranking.jobs.jobs[:TOP]))
        return min(1.0, len(good & found) / top)


async def everything(engine: AsyncEngine) -> Stored:
    async with engine.connect() as connection:
        index = SqlJobIndex(connection)
        query = sa.select(job_index, jobs.c.owner_id, jobs.c.pay_minimum).join(jobs).order_by(job_index.c.job_id)
        rows = (await connection.execute(query)).all()
        parts = [await index.records([str(one.job_id) for one in some]) for some in cut(rows, 10_000)]
    records = np.concatenate(parts)
    records = records[np.argsort(np.frombuffer(records["id"].tobytes(), "S16"), kind="stable")]
    ids = ids_of(records)
    return Stored(ids, records, [terms_from(one) for one in rows], [int(one.owner_id) for one in rows])


def print_calibration(measured: Sequence[Measured], professions: dict[str, int]) -> None:
    """What a score means here: how often a job that has it is one of the person's profession."""
    shown: Counter[int] = Counter()
    own: Counter[int] = Counter()
    for one in measured:
        jobs_found = one.ranking.jobs
        for job_id, score in zip(ids_of(jobs_found.jobs), jobs_found.scores.tolist(), strict=True):
            decile = min(int(score // 10), 9)
            shown[decile] += 1
            own[decile] += professions[job_id] == one.seeker.profession
    print("\nscore    shown  of the person's own profession")
    for decile in sorted(shown, reverse=True):
        print(f"{decile * 10:3}-{decile * 10 + 9:3} {shown[decile]:6}  {own[decile] / shown[decile]:.2f}")


# ---------------------------------------------------------------- feedback and ingest


async def feedback(
    engine: AsyncEngine, transactions: SqlTransactions, rank: RankJobs, seekers: Sequence[Seeker]
) -> None:
    """Two thumbs for one kind of title: where the others of that title go."""
    async with engine.connect() as connection:
        titles = {
            str(one.id): normal_title(one.title) for one in await connection.execute(sa.select(jobs.c.id, jobs.c.title))
        }
    for verdict, word in ((Verdict.UP, "up"), (Verdict.DOWN, "down")):
        moved = []
        for one in [one for one in seekers if one.kind == "none"][:JUDGED_FOR_FEEDBACK]:
            before = await found(rank, one)
            counted = Counter(titles[job_id] for job_id in before[20:180])
            common = next((title for title, many in counted.most_common() if many >= 5), None)
            if common is None:
                continue
            alike = [job_id for job_id in before if titles[job_id] == common]
            await say(transactions, one, alike[:2], verdict)
            after = {job_id: place for place, job_id in enumerate(await found(rank, one))}
            await say(transactions, one, alike[:2], None)
            others = alike[2:]
            moved.append(
                (
                    statistics.mean(map(before.index, others)),
                    statistics.mean(after.get(job_id, len(before)) for job_id in others),
                )
            )
        if moved:
            first, second = (statistics.mean(column) for column in zip(*moved, strict=True))
            print(
                f"feedback: after two thumbs {word}, other jobs of that title went from place {first:.0f} to {second:.0f} of 200, "
                f"over {len(moved)} people"
            )


async def found(rank: RankJobs, one: Seeker) -> Sequence[str]:
    return ids_of((await measure(rank, one)).ranking.jobs.jobs)


async def say(transactions: SqlTransactions, one: Seeker, job_ids: Sequence[str], verdict: Verdict | None) -> None:
    async with transactions() as tx:
        for job_id in job_ids:
            await tx.marks.set_verdict(one.owner, job_id, verdict, datetime.now(UTC))


async def ingest(
    engine: AsyncEngine, transactions: SqlTransactions, generator: Generator, vocabularies: Vocabularies, count: int
) -> None:
    """Posting and indexing through the use cases, one job at a time, with the embedder in this process. The jobs go again."""
    skills, embed = taxonomy.skills(), Embedders(keep=False)
    post = PostJob(transactions, skills, lambda: datetime.now(UTC), lambda: str(uuid7()))
    index = IndexJob(transactions, Vectors(transactions, embed), vocabularies, skills, lambda: datetime.now(UTC))
    await Vectors(transactions, embed).of_job(next(generator.jobs(1)).draft, tenant=TENANT)
    posting = indexing = 0.0
    for made in generator.jobs(INGESTED, seed=11):
        before = time.perf_counter()
        job = await post(made.draft, Poster("0", TENANT), request_id="")
        middle = time.perf_counter()
        await index(event_id=str(uuid7()), job_id=job.id)
        posting, indexing = posting + middle - before, indexing + time.perf_counter() - middle
    async with engine.begin() as connection:
        await connection.execute(sa.delete(jobs).where(jobs.c.description != ""))
    print(
        f"ingest, one job at a time: {INGESTED / posting:.0f} jobs/s posted, "
        f"{INGESTED / indexing:.0f} jobs/s indexed, embedding included"
    )


if __name__ == "__main__":
    main()
