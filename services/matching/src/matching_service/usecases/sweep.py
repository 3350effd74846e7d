"""What has to happen without an event."""

from datetime import datetime, timedelta

from matching_service.ports import Clock, JobFact, Transaction, Transactions
from matching_service.usecases.matches import REMATCH_AFTER

# Skills are counted anew this often, for their rarity.
COUNT_AFTER = timedelta(hours=6)
# In one go; the rest follows with the next.
MOST_DUE, MOST_EXPIRED, MOST_MISSING = 200, 500, 200
# What is younger may have its event on the way.
MISSING_FROM = timedelta(minutes=10)


class Sweep:
    """Matches grow old, jobs expire, skills become common, and some jobs and people are older than the index."""

    def __init__(self, transactions: Transactions, clock: Clock) -> None:
        self._transactions = transactions
        self._clock = clock
        self._counted_at: datetime | None = None
        self._missing_jobs, self._missing_people = _Rounds(), _Rounds()

    async def __call__(self) -> int:
        """Asks by events for what is due, and tells how many events that took. Several at once share the people who are due."""
        now = self._clock()
        async with self._transactions() as tx:
            due = await tx.people.claim_due(now, until=now + REMATCH_AFTER, limit=MOST_DUE)
            for person in due:
                await tx.match_events.matches_due(person.owner_id, person.tenant, now)
            await tx.job_index.remove_expired(now, limit=MOST_EXPIRED)
            missing = await self._ask_for_jobs(tx, now) + await self._ask_for_people(tx, now)
        if self._counted_at is None or now - self._counted_at >= COUNT_AFTER:
            async with self._transactions() as tx:
                await tx.job_index.count_skills()
            self._counted_at = now
        return len(due) + missing

    async def _ask_for_jobs(self, tx: Transaction, now: datetime) -> int:
        if not self._missing_jobs.is_due(now):
            return 0
        before, after = now - MISSING_FROM, self._missing_jobs.after
        ids = await tx.job_index.missing(before=before, after=after, limit=MOST_MISSING)
        for job in await tx.jobs.find_all(ids):
            await tx.job_events.tell(JobFact.DUE, job, now)
        self._missing_jobs.saw(ids[-1] if len(ids) == MOST_MISSING else None, now)
        return len(ids)

    async def _ask_for_people(self, tx: Transaction, now: datetime) -> int:
        if not self._missing_people.is_due(now):
            return 0
        before, after = now - MISSING_FROM, self._missing_people.after
        owners = await tx.people.missing(before=before, after=after, limit=MOST_MISSING)
        for owner in owners:
            # A user is a tenant of their own.
            await tx.match_events.matches_due(owner, owner, now)
        self._missing_people.saw(owners[-1] if len(owners) == MOST_MISSING else None, now)
        return len(owners)


class _Rounds:
    """Goes through all that is missing page by page, and begins again a day later: what can't be mended is not asked for every minute."""

    def __init__(self) -> None:
        self.after = ""
        self._ended_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        return self._ended_at is None or now - self._ended_at >= REMATCH_AFTER

    def saw(self, last: str | None, now: datetime) -> None:
        """`last` is None on the last page."""
        self.after, self._ended_at = last or "", None if last else now
