"""What matching needs of the outside."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from matching_service.domain.features import Matrix, Records
from matching_service.domain.kept import KeptAnalysis
from matching_service.domain.matches import ListedMatch, Mark, Match, Order, Person, Shown, Verdict
from matching_service.domain.model import Candidate, Embedding
from matching_service.domain.posting import JobPosting
from matching_service.domain.preferences import JobTerms, Preferences
from matching_service.domain.reading import ReadResume
from matching_service.domain.search import JobFilter, JobQuery
from matching_service.domain.upload import AnalysisUpload, JobUpload
from matching_service.domain.vocabulary import Vocabulary
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

    async def newest(self, owner_id: str) -> Candidate | None:
        """The resume of a person that was parsed last."""

    async def of(self, *, owner_id: str) -> Sequence[str]:
        """Ids of an owner's resumes."""

    async def is_erased(self, resume_id: str) -> bool:
        """Whether the resume was erased."""


class Inbox(Protocol):
    """Events that were applied."""

    async def first_time(self, event_id: str) -> bool:
        """True exactly once for an id, if the transaction commits."""


class JobStore(Protocol):
    """Jobs that people post. Ids are in the order of posting. Open ones are neither closed nor past their expiry."""

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
        self, query: JobQuery, vector: Embedding | None, wanted: JobFilter, *, depth: int
    ) -> Sequence[Sequence[str]]:
        """Ids of open jobs, best first: by words, by likeness of spelling, by skills, and by meaning when there is a vector.

        Long words that no open job has stand for the skill whose name is most like them. Jobs with an excluded word are in none.
        """

    async def set_embedding(self, job_id: str, embedding: Embedding, *, of: datetime) -> None:
        """Of the job as it was at its change `of`; nothing happens when it was changed since."""


class JobFact(Enum):
    """What may happen to a job."""

    POSTED = "posted"
    UPDATED = "updated"
    CLOSED = "closed"
    DUE = "due"


class JobEvents(Protocol):
    """Tells others what happened to a job, if the transaction commits."""

    async def tell(self, fact: JobFact, job: JobPosting, now: datetime) -> None: ...


class PreferenceStore(Protocol):
    """What people want of jobs."""

    async def find(self, owner_id: str) -> Preferences:
        """Empty ones when they were never set."""

    async def find_all(self, owner_ids: Sequence[str]) -> Mapping[str, Preferences]:
        """Those that were set."""

    async def put(self, owner_id: str, tenant: str, wanted: Preferences, now: datetime) -> None:
        """Replaces what is stored, and whether the person may appear among candidates."""

    async def erase(self, owner_id: str) -> None:
        """As if they had never been set."""


class TitleStore(Protocol):
    """Distinct titles in the space of titles, of one embedding model each."""

    async def find_drawn(self, model: str, words: Sequence[str]) -> Mapping[str, Matrix]:
        """Vectors of those that are known, drawn to their neighbours."""

    async def nearest(self, model: str, vector: Matrix, *, limit: int) -> Matrix:
        """A row each, as they are, nearest first."""

    async def add(self, model: str, words: str, plain: Matrix, drawn: Matrix) -> None:
        """A title that is known stays as it is."""


@dataclass(frozen=True, slots=True)
class IndexedJob:
    """An open job, as the engine finds, filters and judges it."""

    job_id: str
    terms: JobTerms
    title: str
    record: bytes
    vector: Matrix
    expires_at: datetime | None
    indexed_at: datetime


@dataclass(frozen=True, slots=True)
class Search:
    """How jobs are looked for: from a vector, and by the keys of skills of which any is enough. `jobs` is about how many there are."""

    vector: Matrix
    skill_keys: Sequence[int]
    jobs: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """Jobs to be judged. `out_of` is about how many the preferences let through."""

    jobs: Records
    out_of: float


class JobIndex(Protocol):
    """Open jobs. Closed and expired ones are not in it."""

    async def vocabulary(self) -> Vocabulary:
        """As of the last count."""

    async def keys_for(self, skills: Mapping[str, str]) -> Mapping[str, int]:
        """Keys by skill id, made where there are none. `skills` are names by id."""

    async def count_skills(self) -> None:
        """Counts anew how many open jobs ask for each skill."""

    async def put(self, job: IndexedJob) -> None:
        """Replaces what is known of it."""

    async def find(self, job_id: str) -> IndexedJob | None:
        """One job."""

    async def remove(self, job_id: str) -> None:
        """Removes it from the index, and its matches from everybody's."""

    async def remove_expired(self, now: datetime, *, limit: int) -> int:
        """The same for jobs whose time is over; tells how many."""

    async def missing(self, *, before: datetime, after: str, limit: int) -> Sequence[str]:
        """Ids of open jobs that were changed before `before` and are not in it, in the order of their ids, from behind `after`."""

    async def records(self, job_ids: Sequence[str]) -> Records:
        """Of those that are there, in any order."""

    async def candidates(
        self, search: Search, wanted: Preferences, *, now: datetime, limit: int, exact_below: int, least: int = 0
    ) -> Candidates:
        """Jobs that the preferences let through: all of them if there are at most about `exact_below`, else of the nearest between about
        `least` and `limit`, the more the more there are, and those found by words; in any order."""


class PeopleStore(Protocol):
    """People with a resume."""

    async def put(self, person: Person, vector: Matrix, *, visible: bool, now: datetime) -> None:
        """Replaces what is known of them; they are due to be matched."""

    async def find(self, owner_id: str) -> Person | None: ...

    async def remove(self, owner_id: str) -> None:
        """And their matches. What they did with jobs stays with them."""

    async def near(self, vector: Matrix, *, limit: int, visible_only: bool) -> Sequence[Person]:
        """Those whom a job with this vector may fit best."""

    async def with_match(self, job_id: str) -> Sequence[str]:
        """Owners of matches with a job."""

    async def find_all(self, owner_ids: Sequence[str]) -> Sequence[Person]: ...

    async def missing(self, *, before: datetime, after: str, limit: int) -> Sequence[str]:
        """Owners of resumes that were parsed before `before` who are not among them, in order, from behind `after`."""

    async def set_matched(self, owner_id: str, now: datetime, due_at: datetime) -> bool:
        """False, and nothing is kept, when they are gone or were matched later than `now`. Others who match them wait."""

    async def claim_due(self, now: datetime, *, until: datetime, limit: int) -> Sequence[Person]:
        """Those due, who then aren't before `until`. Several callers never get the same."""


class MatchStore(Protocol):
    """The best matches of each person."""

    async def replace(self, owner_id: str, matches: Sequence[Match], *, since: datetime) -> None:
        """What did not change stays untouched, as does what was found after `since`, when this ranking began: it may not know of it."""

    async def add(self, matches: Sequence[Match], *, most: int) -> None:
        """One of each person; of more than `most`, the lowest go."""

    async def remove(self, job_id: str, owner_ids: Sequence[str]) -> None: ...

    async def page(
        self, owner_id: str, order: Order, wanted: JobFilter, *, score: float, skip: int, limit: int
    ) -> Sequence[ListedMatch]:
        """Without those that were removed."""


class MarkStore(Protocol):
    """What people did with jobs."""

    async def find_all(self, owner_id: str) -> Sequence[Mark]:
        """The newest verdicts first."""

    async def removed_by(self, job_id: str, owner_ids: Sequence[str]) -> frozenset[str]:
        """Those of these people who removed the job."""

    async def verdicts(self, owner_ids: Sequence[str], *, most: int) -> Mapping[str, Sequence[Mark]]:
        """The newest verdicts of those who gave any."""

    async def set_removed(self, owner_id: str, job_id: str, now: datetime) -> None: ...

    async def set_verdict(self, owner_id: str, job_id: str, verdict: Verdict | None, now: datetime) -> None: ...

    async def set_applied(self, owner_id: str, job_id: str, now: datetime) -> datetime:
        """The first time counts; it is told."""

    async def erase(self, owner_id: str) -> None:
        """All of a person."""


class MatchLog(Protocol):
    """Who was shown which score. Nothing in it ever changes."""

    async def append(self, shown: Sequence[Shown]) -> None:
        """The same score of the same inputs is written once for a viewer."""


class MatchEvents(Protocol):
    """Tells others what changed for a person, if the transaction commits."""

    async def preferences_changed(self, owner_id: str, tenant: str, now: datetime) -> None: ...

    async def matches_due(self, owner_id: str, tenant: str, now: datetime) -> None: ...


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
    @property
    def preferences(self) -> PreferenceStore: ...
    @property
    def titles(self) -> TitleStore: ...
    @property
    def job_index(self) -> JobIndex: ...
    @property
    def people(self) -> PeopleStore: ...
    @property
    def matches(self) -> MatchStore: ...
    @property
    def marks(self) -> MarkStore: ...
    @property
    def match_log(self) -> MatchLog: ...
    @property
    def match_events(self) -> MatchEvents: ...


class Transactions(Protocol):
    """`async with transactions() as tx:` commits at the end, rolls back on errors. Raises ServiceUnavailable."""

    def __call__(self) -> AbstractAsyncContextManager[Transaction]: ...


class Embedder(Protocol):
    """Turns texts into vectors that lie close where meanings do."""

    async def embed(self, texts: Sequence[str], *, tenant: str) -> Sequence[Embedding]:
        """One a text, all of one model. Raises ServiceUnavailable when no model answers in time."""

    async def embed_titles(self, titles: Sequence[str], *, tenant: str) -> Sequence[Embedding]:
        """The same by the model that tells titles apart best, of those that are served."""


class Writer(Protocol):
    """Words what was found."""

    async def write(self, task: Task, *, tenant: str) -> Writing | None:
        """None when no model writes, or none in time. What is written is a claim: callers check it."""


class ResumeReader(Protocol):
    """Reads a file as a resume."""

    async def read(self, document: bytes, *, filename: str, anonymised: bool, tenant: str) -> ReadResume:
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
