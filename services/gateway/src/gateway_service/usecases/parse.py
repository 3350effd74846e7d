"""Reading a document while the caller waits."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta

from gateway_service.domain.errors import DocumentEmpty, FileTooLarge
from gateway_service.domain.model import Caller, Document, ParseAnswer, ParsedDocument, StoredResume, Upload
from gateway_service.ports import (
    Clock,
    Counters,
    DocumentParser,
    DocumentStorage,
    DocumentStore,
    Events,
    Flights,
    NewId,
    ResumeStore,
    Transactions,
    Tx,
    Workers,
)
from meshkit.errors import DomainError, RequestIdReused, ServiceUnavailable

# How long a parse may be in hand before others take its holder for dead; longer than a call may take.
FLIGHT_LIFETIME = timedelta(seconds=75)
# Between looks at a parse that somebody else has in hand.
FLIGHT_PAUSE = timedelta(milliseconds=150)


def digest_of(upload: Upload, *, limit: int) -> str:
    """SHA-256 of the document, hexadecimal. Raises FileTooLarge or DocumentEmpty."""
    if len(upload.document) > limit:
        raise FileTooLarge(limit_bytes=limit)
    if not upload.document.strip():
        raise DocumentEmpty
    return hashlib.sha256(upload.document).hexdigest()


def flight_key(owner: str, digest: str) -> str:
    """Results are never shared between users, so parses in hand are not either."""
    return f"{owner}:{digest}"


@dataclass(frozen=True, slots=True)
class Results:
    """Earlier results, and how new ones are kept: the same for parses at once and in the background."""

    resumes: ResumeStore
    documents: DocumentStore
    events: Events
    counters: Counters
    workers: Workers
    clock: Clock
    new_id: NewId
    cache_lifetime: timedelta

    async def find(self, tx: Tx, digest: str, *, owner: str) -> StoredResume | None:
        """A result that still answers for these bytes."""
        return await self.resumes.find_by_digest(
            tx,
            digest,
            owner=owner,
            since=self.clock() - self.cache_lifetime,
            extractor_version=self.workers.extractor_version,
        )

    async def count_hit(self, tx: Tx, hit: StoredResume) -> None:
        """A result answered once more."""
        await self.counters.add(tx, succeeded=1, hits=1, tokens_saved=hit.tokens, cost_saved_usd=hit.cost_usd)

    async def count_failure(self, tx: Tx, *, times: int = 1) -> None:
        """A document, or several, did not become a resume."""
        await self.counters.add(tx, failed=times, misses=times)

    async def keep(
        self, tx: Tx, parsed: ParsedDocument, *, owner: Caller, digest: str, document_id: str | None, request_id: str
    ) -> StoredResume:
        """Stores a result and tells of it. Raises RequestIdReused."""
        resume = StoredResume(
            id=self.new_id(),
            owner=owner.user_id,
            tenant=owner.tenant,
            digest=digest,
            content=parsed.content,
            created_at=self.clock(),
            request_id=request_id,
            extractor_version=parsed.extractor_version,
            document_id=document_id,
            tokens=parsed.tokens,
            cost_usd=parsed.cost_usd,
        )
        await self.resumes.add(tx, resume)
        if document_id is not None:
            await self.documents.keep(tx, document_id)
        await self.events.resume_parsed(tx, resume)
        await self.counters.add(
            tx, succeeded=1, misses=1, parses=1, parse_seconds=parsed.seconds, tokens_used=parsed.tokens
        )
        return resume


@dataclass(frozen=True, slots=True)
class ParseResume:
    """Reads a document, unless the same bytes were read before or are being read, and keeps the resume."""

    transactions: Transactions
    results: Results
    documents: DocumentStore
    storage: DocumentStorage
    flights: Flights
    parser: DocumentParser
    clock: Clock
    new_id: NewId
    max_document_bytes: int

    async def __call__(self, upload: Upload, caller: Caller, *, keep_original: bool = True) -> ParseAnswer:
        """Raises FileTooLarge, DocumentEmpty, RequestIdReused, or what the parser found wrong with the document.

        `keep_original`: False when the storage is known to be away.
        """
        digest = digest_of(upload, limit=self.max_document_bytes)
        document = Document(
            id=self.new_id(),
            owner=caller.user_id,
            tenant=caller.tenant,
            digest=digest,
            size=len(upload.document),
            filename=upload.filename,
            created_at=self.clock(),
        )
        earlier = await self._find_earlier_or_take(upload, caller, document)
        if earlier is not None:
            return ParseAnswer(earlier, caller, cached=True)
        try:
            resume = await self._parse_and_store(upload, caller, document, keep_original=keep_original)
            return ParseAnswer(resume, caller, cached=False)
        except RequestIdReused:
            # The same request came again while this one was parsed, and was faster.
            async with self.transactions() as tx:
                earlier = await self._find_repeated(tx, upload, caller, digest)
            if earlier is None:
                raise
            return ParseAnswer(earlier, caller, cached=True)
        except DomainError:
            async with self.transactions() as tx:
                await self.results.count_failure(tx)
            raise
        finally:
            await self._land(caller, document)

    async def _find_earlier_or_take(self, upload: Upload, caller: Caller, document: Document) -> StoredResume | None:
        """None: this call reads the document, and nobody else does until it lands. The deadline of the call ends the waiting."""
        while True:
            async with self.transactions() as tx:
                earlier = await self._find_earlier(tx, upload, caller, document.digest)
                if earlier is not None:
                    return earlier
                # A fresh parse neither waits for others nor answers for them.
                key = document.id if upload.fresh else flight_key(caller.user_id, document.digest)
                now = self.clock()
                if await self.flights.take(tx, key, holder=document.id, now=now, until=now + FLIGHT_LIFETIME):
                    # Whoever held it before may have finished since the first look.
                    earlier = await self._find_earlier(tx, upload, caller, document.digest)
                    if earlier is not None:
                        await self.flights.release(tx, key, holder=document.id)
                        return earlier
                    await self.documents.add(tx, document)
                    return None
            await asyncio.sleep(FLIGHT_PAUSE.total_seconds())

    async def _find_earlier(self, tx: Tx, upload: Upload, caller: Caller, digest: str) -> StoredResume | None:
        repeated = await self._find_repeated(tx, upload, caller, digest)
        if repeated is not None or upload.fresh:
            return repeated
        hit = await self.results.find(tx, digest, owner=caller.user_id)
        if hit is not None:
            await self.results.count_hit(tx, hit)
        return hit

    async def _find_repeated(self, tx: Tx, upload: Upload, caller: Caller, digest: str) -> StoredResume | None:
        if not upload.request_id:
            return None
        repeated = await self.results.resumes.find_by_request_id(tx, upload.request_id, owner=caller.user_id)
        if repeated is not None and repeated.digest != digest:
            raise RequestIdReused
        return repeated

    async def _parse_and_store(
        self, upload: Upload, caller: Caller, document: Document, *, keep_original: bool
    ) -> StoredResume:
        # Outside of any transaction: a parse takes longer than a connection may be held.
        storing = asyncio.create_task(self._store(document, upload.document, keep_original=keep_original))
        try:
            parsed = await self.parser.parse(upload.document, filename=upload.filename, tenant=caller.tenant)
        finally:
            stored = await storing
        async with self.transactions() as tx:
            return await self.results.keep(
                tx,
                parsed,
                owner=caller,
                digest=document.digest,
                document_id=document.id if stored else None,
                request_id=upload.request_id,
            )

    async def _store(self, document: Document, data: bytes, *, keep_original: bool) -> bool:
        """A storage that is away costs the original, not the resume."""
        if not keep_original:
            return False
        try:
            await self.storage.put(document.id, data)
        except ServiceUnavailable:
            return False
        return True

    async def _land(self, caller: Caller, document: Document) -> None:
        async with self.transactions() as tx:
            for key in (document.id, flight_key(caller.user_id, document.digest)):
                await self.flights.release(tx, key, holder=document.id)
