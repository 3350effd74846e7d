"""What gateway does with resumes; one class for each verb."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from gateway_service.domain.errors import DocumentEmpty, FileTooLarge
from gateway_service.domain.model import Caller, Health, Page, ParseAnswer, StoredResume, Upload
from gateway_service.ports import Clock, Dependency, DocumentParser, Events, NewId, ResumeStore, Transactions
from meshkit.errors import NotFound, RequestIdReused


@dataclass(frozen=True, slots=True)
class ParseResume:
    """Reads a document, unless the same bytes were read before, and keeps the resume."""

    transactions: Transactions
    store: ResumeStore
    parser: DocumentParser
    events: Events
    clock: Clock
    new_id: NewId
    max_document_bytes: int
    cache_lifetime: timedelta

    async def __call__(self, upload: Upload, caller: Caller) -> ParseAnswer:
        """Raises FileTooLarge, DocumentEmpty, RequestIdReused, or what the parser found wrong with the document."""
        if len(upload.document) > self.max_document_bytes:
            raise FileTooLarge(limit_bytes=self.max_document_bytes)
        if not upload.document.strip():
            raise DocumentEmpty
        digest = hashlib.sha256(upload.document).hexdigest()
        earlier = await self._find_earlier(upload, caller, digest)
        if earlier is None:
            try:
                resume = await self._parse_and_store(upload, caller, digest)
                return ParseAnswer(resume, caller, cached=False)
            except RequestIdReused:
                # The same request came again while this one was parsed, and was faster.
                earlier = await self._find_earlier(upload, caller, digest)
                if earlier is None:
                    raise
        return ParseAnswer(earlier, caller, cached=True)

    async def _find_earlier(self, upload: Upload, caller: Caller, digest: str) -> StoredResume | None:
        async with self.transactions() as tx:
            if upload.request_id:
                repeated = await self.store.find_by_request_id(tx, upload.request_id, owner=caller.user_id)
                if repeated is not None and repeated.digest != digest:
                    raise RequestIdReused
                if repeated is not None:
                    return repeated
            if upload.fresh:
                return None
            since = self.clock() - self.cache_lifetime
            return await self.store.find_by_digest(tx, digest, owner=caller.user_id, since=since)

    async def _parse_and_store(self, upload: Upload, caller: Caller, digest: str) -> StoredResume:
        # Outside of any transaction: a parse takes longer than a connection may be held.
        parsed = await self.parser.parse(upload.document, filename=upload.filename)
        resume = StoredResume(
            id=self.new_id(),
            owner=caller.user_id,
            tenant=caller.tenant,
            digest=digest,
            content=parsed.content,
            created_at=self.clock(),
            request_id=upload.request_id,
        )
        async with self.transactions() as tx:
            await self.store.add(tx, resume)
            await self.events.resume_parsed(tx, resume)
        return resume


@dataclass(frozen=True, slots=True)
class KeepResumes:
    """Finds, lists and removes stored resumes."""

    transactions: Transactions
    store: ResumeStore
    events: Events

    async def get(self, resume_id: str, *, owner: str) -> StoredResume:
        """Raises NotFound, also for resumes of others."""
        async with self.transactions() as tx:
            resume = await self.store.find(tx, resume_id, owner=owner)
        if resume is None:
            raise NotFound(resource="Resume")
        return resume

    async def page(self, *, owner: str, after: str | None, size: int) -> Page:
        """Newest first."""
        async with self.transactions() as tx:
            return await self.store.page(tx, owner=owner, after=after, size=size)

    async def delete(self, resume_id: str, *, owner: str) -> None:
        """Also erases what others derived from it. Raises NotFound, also for resumes of others."""
        async with self.transactions() as tx:
            removed = await self.store.remove(tx, resume_id, owner=owner)
            if removed is None:
                raise NotFound(resource="Resume")
            await self.events.resume_deleted(tx, removed)


@dataclass(frozen=True, slots=True)
class CheckHealth:
    """Tells which dependencies answer."""

    dependencies: Mapping[str, Dependency]
    # Without these no resume can be parsed.
    essential: frozenset[str]
    timeout: timedelta

    async def __call__(self) -> Health:
        """Asks all of them at once."""
        answers = await asyncio.gather(*(self._answers(check) for check in self.dependencies.values()))
        up = dict(zip(self.dependencies, answers, strict=True))
        down = frozenset(name for name, answered in up.items() if not answered)
        return Health(up=up, able_to_parse=not down & self.essential)

    async def _answers(self, check: Dependency) -> bool:
        try:
            async with asyncio.timeout(self.timeout.total_seconds()):
                await check()
        except Exception:
            return False
        return True
