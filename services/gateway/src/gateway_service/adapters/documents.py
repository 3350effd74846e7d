"""What is in the storage, in Postgres."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway_service.adapters.tables import documents
from gateway_service.domain.model import Document
from meshkit.encryption import Cipher

_ID = sa.bindparam("document_id", type_=documents.c.id.type)
_ADD = documents.insert()
_KEEP = documents.update().where(documents.c.id == _ID).values(kept=sa.bindparam("is_kept"))
_FIND = sa.select(documents).where(documents.c.owner == sa.bindparam("owner"), documents.c.id == _ID)


class SqlDocumentStore:
    """The real `DocumentStore`; names of files are encrypted."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    async def add(self, tx: AsyncConnection, document: Document) -> None:
        """See the port."""
        values = {
            "id": document.id,
            "owner": document.owner,
            "tenant": document.tenant,
            "digest": document.digest,
            "size": document.size,
            "filename": self._cipher.encrypt(document.filename.encode(), context=document.id),
            "created_at": document.created_at,
        }
        await tx.execute(_ADD, values)

    async def keep(self, tx: AsyncConnection, *document_ids: str) -> None:
        """See the port."""
        if document_ids:
            await tx.execute(_KEEP, [{"document_id": document_id, "is_kept": True} for document_id in document_ids])

    async def release(self, tx: AsyncConnection, document_id: str) -> None:
        """See the port."""
        await tx.execute(_KEEP, {"document_id": document_id, "is_kept": False})

    async def find(self, tx: AsyncConnection, document_id: str, *, owner: str) -> Document | None:
        """See the port."""
        row = (await tx.execute(_FIND, {"owner": owner, "document_id": document_id})).first()
        if row is None:
            return None
        return Document(
            id=row.id,
            owner=row.owner,
            tenant=row.tenant,
            digest=row.digest,
            size=row.size,
            filename=self._cipher.decrypt(row.filename, context=row.id).decode(),
            created_at=row.created_at,
        )

    async def released(self, tx: AsyncConnection, *, before: datetime, limit: int) -> Sequence[str]:
        """See the port."""
        return await _locked(tx, sa.and_(~documents.c.kept, documents.c.created_at < before), limit)

    async def of(self, tx: AsyncConnection, *, owner: str, limit: int) -> Sequence[str]:
        """See the port."""
        return await _locked(tx, documents.c.owner == owner, limit)

    async def added_before(self, tx: AsyncConnection, before: datetime, *, limit: int) -> Sequence[str]:
        """See the port."""
        return await _locked(tx, documents.c.created_at < before, limit)

    async def remove(self, tx: AsyncConnection, document_ids: Sequence[str]) -> None:
        """See the port."""
        await tx.execute(documents.delete().where(documents.c.id.in_(document_ids)))


async def _locked(tx: AsyncConnection, condition: sa.ColumnElement[bool], limit: int) -> Sequence[str]:
    query = sa.select(documents.c.id).where(condition).order_by(documents.c.created_at).limit(limit)
    return (await tx.scalars(query.with_for_update(skip_locked=True))).all()
