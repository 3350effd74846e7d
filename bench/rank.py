"""How fast and how well jobs are found for a person, among many: the product's own store and use cases on a real Postgres.

    bench/rank.py N [--people 210]

Jobs and people are generated (generated_jobs.py), their embeddings are real, each distinct text embedded once and kept in build/bench-rank.
The exact ranking, which recall is measured against, judges every job that the preferences let through, by the same scorer.
"""

import argparse
import asyncio
import pickle
import signal
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from alembic import command
from embedders import MINILM, Embed, Matrix, minilm
from generated_jobs import Generator, Made
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils import uuid7

import taxonomy
from localmesh.components import Command
from localmesh.ports import is_free
from localmesh.postgres import Cluster, account_for
from matching_service.adapters.job_index import SqlJobIndex
from matching_service.adapters.store import SqlTransactions
from matching_service.adapters.tables import job_index, jobs
from matching_service.domain.chunks import job_chunks
from matching_service.domain.features import JobVectors, Records, ids_of
from matching_service.domain.matches import Person, Verdict
from matching_service.domain.model import Embedding
from matching_service.domain.posting import JobPosting, completed_from
from matching_service.domain.preferences import JobTerms, Preferences, lets_through
from matching_service.domain.requirements import Requirements, read_requirements
from matching_service.usecases.jobs import Poster, PostJob
from matching_service.usecases.ranking import IndexJob, RankJobs, Vocabularies, indexed_job, person_of
from matching_service.usecases.vectors import Vectors, in_title_space
from meshkit.database import open_database
from meshkit.migration.run import alembic_config
from taxonomy.titles import drawn_to, normal_title
from taxonomy.vectors import unit

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "build/bench-rank"
PASSWORD = "bench"
SECRET = SecretStr("bench")
TENANT = "bench"
TOP = 100
BATCH = 1000
INGESTED = 200
# What a Postgres of this size is given. README of matching says which of them matter.
OPTIONS = {
    "shared_buffers": "1GB",
    "maintenance_work_mem": "1GB",
    "max_parallel_maintenance_workers": "2",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "dynamic_shared_memory_type": "posix",
}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("count", type=int)
    options.add_argument("--people", type=int, default=210)
    asked = options.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    with postgres(asked.count) as (url, done):
        asyncio.run(bench(url, asked.count, asked.people, done))


# ---------------------------------------------------------------- a Postgres that stays


@contextmanager
def postgres(count: int) -> Iterator[tuple[str, Path]]:
    """One cluster for each size; tells the file that stands there once it is filled."""
    folder = CACHE / f"cluster-{count}"
    folder.mkdir(mode=0o711, exist_ok=True)
    done = folder / "filled"
    cluster = Cluster(
        folder / "cluster", next(port for port in range(25_000, 32_000) if is_free(port)), PASSWORD, account_for(folder)
    )
    new = not done.exists()
    if new:
        subprocess.run(["rm", "-rf", str(folder / "cluster")], check=True)
    asyncio.run(cluster.initialise(run))
    given = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
    program = cluster.server()
    server = subprocess.Popen(
        [*program.arguments, *given], **identity(program), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        wait(lambda: asyncio.run(cluster.probe()))
        asyncio.run(cluster.provision({"matching": PASSWORD}))
        url = cluster.url("matching", PASSWORD)
        command.upgrade(alembic_config("matching_service", url), "head")
        yield url, done
    finally:
        server.send_signal(signal.SIGINT)  # fast: does not wait for clients to leave
        server.wait(60)


async def run(program: Command) -> None:
    await asyncio.to_thread(
        lambda: subprocess.run(program.arguments, **identity(program), check=True, stdout=subprocess.DEVNULL)
    )


def identity(program: Command) -> dict[str, Any]:
    if program.user is None:
        return {}
    return {"user": program.user, "group": program.group, "extra_groups": [], "cwd": "/"}


def wait(probe: Any) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            return probe()
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


# ---------------------------------------------------------------- texts to vectors, once each


class Remembered:
    """An embedder that knows the texts of earlier runs."""

    def __init__(self) -> None:
        self._path = CACHE / "embeddings.pkl"
        self.known: dict[str, np.ndarray] = pickle.loads(self._path.read_bytes()) if self._path.exists() else {}
        self._own: Embed | None = None

    def __call__(self, texts: Sequence[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        if new:
            self._own = self._own or minilm()
            self.known.update(zip(new, self._own(new).astype(np.float16), strict=True))
        return np.stack([self.known[text] for text in texts]).astype(np.float32)

    def prepare(self, texts: Iterable[str]) -> None:
        new = sorted({text for text in texts if text not in self.known}, key=len)
        if len(new) > BATCH:
            started = time.monotonic()
            with ProcessPoolExecutor(2) as pool:
                for done, rows in zip(cut(new, 256), pool.map(embed_some, cut(new, 256)), strict=True):
                    self.known.update(zip(done, rows, strict=True))
            print(f"embedded {len(new)} distinct texts in {time.monotonic() - started:.0f} s", flush=True)
            self._path.write_bytes(pickle.dumps(self.known))

    async def embed(self, texts: Sequence[str], *, tenant: str) -> Sequence[Embedding]:
        """As the port of the product."""
        return [Embedding(MINILM, tuple(row)) for row in self(texts).tolist()]


@cache
def own_embedder() -> Embed:
    return minilm()


def embed_some(texts: Sequence[str]) -> Matrix:
    return own_embedder()(texts).astype(np.float16)


def cut(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


# ---------------------------------------------------------------- filling


def read(made: Sequence[Made]) -> list[tuple[Requirements, Sequence[str]]]:
    index = taxonomy.skills()
    return [(read_requirements(one.draft.text, index), job_chunks(one.draft.description)) for one in made]


async def fill(engine: AsyncEngine, generator: Generator, count: int, embed: Remembered) -> None:
    started = time.monotonic()
    async with engine.begin() as connection:
        await connection.execute(sa.text("DROP INDEX ix_job_features_vector"))
        await connection.execute(sa.text("DROP INDEX ix_job_index_terms"))
    many = list(generator.jobs(count))
    titles = sorted({normal_title(one.draft.title) for one in many})
    embed.prepare(titles)
    plain = in_title_space(MINILM, titles, embed(titles))
    drawn = dict(zip(titles, np.vstack([drawn_to(rows, plain) for rows in cut(plain, 512)]), strict=True))
    transactions, vocabularies = SqlTransactions(engine, SECRET), Vocabularies()
    async with transactions() as tx:
        for title, row in zip(titles[:4000], plain, strict=False):
            await tx.titles.add(MINILM, title, row, drawn[title])
    reading = writing = 0.0
    with ProcessPoolExecutor(2) as pool:
        batches = cut(many, BATCH)
        before = time.monotonic()
        for batch, found in zip(batches, pool.map(read, batches), strict=True):
            reading += time.monotonic() - before
            embed.prepare(chunk for _, chunks in found for chunk in chunks)
            before = time.monotonic()
            await put(engine, transactions, vocabularies, batch, found, embed, drawn)
            writing += time.monotonic() - before
            before = time.monotonic()
    embed._path.write_bytes(pickle.dumps(embed.known))
    print(
        f"filled in {time.monotonic() - started:.0f} s: waited {reading:.0f} s for texts to be read, {writing:.0f} s for rows",
        flush=True,
    )
    before = time.monotonic()
    await build_indexes(str(engine.url.render_as_string(hide_password=False)))
    print(f"indexes built in {time.monotonic() - before:.0f} s", flush=True)
    async with transactions() as tx:
        await tx.job_index.count_skills()


async def build_indexes(url: str) -> None:
    import asyncpg

    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute("SET max_parallel_maintenance_workers = 2")
    await connection.execute(
        "CREATE INDEX ix_job_features_vector ON job_features USING hnsw (vector public.halfvec_ip_ops)"
    )
    await connection.execute("CREATE INDEX ix_job_index_terms ON job_index USING gin (terms)")
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def put(
    engine: AsyncEngine, transactions: SqlTransactions, vocabularies: Vocabularies, batch: Sequence[Made],
    found: Sequence[tuple[Requirements, Sequence[str]]], embed: Remembered, drawn: dict[str, Matrix],
) -> None:  # fmt: skip
    now = datetime.now(UTC)
    async with transactions() as tx:
        skills = {asked.skill.id: asked.skill.name for requirements, _ in found for asked in requirements.skills}
        keys = await tx.job_index.keys_for(skills)
        vocabulary = await vocabularies(tx, list(keys.values()))
    indexed, rows = [], []
    for made, (requirements, chunks) in zip(batch, found, strict=True):
        complete = completed_from(made.draft, requirements)
        job = JobPosting(str(uuid7()), str(made.profession), TENANT, made.draft, complete, now, now)
        vectors = JobVectors(drawn[normal_title(made.draft.title)], unit(embed(chunks)))
        indexed.append(indexed_job(job, requirements, vectors, vocabulary, now))
        rows.append(bare_row(job))
    async with engine.begin() as connection:
        # Only what the index refers to: what searches need of the texts is no part of this.
        await connection.execute(jobs.insert(), rows)
        await SqlJobIndex(connection).put_all(indexed)


def bare_row(job: JobPosting) -> dict[str, Any]:
    return {
        "id": job.id, "owner_id": job.owner_id, "tenant": job.tenant, "title": job.complete.title, "company": "", "said": {}, "description": "",
        "location": "", "currency": "", "closed": False, "created_at": job.created_at, "updated_at": job.updated_at, "words": "", "industry": "",
    }  # fmt: skip


# ---------------------------------------------------------------- measuring


async def bench(url: str, count: int, people: int, done: Path) -> None:
    embed = Remembered()
    generator = Generator(embed)
    engine = open_database(url, pool_size=4)
    if not done.exists():
        await fill(engine, generator, count, embed)
        done.touch()
    transactions, vocabularies = SqlTransactions(engine, SECRET), Vocabularies()
    vectors = Vectors(transactions, embed)
    kinds: list[tuple[str, str, int]] = []
    for number in range(people):
        profile, profession = generator.person(number)
        kind, wanted = generator.preferences(number)
        embedded = await vectors.of_person(profile, tenant=TENANT)
        owner = f"person {number}"
        person = person_of(owner, TENANT, str(UUID(int=number)), profile, embedded, taxonomy.skills())
        async with transactions() as tx:
            await tx.people.put(person, np.eye(1, 512, dtype=np.float32)[0], visible=False, now=datetime.now(UTC))
            await tx.preferences.put(owner, TENANT, wanted, datetime.now(UTC))
        kinds.append((owner, kind, profession))
    rank = RankJobs(transactions, vocabularies, lambda: datetime.now(UTC))
    for owner, _, _ in kinds[:20]:  # warm
        await rank(owner)
    async with transactions() as tx:
        stored = await everything(engine)
        vocabulary = await vocabularies(tx)
    seconds: dict[str, list[float]] = {}
    recalls: dict[str, list[float]] = {}
    own: Counter[int] = Counter()
    shown: Counter[int] = Counter()
    for owner, kind, profession in kinds:
        before = time.perf_counter()
        ranking = await rank(owner)
        seconds.setdefault(kind, []).append(time.perf_counter() - before)
        assert ranking is not None
        async with transactions() as tx:
            wanted = await tx.preferences.find(owner)
        recalls.setdefault(kind, []).append(
            stored.recall(ranking.person, ids_of(ranking.jobs.jobs[:TOP]), wanted, vocabulary)
        )
        for job_id, score in zip(ids_of(ranking.jobs.jobs), ranking.jobs.scores.tolist(), strict=True):
            decile = min(int(score // 10), 9)
            shown[decile] += 1
            own[decile] += stored.professions[job_id] == profession
    print(f"\n{count} jobs, {people} people, one at a time, {MINILM}\n")
    print(f"{'preferences':34} {'p50 ms':>7} {'p95 ms':>7} {'max ms':>7} {'recall@100':>11} {'worst':>6} {'pass':>8}")
    for kind in seconds:
        line(
            kind,
            seconds[kind],
            recalls[kind],
            statistics.mean(stored.passing[kind_people] for kind_people in [kind]) if kind in stored.passing else 0,
        )
    line(
        "all", [one for some in seconds.values() for one in some], [one for some in recalls.values() for one in some], 0
    )
    print("\nscore   shown   of the person's own profession")
    for decile in sorted(shown, reverse=True):
        print(f"{decile * 10:3}-{decile * 10 + 9:3} {shown[decile]:6}   {own[decile] / shown[decile]:.2f}")
    await feedback(transactions, rank, kinds, stored)
    await ingest(transactions, generator, vectors, vocabularies, count)
    await engine.dispose()


def line(name: str, seconds: Sequence[float], recalls: Sequence[float], passing: float) -> None:
    ordered = sorted(1000 * one for one in seconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    print(
        f"{name:34} {statistics.median(ordered):7.1f} {p95:7.1f} {ordered[-1]:7.1f} {statistics.mean(recalls):11.3f} {min(recalls):6.2f}",
        flush=True,
    )


class Stored:
    """Everything in the index, to be judged one by one."""

    def __init__(self, ids: list[str], records: Records, terms: list[JobTerms], professions: dict[str, int]) -> None:
        self.ids, self.records, self.terms, self.professions = ids, records, terms, professions
        self.passing: dict[str, float] = {}

    def recall(self, person: Person, found: Sequence[str], wanted: Preferences, vocabulary: Any) -> float:
        """Share of the exact best hundred; ones of equal score are as good."""
        let_through = np.array([lets_through(wanted, terms) for terms in self.terms])
        rows = np.flatnonzero(let_through)
        from matching_service.domain.ranking import judge

        scores = np.concatenate(
            [
                judge(person.features, self.records[some], vocabulary).scores
                for some in np.array_split(rows, 1 + len(rows) // 20_000)
            ]
        )
        top = min(TOP, len(rows))
        if not top:
            return 1.0
        least = np.partition(scores, -top)[-top]
        good = {self.ids[row] for row, score in zip(rows, scores, strict=True) if score >= least - 0.005}
        return min(1.0, len(good & set(found[:TOP])) / top)


async def everything(engine: AsyncEngine) -> Stored:
    async with engine.connect() as connection:
        index = SqlJobIndex(connection)
        rows = (
            await connection.execute(
                sa.select(job_index, jobs.c.owner_id, jobs.c.pay_minimum)
                .join(jobs)
                .order_by(job_index.c.job_id)
                .options()
            )
        ).all()
        from matching_service.adapters.job_index import _terms

        ids = [str(row.job_id) for row in rows]
        parts = [await index.records(some) for some in cut(ids, 10_000)]
    records = np.concatenate(parts)
    place = {job_id: row for row, job_id in enumerate(ids_of(records))}
    return Stored(
        ids,
        records[[place[job_id] for job_id in ids]],
        [_terms(row) for row in rows],
        {str(row.job_id): int(row.owner_id) for row in rows},
    )


async def feedback(
    transactions: SqlTransactions, rank: RankJobs, kinds: Sequence[tuple[str, str, int]], stored: Stored
) -> None:
    """Two thumbs up for one kind of title: where the others of that title go."""
    moved = []
    async with transactions() as tx:
        titles = {
            str(row.id): normal_title(row.title)
            for row in await tx.jobs._connection.execute(sa.select(jobs.c.id, jobs.c.title))
        }
    for owner, kind, _ in kinds:
        if kind != "none" or len(moved) == 20:
            continue
        before = ids_of((await rank(owner)).jobs.jobs)
        common = [title for title, many in Counter(titles[job_id] for job_id in before[20:]).most_common() if many >= 5]
        if not common:
            continue
        alike = [job_id for job_id in before if titles[job_id] == common[0]]
        async with transactions() as tx:
            for job_id in alike[:2]:
                await tx.marks.set_verdict(owner, job_id, Verdict.UP, datetime.now(UTC))
        after = {job_id: place for place, job_id in enumerate(ids_of((await rank(owner)).jobs.jobs))}
        others = alike[2:]
        moved.append(
            (statistics.mean(map(before.index, others)), statistics.mean(after.get(job_id, 200) for job_id in others))
        )
        async with transactions() as tx:
            for job_id in alike[:2]:
                await tx.marks.set_verdict(owner, job_id, None, datetime.now(UTC))
    if moved:
        first, second = (statistics.mean(column) for column in zip(*moved, strict=True))
        print(
            f"\nfeedback: after two thumbs up, other jobs of that title went from place {first:.0f} to {second:.0f} of 200, over {len(moved)} people"
        )


async def ingest(
    transactions: SqlTransactions, generator: Generator, vectors: Vectors, vocabularies: Vocabularies, count: int
) -> None:
    """Posting and indexing through the use cases, one job at a time, with the embedder in this process."""
    skills = taxonomy.skills()
    fresh = Remembered()
    fresh.known = {}
    clock = lambda: datetime.now(UTC)  # noqa: E731
    post = PostJob(transactions, skills, clock, lambda: str(uuid7()))
    index = IndexJob(transactions, Vectors(transactions, fresh), vocabularies, skills, clock)
    made = [one.draft for one in Generator(vectors._embedder, seed=11).jobs(INGESTED)]
    fresh(["warm"])
    posting = indexing = 0.0
    for draft in made:
        before = time.perf_counter()
        job = await post(draft, Poster("0", TENANT), request_id="")
        middle = time.perf_counter()
        await index(event_id=str(uuid7()), job_id=job.id)
        posting, indexing = posting + middle - before, indexing + time.perf_counter() - middle
    print(
        f"ingest, among {count}: {len(made) / posting:.0f} jobs/s posted, {len(made) / indexing:.0f} jobs/s indexed (embedding included), one at a time"
    )
    async with transactions() as tx:
        await tx.jobs._connection.execute(sa.delete(jobs).where(jobs.c.description != ""))


if __name__ == "__main__":
    main()
