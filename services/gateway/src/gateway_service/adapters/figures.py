"""Parses in hand, and figures, in Postgres."""

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from gateway_service.adapters.tables import counters, flights

_SHARDS = 16


def _take() -> ReturningInsert[Any]:
    taken = insert(flights)
    new = taken.excluded
    free = sa.or_(
        flights.c.holder == new.holder, flights.c.expires_at < sa.bindparam("now", type_=sa.DateTime(timezone=True))
    )
    values = {"holder": new.holder, "expires_at": new.expires_at}
    return taken.on_conflict_do_update(index_elements=[flights.c.key], set_=values, where=free).returning(flights.c.key)


_TAKE = _take()
_RELEASE = flights.delete().where(
    flights.c.key == sa.bindparam("of_key"), flights.c.holder == sa.bindparam("of_holder", type_=flights.c.holder.type)
)


class SqlFlights:
    """The real `Flights`."""

    async def take(self, tx: AsyncConnection, key: str, *, holder: str, now: datetime, until: datetime) -> bool:
        """See the port."""
        values = {"key": key, "holder": holder, "expires_at": until, "now": now}
        return (await tx.execute(_TAKE, values)).first() is not None

    async def release(self, tx: AsyncConnection, key: str, *, holder: str) -> None:
        """See the port."""
        await tx.execute(_RELEASE, {"of_key": key, "of_holder": holder})

    async def count(self, tx: AsyncConnection, now: datetime) -> int:
        """See the port."""
        return await tx.scalar(sa.select(sa.func.count()).where(flights.c.expires_at >= now)) or 0

    async def sweep(self, tx: AsyncConnection, now: datetime) -> None:
        """See the port."""
        await tx.execute(flights.delete().where(flights.c.expires_at < now))


class SqlCounters:
    """The real `Counters`."""

    async def add(self, tx: AsyncConnection, **amounts: float) -> None:
        """See the port."""
        shard = random.randrange(_SHARDS)  # noqa: S311  # spreads load, hides nothing
        # In one order everywhere, so that two transactions never wait for each other.
        rows = [{"name": name, "shard": shard, "value": amounts[name]} for name in sorted(amounts)]
        statement = insert(counters).values(rows)
        added = counters.c.value + statement.excluded.value
        await tx.execute(
            statement.on_conflict_do_update(index_elements=[counters.c.name, counters.c.shard], set_={"value": added})
        )

    async def read(self, tx: AsyncConnection) -> Mapping[str, float]:
        """See the port."""
        query = sa.select(counters.c.name, sa.func.sum(counters.c.value)).group_by(counters.c.name)
        return {name: float(value) for name, value in await tx.execute(query)}
