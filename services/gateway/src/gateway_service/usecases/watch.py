"""Following a background parse while it happens."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from gateway_service.domain.jobs import JobState, JobUpdate
from gateway_service.domain.model import StoredResume
from gateway_service.ports import JobUpdates, JobWakeups, ResumeStore, Transactions
from meshkit.errors import ServiceUnavailable

_ENDED = (JobState.COMPLETED, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one look at a job found."""

    # With the resume of the update that completed the job; None when it was deleted since.
    news: Sequence[tuple[JobUpdate, StoredResume | None]]
    # Set on the last sighting: how the job ended.
    ended: JobState | None


@dataclass(frozen=True, slots=True)
class WatchJob:
    """Tells every update of a job once, from the one after `after` to the end of the job."""

    # Transactions that only read.
    looks: Transactions
    updates: JobUpdates
    resumes: ResumeStore
    wakeups: JobWakeups
    # A sighting without news comes at least this often.
    pulse: timedelta

    async def __call__(self, job_id: str, *, owner: str, after: int = 0) -> AsyncGenerator[Sighting]:
        """The first sighting comes at once. Raises JobNotFound, also for jobs of others. Waits for a database that is away."""
        with self.wakeups.watch(job_id) as changed:
            sighting = await self._look(job_id, owner, after)
            while True:
                yield sighting
                if sighting.ended is not None:
                    return
                after = sighting.news[-1][0].sequence if sighting.news else after
                await self._wait(changed)
                sighting = Sighting((), None)
                with suppress(ServiceUnavailable):
                    sighting = await self._look(job_id, owner, after)

    async def _wait(self, changed: asyncio.Event) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.pulse.total_seconds()):
                await changed.wait()
        changed.clear()

    async def _look(self, job_id: str, owner: str, after: int) -> Sighting:
        async with self.looks() as tx:
            # With the update that the watcher has: it tells whether the job has ended.
            known = max(after - 1, 0)
            updates = await self.updates.after(tx, job_id, known, owner=owner)
            if not updates and after:
                # No such update was ever told; the watcher cannot have it.
                after = 0
                updates = await self.updates.after(tx, job_id, 0, owner=owner)
            news = [
                (update, await self.resumes.find(tx, update.resume_id, owner=owner) if update.resume_id else None)
                for update in updates
                if update.sequence > after
            ]
        last = updates[-1].state if updates else None
        return Sighting(news, last if last in _ENDED else None)
