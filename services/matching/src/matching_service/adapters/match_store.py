"""Matches, what people did with them, and who was shown them, in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from matching_service.adapters.job_store import job_conditions, job_of
from matching_service.adapters.tables import jobs, marks, match_log, matches
from matching_service.convert.matches import found_from_json, found_to_json
from matching_service.domain.matches import ListedMatch, Mark, Match, Order, Shown, Verdict
from matching_service.domain.search import JobFilter

_ORDERS: dict[Order, tuple[sa.ColumnElement[Any], ...]] = {
    Order.SCORE: (matches.c.score.desc(), jobs.c.id.desc()),
    Order.SALARY: (jobs.c.pay_maximum.desc().nulls_last(), matches.c.score.desc(), jobs.c.id.desc()),
    Order.LOCATION: (
        sa.func.nullif(sa.func.lower(jobs.c.location), "").asc().nulls_last(), matches.c.score.desc(), jobs.c.id.desc(),
    ),
    Order.NEWEST: (jobs.c.id.desc(),),
}  # fmt: skip


class SqlMatchStore:
    """The real `MatchStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def replace(self, owner_id: str, matches_now: Sequence[Match], *, since: datetime) -> None:
        """See the port."""
        kept = [match.job_id for match in matches_now]
        gone = sa.and_(matches.c.job_id.not_in(kept), matches.c.matched_at <= since)
        await self._connection.execute(sa.delete(matches).where(matches.c.owner_id == owner_id, gone))
        await self._put(matches_now)

    async def add(self, matches_now: Sequence[Match], *, most: int) -> None:
        """See the port."""
        await self._put(matches_now)
        place = sa.func.row_number().over(partition_by=matches.c.owner_id, order_by=matches.c.score.desc())
        owners = [match.owner_id for match in matches_now]
        placed = sa.select(matches.c.owner_id, matches.c.job_id, place.label("place")).where(
            matches.c.owner_id.in_(owners)
        )
        ranked = placed.subquery("ranked")
        await self._connection.execute(
            sa.delete(matches).where(
                matches.c.owner_id == ranked.c.owner_id, matches.c.job_id == ranked.c.job_id, ranked.c.place > most
            )
        )

    async def remove(self, job_id: str, owner_ids: Sequence[str]) -> None:
        """See the port."""
        await self._connection.execute(
            sa.delete(matches).where(matches.c.job_id == job_id, matches.c.owner_id.in_(owner_ids))
        )

    async def page(
        self, owner_id: str, order: Order, wanted: JobFilter, *, score: float, skip: int, limit: int
    ) -> Sequence[ListedMatch]:
        """See the port."""
        mine = sa.and_(marks.c.owner_id == matches.c.owner_id, marks.c.job_id == matches.c.job_id)
        done = (marks.c.verdict, marks.c.applied_at)
        query = (
            sa.select(jobs, *_MATCH, *done)
            .select_from(matches.join(jobs, jobs.c.id == matches.c.job_id).outerjoin(marks, mine))
            .where(matches.c.owner_id == owner_id, matches.c.score >= score, marks.c.removed_at.is_(None))
            .where(~jobs.c.closed, sa.or_(jobs.c.expires_at.is_(None), jobs.c.expires_at > sa.func.now()))
            .where(*job_conditions(wanted))
            .order_by(*_ORDERS[order])
            .offset(skip)
            .limit(limit)
        )
        return [_listed(row) for row in await self._connection.execute(query)]

    async def _put(self, matches_now: Sequence[Match]) -> None:
        if not matches_now:
            return
        statement = insert(matches)
        new = {column.name: column for column in statement.excluded if not column.primary_key}
        changed = sa.or_(matches.c.digest != statement.excluded.digest, matches.c.score != statement.excluded.score)
        older = matches.c.matched_at <= statement.excluded.matched_at
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[matches.c.owner_id, matches.c.job_id], set_=new, where=sa.and_(changed, older)
            ),
            [_match_row(match) for match in matches_now],
        )


_MATCH = tuple(
    matches.c[name].label(f"match_{name}")
    for name in ("owner_id", "resume_id", "score", "found", "scorer_version", "digest", "matched_at")
)


def _match_row(match: Match) -> dict[str, Any]:
    return {
        "owner_id": match.owner_id,
        "job_id": match.job_id,
        "resume_id": match.resume_id,
        "score": match.found.score,
        "found": found_to_json(match.found),
        "scorer_version": match.scorer_version,
        "digest": match.digest,
        "matched_at": match.matched_at,
    }


def _listed(row: sa.Row[Any]) -> ListedMatch:
    job = job_of(row)
    match = Match(
        row.match_owner_id,
        job.id,
        str(row.match_resume_id),
        found_from_json(row.match_found),
        row.match_digest,
        row.match_matched_at,
        row.match_scorer_version,
    )
    verdict = Verdict(row.verdict) if row.verdict else None
    return ListedMatch(match, job, Mark(job.id, verdict=verdict, applied_at=row.applied_at))


class SqlMarkStore:
    """The real `MarkStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find_all(self, owner_id: str) -> Sequence[Mark]:
        """See the port."""
        query = sa.select(marks).where(marks.c.owner_id == owner_id)
        rows = await self._connection.execute(query.order_by(marks.c.verdict_at.desc().nulls_last()))
        return [
            Mark(
                str(row.job_id),
                row.removed_at is not None,
                Verdict(row.verdict) if row.verdict else None,
                row.applied_at,
            )
            for row in rows
        ]

    async def erase(self, owner_id: str) -> None:
        """See the port."""
        await self._connection.execute(sa.delete(marks).where(marks.c.owner_id == owner_id))

    async def removed_by(self, job_id: str, owner_ids: Sequence[str]) -> frozenset[str]:
        """See the port."""
        query = sa.select(marks.c.owner_id).where(
            marks.c.job_id == job_id, marks.c.owner_id.in_(owner_ids), marks.c.removed_at.is_not(None)
        )
        return frozenset(row.owner_id for row in await self._connection.execute(query))

    async def verdicts(self, owner_ids: Sequence[str], *, most: int) -> Mapping[str, Sequence[Mark]]:
        """See the port."""
        query = sa.select(marks).where(marks.c.owner_id.in_(owner_ids), marks.c.verdict.is_not(None))
        found: dict[str, list[Mark]] = {}
        for row in await self._connection.execute(query.order_by(marks.c.verdict_at.desc())):
            of_owner = found.setdefault(row.owner_id, [])
            if len(of_owner) < most:
                of_owner.append(Mark(str(row.job_id), row.removed_at is not None, Verdict(row.verdict), row.applied_at))
        return found

    async def set_removed(self, owner_id: str, job_id: str, now: datetime) -> None:
        """See the port."""
        await self._set(owner_id, job_id, removed_at=now)

    async def set_verdict(self, owner_id: str, job_id: str, verdict: Verdict | None, now: datetime) -> None:
        """See the port."""
        await self._set(owner_id, job_id, verdict=verdict.value if verdict else None, verdict_at=now)

    async def set_applied(self, owner_id: str, job_id: str, now: datetime) -> datetime:
        """See the port."""
        statement = insert(marks).values(owner_id=owner_id, job_id=job_id, applied_at=now)
        first = sa.func.coalesce(marks.c.applied_at, statement.excluded.applied_at)
        at: datetime | None = await self._connection.scalar(
            statement.on_conflict_do_update(
                index_elements=[marks.c.owner_id, marks.c.job_id], set_={"applied_at": first}
            ).returning(marks.c.applied_at)
        )
        return at or now

    async def _set(self, owner_id: str, job_id: str, **values: Any) -> None:
        statement = insert(marks).values(owner_id=owner_id, job_id=job_id, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=[marks.c.owner_id, marks.c.job_id], set_=values)
        )


class SqlMatchLog:
    """The real `MatchLog`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, shown: Sequence[Shown]) -> None:
        """See the port."""
        if not shown:
            return
        rows = [
            {
                "shown_at": one.shown_at,
                "viewer": one.viewer,
                "audience": one.audience.value,
                "resume_id": one.match.resume_id,
                "job_id": one.match.job_id,
                "score": one.match.found.score,
                "found": found_to_json(one.match.found),
                "scorer_version": one.match.scorer_version,
                "digest": one.match.digest,
            }
            for one in shown
        ]
        await self._connection.execute(insert(match_log).on_conflict_do_nothing(), rows)
