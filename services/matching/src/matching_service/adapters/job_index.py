"""The index of the engine, in Postgres: open jobs, skills and titles."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from pgvector import HalfVector
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement, Executable

from matching_service.adapters.job_store import OPEN
from matching_service.adapters.tables import job_features, job_index, jobs, matches, skill_keys, titles
from matching_service.domain.features import Matrix, Records, job_records, once, open_at
from matching_service.domain.places import bare
from matching_service.domain.posting import Pay
from matching_service.domain.preferences import JobTerms, Preferences
from matching_service.domain.terms import Employment, Seniority, Workplace
from matching_service.domain.vocabulary import SkillKey, Vocabulary, vocabulary_of
from matching_service.ports import Candidates, IndexedJob, Search

# Of those found by words alone: enough for jobs that no vector leads to.
_WORDED = 150
# Rows that a walk looks at before it gives up on finding more that pass the filters.
_MOST_SCANNED = 20_000
# One of so many that compete is judged, and no fewer than these (docs/adr/0022: measured).
_DEPTH, _LEAST_DEPTH = 200, 300
# A walk takes the longer, the fewer pass; measuring all that pass, the more do. From this many times the root of all jobs, walks win.
_WALK_FROM = 20
# Of so many jobs skills are counted; of more, in a sample of about this many.
_COUNTED = 100_000
_WORD = re.compile(r"\w+")
_REGCONFIG: sa.ColumnElement[str] = sa.literal_column("'simple'::regconfig")


class SqlTitleStore:
    """The real `TitleStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find_drawn(self, model: str, words: Sequence[str]) -> Mapping[str, Matrix]:
        """See the port."""
        query = sa.select(titles.c.words, titles.c.drawn).where(titles.c.model == model, titles.c.words.in_(words))
        return {row.words: _array(row.drawn) for row in await self._connection.execute(query)}

    async def nearest(self, model: str, vector: Matrix, *, limit: int) -> Matrix:
        """See the port."""
        distance = titles.c.plain.max_inner_product(HalfVector(vector))
        query = sa.select(titles.c.plain).where(titles.c.model == model).order_by(distance).limit(limit)
        rows = [_array(row.plain) for row in await self._connection.execute(query)]
        return np.vstack(rows) if rows else np.zeros((0, len(vector)), np.float32)

    async def add(self, model: str, words: str, plain: Matrix, drawn: Matrix) -> None:
        """See the port."""
        values = {"model": model, "words": words, "plain": HalfVector(plain), "drawn": HalfVector(drawn)}
        await self._connection.execute(insert(titles).values(values).on_conflict_do_nothing())


class SqlJobIndex:
    """The real `JobIndex`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def vocabulary(self) -> Vocabulary:
        """See the port."""
        rows = await self._connection.execute(sa.select(skill_keys))
        known = [SkillKey(row.key, row.skill_id, row.name, row.jobs) for row in rows]
        # The row without a skill counts the jobs.
        return vocabulary_of((one for one in known if one.skill_id), jobs=_jobs_counted(known))

    async def keys_for(self, skills: Mapping[str, str]) -> Mapping[str, int]:
        """See the port."""
        found = await self._keys(skills)
        missing = [skill_id for skill_id in sorted(skills) if skill_id not in found]
        if missing:
            values = [{"skill_id": skill_id, "name": skills[skill_id]} for skill_id in missing]
            await self._connection.execute(insert(skill_keys).on_conflict_do_nothing(), values)
            found = await self._keys(skills)
        return found

    async def _keys(self, skills: Mapping[str, str]) -> dict[str, int]:
        query = sa.select(skill_keys.c.skill_id, skill_keys.c.key).where(skill_keys.c.skill_id.in_(list(skills)))
        return {row.skill_id: row.key for row in await self._connection.execute(query)}

    async def count_skills(self) -> None:
        """See the port."""
        jobs = await self._connection.scalar(sa.select(sa.func.count()).select_from(job_index)) or 0
        share = min(1.0, _COUNTED / max(jobs, 1))
        sample = f"TABLESAMPLE SYSTEM ({100 * share}) REPEATABLE (7)" if share < 1 else ""
        terms = f"SELECT terms FROM job_index {sample}"  # noqa: S608  # numbers of our own
        values = {"terms": terms, "share": share, "jobs": jobs}
        await self._connection.execute(sa.text(_COUNT_JOBS), values)
        await self._connection.execute(sa.text(_COUNT_SKILLS), values)

    async def put(self, job: IndexedJob) -> None:
        """See the port."""
        await self.put_all([job])

    async def put_all(self, many: Sequence[IndexedJob]) -> None:
        """The same for many."""
        await self._connection.execute(sa.delete(job_index).where(job_index.c.job_id.in_([job.job_id for job in many])))
        words = sa.func.to_tsvector(_REGCONFIG, sa.bindparam("words"))
        await self._connection.execute(
            insert(job_index).values({"terms": words} | {name: sa.bindparam(name) for name in _COLUMNS}),
            [_row(job) for job in many],
        )
        records = [{"job_id": job.job_id, "record": job.record, "vector": HalfVector(job.vector)} for job in many]
        await self._connection.execute(insert(job_features), records)

    async def find(self, job_id: str) -> IndexedJob | None:
        """See the port."""
        joined = job_index.join(job_features).join(jobs, jobs.c.id == job_index.c.job_id)
        query = sa.select(
            job_index, job_features.c.record, job_features.c.vector, jobs.c.title, jobs.c.pay_minimum
        ).select_from(joined).where(job_index.c.job_id == job_id)  # fmt: skip
        row = (await self._connection.execute(query)).first()
        if row is None:
            return None
        return IndexedJob(
            str(row.job_id), terms_from(row), row.title, row.record, _array(row.vector), row.expires_at, row.indexed_at
        )

    async def remove(self, job_id: str) -> None:
        """See the port."""
        await self._connection.execute(sa.delete(job_index).where(job_index.c.job_id == job_id))
        await self._connection.execute(sa.delete(matches).where(matches.c.job_id == job_id))

    async def remove_expired(self, now: datetime, *, limit: int) -> int:
        """See the port."""
        expired = sa.select(job_index.c.job_id).where(job_index.c.expires_at <= now).limit(limit)
        rows = await self._connection.execute(
            sa.delete(job_index).where(job_index.c.job_id.in_(expired)).returning(job_index.c.job_id)
        )
        gone = [row.job_id for row in rows]
        await self._connection.execute(sa.delete(matches).where(matches.c.job_id.in_(gone)))
        return len(gone)

    async def missing(self, *, before: datetime, after: str, limit: int) -> Sequence[str]:
        """See the port."""
        query = sa.select(jobs.c.id).where(*OPEN, jobs.c.updated_at < before, jobs.c.id > (after or UUID(int=0)))
        query = query.where(~sa.exists().where(job_index.c.job_id == jobs.c.id)).order_by(jobs.c.id).limit(limit)
        return [str(row.id) for row in await self._connection.execute(query)]

    async def records(self, job_ids: Sequence[str]) -> Records:
        """See the port."""
        return await self._together([sa.select(job_features.c.record).where(job_features.c.job_id.in_(job_ids))])

    async def candidates(
        self, search: Search, wanted: Preferences, *, now: datetime, limit: int, exact_below: int, least: int = 0
    ) -> Candidates:
        """See the port."""
        passing = conditions(wanted)
        everything = sa.select(job_index.c.job_id).where(*passing)
        await self._connection.execute(sa.text(_PLANNING))
        expected = await self._estimate(everything)
        if expected <= exact_below:
            return Candidates(open_at(await self._together([_records_of(everything)]), now), expected)
        # Deeper where more compete for the first places.
        limit = round(min(max(expected / _DEPTH, _LEAST_DEPTH, least), limit))
        if expected > _WALK_FROM * search.jobs**0.5:
            await self._connection.execute(sa.text(_WALK), {"ef": str(min(limit, 1000)), "scanned": str(_MOST_SCANNED)})
            found = [_walked(search, passing, limit)]
        else:
            found = [_measured(search, everything, limit)]
        if search.skill_keys:
            query = sa.func.to_tsquery(_REGCONFIG, " | ".join(f"s{key}" for key in search.skill_keys))
            found.append(_records_of(everything.where(job_index.c.terms.op("@@")(query)).limit(_WORDED)))
        return Candidates(open_at(once(await self._together(found)), now), expected)

    async def _estimate(self, query: sa.Select[Any]) -> float:
        """Rows that the planner expects of a query."""
        plan = await self._connection.scalar(_Explain(query))
        return float(plan[0]["Plan"]["Plan Rows"])

    async def _together(self, found: Sequence[sa.Select[Any]]) -> Records:
        # One value for all: a row for each would take longer to decode than to judge.
        rows = sa.union_all(*(sa.select(one.subquery()) for one in found)).subquery("found")
        together = sa.func.string_agg(rows.c.record, sa.literal(b"", sa.LargeBinary))
        return job_records(await self._connection.scalar(sa.select(together)) or b"")


def _records_of(ids: sa.Select[Any]) -> sa.Select[Any]:
    chosen = ids.subquery("chosen")
    return sa.select(job_features.c.record).join(chosen, chosen.c.job_id == job_features.c.job_id)


# Plans for the values at hand: those for any values scan everything. Compiling them, or starting workers, takes longer than the query.
_PLANNING = """SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true)"""
# The row without a skill counts the jobs.
_COUNT_JOBS = """INSERT INTO skill_keys (skill_id, name, jobs) VALUES ('', '', :jobs)
    ON CONFLICT (skill_id) DO UPDATE SET jobs = excluded.jobs"""
# Keys stand in the full text as `s12`; ts_stat counts documents by word.
_COUNT_SKILLS = """WITH counted AS (
        SELECT substr(word, 2)::int AS key, ndoc FROM ts_stat(:terms) WHERE word ~ '^s[0-9]+$'
    ), fresh AS (
        SELECT key, coalesce(round(ndoc / cast(:share AS float8)), 0)::int AS jobs
        FROM skill_keys LEFT JOIN counted USING (key) WHERE skill_id <> ''
    )
    UPDATE skill_keys SET jobs = fresh.jobs FROM fresh WHERE skill_keys.key = fresh.key AND skill_keys.jobs <> fresh.jobs"""
# Not strictly in order, which is faster: all that are found are judged.
_WALK = """SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', :ef, true),
    set_config('hnsw.max_scan_tuples', :scanned, true)"""


def _walked(search: Search, passing: Sequence[sa.ColumnElement[bool]], limit: int) -> sa.Select[Any]:
    """The nearest that pass, by a walk of the index that asks each."""
    distance = job_features.c.vector.max_inner_product(HalfVector(search.vector))
    query = sa.select(job_features.c.record).order_by(distance).limit(limit)
    if not passing:
        return query
    return query.join(job_index, job_index.c.job_id == job_features.c.job_id).where(*passing)


def _measured(search: Search, everything: sa.Select[Any], limit: int) -> sa.Select[Any]:
    """The same by measuring all that pass, for where these are few."""
    distance = job_features.c.vector.max_inner_product(HalfVector(search.vector))
    chosen = everything.cte("passing")
    joined = sa.select(job_features.c.record).join(chosen, chosen.c.job_id == job_features.c.job_id)
    # The sum keeps the planner from walking the index after all.
    return joined.order_by(distance + 0.0).limit(limit)


class _Explain(Executable, ClauseElement):
    inherit_cache = False

    def __init__(self, statement: sa.Select[Any]) -> None:
        self.statement = statement


@compiles(_Explain)
def _explained(element: _Explain, compiler: SQLCompiler, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **options)}"


def conditions(wanted: Preferences) -> list[sa.ColumnElement[bool]]:
    """`domain.preferences.lets_through`, as SQL; the conformance suite holds the two together."""
    columns, unknown = job_index.c, not wanted.hide_unknown
    accepted = (
        (columns.workplace, wanted.workplaces),
        (columns.employment, wanted.employments),
        (columns.seniority, wanted.seniorities),
    )
    found = [_or_null(column, column.in_([one.value for one in some]), unknown) for column, some in accepted if some]
    if wanted.countries or wanted.locations:
        found.append(_near(wanted, unknown=unknown))
    if wanted.salary is not None:
        enough = sa.and_(columns.currency == wanted.salary.currency, columns.pay_maximum >= wanted.salary.least_a_year)
        other = sa.or_(columns.pay_maximum.is_(None), columns.currency != wanted.salary.currency)
        found.append(sa.or_(enough, other) if unknown else enough)
    if wanted.ignored_industries:
        found.append(columns.industry.not_in([name.lower() for name in sorted(wanted.ignored_industries)]))
    found += [~columns.company.contains(name.lower(), autoescape=True) for name in wanted.ignored_companies]
    if wanted.languages:
        found.append(columns.languages.contained_by(sorted(wanted.languages)))
    return found


def _or_null(column: sa.Column[Any], condition: sa.ColumnElement[bool], unknown: bool) -> sa.ColumnElement[bool]:
    return sa.or_(condition, column.is_(None)) if unknown else condition


def _near(wanted: Preferences, *, unknown: bool) -> sa.ColumnElement[bool]:
    columns = job_index.c
    ways: list[sa.ColumnElement[bool]] = [
        columns.location.contains(bare(place), autoescape=True) for place in wanted.locations
    ]
    if wanted.countries:
        ways.append(columns.country.in_(sorted(wanted.countries)))
    if wanted.remote_anywhere:
        ways.append(columns.workplace == Workplace.REMOTE.value)
    if unknown:
        nowhere = columns.country == ""
        ways.append(sa.and_(nowhere, columns.location == "") if wanted.locations else nowhere)
    return sa.or_(*ways)


_COLUMNS = (
    "job_id", "country", "location", "workplace", "employment", "seniority", "pay_maximum", "currency", "industry", "company",
    "languages", "expires_at", "indexed_at",
)  # fmt: skip


def _row(job: IndexedJob) -> Mapping[str, Any]:
    terms, skills = job.terms, job_records(job.record)["skills"][0]
    return {
        "job_id": job.job_id,
        "country": terms.country,
        "location": terms.location,
        "workplace": terms.workplace.value if terms.workplace else None,
        "employment": terms.employment.value if terms.employment else None,
        "seniority": terms.seniority.value if terms.seniority else None,
        "pay_maximum": terms.pay.maximum if terms.pay else None,
        "currency": terms.pay.currency if terms.pay else "",
        "industry": terms.industry,
        "company": terms.company,
        "languages": sorted(terms.languages),
        "expires_at": job.expires_at,
        "indexed_at": job.indexed_at,
        "words": " ".join((*_WORD.findall(job.title.lower()), *(f"s{key}" for key in skills[skills > 0].tolist()))),
    }


def terms_from(row: sa.Row[Any]) -> JobTerms:
    """Of a row of `job_index` with the lower end of its pay."""
    return JobTerms(
        row.country,
        row.location,
        Workplace(row.workplace) if row.workplace else None,
        Employment(row.employment) if row.employment else None,
        Seniority(row.seniority) if row.seniority else None,
        Pay(row.pay_minimum or 0.0, row.pay_maximum, row.currency) if row.currency else None,
        row.industry,
        row.company,
        frozenset(row.languages),
    )


def _jobs_counted(rows: Iterable[SkillKey]) -> int:
    return next((row.jobs for row in rows if not row.skill_id), 0)


def _array(vector: Sequence[float]) -> Matrix:
    return np.array(vector, np.float32)
