"""What matching needs of the outside."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from matching_service.domain.kept import KeptAnalysis
from matching_service.domain.model import Candidate, Embedding
from matching_service.domain.posting import JobPosting
from matching_service.domain.reading import ReadResume
from matching_service.domain.search import JobFilter
from matching_service.domain.upload import AnalysisUpload, JobUpload
from matching_service.domain.written import Task, Writing

Clock = Callable[[], datetime]


class CandidateStore(Protocol):
    """Resumes that were parsed, and the ids of those that were erased."""

    async def put(self, candidate: Candidate) -> None:
        """Keeps the newest parse of a resume. An erased resume stays erased."""

    async def find(self, resume_id: str, *, owner_id: str) -> Candidate | None:
        """Somebody else's resume is not found."""

    async def erase(self, resume_id: str, now: datetime) -> None:
        """Removes all that is known of a resume, and refuses it from now on: events may come late and out of order."""

    async def of(self, *, owner_id: str) -> Sequence[str]:
        """Ids of an owner's resumes."""

    async def is_erased(self, resume_id: str) -> bool:
        """Whether the resume was erased."""


class Inbox(Protocol):
    """Events that were applied."""

    async def first_time(self, event_id: str) -> bool:
        """True exactly once for an id, if the transaction commits."""


class JobStore(Protocol):
    """Jobs that people post. Ids are in the order of posting."""

    async def add(self, job: JobPosting, *, request_id: str) -> bool:
        """False, and nothing is kept, when the owner used the request id before. An empty one is never the same."""

    async def find_request(self, request_id: str, *, owner_id: str) -> JobPosting | None:
        """The job that this request made."""

    async def find(self, job_id: str, *, for_change: bool = False) -> JobPosting | None:
        """`for_change`: other transactions that want to change it wait."""

    async def find_all(self, ids: Sequence[str]) -> Sequence[JobPosting]:
        """In the order of the ids; unknown ones are left out."""

    async def save(self, job: JobPosting) -> None:
        """Replaces what is stored. Its vector stays until the next one is set."""

    async def page(self, *, owner_id: str | None, after: str | None, limit: int) -> Sequence[JobPosting]:
        """The newest first, from behind the id `after`: all of an owner, or the open ones of everybody."""

    async def newest(self, wanted: JobFilter, *, depth: int) -> Sequence[str]:
        """Ids of open jobs, the newest first."""

    async def rankings(
        self, query: str, vector: Embedding | None, wanted: JobFilter, *, depth: int
    ) -> Sequence[Sequence[str]]:
        """Ids of open jobs, best first: by words, by likeness of spelling, and by meaning when there is a vector."""

    async def set_embedding(self, job_id: str, embedding: Embedding, *, of: datetime) -> None:
        """Of the job as it was at its change `of`; nothing happens when it was changed since."""


class JobFact(Enum):
    """What may happen to a job."""

    POSTED = "posted"
    UPDATED = "updated"
    CLOSED = "closed"


class JobEvents(Protocol):
    """Tells others what happened to a job, if the transaction commits."""

    async def tell(self, fact: JobFact, job: JobPosting, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class AnalysisCounts:
    """Of one owner: analyses, stored resumes that they are of, and when one was asked for last."""

    analyses: int = 0
    resumes: int = 0
    last_at: datetime | None = None


class AnalysisStore(Protocol):
    """Analyses that are kept, each for one owner. What they say is unreadable at rest."""

    async def put(self, analysis: KeptAnalysis) -> KeptAnalysis | None:
        """Keeps it, under the id of an earlier one with its fingerprint if there is one.

        None, and nothing is kept, when its resume is erased.
        """

    async def find_same(self, fingerprint: bytes, *, owner_id: str) -> KeptAnalysis | None:
        """With its result."""

    async def newest(self, job_ids: Sequence[str], *, owner_id: str, analysis_id: str = "") -> Sequence[KeptAnalysis]:
        """The one asked for last of each job, or the one with the id if it is for one of the jobs; with their results."""

    async def page(self, *, owner_id: str, after: tuple[datetime, str] | None, limit: int) -> Sequence[KeptAnalysis]:
        """Those asked for last first, from behind time and id `after`; without their results."""

    async def best(self, *, owner_id: str, limit: int) -> Sequence[KeptAnalysis]:
        """The one with the highest role score of each job, the best first; without their results."""

    async def count(self, *, owner_id: str) -> AnalysisCounts: ...

    async def remove(self, job_id: str, *, owner_id: str) -> None:
        """All of an owner for a job."""

    async def erase(self, resume_id: str) -> None:
        """All that were made of a resume. It is marked as erased before, in the same transaction."""

    async def erase_of(self, *, owner_id: str) -> None:
        """All of an owner."""


class Transaction(Protocol):
    """The stores, in one transaction."""

    @property
    def candidates(self) -> CandidateStore: ...
    @property
    def inbox(self) -> Inbox: ...
    @property
    def analyses(self) -> AnalysisStore: ...
    @property
    def jobs(self) -> JobStore: ...
    @property
    def job_events(self) -> JobEvents: ...


class Transactions(Protocol):
    """`async with transactions() as tx:` commits at the end, rolls back on errors. Raises ServiceUnavailable."""

    def __call__(self) -> AbstractAsyncContextManager[Transaction]: ...


class Embedder(Protocol):
    """Turns texts into vectors that lie close where meanings do."""

    async def embed(self, texts: Sequence[str], *, tenant: str) -> Sequence[Embedding]:
        """One a text, all of one model. Raises ServiceUnavailable when no model answers in time."""


class Writer(Protocol):
    """Words what was found."""

    async def write(self, task: Task, *, tenant: str) -> Writing | None:
        """None when no model writes, or none in time. What is written is a claim: callers check it."""


class ResumeReader(Protocol):
    """Reads a file as a resume."""

    async def read(self, document: bytes, *, filename: str, anonymised: bool) -> ReadResume:
        """Raises InvalidFileFormat, ProcessingFailed; errors of the service that reads as it raised them."""


class ResumeSource(Protocol):
    """Resumes that the caller of the RPC in progress has stored."""

    async def read(self, resume_id: str, *, anonymised: bool) -> ReadResume:
        """Raises NotFound; errors of the service that keeps them as it raised them."""


class AnalysisForm(Protocol):
    """Reads the body of a request for an analysis of a job text."""

    def __call__(
        self, content_type: str, body: bytes, *, job_text: str, filename: str, anonymised: bool
    ) -> AnalysisUpload:
        """Raises MalformedForm, InvalidRequest, MissingJobDescription."""


class JobAnalysisForm(Protocol):
    """Reads the body of a request for an analysis of a posted job. What the body says wins over `given`."""

    def __call__(self, content_type: str, body: bytes, given: JobUpload) -> JobUpload:
        """Raises MalformedForm, InvalidRequest."""
