"""Matching without Postgres and without a model."""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from zlib import crc32

from matching_service.domain.model import Candidate, Embedding, Profile
from matching_service.domain.reading import ReadResume
from meshkit.errors import ServiceUnavailable

DIMENSIONS = 384


@dataclass
class _Rows:
    candidates: dict[str, Candidate] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)


class InMemoryCandidateStore:
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    async def put(self, candidate: Candidate) -> None:
        known = self._rows.candidates.get(candidate.resume_id)
        if candidate.resume_id in self._rows.erased or (known and known.parsed_at > candidate.parsed_at):
            return
        self._rows.candidates[candidate.resume_id] = candidate

    async def find(self, resume_id: str, *, owner_id: str) -> Candidate | None:
        found = self._rows.candidates.get(resume_id)
        return found if found is not None and found.owner_id == owner_id else None

    async def erase(self, resume_id: str, now: datetime) -> None:
        self._rows.candidates.pop(resume_id, None)
        self._rows.erased.add(resume_id)

    async def is_erased(self, resume_id: str) -> bool:
        return resume_id in self._rows.erased


class InMemoryInbox:
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    async def first_time(self, event_id: str) -> bool:
        if event_id in self._rows.events:
            return False
        self._rows.events.add(event_id)
        return True


class InMemoryTransaction:
    def __init__(self, rows: _Rows) -> None:
        self.candidates = InMemoryCandidateStore(rows)
        self.inbox = InMemoryInbox(rows)


class InMemoryTransactions:
    """One at a time; errors roll back."""

    def __init__(self) -> None:
        self._rows = _Rows()
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[InMemoryTransaction]:
        async with self._lock:
            draft = deepcopy(self._rows)
            yield InMemoryTransaction(draft)
            self._rows = draft


class WordEmbedder:
    """Texts that share words get vectors that lie close. `away` makes it unreachable."""

    def __init__(self, model: str = "words") -> None:
        self.model = model
        self.away = False
        self.calls = 0

    async def embed(self, texts: Sequence[str], *, tenant: str) -> Sequence[Embedding]:
        self.calls += 1
        if self.away:
            raise ServiceUnavailable(service="inference")
        return [Embedding(self.model, self._vector(text)) for text in texts]

    def _vector(self, text: str) -> tuple[float, ...]:
        values = [0.0] * DIMENSIONS
        for word in re.findall(r"\w+", f"{self.model} {text}".lower()):
            values[crc32(word.encode()) % DIMENSIONS] += 1.0
        length = math.sqrt(sum(value * value for value in values))
        return tuple(value / length for value in values)


class ScriptedReader:
    """Reads every document as one resume, or fails with one fault."""

    def __init__(self) -> None:
        self.answer = ReadResume(Profile())
        self.fault: Exception | None = None
        self.documents: list[bytes] = []

    async def read(self, document: bytes, *, filename: str) -> ReadResume:
        self.documents.append(document)
        if self.fault is not None:
            raise self.fault
        return self.answer
