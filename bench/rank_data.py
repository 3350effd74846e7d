"""What bench/rank.py runs on: a Postgres for each number of jobs, filled with generated ones; real embeddings, kept from run to run."""

import asyncio
import hashlib
import pickle
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import asyncpg
import numpy as np
import sqlalchemy as sa
from alembic import command
from embedders import MINILM, MULTILINGUAL, Embed, Matrix, minilm, multilingual
from generated_jobs import PROFESSIONS, Generator, Made
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils import uuid7

import taxonomy
from localmesh.components import Command
from localmesh.ports import is_free
from localmesh.postgres import SUPERUSER, Cluster, account_for
from matching_service.adapters.job_index import SqlJobIndex
from matching_service.adapters.store import SqlTransactions
from matching_service.adapters.tables import jobs
from matching_service.domain.chunks import job_chunks
from matching_service.domain.features import JobVectors
from matching_service.domain.model import Embedding
from matching_service.domain.posting import JobPosting, completed_from
from matching_service.domain.requirements import Requirements, read_requirements
from matching_service.usecases.ranking import Vocabularies, indexed_job
from matching_service.usecases.vectors import in_title_space
from meshkit.migration.run import alembic_config
from taxonomy.titles import drawn_to, normal_title
from taxonomy.vectors import unit

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "build/bench-rank"
PASSWORD = "bench"  # noqa: S105  # of a database on this machine
SECRET = SecretStr("bench")
TENANT = "bench"
BATCH = 1000
TITLES_KEPT = 4000
# What a Postgres of this size is given.
OPTIONS = {
    "shared_buffers": "1GB",
    "maintenance_work_mem": "1GB",
    "max_parallel_maintenance_workers": "2",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "dynamic_shared_memory_type": "posix",
}

Read = tuple[Made, Requirements, Sequence[str]]


# ---------------------------------------------------------------- a Postgres that stays


@contextmanager
def postgres(count: int, options: dict[str, str]) -> Iterator[tuple[str, Path]]:
    """One cluster for each size; tells the file that stands there once it is filled."""
    folder = CACHE / f"cluster-{count}-{sources_digest(STORED)}"
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    done = folder / "filled"
    port = next(port for port in range(25_000, 32_000) if is_free(port))
    cluster = Cluster(folder / "cluster", port, PASSWORD, account_for(folder))
    if not done.exists():
        subprocess.run(["rm", "-rf", str(folder / "cluster")], check=True)
    asyncio.run(cluster.initialise(run))
    given = [word for name, value in (OPTIONS | options).items() for word in ("-c", f"{name}={value}")]
    program = cluster.server()
    server = subprocess.Popen(
        [*program.arguments, *given], **identity(program), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        wait(cluster)
        asyncio.run(cluster.provision({"matching": PASSWORD}))
        url = cluster.url("matching", PASSWORD)
        command.upgrade(alembic_config("matching_service", url), "head")
        yield url, done
    finally:
        server.send_signal(signal.SIGINT)  # fast: does not wait for clients to leave
        server.wait(120)


async def warm(url: str) -> None:
    """As a server that has run for a while: the index lies in memory."""
    connection = await asyncpg.connect(
        sa.make_url(url).set(drivername="postgresql", username=SUPERUSER).render_as_string(hide_password=False)
    )
    await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
    relations = "'job_features', 'job_index', 'job_features_pkey', 'job_index_pkey', 'ix_job_features_vector'"
    await connection.execute(f"SELECT pg_prewarm('matching.' || name) FROM unnest(ARRAY[{relations}]) AS name")  # noqa: S608
    await connection.close()


async def run(program: Command) -> None:
    await asyncio.to_thread(
        lambda: subprocess.run(program.arguments, **identity(program), check=True, stdout=subprocess.DEVNULL)
    )


def identity(program: Command) -> dict[str, Any]:
    if program.user is None:
        return {}
    return {"user": program.user, "group": program.group, "extra_groups": [], "cwd": "/"}


def wait(cluster: Cluster) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            return asyncio.run(cluster.probe())
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


# ---------------------------------------------------------------- what is kept is kept for these sources

_MATCHING = ROOT / "services/matching/src/matching_service"
# Of which jobs are made, and read.
TEXTS = [
    Path(__file__).with_name("generated_jobs.py"),
    PROFESSIONS,
    *(
        _MATCHING / f"domain/{name}.py"
        for name in (
            "alternatives", "chunks", "cues", "degrees", "experience", "passages", "posting", "requirements", "salary", "terms",
        )
    ),
]  # fmt: skip
# And of which rows are made of them.
STORED = [
    *TEXTS,
    *(_MATCHING / f"domain/{name}.py" for name in ("features", "nearness", "rarity", "scoring", "calibration")),
    _MATCHING / "usecases/vectors.py",
    _MATCHING / "migrations/0005_matches.py",
]


def sources_digest(paths: Sequence[Path]) -> str:
    return hashlib.blake2b(b"".join(path.read_bytes() for path in paths), digest_size=4).hexdigest()


# ---------------------------------------------------------------- texts to vectors, once each


class Remembered:
    """An embedder that knows the texts of earlier runs."""

    def __init__(self, name: str, *, keep: bool = True) -> None:
        self._name = name
        path = self._path = CACHE / f"embeddings-{name}.pkl" if keep else None
        self._known: dict[str, np.ndarray] = {}
        if path and path.exists():
            self._known = pickle.loads(path.read_bytes())  # noqa: S301  # our own
        self._saved = len(self._known)

    def __call__(self, texts: Sequence[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, own_embedder(self._name)(new).astype(np.float16), strict=True))
        return np.stack([self._known[text] for text in texts]).astype(np.float32)

    def prepare(self, texts: Iterable[str]) -> None:
        """Embeds many that are new with all cores."""
        new = sorted({text for text in texts if text not in self._known}, key=len)
        if len(new) <= BATCH:
            if new:
                self(new)
            return
        started = time.monotonic()
        with ProcessPoolExecutor() as pool:
            for done, rows in zip(cut(new, 256), pool.map(partial(embed_some, self._name), cut(new, 256)), strict=True):
                self._known.update(zip(done, rows, strict=True))
        print(f"embedded {len(new)} distinct texts in {time.monotonic() - started:.0f} s", flush=True)
        self.save()

    def save(self) -> None:
        if self._path and len(self._known) > self._saved:
            self._path.write_bytes(pickle.dumps(self._known))
            self._saved = len(self._known)


@cache
def own_embedder(name: str) -> Embed:
    return {MINILM: minilm, MULTILINGUAL: multilingual}[name]()


def embed_some(name: str, texts: Sequence[str]) -> Matrix:
    return own_embedder(name)(texts).astype(np.float16)


class Embedders:
    """As inference serves them in the mesh."""

    def __init__(self, *, keep: bool = True) -> None:
        self.texts, self.titles = Remembered(MINILM, keep=keep), Remembered(MULTILINGUAL, keep=keep)

    async def embed(self, texts: Sequence[str], *, tenant: str) -> Sequence[Embedding]:
        return [Embedding(MINILM, tuple(row)) for row in self.texts(texts).tolist()]

    async def embed_titles(self, titles: Sequence[str], *, tenant: str) -> Sequence[Embedding]:
        return [Embedding(MULTILINGUAL, tuple(row)) for row in self.titles(titles).tolist()]

    def save(self) -> None:
        self.texts.save()
        self.titles.save()


def cut(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


# ---------------------------------------------------------------- filling


def read(made: Sequence[Made]) -> list[Read]:
    index = taxonomy.skills()
    return [(one, read_requirements(one.draft.text, index), job_chunks(one.draft.description)) for one in made]


def read_jobs(generator: Generator, count: int) -> Iterator[Sequence[Read]]:
    """Jobs in batches, each text read once."""
    folder = CACHE / f"read-{sources_digest(TEXTS)}"
    folder.mkdir(parents=True, exist_ok=True)
    batches: list[list[Made]] = []
    with ProcessPoolExecutor() as pool:
        for number, made in enumerate(batched(generator.jobs(count), BATCH)):
            batches.append(made)
            # Some are read at once, and not so many that they fill the memory.
            if len(batches) == 64:
                yield from read_kept(pool, folder, number + 1 - len(batches), batches)
                batches = []
        yield from read_kept(pool, folder, -(-count // BATCH) - len(batches), batches)


def read_kept(
    pool: ProcessPoolExecutor, folder: Path, first: int, batches: Sequence[Sequence[Made]]
) -> Iterator[Sequence[Read]]:
    files = [folder / f"{number:06}-{len(made)}.pkl" for number, made in enumerate(batches, first)]
    fresh = pool.map(read, [made for file, made in zip(files, batches, strict=True) if not file.exists()])
    for file in files:
        if file.exists():
            yield pickle.loads(file.read_bytes())  # noqa: S301  # our own
        else:
            found = next(fresh)
            file.write_bytes(pickle.dumps(found))
            yield found


def batched(items: Iterator[Made], size: int) -> Iterator[list[Made]]:
    some: list[Made] = []
    for item in items:
        some.append(item)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


async def fill_once(engine: AsyncEngine, done: Path, generator: Generator, count: int, embed: Embedders) -> None:
    if not await asyncio.to_thread(done.exists):
        await fill(engine, generator, count, embed)
        await asyncio.to_thread(done.touch)


async def fill(engine: AsyncEngine, generator: Generator, count: int, embed: Embedders) -> None:
    started = time.monotonic()
    async with engine.begin() as connection:
        await connection.execute(sa.text("DROP INDEX ix_job_features_vector"))
        await connection.execute(sa.text("DROP INDEX ix_job_index_terms"))
    transactions, vocabularies = SqlTransactions(engine, SECRET), Vocabularies()
    drawn = await titles_of(generator, transactions, embed.titles)
    writing = 0.0
    for found in read_jobs(generator, count):
        embed.texts.prepare(chunk for _, _, chunks in found for chunk in chunks)
        before = time.monotonic()
        await put(engine, transactions, vocabularies, found, embed.texts, drawn)
        writing += time.monotonic() - before
    embed.save()
    before = time.monotonic()
    await build_indexes(engine)
    async with transactions() as tx:
        await tx.job_index.count_skills()
    print(
        f"filled with {count} jobs in {time.monotonic() - started:.0f} s: {writing:.0f} s of it rows, "
        f"{time.monotonic() - before:.0f} s the indexes",
        flush=True,
    )


async def titles_of(generator: Generator, transactions: SqlTransactions, embed: Remembered) -> dict[str, Matrix]:
    """All titles that jobs may have, drawn to each other."""
    titles = sorted({normal_title(title) for title in generator.titles()})
    embed.prepare(titles)
    plain = in_title_space(MULTILINGUAL, embed(titles))
    drawn = dict(zip(titles, np.vstack([drawn_to(rows, plain) for rows in cut(plain, 512)]), strict=True))
    async with transactions() as tx:
        for title, row in list(zip(titles, plain, strict=True))[:: max(1, len(titles) // TITLES_KEPT)]:
            await tx.titles.add(MULTILINGUAL, title, row, drawn[title])
    return drawn


async def build_indexes(engine: AsyncEngine) -> None:
    # Without the time limit that services' connections have.
    connection = await asyncpg.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
    for statement in (
        "CREATE INDEX ix_job_features_vector ON job_features USING hnsw (vector public.halfvec_ip_ops)",
        "CREATE INDEX ix_job_index_terms ON job_index USING gin (terms)",
        "VACUUM ANALYZE",
    ):
        await connection.execute(statement)
    await connection.close()


async def put(
    engine: AsyncEngine, transactions: SqlTransactions, vocabularies: Vocabularies, found: Sequence[Read],
    embed: Remembered, drawn: dict[str, Matrix],
) -> None:  # fmt: skip
    now = datetime.now(UTC)
    async with transactions() as tx:
        skills = {asked.skill.id: asked.skill.name for _, requirements, _ in found for asked in requirements.skills}
        keys = await tx.job_index.keys_for(skills)
        vocabulary = await vocabularies(tx, list(keys.values()))
    indexed, rows = [], []
    for made, requirements, chunks in found:
        complete = completed_from(made.draft, requirements)
        job = JobPosting(str(uuid7()), str(made.profession), TENANT, made.draft, complete, now, now)
        vectors = JobVectors(drawn[normal_title(made.draft.title)], unit(embed(chunks)), MULTILINGUAL)
        indexed.append(indexed_job(job, requirements, vectors, vocabulary, now))
        rows.append(bare_row(job))
    async with engine.begin() as connection:
        # Only what the index refers to: what searches need of the texts is no part of this.
        await connection.execute(jobs.insert(), rows)
        await SqlJobIndex(connection).put_all(indexed)


def bare_row(job: JobPosting) -> dict[str, Any]:
    empty = dict.fromkeys(("company", "description", "location", "currency", "words", "industry"), "")
    times = {"created_at": job.created_at, "updated_at": job.updated_at}
    whose = {"id": job.id, "owner_id": job.owner_id, "tenant": job.tenant, "title": job.complete.title}
    return whose | times | empty | {"said": {}, "closed": False}
