"""Whose data was erased lately, in Postgres."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway_service.adapters.tables import erased_owners


class SqlErasures:
    """The real `Erasures`."""

    async def mark(self, tx: AsyncConnection, *, owner: str, now: datetime) -> None:
        """See the port."""
        await tx.execute(insert(erased_owners).values(owner=owner, erased_at=now).on_conflict_do_nothing())

    async def marked(self, tx: AsyncConnection) -> Sequence[tuple[str, datetime]]:
        """See the port."""
        return [(row.owner, row.erased_at) for row in await tx.execute(sa.select(erased_owners))]

    async def unmark(self, tx: AsyncConnection, *, owner: str) -> None:
        """See the port."""
        await tx.execute(erased_owners.delete().where(erased_owners.c.owner == owner))
