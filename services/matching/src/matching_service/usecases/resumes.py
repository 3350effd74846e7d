"""What matching does with resumes."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from matching_service.domain.arrival import may_be_on_its_way
from matching_service.domain.calibration import cosine
from matching_service.domain.errors import ResumeNotReady
from matching_service.domain.evidence import with_implied_skills, with_skills_of_titles
from matching_service.domain.model import Candidate, Profile
from matching_service.domain.nearness import person_vector
from matching_service.domain.requirements import read_requirements
from matching_service.domain.scoring import Match, score
from matching_service.domain.summary import job_summary, profile_summary
from matching_service.ports import Clock, Embedder, Transaction, Transactions
from matching_service.usecases.matches import RefreshMatches
from matching_service.usecases.ranking import Vocabularies, person_of
from matching_service.usecases.vectors import EmbeddedPerson, Vectors
from meshkit.errors import NotFound, ServiceUnavailable
from taxonomy import SkillIndex

RETRY_AFTER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ScoredResume:
    """A match, and the model behind its semantic component; empty when there was none."""

    match: Match
    embedding_model: str


class StoreCandidate:
    """Keeps a resume that was parsed, for scores and for the engine. Repeating an event changes nothing."""

    def __init__(
        self,
        transactions: Transactions,
        vectors: Vectors,
        vocabularies: Vocabularies,
        skills: SkillIndex,
        refresh: RefreshMatches,
        clock: Clock,
    ) -> None:
        self._transactions = transactions
        self._vectors = vectors
        self._vocabularies = vocabularies
        self._skills = skills
        self._refresh = refresh
        self._clock = clock

    async def __call__(
        self, *, event_id: str, resume_id: str, owner_id: str, tenant: str, parsed_at: datetime, profile: Profile
    ) -> None:
        """Raises ServiceUnavailable when the embedder or the database is away; the event comes again then."""
        # Before the transaction: a connection is not held while a model works.
        embedded = await self._vectors.of_person(profile, tenant=tenant)
        async with self._transactions() as tx:
            if await tx.inbox.first_time(event_id):
                await tx.candidates.put(Candidate(resume_id, owner_id, parsed_at, profile, embedded.whole))
                newest = await tx.candidates.newest(owner_id)
                if newest is not None and newest.resume_id == resume_id and newest.parsed_at == parsed_at:
                    await self._index(tx, newest, tenant, embedded)
        await self._refresh(owner_id)

    async def bring_up_to_date(self, owner_id: str, tenant: str) -> None:
        """Matches a person again, by the newest resume that there is: another may have been erased, or none been indexed yet."""
        async with self._transactions() as tx:
            newest, person = await tx.candidates.newest(owner_id), await tx.people.find(owner_id)
            if newest is None:
                await tx.people.remove(owner_id)
                return
        if person is None or person.resume_id != newest.resume_id:
            embedded = await self._vectors.of_person(newest.profile, tenant=tenant)
            async with self._transactions() as tx:
                # It may be gone by now, too: its own event sees to that.
                if await tx.candidates.find(newest.resume_id, owner_id=owner_id) is not None:
                    await self._index(tx, newest, tenant, embedded)
        await self._refresh(owner_id)

    async def _index(self, tx: Transaction, newest: Candidate, tenant: str, embedded: EmbeddedPerson) -> None:
        person = person_of(newest.owner_id, tenant, newest.resume_id, newest.profile, embedded, self._skills)
        vector = person_vector(person.features, await self._vocabularies(tx))
        visible = (await tx.preferences.find(newest.owner_id)).visible_to_employers
        await tx.people.put(person, vector, visible=visible, now=self._clock())


class EraseCandidate:
    """Forgets a resume that was deleted, and the analyses that were made of it."""

    def __init__(self, transactions: Transactions, store: StoreCandidate, clock: Clock) -> None:
        self._transactions = transactions
        self._store = store
        self._clock = clock

    async def __call__(self, *, event_id: str, resume_id: str, owner_id: str, tenant: str) -> None:
        """Repeating an event changes nothing."""
        async with self._transactions() as tx:
            if await tx.inbox.first_time(event_id):
                await tx.candidates.erase(resume_id, self._clock())
                await tx.analyses.erase(resume_id)
        await self._store.bring_up_to_date(owner_id, tenant)


class EraseUser:
    """Forgets a user who was erased: resumes, analyses, matches, preferences and what they did with jobs.

    Jobs that they posted are no data about them, and stay; so does the log of scores shown, which knows people by ids only.
    """

    def __init__(self, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    async def __call__(self, *, event_id: str, user_id: str) -> None:
        """Repeating an event changes nothing. Resumes that come later are deleted by gateway, which tells of each."""
        async with self._transactions() as tx:
            if await tx.inbox.first_time(event_id):
                for resume_id in await tx.candidates.of(owner_id=user_id):
                    await tx.candidates.erase(resume_id, self._clock())
                await tx.analyses.erase_of(owner_id=user_id)
                await tx.people.remove(user_id)
                await tx.preferences.erase(user_id)
                await tx.marks.erase(user_id)


class MatchResume:
    """Scores a resume of the caller against the text of a job."""

    def __init__(
        self,
        transactions: Transactions,
        embedder: Embedder,
        skills: SkillIndex,
        clock: Clock,
        *,
        arrival_grace: timedelta,
    ) -> None:
        self._transactions = transactions
        self._embedder = embedder
        self._skills = skills
        self._clock = clock
        self._arrival_grace = arrival_grace

    async def __call__(self, resume_id: str, job_text: str, *, owner_id: str, tenant: str) -> ScoredResume:
        """Raises NotFound, ResumeNotReady, InvalidRequest; ServiceUnavailable when there is nothing to judge by without a model."""
        candidate = await self._find(resume_id, owner_id)
        # A job text of 100,000 characters takes a tenth of a second of computing: not on the event loop.
        requirements = await asyncio.to_thread(read_requirements, job_text, self._skills)
        similarity, model = await self._similarity(candidate, job_text, tenant)
        profile = with_skills_of_titles(with_implied_skills(candidate.profile, self._skills), requirements.skills)
        match = score(profile, requirements, similarity)
        if match is None:
            raise ServiceUnavailable(service="inference", retry_after=RETRY_AFTER)
        return ScoredResume(match, model)

    async def _find(self, resume_id: str, owner_id: str) -> Candidate:
        async with self._transactions() as tx:
            candidate = await tx.candidates.find(resume_id, owner_id=owner_id)
            erased = candidate is None and await tx.candidates.is_erased(resume_id)
        if candidate is not None:
            return candidate
        if not erased and may_be_on_its_way(resume_id, now=self._clock(), grace=self._arrival_grace):
            raise ResumeNotReady(resume_id=resume_id, retry_after=RETRY_AFTER)
        raise NotFound(resource="Resume")

    async def _similarity(self, candidate: Candidate, job_text: str, tenant: str) -> tuple[float | None, str]:
        try:
            (job,) = await self._embedder.embed([job_summary(job_text)], tenant=tenant)
            resume = candidate.embedding
            if resume.model != job.model:
                # The model was changed since the resume was stored; vectors of different models must not be compared.
                (resume,) = await self._embedder.embed([profile_summary(candidate.profile)], tenant=tenant)
        except ServiceUnavailable:
            return None, ""
        return cosine(resume.vector, job.vector), job.model
