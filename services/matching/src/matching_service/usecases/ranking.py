"""What the engine does: keeps its index of jobs and people, ranks jobs for a person, and people for a job."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

import numpy as np

from matching_service.domain.evidence import with_implied_skills, with_skills_named_by_titles
from matching_service.domain.features import (
    JobVectors,
    Records,
    digest_of,
    features_digest,
    ids_of,
    job_record,
    job_records,
    once,
    person_features,
)
from matching_service.domain.feedback import MOST_VERDICTS
from matching_service.domain.judging import FoundJob, Liked, Ranked, explain, inputs_digest, rank
from matching_service.domain.matches import (
    JUDGED,
    JUDGED_ALL,
    JUDGED_FOR_POOR,
    MOST_KEPT,
    MOST_LOOKED_AT,
    POOR,
    Mark,
    Match,
    Person,
    Verdict,
)
from matching_service.domain.model import Profile
from matching_service.domain.nearness import TITLES_FAR, job_vectors, person_vector
from matching_service.domain.posting import JobPosting, requirements_of
from matching_service.domain.preferences import Preferences, lets_through, terms_of
from matching_service.domain.requirements import Requirements
from matching_service.domain.vocabulary import Vocabulary
from matching_service.ports import Clock, IndexedJob, Search, Transaction, Transactions
from matching_service.usecases.vectors import EmbeddedPerson, Vectors
from taxonomy import SkillIndex

# People that a new job is held against at once; others meet it when they are due.
PEOPLE_FOR_JOB = 300
# Skills that so few jobs ask for that all of these are worth judging, and how many of them a person is looked for by.
_RARE_JOBS, _RARE_SKILLS = 60, 8
# Share of all jobs from which on preferences leave so many that the best are hard to find.
_MOST_JOBS = 0.5
_VOCABULARY_SECONDS = 60.0


class Vocabularies:
    """The vocabulary, read again every minute."""

    def __init__(self) -> None:
        self._known: Vocabulary | None = None
        self._read_at = float("-inf")

    async def __call__(self, tx: Transaction, keys: Sequence[int] = ()) -> Vocabulary:
        """One that has these keys."""
        known = self._known
        stale = monotonic() - self._read_at > _VOCABULARY_SECONDS
        if known is None or stale or any(key >= len(known.ids) or not known.ids[key] for key in keys):
            known = self._known = await tx.job_index.vocabulary()
            self._read_at = monotonic()
        return known


class IndexJob:
    """Gives an open job its place in the index. Repeating an event changes nothing."""

    def __init__(
        self, transactions: Transactions, vectors: Vectors, vocabularies: Vocabularies, skills: SkillIndex, clock: Clock
    ) -> None:
        self._transactions = transactions
        self._vectors = vectors
        self._vocabularies = vocabularies
        self._skills = skills
        self._clock = clock

    async def __call__(self, *, event_id: str, job_id: str) -> None:
        """Raises ServiceUnavailable when the embedder is away; the event comes again then."""
        async with self._transactions() as tx:
            job = await tx.jobs.find(job_id)
        if job is None or job.closed:
            return
        embedded = await self._vectors.of_job(job.complete, tenant=job.tenant)
        requirements = await asyncio.to_thread(requirements_of, job.complete, self._skills)
        async with self._transactions() as tx:
            # Whoever changed it meanwhile has told so: that event is on the way.
            now = await tx.jobs.find(job_id, for_change=True)
            if now is None or now.closed or now.updated_at != job.updated_at or not await tx.inbox.first_time(event_id):
                return
            await tx.jobs.set_embedding(job_id, embedded.whole, of=job.updated_at)
            await tx.job_index.put(await self.indexed(tx, job, requirements, embedded.vectors))

    async def indexed(
        self, tx: Transaction, job: JobPosting, requirements: Requirements, vectors: JobVectors
    ) -> IndexedJob:
        """As the index keeps it."""
        keys = await tx.job_index.keys_for({asked.skill.id: asked.skill.name for asked in requirements.skills})
        vocabulary = await self._vocabularies(tx, list(keys.values()))
        return indexed_job(job, requirements, vectors, vocabulary, self._clock())


def indexed_job(
    job: JobPosting, requirements: Requirements, vectors: JobVectors, vocabulary: Vocabulary, now: datetime
) -> IndexedJob:
    """A job as the index keeps it; the vocabulary knows its skills."""
    complete = job.complete
    languages = frozenset(asked.code for asked in requirements.terms.languages if asked.required)
    terms = terms_of(complete, languages)
    record = job_record(
        job.id, requirements, complete.seniority, vectors, vocabulary.keys, expires_at=complete.expires_at
    )
    (vector,) = job_vectors(job_records(record), vocabulary)
    return IndexedJob(job.id, terms, complete.title, record, vector, complete.expires_at, now)


def person_of(
    owner_id: str, tenant: str, resume_id: str, profile: Profile, embedded: EmbeddedPerson, skills: SkillIndex
) -> Person:
    """A person as the index keeps them."""
    shown = with_skills_named_by_titles(with_implied_skills(profile, skills))
    features = person_features(shown, embedded.titles, embedded.chunks, embedded.title_model)
    return Person(owner_id, tenant, resume_id, features, features_digest(features))


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best jobs of a person, and what that rests on."""

    person: Person
    jobs: Ranked
    vocabulary: Vocabulary
    inputs: bytes

    def matches(self, now: datetime, *, most: int = MOST_KEPT) -> Sequence[Match]:
        """With reasons, as they are stored."""
        found = explain(self.person.features, self.jobs[:most], self.vocabulary)
        return matches_of(self.person, found, self.inputs, now)


class RankJobs:
    """Finds the best jobs for a person."""

    def __init__(self, transactions: Transactions, vocabularies: Vocabularies, clock: Clock) -> None:
        self._transactions = transactions
        self._vocabularies = vocabularies
        self._clock = clock

    async def __call__(self, owner_id: str, *, most: int = MOST_KEPT) -> Ranking | None:
        """None for people without a resume."""
        async with self._transactions() as tx:
            person = await tx.people.find(owner_id)
            if person is None:
                return None
            wanted, marks = await tx.preferences.find(owner_id), await tx.marks.find_all(owner_id)
            vocabulary = await self._vocabularies(tx)
            liked = await liked_of(tx, [mark for mark in marks if mark.verdict][:MOST_VERDICTS])
            removed = {mark.job_id for mark in marks if mark.removed}
            ranked, vocabulary = await self._find(tx, person, wanted, vocabulary, liked)
        if removed:
            ranked = ranked[np.array([job_id not in removed for job_id in ids_of(ranked.jobs)], bool)]
        return Ranking(person, ranked[:most], vocabulary, inputs_digest(person, wanted, vocabulary, liked))

    async def _find(
        self, tx: Transaction, person: Person, wanted: Preferences, vocabulary: Vocabulary, liked: Liked | None
    ) -> tuple[Ranked, Vocabulary]:
        now, features = self._clock(), person.features
        search = search_for(person, vocabulary)
        found = await tx.job_index.candidates(search, wanted, now=now, limit=JUDGED, exact_below=JUDGED_ALL)
        # Others may have put jobs into the index since, with skills of which this process has not heard.
        vocabulary = await self._vocabularies(tx, keys_in(found.jobs))
        ranked = await asyncio.to_thread(rank, features, found.jobs, vocabulary, liked)
        # Of a part of all jobs, a larger share is judged already; and a walk past all others would take long.
        deep = round(min(found.out_of / 50, JUDGED_FOR_POOR)) if found.out_of > _MOST_JOBS * vocabulary.total else 0
        if deep <= len(found.jobs) or (ranked.scores[:MOST_LOOKED_AT] >= POOR).all():
            return ranked, vocabulary
        more = await tx.job_index.candidates(
            replace(search, vector=person_vector(features, vocabulary, TITLES_FAR)),
            wanted,
            now=now,
            limit=deep,
            least=deep,
            exact_below=JUDGED_ALL,
        )
        jobs = once(np.concatenate([found.jobs, more.jobs]))
        return await asyncio.to_thread(rank, features, jobs, vocabulary, liked), vocabulary


def keys_in(jobs: Records) -> Sequence[int]:
    """The newest key of a skill that these jobs ask for; none when they ask for none."""
    newest = int(jobs["skills"].max(initial=0))
    return [newest] if newest else []


def search_for(person: Person, vocabulary: Vocabulary) -> Search:
    """From the vector of the person, and by the rarest skills."""
    keys = [key for skill_id in sorted(person.features.skill_ids) if (key := vocabulary.keys.get(skill_id)) is not None]
    rare = sorted((vocabulary.jobs[key], key) for key in keys if vocabulary.jobs[key] <= _RARE_JOBS)
    vector = person_vector(person.features, vocabulary)
    return Search(vector, [key for _, key in rare[:_RARE_SKILLS]], vocabulary.total)


async def liked_of(tx: Transaction, marks: Sequence[Mark]) -> Liked | None:
    """Verdicts, with the jobs that they are on, so far as these are open."""
    if not marks:
        return None
    verdicts = {mark.job_id: 1.0 if mark.verdict is Verdict.UP else -1.0 for mark in marks}
    return liked_among(await tx.job_index.records(sorted(verdicts)), verdicts)


def matches_of(person: Person, best: Sequence[FoundJob], inputs: bytes, now: datetime) -> Sequence[Match]:
    """As they are stored."""
    return [
        Match(person.owner_id, one.job_id, person.resume_id, one.found, digest_of(inputs, one.digest), now)
        for one in best
    ]


class RankPeople:
    """Holds people against a job: those whom it may fit best, and others that are named."""

    def __init__(self, transactions: Transactions, vocabularies: Vocabularies, clock: Clock) -> None:
        self._transactions = transactions
        self._vocabularies = vocabularies
        self._clock = clock

    async def __call__(
        self, job_id: str, *, visible_only: bool = False, also_matched: bool = False
    ) -> tuple[Sequence[tuple[Person, Match]], Sequence[str]]:
        """Those whose preferences let the job through and who didn't remove it, best first; and the ids of the others.

        `also_matched`: with those who have the job among their matches. Nobody, when the job is not open.
        """
        async with self._transactions() as tx:
            job = await tx.job_index.find(job_id)
            if job is None or (job.expires_at is not None and job.expires_at <= self._clock()):
                return [], []
            people = list(await tx.people.near(job.vector, limit=PEOPLE_FOR_JOB, visible_only=visible_only))
            if also_matched:
                near = {person.owner_id for person in people}
                others = [one for one in await tx.people.with_match(job_id) if one not in near]
                people += await tx.people.find_all(others)
            owners = [person.owner_id for person in people]
            wanted = await tx.preferences.find_all(owners)
            removed = await tx.marks.removed_by(job_id, owners)
            # What people think of jobs is nobody else's business: a poster's list does without.
            verdicts = {} if visible_only else await tx.marks.verdicts(owners, most=MOST_VERDICTS)
            said = await tx.job_index.records(sorted({mark.job_id for some in verdicts.values() for mark in some}))
            vocabulary = await self._vocabularies(tx, keys_in(job_records(job.record)))
        liked = {
            owner: liked_among(said, {one.job_id: 1.0 if one.verdict is Verdict.UP else -1.0 for one in some})
            for owner, some in verdicts.items()
        }

        def judged() -> list[tuple[Person, Match]]:
            record, now, found = job_records(job.record), self._clock(), []
            for person in people:
                wishes = wanted.get(person.owner_id, Preferences())
                if person.owner_id in removed or not lets_through(wishes, job.terms):
                    continue
                theirs = liked.get(person.owner_id)
                best = explain(person.features, rank(person.features, record, vocabulary, theirs), vocabulary)
                inputs = inputs_digest(person, wishes, vocabulary, theirs)
                found += [(person, match) for match in matches_of(person, best, inputs, now)]
            return sorted(found, key=lambda one: (-one[1].found.score, one[0].owner_id))

        # Some hundred people take a tenth of a second of computing: not on the event loop.
        ranked = await asyncio.to_thread(judged)
        let_through = {person.owner_id for person, _ in ranked}
        return ranked, [owner for owner in owners if owner not in let_through]


def liked_among(records: Records, verdicts: Mapping[str, float]) -> Liked | None:
    """Verdicts by job id, with those of the records that they are on."""
    ids = ids_of(records)
    rows = [row for row, job_id in enumerate(ids) if job_id in verdicts]
    if not rows:
        return None
    rows.sort(key=lambda row: ids[row])
    return Liked(records[rows], np.array([verdicts[ids[row]] for row in rows], np.float32))
