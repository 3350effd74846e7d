"""What people do with their matches, and how these are kept up to date."""

import asyncio
import hashlib
import hmac
from dataclasses import replace
from datetime import datetime, timedelta

from matching_service.domain.industries import NAMES
from matching_service.domain.matches import (
    MOST_KEPT,
    AnonymousCandidate,
    Audience,
    MatchPage,
    Order,
    Shown,
    State,
    Verdict,
)
from matching_service.domain.posting import JobPosting
from matching_service.domain.preferences import Preferences
from matching_service.domain.search import JobFilter
from matching_service.ports import Clock, Transaction, Transactions
from matching_service.usecases.ranking import RankJobs, RankPeople
from meshkit.errors import FieldViolation, InvalidRequest, NotFound, PermissionDenied

# Matches are made again at least this often.
REMATCH_AFTER = timedelta(days=1)


class KeepPreferences:
    """What a person wants."""

    def __init__(self, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    async def get(self, owner_id: str) -> Preferences:
        """Empty ones when they were never set."""
        async with self._transactions() as tx:
            return await tx.preferences.find(owner_id)

    async def put(self, owner_id: str, tenant: str, wanted: Preferences) -> Preferences:
        """Replaces them; matches follow by an event. Raises InvalidRequest for industries that nobody knows."""
        if unknown := sorted(wanted.ignored_industries - NAMES):
            raise InvalidRequest(
                FieldViolation(
                    "preferences.ignored_industries", f"{unknown[0]} is not one of: {', '.join(sorted(NAMES))}"
                )
            )
        if wanted.salary and 0 < wanted.salary.maximum < wanted.salary.minimum:
            raise InvalidRequest(FieldViolation("preferences.salary.maximum", "must not be below minimum"))
        now = self._clock()
        async with self._transactions() as tx:
            await tx.preferences.put(owner_id, tenant, wanted, now)
            await tx.match_events.preferences_changed(owner_id, tenant, now)
        return replace(wanted, updated_at=now)


class RefreshMatches:
    """Matches a person again and keeps the result. Repeating it changes nothing."""

    def __init__(self, transactions: Transactions, rank: RankJobs, clock: Clock) -> None:
        self._transactions = transactions
        self._rank = rank
        self._clock = clock

    async def __call__(self, owner_id: str) -> tuple[int, State, datetime]:
        """How many are kept, whether there was a resume, and when that was."""
        now = self._clock()
        ranking = await self._rank(owner_id)
        if ranking is None:
            return 0, State.NO_RESUME, now
        matches = await asyncio.to_thread(ranking.matches, now)
        async with self._transactions() as tx:
            # Events come side by side: of two rankings the one that began later knows more.
            if await tx.people.set_matched(owner_id, now, now + REMATCH_AFTER):
                await tx.matches.replace(owner_id, matches, since=now)
        return len(matches), State.READY, now


class MatchJob:
    """Brings the matches of people up to date with a job that was posted or changed, or is gone. Repeating it changes nothing."""

    def __init__(self, transactions: Transactions, rank: RankPeople) -> None:
        self._transactions = transactions
        self._rank = rank

    async def changed(self, job_id: str) -> None:
        """The job was put into the index."""
        ranked, others = await self._rank(job_id, also_matched=True)
        async with self._transactions() as tx:
            await tx.matches.remove(job_id, others)
            await tx.matches.add([match for _, match in ranked], most=MOST_KEPT)

    async def gone(self, job_id: str) -> None:
        """The job was closed."""
        async with self._transactions() as tx:
            await tx.job_index.remove(job_id)


class UseMatches:
    """A person's own matches."""

    def __init__(self, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock

    async def page(
        self, owner_id: str, order: Order, wanted: JobFilter, *, score: float, skip: int, size: int
    ) -> MatchPage:
        """What is shown is logged."""
        now = self._clock()
        async with self._transactions() as tx:
            person = await tx.people.find(owner_id)
            if person is None:
                return MatchPage((), "", State.NO_RESUME, None)
            changed_at = (await tx.preferences.find(owner_id)).updated_at
            listed = await tx.matches.page(owner_id, order, wanted, score=score, skip=skip, limit=size + 1)
            shown = [Shown(owner_id, Audience.PERSON, one.match, now) for one in listed[:size]]
            await tx.match_log.append(shown)
        outdated = person.matched_at is None or (changed_at is not None and changed_at > person.matched_at)
        return MatchPage(
            listed[:size],
            str(skip + size) if len(listed) > size else "",
            State.PENDING if outdated or person.pending else State.READY,
            person.matched_at,
        )

    async def remove(self, owner_id: str, job_id: str) -> None:
        """For good. Raises NotFound for jobs that never were."""
        async with self._transactions() as tx:
            await _job(tx, job_id)
            await tx.marks.set_removed(owner_id, job_id, self._clock())

    async def judge(self, owner_id: str, tenant: str, job_id: str, verdict: Verdict | None) -> None:
        """Moves the next ranking, which an event asks for. Raises NotFound."""
        now = self._clock()
        async with self._transactions() as tx:
            await _job(tx, job_id)
            await tx.marks.set_verdict(owner_id, job_id, verdict, now)
            await tx.match_events.matches_due(owner_id, tenant, now)

    async def apply(self, owner_id: str, job_id: str) -> tuple[str, datetime]:
        """Where to apply, and when the person went there first. Raises NotFound."""
        async with self._transactions() as tx:
            job = await _job(tx, job_id)
            at = await tx.marks.set_applied(owner_id, job_id, self._clock())
        return job.complete.apply_url or f"/api/v1/jobs/{job_id}", at


async def _job(tx: Transaction, job_id: str) -> JobPosting:
    job = await tx.jobs.find(job_id)
    if job is None:
        raise NotFound(resource="Job")
    return job


class FindCandidates:
    """People for a job, for its poster."""

    def __init__(self, transactions: Transactions, rank: RankPeople, clock: Clock, *, secret: bytes) -> None:
        self._transactions = transactions
        self._rank = rank
        self._clock = clock
        self._secret = secret

    async def __call__(self, job_id: str, viewer: str, *, skip: int, size: int) -> tuple[list[AnonymousCandidate], str]:
        """Those who agreed to appear, best first, and the cursor of the next page. Raises NotFound, PermissionDenied."""
        async with self._transactions() as tx:
            job = await _job(tx, job_id)
        if job.owner_id != viewer:
            raise PermissionDenied
        ranked, _ = await self._rank(job_id, visible_only=True)
        page, now = ranked[skip : skip + size], self._clock()
        async with self._transactions() as tx:
            await tx.match_log.append([Shown(viewer, Audience.POSTER, match, now) for _, match in page])
        candidates = [
            AnonymousCandidate(
                self._pseudonym(job_id, person.owner_id),
                match.found,
                person.features.total_years,
                person.features.seniority,
            )
            for person, match in page
        ]
        return candidates, str(skip + size) if len(ranked) > skip + size else ""

    def _pseudonym(self, job_id: str, owner_id: str) -> str:
        """Another one at every job: lists of several jobs can't be put together."""
        return hmac.digest(self._secret, f"candidate {job_id} {owner_id}".encode(), hashlib.sha256)[:12].hex()
