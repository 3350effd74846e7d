"""How a background parse ends: once, with its batch counted and those told who asked to be."""

from dataclasses import dataclass, replace

from gateway_service.domain.jobs import Job, JobFailure, JobState
from gateway_service.ports import BatchStore, Clock, DocumentStore, Flights, JobStore, Notices, Tx
from gateway_service.usecases.parse import Results, flight_key


@dataclass(frozen=True, slots=True)
class EndJobs:
    """Writes the end of a job. The job must be locked.

    Figures are counted before batches everywhere: two transactions that take both never wait for each other.
    """

    jobs: JobStore
    batches: BatchStore
    documents: DocumentStore
    flights: Flights
    results: Results
    notices: Notices
    clock: Clock

    async def complete(self, tx: Tx, job: Job, *, resume_id: str) -> None:
        """With a resume, which has been counted."""
        await self.flights.release(tx, flight_key(job.owner, job.digest), holder=job.id)
        await self._end(tx, job.completed(self.clock(), resume_id=resume_id))

    async def fail(self, tx: Tx, job: Job, failure: JobFailure) -> Job:
        """Without; its document is of no more use."""
        if job.document_id is not None:
            await self.documents.release(tx, job.document_id)
        await self.flights.release(tx, flight_key(job.owner, job.digest), holder=job.id)
        await self.results.count_failure(tx)
        return await self._end(tx, job.failed(self.clock(), failure))

    async def revive(self, tx: Tx, job: Job) -> Job:
        """A failed job is queued again."""
        revived = job.revived(self.clock())
        if job.batch_id is not None:
            await self.batches.count(tx, job.batch_id, failed=-1, now=revived.updated_at)
        await self.jobs.save(tx, revived)
        return revived

    async def _end(self, tx: Tx, ended: Job) -> Job:
        if ended.batch_id is None:
            await self.jobs.save(tx, ended)
            await self.notices.job_ended(tx, ended)
            return ended
        completed = ended.state is JobState.COMPLETED
        batch = await self.batches.count(
            tx, ended.batch_id, completed=int(completed), failed=int(not completed), now=ended.updated_at
        )
        ended = replace(ended, batch_sequence=batch.sequence)
        await self.jobs.save(tx, ended)
        if batch.ended:
            await self.notices.batch_ended(tx, batch)
        return ended
