"""Jobs, in Postgres: full text, trigrams and vectors."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCONFIG, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from matching_service.adapters.tables import job_index, jobs, skill_keys
from matching_service.convert.postings import draft_from_json, draft_to_json
from matching_service.domain.model import Embedding
from matching_service.domain.places import bare
from matching_service.domain.posting import Draft, JobPosting, Pay
from matching_service.domain.search import LEAST_NEARNESS, JobFilter, JobQuery
from matching_service.domain.terms import Employment, Seniority, Workplace

# Below this likeness a word is another word, not a misspelt one (pg_trgm's word similarity, 0 to 1).
LEAST_LIKENESS = 0.45
# Of a word to the name of a skill (pg_trgm's similarity): `pyton` to Python has 0.44, `terrafrom` to Terraform 0.43.
LEAST_LIKENESS_OF_SKILLS = 0.4
# With stems of English, and without for all other languages.
_CONFIGURATIONS = ("english", "simple")
# Of the index's walk. More finds more of the true neighbours, also behind filters, and takes longer.
_EF_SEARCH = 200
OPEN = (~jobs.c.closed, sa.or_(jobs.c.expires_at.is_(None), jobs.c.expires_at > sa.func.now()))


class SqlJobStore:
    """The real `JobStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, job: JobPosting, *, request_id: str) -> bool:
        """See the port."""
        values = {**_values(job), "id": job.id, "request_id": request_id or None}
        statement = insert(jobs).values(values).on_conflict_do_nothing(index_elements=["owner_id", "request_id"])
        return (await self._connection.execute(statement.returning(jobs.c.id))).first() is not None

    async def find_request(self, request_id: str, *, owner_id: str) -> JobPosting | None:
        """See the port."""
        query = sa.select(jobs).where(jobs.c.request_id == request_id, jobs.c.owner_id == owner_id)
        row = (await self._connection.execute(query)).first()
        return job_of(row) if row is not None else None

    async def find(self, job_id: str, *, for_change: bool = False) -> JobPosting | None:
        """See the port."""
        query = sa.select(jobs).where(jobs.c.id == job_id)
        row = (await self._connection.execute(query.with_for_update() if for_change else query)).first()
        return job_of(row) if row is not None else None

    async def find_all(self, ids: Sequence[str]) -> Sequence[JobPosting]:
        """See the port."""
        rows = await self._connection.execute(sa.select(jobs).where(jobs.c.id.in_(ids)))
        found = {job.id: job for job in map(job_of, rows)}
        return [found[job_id] for job_id in ids if job_id in found]

    async def save(self, job: JobPosting) -> None:
        """See the port."""
        await self._connection.execute(jobs.update().where(jobs.c.id == job.id).values(_values(job)))

    async def page(self, *, owner_id: str | None, after: str | None, limit: int) -> Sequence[JobPosting]:
        """See the port."""
        query = sa.select(jobs).order_by(jobs.c.id.desc()).limit(limit)
        query = query.where(*OPEN) if owner_id is None else query.where(jobs.c.owner_id == owner_id)
        if after is not None:
            query = query.where(jobs.c.id < after)
        return [job_of(row) for row in await self._connection.execute(query)]

    async def newest(self, wanted: JobFilter, *, depth: int) -> Sequence[str]:
        """See the port."""
        query = sa.select(jobs.c.id).where(*OPEN, *job_conditions(wanted)).order_by(jobs.c.id.desc()).limit(depth)
        return [str(row.id) for row in await self._connection.execute(query)]

    async def rankings(
        self, query: JobQuery, vector: Embedding | None, wanted: JobFilter, *, depth: int
    ) -> Sequence[Sequence[str]]:
        """See the port."""
        asked = _either(sa.func.websearch_to_tsquery, query.written)
        without = [~jobs.c.words.bool_op("@@")(_either(sa.func.phraseto_tsquery, words)) for words in query.excluded]
        rankings = [
            await self._best(
                wanted,
                sa.func.ts_rank_cd(jobs.c.words, asked),
                jobs.c.words.bool_op("@@")(asked),
                *without,
                depth=depth,
            )
        ]
        if query.long_words:
            spelling = sa.func.word_similarity(query.wanted, jobs.c.title + " " + jobs.c.company)
            rankings.append(await self._best(wanted, spelling, spelling >= LEAST_LIKENESS, *without, depth=depth))
        if keys := await self._skill_keys(query):
            has = sa.func.to_tsquery(sa.cast("simple", REGCONFIG), " | ".join(f"s{key}" for key in keys))
            terms = sa.select(job_index.c.terms).where(job_index.c.job_id == jobs.c.id).scalar_subquery()
            among = jobs.c.id.in_(sa.select(job_index.c.job_id).where(job_index.c.terms.bool_op("@@")(has)))
            rankings.append(await self._best(wanted, sa.func.ts_rank(terms, has), among, *without, depth=depth))
        if vector is not None:
            rankings.append(await self._near(vector, wanted, without, depth=depth))
        return rankings

    async def _skill_keys(self, query: JobQuery) -> Sequence[int]:
        """Of skills that the query names, and of those most like its words that no job has."""
        named = sa.select(skill_keys.c.key).where(skill_keys.c.skill_id.in_(query.skill_ids))
        found = {row.key for row in await self._connection.execute(named)}
        for word in query.long_words:
            likeness = sa.func.similarity(sa.func.lower(skill_keys.c.name), word)
            known = sa.exists().where(jobs.c.words.bool_op("@@")(_either(sa.func.plainto_tsquery, word)))
            nearest = sa.select(skill_keys.c.key).where(likeness >= LEAST_LIKENESS_OF_SKILLS, ~known)
            key = await self._connection.scalar(nearest.order_by(likeness.desc(), skill_keys.c.key).limit(1))
            found |= {key} if key is not None else set()
        return sorted(found)

    async def _near(
        self, vector: Embedding, wanted: JobFilter, conditions: Sequence[sa.ColumnElement[bool]], *, depth: int
    ) -> Sequence[str]:
        await self._connection.execute(sa.text(f"SET LOCAL hnsw.ef_search = {_EF_SEARCH}"))
        await self._connection.execute(sa.text("SET LOCAL hnsw.iterative_scan = strict_order"))
        distance = jobs.c.embedding.max_inner_product(list(vector.vector))
        query = sa.select(jobs.c.id, distance.label("distance")).where(*OPEN, *job_conditions(wanted), *conditions)
        rows = await self._connection.execute(
            query.where(jobs.c.embedding_model == vector.model).order_by(distance).limit(depth)
        )
        # Asked of the rows: as a condition it would keep the walk going to the end of the index.
        return [str(row.id) for row in rows if -row.distance >= LEAST_NEARNESS]

    async def set_embedding(self, job_id: str, embedding: Embedding, *, of: datetime) -> None:
        """See the port."""
        values = {"embedding": list(embedding.vector), "embedding_model": embedding.model}
        await self._connection.execute(jobs.update().where(jobs.c.id == job_id, jobs.c.updated_at == of).values(values))

    async def _best(
        self, wanted: JobFilter, rank: sa.ColumnElement[Any], *conditions: sa.ColumnElement[bool], depth: int
    ) -> Sequence[str]:
        """Of equals the newest first: pages of a search must not shuffle them."""
        query = sa.select(jobs.c.id).where(*OPEN, *job_conditions(wanted), *conditions)
        rows = await self._connection.execute(query.order_by(rank.desc(), jobs.c.id.desc()).limit(depth))
        return [str(row.id) for row in rows]


def _either(function: Callable[..., sa.ColumnElement[Any]], text: str) -> sa.ColumnElement[Any]:
    """A query in both configurations."""
    english, simple = (function(sa.cast(configuration, REGCONFIG), text) for configuration in _CONFIGURATIONS)
    either: sa.ColumnElement[Any] = english.op("||")(simple)
    return either


def job_conditions(wanted: JobFilter) -> list[sa.ColumnElement[bool]]:
    """What a filter asks of rows of jobs."""
    exact = (
        (jobs.c.workplace, wanted.workplace),
        (jobs.c.employment, wanted.employment),
        (jobs.c.seniority, wanted.seniority),
    )
    conditions: list[sa.ColumnElement[bool]] = [column == value.value for column, value in exact if value is not None]
    if wanted.location:
        conditions.append(jobs.c.place.contains(bare(wanted.location), autoescape=True))
    if wanted.pay:
        conditions.append(jobs.c.pay_maximum >= wanted.pay)
    if wanted.currency:
        conditions.append(jobs.c.currency == wanted.currency)
    return conditions


def _values(job: JobPosting) -> dict[str, Any]:
    """All columns but the key and the vector."""
    said, complete = job.said, job.complete
    return {
        "owner_id": job.owner_id,
        "tenant": job.tenant,
        "title": complete.title,
        "company": complete.company,
        "said": draft_to_json(said),
        "description": complete.description,
        "location": complete.location,
        "workplace": complete.workplace.value if complete.workplace else None,
        "employment": complete.employment.value if complete.employment else None,
        "seniority": complete.seniority.value if complete.seniority else None,
        "pay_minimum": complete.pay.minimum if complete.pay else None,
        "pay_maximum": complete.pay.maximum if complete.pay else None,
        "currency": complete.pay.currency if complete.pay else "",
        "industry": complete.industry,
        "closed": job.closed,
        "expires_at": complete.expires_at,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "words": _words(complete),
    }


def _words(draft: Draft) -> sa.ColumnElement[Any]:
    """Words of the title weigh most, then those of employer and place."""
    weighted = ((draft.title, "A"), (f"{draft.company} {draft.location}", "B"), (draft.description, "C"))
    parts = [
        sa.func.setweight(
            sa.func.to_tsvector(sa.cast(configuration, REGCONFIG), text), sa.literal_column(f"'{weight}'")
        )
        for configuration in _CONFIGURATIONS
        for text, weight in weighted
    ]
    words: sa.ColumnElement[Any] = parts[0]
    for part in parts[1:]:
        words = words.op("||")(part)
    return words


def job_of(row: sa.Row[Any]) -> JobPosting:
    """From the columns of jobs."""
    said = draft_from_json(row.said)
    complete = Draft(
        title=row.title,
        description=row.description,
        company=row.company,
        location=row.location,
        workplace=Workplace(row.workplace) if row.workplace else None,
        employment=Employment(row.employment) if row.employment else None,
        seniority=Seniority(row.seniority) if row.seniority else None,
        pay=Pay(row.pay_minimum, row.pay_maximum, row.currency) if row.currency else None,
        industry=row.industry,
        apply_url=said.apply_url,
        expires_at=row.expires_at,
    )
    return JobPosting(str(row.id), row.owner_id, row.tenant, said, complete, row.created_at, row.updated_at, row.closed)
