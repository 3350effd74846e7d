"""Resumes in Postgres. Every query names the owner."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway_service.adapters.tables import resumes
from gateway_service.domain.model import Page, StoredResume
from meshkit.encryption import Cipher
from meshkit.errors import RequestIdReused


class SqlResumeStore:
    """The real `ResumeStore`; resumes are encrypted at rest."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    async def add(self, tx: AsyncConnection, resume: StoredResume) -> None:
        """See the port."""
        values = {
            "id": resume.id,
            "owner": resume.owner,
            "tenant": resume.tenant,
            "digest": resume.digest,
            "content": self._cipher.encrypt(resume.content, context=resume.id),
            "created_at": resume.created_at,
            "request_id": resume.request_id or None,
            "extractor_version": resume.extractor_version,
            "document_id": resume.document_id,
            "tokens": resume.tokens,
            "cost_usd": resume.cost_usd,
        }
        try:
            await tx.execute(resumes.insert(), values)
        except IntegrityError as fault:
            if "resumes_owner_request_id" in str(fault.orig):
                raise RequestIdReused from fault
            raise

    async def find(self, tx: AsyncConnection, resume_id: str, *, owner: str) -> StoredResume | None:
        """See the port."""
        return await self._first(tx, self._of(owner).where(resumes.c.id == resume_id))

    async def find_by_request_id(self, tx: AsyncConnection, request_id: str, *, owner: str) -> StoredResume | None:
        """See the port."""
        return await self._first(tx, self._of(owner).where(resumes.c.request_id == request_id))

    async def find_by_digest(
        self, tx: AsyncConnection, digest: str, *, owner: str, since: datetime, extractor_version: str | None
    ) -> StoredResume | None:
        """See the port."""
        query = self._of(owner).where(resumes.c.digest == digest, resumes.c.created_at >= since)
        if extractor_version is not None:
            query = query.where(resumes.c.extractor_version == extractor_version)
        return await self._first(tx, query.order_by(resumes.c.id.desc()).limit(1))

    async def count_since(self, tx: AsyncConnection, since: datetime) -> int:
        """See the port."""
        return await tx.scalar(sa.select(sa.func.count()).where(resumes.c.created_at >= since)) or 0

    async def of(self, tx: AsyncConnection, *, owner: str, limit: int) -> Sequence[str]:
        """See the port."""
        query = sa.select(resumes.c.id).where(resumes.c.owner == owner).limit(limit).with_for_update()
        return (await tx.scalars(query)).all()

    async def made_before(self, tx: AsyncConnection, before: datetime, *, limit: int) -> Sequence[StoredResume]:
        """See the port."""
        query = sa.select(resumes).where(resumes.c.created_at < before).order_by(resumes.c.created_at)
        rows = await tx.execute(query.limit(limit).with_for_update(skip_locked=True))
        return [self._to_resume(row) for row in rows]

    async def page(self, tx: AsyncConnection, *, owner: str, after: str | None, size: int) -> Page:
        """See the port."""
        query = self._of(owner).order_by(resumes.c.id.desc()).limit(size + 1)
        if after is not None:
            query = query.where(resumes.c.id < after)
        rows = (await tx.execute(query)).all()
        found = tuple(self._to_resume(row) for row in rows[:size])
        return Page(found, next_cursor=found[-1].id if len(rows) > size else None)

    async def remove(self, tx: AsyncConnection, resume_id: str, *, owner: str) -> StoredResume | None:
        """See the port."""
        statement = resumes.delete().where(resumes.c.owner == owner, resumes.c.id == resume_id).returning(resumes)
        row = (await tx.execute(statement)).first()
        return None if row is None else self._to_resume(row)

    @staticmethod
    def _of(owner: str) -> sa.Select[Any]:
        """The one place that scopes queries to an owner."""
        return sa.select(resumes).where(resumes.c.owner == owner)

    async def _first(self, tx: AsyncConnection, query: sa.Select[Any]) -> StoredResume | None:
        row = (await tx.execute(query)).first()
        return None if row is None else self._to_resume(row)

    def _to_resume(self, row: sa.Row[Any]) -> StoredResume:
        return StoredResume(
            id=row.id,
            owner=row.owner,
            tenant=row.tenant,
            digest=row.digest,
            content=self._cipher.decrypt(row.content, context=row.id),
            created_at=row.created_at,
            request_id=row.request_id or "",
            extractor_version=row.extractor_version,
            document_id=row.document_id,
            tokens=row.tokens,
            cost_usd=row.cost_usd,
        )
