"""Batches in Postgres."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway_service.adapters.tables import parse_batches
from gateway_service.domain.batches import Batch, BatchPage
from meshkit.errors import RequestIdReused


class SqlBatchStore:
    """The real `BatchStore`."""

    async def add(self, tx: AsyncConnection, batch: Batch) -> None:
        """See the port."""
        values = {
            "id": batch.id,
            "owner": batch.owner,
            "tenant": batch.tenant,
            "request_id": batch.request_id or None,
            "digest": batch.digest,
            "total": batch.total,
            "completed": batch.completed,
            "failed": batch.failed,
            "sequence": batch.sequence,
            "cancelled": batch.cancelled,
            "created_at": batch.created_at,
            "updated_at": batch.updated_at,
        }
        try:
            await tx.execute(parse_batches.insert(), values)
        except IntegrityError as fault:
            if "parse_batches_owner_request_id" in str(fault.orig):
                raise RequestIdReused from fault
            raise

    async def find(self, tx: AsyncConnection, batch_id: str, *, owner: str) -> Batch | None:
        """See the port."""
        try:
            UUID(batch_id)
        except ValueError:
            return None
        return await self._first(tx, _of(owner).where(parse_batches.c.id == batch_id))

    async def find_by_request_id(self, tx: AsyncConnection, request_id: str, *, owner: str) -> Batch | None:
        """See the port."""
        return await self._first(tx, _of(owner).where(parse_batches.c.request_id == request_id))

    async def page(self, tx: AsyncConnection, *, owner: str, after: str | None, size: int) -> BatchPage:
        """See the port."""
        query = _of(owner).order_by(parse_batches.c.id.desc()).limit(size + 1)
        if after is not None:
            query = query.where(parse_batches.c.id < after)
        rows = (await tx.execute(query)).all()
        found = tuple(_batch(row) for row in rows[:size])
        return BatchPage(found, next_cursor=found[-1].id if len(rows) > size else None)

    async def count(
        self, tx: AsyncConnection, batch_id: str, *, completed: int = 0, failed: int = 0, now: datetime
    ) -> Batch:
        """See the port."""
        changes = {
            "completed": parse_batches.c.completed + completed,
            "failed": parse_batches.c.failed + failed,
            "sequence": parse_batches.c.sequence + 1,
            "updated_at": sa.func.greatest(parse_batches.c.updated_at, now),
        }
        statement = parse_batches.update().where(parse_batches.c.id == batch_id).values(changes)
        return _batch((await tx.execute(statement.returning(parse_batches))).one())

    async def cancel(self, tx: AsyncConnection, batch_id: str) -> None:
        """See the port."""
        await tx.execute(parse_batches.update().where(parse_batches.c.id == batch_id).values(cancelled=True))

    async def remove_of(self, tx: AsyncConnection, *, owner: str) -> None:
        """See the port."""
        await tx.execute(parse_batches.delete().where(parse_batches.c.owner == owner))

    async def remove_old(self, tx: AsyncConnection, *, before: datetime) -> None:
        """See the port."""
        ended = parse_batches.c.completed + parse_batches.c.failed >= parse_batches.c.total
        await tx.execute(parse_batches.delete().where(parse_batches.c.updated_at < before, ended))

    async def _first(self, tx: AsyncConnection, query: sa.Select[Any]) -> Batch | None:
        row = (await tx.execute(query)).first()
        return None if row is None else _batch(row)


def _of(owner: str) -> sa.Select[Any]:
    """The one place that scopes queries to an owner."""
    return sa.select(parse_batches).where(parse_batches.c.owner == owner)


def _batch(row: sa.Row[Any]) -> Batch:
    return Batch(
        id=row.id,
        owner=row.owner,
        tenant=row.tenant,
        request_id=row.request_id or "",
        digest=row.digest,
        total=row.total,
        created_at=row.created_at,
        updated_at=row.updated_at,
        completed=row.completed,
        failed=row.failed,
        sequence=row.sequence,
        cancelled=row.cancelled,
    )
