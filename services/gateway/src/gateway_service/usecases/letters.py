"""What operators do about jobs that were given up."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway_service.domain.jobs import DeadLetter, JobState
from gateway_service.ports import DeadLetters, DocumentStore, Events, JobStore, Transactions
from gateway_service.usecases.endings import EndJobs
from meshkit.errors import NotFound


@dataclass(frozen=True, slots=True)
class SettleDeadLetters:
    """Lists, retries and drops dead letters."""

    transactions: Transactions
    letters: DeadLetters
    jobs: JobStore
    documents: DocumentStore
    events: Events
    end: EndJobs

    async def page(self, *, size: int) -> tuple[Sequence[DeadLetter], int]:
        """The oldest, and how many there are in all."""
        return await self.letters.page(size=size)

    async def retry(self, letter_id: str) -> DeadLetter:
        """Queues the job once more, under its own id. Raises NotFound, also when the job is gone."""
        letter = await self._find(letter_id)
        async with self.transactions() as tx:
            job = await self.jobs.lock(tx, letter.job_id)
            if job is None:
                raise NotFound(resource="Job")
            # A letter that was retried before and could not be removed then is only removed.
            if job.state is JobState.FAILED:
                await self.events.job_queued(tx, await self.end.revive(tx, job))
        await self.letters.remove(letter.id)
        return letter

    async def drop(self, letter_id: str) -> None:
        """Its job stays failed, its document goes. Raises NotFound."""
        letter = await self._find(letter_id)
        async with self.transactions() as tx:
            job = await self.jobs.lock(tx, letter.job_id)
            if job is not None and job.state is JobState.FAILED and job.document_id is not None:
                await self.documents.release(tx, job.document_id)
        await self.letters.remove(letter.id)

    async def _find(self, letter_id: str) -> DeadLetter:
        letter = await self.letters.find(letter_id)
        if letter is None:
            raise NotFound(resource="Dead letter")
        return letter
