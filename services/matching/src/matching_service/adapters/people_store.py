"""People as the engine sees them, and what they want, in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pgvector import HalfVector
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from matching_service.adapters.tables import candidates, matches, people, preferences
from matching_service.convert.preferences import preferences_from_json, preferences_to_json
from matching_service.domain.features import Matrix, features_from_json, features_to_json
from matching_service.domain.matches import Person
from matching_service.domain.preferences import Preferences


class SqlPreferenceStore:
    """The real `PreferenceStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, owner_id: str) -> Preferences:
        """See the port."""
        return (await self.find_all([owner_id])).get(owner_id, Preferences())

    async def find_all(self, owner_ids: Sequence[str]) -> Mapping[str, Preferences]:
        """See the port."""
        rows = await self._connection.execute(sa.select(preferences).where(preferences.c.owner_id.in_(owner_ids)))
        return {row.owner_id: preferences_from_json(row.wanted, row.updated_at) for row in rows}

    async def put(self, owner_id: str, tenant: str, wanted: Preferences, now: datetime) -> None:
        """See the port."""
        values = {"owner_id": owner_id, "tenant": tenant, "wanted": preferences_to_json(wanted), "updated_at": now}
        statement = insert(preferences).values(values)
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[preferences.c.owner_id],
                set_={"wanted": statement.excluded.wanted, "updated_at": statement.excluded.updated_at},
            )
        )
        visible = people.update().where(people.c.owner_id == owner_id).values(visible=wanted.visible_to_employers)
        await self._connection.execute(visible)

    async def erase(self, owner_id: str) -> None:
        """See the port."""
        await self._connection.execute(sa.delete(preferences).where(preferences.c.owner_id == owner_id))


class SqlPeopleStore:
    """The real `PeopleStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, person: Person, vector: Matrix, *, visible: bool, now: datetime) -> None:
        """See the port."""
        statement = insert(people).values(
            owner_id=person.owner_id,
            tenant=person.tenant,
            resume_id=person.resume_id,
            features=features_to_json(person.features),
            digest=person.digest,
            vector=HalfVector(vector),
            visible=visible,
            indexed_at=now,
            due_at=now,
        )
        kept = ("owner_id", "matched_at")
        new = {column.name: column for column in statement.excluded if column.name not in kept}
        await self._connection.execute(statement.on_conflict_do_update(index_elements=[people.c.owner_id], set_=new))

    async def find(self, owner_id: str) -> Person | None:
        """See the port."""
        return next(iter(await self.find_all([owner_id])), None)

    async def find_all(self, owner_ids: Sequence[str]) -> Sequence[Person]:
        """See the port."""
        return await self._people(sa.select(people).where(people.c.owner_id.in_(owner_ids)))

    async def remove(self, owner_id: str) -> None:
        """See the port."""
        for table in (people, matches):
            await self._connection.execute(sa.delete(table).where(table.c.owner_id == owner_id))

    async def near(self, vector: Matrix, *, limit: int, visible_only: bool) -> Sequence[Person]:
        """See the port."""
        await self._connection.execute(sa.text(_WALK), {"ef": str(min(limit, 1000))})
        query = sa.select(people).order_by(people.c.vector.max_inner_product(HalfVector(vector))).limit(limit)
        return await self._people(query.where(people.c.visible) if visible_only else query)

    async def with_match(self, job_id: str) -> Sequence[str]:
        """See the port."""
        rows = await self._connection.execute(sa.select(matches.c.owner_id).where(matches.c.job_id == job_id))
        return [row.owner_id for row in rows]

    async def missing(self, *, before: datetime, after: str, limit: int) -> Sequence[str]:
        """See the port."""
        query = sa.select(candidates.c.owner_id).where(candidates.c.parsed_at < before, candidates.c.owner_id > after)
        query = query.where(~sa.exists().where(people.c.owner_id == candidates.c.owner_id)).distinct()
        rows = await self._connection.execute(query.order_by(candidates.c.owner_id).limit(limit))
        return [row.owner_id for row in rows]

    async def set_matched(self, owner_id: str, now: datetime, due_at: datetime) -> bool:
        """See the port."""
        newest = sa.or_(people.c.matched_at.is_(None), people.c.matched_at <= now)
        statement = people.update().where(people.c.owner_id == owner_id, newest).returning(people.c.owner_id)
        return await self._connection.scalar(statement.values(matched_at=now, due_at=due_at)) is not None

    async def claim_due(self, now: datetime, *, until: datetime, limit: int) -> Sequence[Person]:
        """See the port."""
        due = sa.select(people.c.owner_id).where(people.c.due_at <= now).order_by(people.c.due_at).limit(limit)
        claimed = people.update().where(people.c.owner_id.in_(due.with_for_update(skip_locked=True)))
        return await self._people(claimed.values(due_at=until).returning(people))

    async def _people(self, query: sa.Executable) -> Sequence[Person]:
        return [_person(row) for row in await self._connection.execute(query)]


_WALK = "SELECT set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', :ef, true)"


def _person(row: sa.Row[Any]) -> Person:
    return Person(
        row.owner_id,
        row.tenant,
        str(row.resume_id),
        features_from_json(row.features),
        row.digest,
        row.matched_at,
        row.matched_at is None or row.matched_at < row.indexed_at or row.due_at <= row.matched_at,
    )
