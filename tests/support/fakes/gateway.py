"""Gateway without Postgres, NATS and a parser."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from gateway_service.domain.model import Page, ParsedDocument, StoredResume
from gateway_service.ports import Tx
from meshkit.errors import RequestIdReused
from tests.support.builders.gateway import resume_content


@dataclass
class Rows:
    """What a transaction sees; `told` are the events that leave with its commit."""

    resumes: dict[str, StoredResume] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)


class InMemoryTransactions:
    """One at a time; a copy that replaces the rows at the commit."""

    def __init__(self) -> None:
        self.committed = Rows()
        self.refuses_writes = False

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Rows]:
        rows = deepcopy(self.committed)
        yield rows
        if self.refuses_writes and rows != self.committed:
            raise ConnectionError
        self.committed = rows


class InMemoryResumeStore:
    async def add(self, tx: Tx, resume: StoredResume) -> None:
        if resume.request_id and await self.find_by_request_id(tx, resume.request_id, owner=resume.owner):
            raise RequestIdReused
        tx.resumes[resume.id] = resume

    async def find(self, tx: Tx, resume_id: str, *, owner: str) -> StoredResume | None:
        return next((resume for resume in self._of(tx, owner) if resume.id == resume_id), None)

    async def find_by_request_id(self, tx: Tx, request_id: str, *, owner: str) -> StoredResume | None:
        return next((resume for resume in self._of(tx, owner) if resume.request_id == request_id), None)

    async def find_by_digest(self, tx: Tx, digest: str, *, owner: str, since: datetime) -> StoredResume | None:
        found = (resume for resume in self._of(tx, owner) if resume.digest == digest and resume.created_at >= since)
        return next(found, None)

    async def page(self, tx: Tx, *, owner: str, after: str | None, size: int) -> Page:
        rest = [resume for resume in self._of(tx, owner) if after is None or resume.id < after]
        return Page(tuple(rest[:size]), next_cursor=rest[size - 1].id if len(rest) > size else None)

    async def remove(self, tx: Tx, resume_id: str, *, owner: str) -> StoredResume | None:
        resume = await self.find(tx, resume_id, owner=owner)
        if resume is not None:
            del tx.resumes[resume_id]
        return resume

    @staticmethod
    def _of(tx: Tx, owner: str) -> list[StoredResume]:
        mine = [resume for resume in tx.resumes.values() if resume.owner == owner]
        return sorted(mine, key=lambda resume: resume.id, reverse=True)


class ToldEvents:
    """Events that stand beside the rows, as in an outbox."""

    async def resume_parsed(self, tx: Tx, resume: StoredResume) -> None:
        tx.told.append(("parsed", resume.id))

    async def resume_deleted(self, tx: Tx, resume: StoredResume) -> None:
        tx.told.append(("deleted", resume.id))


class ScriptedParser:
    """Reads every document as the same resume; remembers what it read."""

    def __init__(self) -> None:
        self.read: list[bytes] = []
        self.fault: Exception | None = None
        # What happens elsewhere while the next document is read.
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def parse(self, document: bytes, *, filename: str) -> ParsedDocument:
        self.read.append(document)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        if self.fault is not None:
            raise self.fault
        return ParsedDocument(content=resume_content(), extractor_version="1")
