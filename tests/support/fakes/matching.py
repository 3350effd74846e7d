"""Matching without Postgres and without a model."""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from zlib import crc32

from matching_service.domain.calibration import cosine
from matching_service.domain.features import job_records
from matching_service.domain.kept import KeptAnalysis
from matching_service.domain.model import Candidate, Embedding, Profile
from matching_service.domain.places import bare
from matching_service.domain.posting import JobPosting
from matching_service.domain.reading import ReadResume
from matching_service.domain.search import LEAST_NEARNESS, JobFilter, JobQuery
from matching_service.domain.written import Task, Writing
from matching_service.ports import AnalysisCounts, JobFact
from meshkit.errors import NotFound, ServiceUnavailable
from tests.support.fakes.engine import (
    EngineRows,
    InMemoryJobIndex,
    InMemoryMarkStore,
    InMemoryMatchLog,
    InMemoryMatchStore,
    InMemoryPeopleStore,
    InMemoryPreferenceStore,
    InMemoryTitleStore,
    RecordedMatchEvents,
)

DIMENSIONS = 384


@dataclass
class _Rows:
    candidates: dict[str, Candidate] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    analyses: dict[str, KeptAnalysis] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)
    jobs: dict[str, JobPosting] = field(default_factory=dict)
    requests: dict[tuple[str, str], str] = field(default_factory=dict)
    vectors: dict[str, Embedding] = field(default_factory=dict)
    told: list[tuple[JobFact, str]] = field(default_factory=list)
    engine: EngineRows = field(default_factory=EngineRows)


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

    async def newest(self, owner_id: str) -> Candidate | None:
        own = [one for one in self._rows.candidates.values() if one.owner_id == owner_id]
        return max(own, key=lambda one: (one.parsed_at, one.resume_id), default=None)

    async def of(self, *, owner_id: str) -> Sequence[str]:
        return sorted(one.resume_id for one in self._rows.candidates.values() if one.owner_id == owner_id)

    async def is_erased(self, resume_id: str) -> bool:
        return resume_id in self._rows.erased


class InMemoryAnalysisStore:
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    async def put(self, analysis: KeptAnalysis) -> KeptAnalysis | None:
        if analysis.resume_id in self._rows.erased:
            return None
        earlier = await self.find_same(analysis.fingerprint, owner_id=analysis.owner_id)
        kept = replace(analysis, id=earlier.id) if earlier else analysis
        self._rows.analyses[kept.id] = kept
        return kept

    async def find_same(self, fingerprint: bytes, *, owner_id: str) -> KeptAnalysis | None:
        return next((one for one in self._newest_first(owner_id) if one.fingerprint == fingerprint), None)

    async def newest(self, job_ids: Sequence[str], *, owner_id: str, analysis_id: str = "") -> Sequence[KeptAnalysis]:
        found: dict[str, KeptAnalysis] = {}
        for one in self._newest_first(owner_id):
            if one.job_id in job_ids and analysis_id in ("", one.id):
                found.setdefault(one.job_id, one)
        return list(found.values())

    async def page(self, *, owner_id: str, after: tuple[datetime, str] | None, limit: int) -> Sequence[KeptAnalysis]:
        found = [
            replace(one, result=b"")
            for one in self._newest_first(owner_id)
            if after is None or (one.analysed_at, one.id) < after
        ]
        return found[:limit]

    async def best(self, *, owner_id: str, limit: int) -> Sequence[KeptAnalysis]:
        ranked = sorted(
            self._newest_first(owner_id),
            key=lambda one: (one.outcome.role_score, one.outcome.ats_score, one.id),
            reverse=True,
        )
        found: dict[str, KeptAnalysis] = {}
        for one in ranked:
            found.setdefault(one.job_id, replace(one, result=b""))
        return list(found.values())[:limit]

    async def count(self, *, owner_id: str) -> AnalysisCounts:
        own = self._newest_first(owner_id)
        resumes = {one.resume_id for one in own if one.resume_id}
        return AnalysisCounts(len(own), len(resumes), own[0].analysed_at if own else None)

    async def remove(self, job_id: str, *, owner_id: str) -> None:
        self._keep(lambda one: (one.owner_id, one.job_id) != (owner_id, job_id))

    async def erase(self, resume_id: str) -> None:
        self._keep(lambda one: one.resume_id != resume_id)

    async def erase_of(self, *, owner_id: str) -> None:
        self._keep(lambda one: one.owner_id != owner_id)

    def _newest_first(self, owner_id: str) -> list[KeptAnalysis]:
        own = [one for one in self._rows.analyses.values() if one.owner_id == owner_id]
        return sorted(own, key=lambda one: (one.analysed_at, one.id), reverse=True)

    def _keep(self, wanted: Callable[[KeptAnalysis], bool]) -> None:
        self._rows.analyses = {key: one for key, one in self._rows.analyses.items() if wanted(one)}


class InMemoryInbox:
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    async def first_time(self, event_id: str) -> bool:
        if event_id in self._rows.events:
            return False
        self._rows.events.add(event_id)
        return True


class InMemoryJobStore:
    """Ranks by shared words, and by the first letters of words in place of likeness."""

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    async def add(self, job: JobPosting, *, request_id: str) -> bool:
        if request_id and (job.owner_id, request_id) in self._rows.requests:
            return False
        self._rows.jobs[job.id] = job
        if request_id:
            self._rows.requests[job.owner_id, request_id] = job.id
        return True

    async def find_request(self, request_id: str, *, owner_id: str) -> JobPosting | None:
        return self._rows.jobs.get(self._rows.requests.get((owner_id, request_id), ""))

    async def find(self, job_id: str, *, for_change: bool = False) -> JobPosting | None:
        return self._rows.jobs.get(job_id)

    async def find_all(self, ids: Sequence[str]) -> Sequence[JobPosting]:
        return [self._rows.jobs[job_id] for job_id in ids if job_id in self._rows.jobs]

    async def save(self, job: JobPosting) -> None:
        self._rows.jobs[job.id] = job

    async def page(self, *, owner_id: str | None, after: str | None, limit: int) -> Sequence[JobPosting]:
        jobs = [
            job
            for job in sorted(self._rows.jobs.values(), key=lambda job: job.id, reverse=True)
            if (job.owner_id == owner_id if owner_id else is_open(job)) and (after is None or job.id < after)
        ]
        return jobs[:limit]

    async def newest(self, wanted: JobFilter, *, depth: int) -> Sequence[str]:
        jobs = await self.page(owner_id=None, after=None, limit=len(self._rows.jobs))
        return [job.id for job in jobs if lets_job_through(wanted, job)][:depth]

    async def rankings(
        self, query: JobQuery, vector: Embedding | None, wanted: JobFilter, *, depth: int
    ) -> Sequence[Sequence[str]]:
        open_jobs = await self.find_all(await self.newest(wanted, depth=len(self._rows.jobs)))
        asked = set(re.findall(r"\w+", query.wanted.lower()))
        begun = {word[:4] for word in query.long_words}

        def words(job: JobPosting) -> set[str]:
            return set(re.findall(r"\w+", f"{job.complete.text} {job.complete.company}".lower()))

        known = set().union(*map(words, open_jobs))
        open_jobs = [
            job
            for job in open_jobs
            if not any(phrase.lower() in job.complete.text.lower() for phrase in query.excluded)
        ]
        by_words = [job.id for job in open_jobs if (asked or query.excluded) and asked <= words(job)]
        by_spelling = [job.id for job in open_jobs if begun & {word[:4] for word in words(job)}]
        rankings = [by_words, by_spelling, self._by_skills(query, known, open_jobs)]
        if vector is not None:
            near = {
                job_id: cosine(vector.vector, of.vector)
                for job_id, of in self._rows.vectors.items()
                if of.model == vector.model
            }
            close = [job.id for job in open_jobs if near.get(job.id, 0) >= LEAST_NEARNESS]
            rankings.append(sorted(close, key=lambda job_id: -near[job_id]))
        return [ranking[:depth] for ranking in rankings]

    def _by_skills(self, query: JobQuery, known: set[str], open_jobs: Sequence[JobPosting]) -> list[str]:
        keys = {one.name.lower(): one.key for one in self._rows.engine.keys.values()}
        asked = {one.key for one in self._rows.engine.keys.values() if one.skill_id in query.skill_ids}
        for word in query.long_words:
            if word not in known:
                asked |= {keys[name] for name in get_close_matches(word, keys, n=1, cutoff=0.8)}
        indexed = self._rows.engine.jobs
        shared = {
            job.id: len(asked & set(job_records(indexed[job.id].record)["skills"][0].tolist()))
            for job in open_jobs
            if job.id in indexed
        }
        return sorted((job_id for job_id, count in shared.items() if count), key=lambda job_id: -shared[job_id])

    async def set_embedding(self, job_id: str, embedding: Embedding, *, of: datetime) -> None:
        if self._rows.jobs[job_id].updated_at == of:
            self._rows.vectors[job_id] = embedding


def is_open(job: JobPosting) -> bool:
    expires_at = job.complete.expires_at
    return not job.closed and (expires_at is None or expires_at > datetime.now(UTC))


def lets_job_through(wanted: JobFilter, job: JobPosting) -> bool:
    complete = job.complete
    return (
        bare(wanted.location) in bare(complete.location)
        and wanted.workplace in (None, complete.workplace)
        and wanted.employment in (None, complete.employment)
        and wanted.seniority in (None, complete.seniority)
        and (not wanted.pay or (complete.pay is not None and complete.pay.maximum >= wanted.pay))
        and (not wanted.currency or (complete.pay is not None and complete.pay.currency == wanted.currency))
    )


class RecordedJobEvents:
    def __init__(self, rows: _Rows) -> None:
        self._rows = rows

    async def tell(self, fact: JobFact, job: JobPosting, now: datetime) -> None:
        self._rows.told.append((fact, job.id))


class InMemoryTransaction:
    def __init__(self, rows: _Rows) -> None:
        self.jobs = InMemoryJobStore(rows)
        self.job_events = RecordedJobEvents(rows)
        self.candidates = InMemoryCandidateStore(rows)
        self.analyses = InMemoryAnalysisStore(rows)
        self.inbox = InMemoryInbox(rows)
        self.preferences = InMemoryPreferenceStore(rows.engine)
        self.titles = InMemoryTitleStore(rows.engine)
        self.job_index = InMemoryJobIndex(rows.engine, lambda: filter(is_open, rows.jobs.values()))
        self.people = InMemoryPeopleStore(rows.engine, rows.candidates.values)
        self.matches = InMemoryMatchStore(
            rows.engine, rows.jobs.get, lambda wanted, job: is_open(job) and lets_job_through(wanted, job)
        )
        self.marks = InMemoryMarkStore(rows.engine)
        self.match_log = InMemoryMatchLog(rows.engine)
        self.match_events = RecordedMatchEvents(rows.engine)


class InMemoryTransactions:
    """One at a time; errors roll back."""

    def __init__(self) -> None:
        self._rows = _Rows()
        self._lock = asyncio.Lock()

    @property
    def told(self) -> list[tuple[JobFact, str]]:
        """What became of which job."""
        return self._rows.told

    @property
    def engine(self) -> EngineRows:
        """What the engine keeps, as of the last commit."""
        return self._rows.engine

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

    async def embed_titles(self, titles: Sequence[str], *, tenant: str) -> Sequence[Embedding]:
        return await self.embed(titles, tenant=tenant)

    def _vector(self, text: str) -> tuple[float, ...]:
        values = [0.0] * DIMENSIONS
        for word in re.findall(r"\w+", f"{self.model} {text}".lower()):
            values[crc32(word.encode()) % DIMENSIONS] += 1.0
        length = math.sqrt(sum(value * value for value in values))
        return tuple(value / length for value in values)


class ScriptedWriter:
    """Writes what it is told, or nothing; remembers what it was asked."""

    def __init__(self, writing: Writing | None = None) -> None:
        self.writing = writing
        self.tasks: list[Task] = []

    async def write(self, task: Task, *, tenant: str) -> Writing | None:
        self.tasks.append(task)
        return self.writing


class ScriptedReader:
    """Reads every document as one resume, or fails with one fault."""

    def __init__(self) -> None:
        self.answer = ReadResume(Profile())
        self.fault: Exception | None = None
        self.documents: list[bytes] = []

    async def read(self, document: bytes, *, filename: str, anonymised: bool, tenant: str) -> ReadResume:
        self.documents.append(document)
        if self.fault is not None:
            raise self.fault
        return self.answer


class ScriptedResumes:
    """Stored resumes of the caller, by their ids."""

    def __init__(self) -> None:
        self.resumes: dict[str, ReadResume] = {}

    async def read(self, resume_id: str, *, anonymised: bool) -> ReadResume:
        if resume_id not in self.resumes:
            raise NotFound(resource="Resume")
        return self.resumes[resume_id]
