"""The stores of the engine without Postgres: everything is measured, nothing is walked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from matching_service.domain.features import Matrix, Records, job_records
from matching_service.domain.matches import ListedMatch, Mark, Match, Order, Person, Shown, Verdict
from matching_service.domain.model import Candidate
from matching_service.domain.posting import JobPosting
from matching_service.domain.preferences import Preferences, lets_through
from matching_service.domain.search import JobFilter
from matching_service.domain.vocabulary import SkillKey, Vocabulary, vocabulary_of
from matching_service.ports import Candidates, IndexedJob, Search

OwnedJob = tuple[str, str]


@dataclass
class Given:
    """What a person did with a job, and when."""

    removed_at: datetime | None = None
    verdict: Verdict | None = None
    verdict_at: datetime | None = None
    applied_at: datetime | None = None

    def mark(self, job_id: str) -> Mark:
        return Mark(job_id, self.removed_at is not None, self.verdict, self.applied_at)


@dataclass
class StoredPerson:
    person: Person
    vector: Matrix
    visible: bool
    indexed_at: datetime
    due_at: datetime
    matched_at: datetime | None = None

    def told(self) -> Person:
        late = self.matched_at is None or self.matched_at < self.indexed_at or self.due_at <= self.matched_at
        return replace(self.person, matched_at=self.matched_at, pending=late)


@dataclass
class EngineRows:
    preferences: dict[str, Preferences] = field(default_factory=dict)
    titles: dict[tuple[str, str], tuple[Matrix, Matrix]] = field(default_factory=dict)
    keys: dict[str, SkillKey] = field(default_factory=dict)
    counted: int = 0
    jobs: dict[str, IndexedJob] = field(default_factory=dict)
    people: dict[str, StoredPerson] = field(default_factory=dict)
    matches: dict[OwnedJob, Match] = field(default_factory=dict)
    marks: dict[OwnedJob, Given] = field(default_factory=dict)
    log: list[Shown] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)


class InMemoryPreferenceStore:
    def __init__(self, rows: EngineRows) -> None:
        self._rows = rows

    async def find(self, owner_id: str) -> Preferences:
        return self._rows.preferences.get(owner_id, Preferences())

    async def find_all(self, owner_ids: Sequence[str]) -> Mapping[str, Preferences]:
        return {owner: self._rows.preferences[owner] for owner in owner_ids if owner in self._rows.preferences}

    async def put(self, owner_id: str, tenant: str, wanted: Preferences, now: datetime) -> None:
        self._rows.preferences[owner_id] = replace(wanted, updated_at=now)
        if owner_id in self._rows.people:
            self._rows.people[owner_id].visible = wanted.visible_to_employers

    async def erase(self, owner_id: str) -> None:
        self._rows.preferences.pop(owner_id, None)


class InMemoryTitleStore:
    def __init__(self, rows: EngineRows) -> None:
        self._rows = rows

    async def find_drawn(self, model: str, words: Sequence[str]) -> Mapping[str, Matrix]:
        return {one: self._rows.titles[model, one][1] for one in words if (model, one) in self._rows.titles}

    async def nearest(self, model: str, vector: Matrix, *, limit: int) -> Matrix:
        plain = [row for (of, _), (row, _) in self._rows.titles.items() if of == model]
        plain.sort(key=lambda row: -float(row @ vector))
        return np.vstack(plain[:limit]) if plain else np.zeros((0, len(vector)), np.float32)

    async def add(self, model: str, words: str, plain: Matrix, drawn: Matrix) -> None:
        self._rows.titles.setdefault((model, words), (plain, drawn))


class InMemoryJobIndex:
    """`open_jobs` tells postings that may be in it."""

    def __init__(self, rows: EngineRows, open_jobs: Callable[[], Iterable[JobPosting]]) -> None:
        self._rows = rows
        self._open_jobs = open_jobs

    async def vocabulary(self) -> Vocabulary:
        return vocabulary_of(self._rows.keys.values(), jobs=self._rows.counted)

    async def keys_for(self, skills: Mapping[str, str]) -> Mapping[str, int]:
        for skill_id in sorted(skills):
            key = len(self._rows.keys) + 1
            self._rows.keys.setdefault(skill_id, SkillKey(key, skill_id, skills[skill_id]))
        return {skill_id: self._rows.keys[skill_id].key for skill_id in skills}

    async def count_skills(self) -> None:
        self._rows.counted = len(self._rows.jobs)
        asked = [set(job_records(job.record)["skills"][0].tolist()) for job in self._rows.jobs.values()]
        self._rows.keys = {
            skill_id: replace(one, jobs=sum(one.key in keys for keys in asked))
            for skill_id, one in self._rows.keys.items()
        }

    async def put(self, job: IndexedJob) -> None:
        self._rows.jobs[job.job_id] = job

    async def find(self, job_id: str) -> IndexedJob | None:
        return self._rows.jobs.get(job_id)

    async def remove(self, job_id: str) -> None:
        self._rows.jobs.pop(job_id, None)
        self._rows.matches = {key: match for key, match in self._rows.matches.items() if key[1] != job_id}

    async def remove_expired(self, now: datetime, *, limit: int) -> int:
        gone = [job.job_id for job in self._rows.jobs.values() if job.expires_at is not None and job.expires_at <= now]
        for job_id in gone[:limit]:
            await self.remove(job_id)
        return len(gone[:limit])

    async def missing(self, *, before: datetime, after: str, limit: int) -> Sequence[str]:
        ids = [job.id for job in self._open_jobs() if job.updated_at < before and job.id > after]
        return sorted(set(ids) - set(self._rows.jobs))[:limit]

    async def records(self, job_ids: Sequence[str]) -> Records:
        return job_records(b"".join(self._rows.jobs[one].record for one in job_ids if one in self._rows.jobs))

    async def candidates(
        self, search: Search, wanted: Preferences, *, now: datetime, limit: int, exact_below: int, least: int = 0
    ) -> Candidates:
        passing = [
            job
            for job in self._rows.jobs.values()
            if lets_through(wanted, job.terms) and (job.expires_at is None or job.expires_at > now)
        ]
        return Candidates(job_records(b"".join(job.record for job in passing)), len(passing))


class InMemoryPeopleStore:
    """`candidates` tells resumes that are stored."""

    def __init__(self, rows: EngineRows, candidates: Callable[[], Iterable[Candidate]]) -> None:
        self._rows = rows
        self._candidates = candidates

    async def put(self, person: Person, vector: Matrix, *, visible: bool, now: datetime) -> None:
        known = self._rows.people.get(person.owner_id)
        at = known.matched_at if known else None
        self._rows.people[person.owner_id] = StoredPerson(person, vector, visible, now, now, at)

    async def find(self, owner_id: str) -> Person | None:
        known = self._rows.people.get(owner_id)
        return known.told() if known else None

    async def find_all(self, owner_ids: Sequence[str]) -> Sequence[Person]:
        return [self._rows.people[owner].told() for owner in owner_ids if owner in self._rows.people]

    async def remove(self, owner_id: str) -> None:
        self._rows.people.pop(owner_id, None)
        self._rows.matches = {key: match for key, match in self._rows.matches.items() if key[0] != owner_id}

    async def near(self, vector: Matrix, *, limit: int, visible_only: bool) -> Sequence[Person]:
        some = [one for one in self._rows.people.values() if one.visible or not visible_only]
        some.sort(key=lambda one: -float(one.vector @ vector))
        return [one.told() for one in some[:limit]]

    async def with_match(self, job_id: str) -> Sequence[str]:
        return [owner for owner, of in self._rows.matches if of == job_id]

    async def missing(self, *, before: datetime, after: str, limit: int) -> Sequence[str]:
        owners = {one.owner_id for one in self._candidates() if one.parsed_at < before and one.owner_id > after}
        return sorted(owners - set(self._rows.people))[:limit]

    async def set_matched(self, owner_id: str, now: datetime, due_at: datetime) -> bool:
        known = self._rows.people.get(owner_id)
        if known is None or (known.matched_at is not None and known.matched_at > now):
            return False
        known.matched_at, known.due_at = now, due_at
        return True

    async def claim_due(self, now: datetime, *, until: datetime, limit: int) -> Sequence[Person]:
        due = sorted((one for one in self._rows.people.values() if one.due_at <= now), key=lambda one: one.due_at)
        for one in due[:limit]:
            one.due_at = until
        return [one.told() for one in due[:limit]]


class InMemoryMatchStore:
    """`jobs` finds a posting by its id, `passes` says whether a filter of lists lets it through."""

    def __init__(
        self,
        rows: EngineRows,
        jobs: Callable[[str], JobPosting | None],
        passes: Callable[[JobFilter, JobPosting], bool],
    ) -> None:
        self._rows = rows
        self._jobs = jobs
        self._passes = passes

    async def replace(self, owner_id: str, matches: Sequence[Match], *, since: datetime) -> None:
        kept = {match.job_id for match in matches}
        self._rows.matches = {
            key: match
            for key, match in self._rows.matches.items()
            if key[0] != owner_id or key[1] in kept or match.matched_at > since
        }
        self._put(matches)

    async def add(self, matches: Sequence[Match], *, most: int) -> None:
        self._put(matches)
        for owner in {match.owner_id for match in matches}:
            own = [match for match in self._rows.matches.values() if match.owner_id == owner]
            for match in sorted(own, key=lambda one: -one.found.score)[most:]:
                del self._rows.matches[owner, match.job_id]

    async def remove(self, job_id: str, owner_ids: Sequence[str]) -> None:
        for owner in owner_ids:
            self._rows.matches.pop((owner, job_id), None)

    async def page(
        self, owner_id: str, order: Order, wanted: JobFilter, *, score: float, skip: int, limit: int
    ) -> Sequence[ListedMatch]:
        listed = []
        for (owner, job_id), match in self._rows.matches.items():
            job, given = self._jobs(job_id), self._rows.marks.get((owner, job_id), Given())
            if owner != owner_id or job is None or given.removed_at or match.found.score < score:
                continue
            if self._passes(wanted, job):
                listed.append(ListedMatch(match, job, given.mark(job_id)))
        listed.sort(key=lambda one: one.job.id, reverse=True)
        if order is not Order.NEWEST:
            listed.sort(key=lambda one: -one.match.found.score)
        if order is Order.SALARY:
            listed.sort(key=lambda one: -one.job.complete.pay.maximum if one.job.complete.pay else 0.0)
        if order is Order.LOCATION:
            listed.sort(key=lambda one: (not one.job.complete.location, one.job.complete.location.lower()))
        return listed[skip : skip + limit]

    def _put(self, matches: Sequence[Match]) -> None:
        for match in matches:
            known = self._rows.matches.get((match.owner_id, match.job_id))
            if known is None or (
                known.matched_at <= match.matched_at
                and (known.digest != match.digest or known.found.score != match.found.score)
            ):
                self._rows.matches[match.owner_id, match.job_id] = match


class InMemoryMarkStore:
    def __init__(self, rows: EngineRows) -> None:
        self._rows = rows

    async def find_all(self, owner_id: str) -> Sequence[Mark]:
        own = [(job_id, given) for (owner, job_id), given in self._rows.marks.items() if owner == owner_id]
        own.sort(key=lambda one: one[1].verdict_at.timestamp() if one[1].verdict_at else 0.0, reverse=True)
        return [given.mark(job_id) for job_id, given in own]

    async def removed_by(self, job_id: str, owner_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(
            owner for owner in owner_ids if self._rows.marks.get((owner, job_id), Given()).removed_at is not None
        )

    async def verdicts(self, owner_ids: Sequence[str], *, most: int) -> Mapping[str, Sequence[Mark]]:
        given = {owner: [one for one in await self.find_all(owner) if one.verdict][:most] for owner in owner_ids}
        return {owner: some for owner, some in given.items() if some}

    async def erase(self, owner_id: str) -> None:
        for key in [key for key in self._rows.marks if key[0] == owner_id]:
            del self._rows.marks[key]

    async def set_removed(self, owner_id: str, job_id: str, now: datetime) -> None:
        self._given(owner_id, job_id).removed_at = now

    async def set_verdict(self, owner_id: str, job_id: str, verdict: Verdict | None, now: datetime) -> None:
        given = self._given(owner_id, job_id)
        given.verdict, given.verdict_at = verdict, now

    async def set_applied(self, owner_id: str, job_id: str, now: datetime) -> datetime:
        given = self._given(owner_id, job_id)
        given.applied_at = given.applied_at or now
        return given.applied_at

    def _given(self, owner_id: str, job_id: str) -> Given:
        return self._rows.marks.setdefault((owner_id, job_id), Given())


class InMemoryMatchLog:
    def __init__(self, rows: EngineRows) -> None:
        self._rows = rows

    async def append(self, shown: Sequence[Shown]) -> None:
        known = {_of(one) for one in self._rows.log}
        self._rows.log += [one for one in shown if _of(one) not in known]


def _of(shown: Shown) -> tuple[str, str, str, bytes]:
    return shown.viewer, shown.match.resume_id, shown.match.job_id, shown.match.digest


class RecordedMatchEvents:
    def __init__(self, rows: EngineRows) -> None:
        self._rows = rows

    async def preferences_changed(self, owner_id: str, tenant: str, now: datetime) -> None:
        self._rows.told.append(("preferences_changed", owner_id))

    async def matches_due(self, owner_id: str, tenant: str, now: datetime) -> None:
        self._rows.told.append(("matches_due", owner_id))
