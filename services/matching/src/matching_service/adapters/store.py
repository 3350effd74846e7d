"""The stores, in Postgres with pgvector."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import meshkit.database
from matching_service.adapters.analysis_store import SqlAnalysisStore
from matching_service.adapters.job_index import SqlJobIndex, SqlTitleStore
from matching_service.adapters.job_store import SqlJobStore
from matching_service.adapters.locks import lock_resume
from matching_service.adapters.match_store import SqlMarkStore, SqlMatchLog, SqlMatchStore
from matching_service.adapters.people_store import SqlPeopleStore, SqlPreferenceStore
from matching_service.adapters.publisher import OutboxJobEvents, OutboxMatchEvents
from matching_service.adapters.tables import candidates, erased_resumes, inbox
from matching_service.convert.candidate import profile_from_json, profile_to_json
from matching_service.domain.model import Candidate, Embedding
from meshkit.encryption import Cipher
from meshkit.outbox import Inbox


class SqlCandidateStore:
    """The real `CandidateStore`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, candidate: Candidate) -> None:
        """See the port."""
        await lock_resume(self._connection, candidate.resume_id)
        if await self.is_erased(candidate.resume_id):
            return
        statement = insert(candidates).values(
            resume_id=candidate.resume_id,
            owner_id=candidate.owner_id,
            parsed_at=candidate.parsed_at,
            profile=profile_to_json(candidate.profile),
            embedding=list(candidate.embedding.vector),
            embedding_model=candidate.embedding.model,
        )
        new = {column.name: column for column in statement.excluded if not column.primary_key}
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[candidates.c.resume_id],
                set_=new,
                where=candidates.c.parsed_at <= statement.excluded.parsed_at,
            )
        )

    async def find(self, resume_id: str, *, owner_id: str) -> Candidate | None:
        """See the port."""
        query = sa.select(candidates).where(candidates.c.resume_id == resume_id, candidates.c.owner_id == owner_id)
        return _candidate((await self._connection.execute(query)).first())

    async def newest(self, owner_id: str) -> Candidate | None:
        """See the port."""
        query = sa.select(candidates).where(candidates.c.owner_id == owner_id)
        newest = query.order_by(candidates.c.parsed_at.desc(), candidates.c.resume_id.desc()).limit(1)
        return _candidate((await self._connection.execute(newest)).first())

    async def erase(self, resume_id: str, now: datetime) -> None:
        """See the port."""
        await lock_resume(self._connection, resume_id)
        await self._connection.execute(sa.delete(candidates).where(candidates.c.resume_id == resume_id))
        statement = insert(erased_resumes).values(resume_id=resume_id, erased_at=now)
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def of(self, *, owner_id: str) -> Sequence[str]:
        """See the port. In one order: who erases several waits for nobody who waits for them."""
        query = sa.select(candidates.c.resume_id).where(candidates.c.owner_id == owner_id)
        return [str(found) for found in await self._connection.scalars(query.order_by(candidates.c.resume_id))]

    async def is_erased(self, resume_id: str) -> bool:
        """See the port."""
        query = sa.select(sa.exists().where(erased_resumes.c.resume_id == resume_id))
        return bool(await self._connection.scalar(query))


def _candidate(row: sa.Row[Any] | None) -> Candidate | None:
    if row is None:
        return None
    return Candidate(
        resume_id=str(row.resume_id),
        owner_id=row.owner_id,
        parsed_at=row.parsed_at,
        profile=profile_from_json(row.profile),
        embedding=Embedding(row.embedding_model, tuple(map(float, row.embedding))),
    )


class SqlInbox:
    """The real `Inbox`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._inbox = Inbox(inbox)

    async def first_time(self, event_id: str) -> bool:
        """See the port."""
        return await self._inbox.first_time(self._connection, event_id)


class SqlTransaction:
    """The real `Transaction`."""

    def __init__(self, connection: AsyncConnection, cipher: Cipher) -> None:
        self.analyses = SqlAnalysisStore(connection, cipher)
        self.candidates = SqlCandidateStore(connection)
        self.inbox = SqlInbox(connection)
        self.jobs = SqlJobStore(connection)
        self.job_events = OutboxJobEvents(connection)
        self.preferences = SqlPreferenceStore(connection)
        self.titles = SqlTitleStore(connection)
        self.job_index = SqlJobIndex(connection)
        self.people = SqlPeopleStore(connection)
        self.matches = SqlMatchStore(connection)
        self.marks = SqlMarkStore(connection)
        self.match_log = SqlMatchLog(connection)
        self.match_events = OutboxMatchEvents(connection)


class SqlTransactions:
    """The real `Transactions`. `secret` seals what analyses say."""

    def __init__(self, engine: AsyncEngine, secret: SecretStr) -> None:
        self._begin = meshkit.database.SqlTransactions(engine)
        self._cipher = Cipher(secret, purpose="analyses")

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[SqlTransaction]:
        """Raises ServiceUnavailable."""
        async with self._begin() as connection:
            yield SqlTransaction(connection, self._cipher)
