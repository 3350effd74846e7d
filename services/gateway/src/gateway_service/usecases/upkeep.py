"""What has to be done from time to time; several replicas may do it at once."""

from dataclasses import dataclass
from datetime import timedelta

from gateway_service.domain.jobs import JobState, Priority
from gateway_service.ports import (
    BatchStore,
    Clock,
    Deliveries,
    DocumentStorage,
    DocumentStore,
    Events,
    Flights,
    JobStore,
    ResumeStore,
    Transactions,
)
from gateway_service.usecases.erasure import EraseOwner
from gateway_service.usecases.resumes import KeepResumes

_BATCH = 100
# Files of batches may wait long with nothing wrong.
_BATCH_PATIENCE = 12


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept; None: until their owner removes them."""

    documents: timedelta | None
    resumes: timedelta | None
    jobs: timedelta
    # Documents that nothing refers to: uploads that were never accepted, and those of failed jobs.
    released_documents: timedelta
    # What was sent to webhooks.
    deliveries: timedelta


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Finds forgotten jobs and removes what has expired."""

    transactions: Transactions
    jobs: JobStore
    batches: BatchStore
    deliveries: Deliveries
    resumes: ResumeStore
    documents: DocumentStore
    storage: DocumentStorage
    flights: Flights
    keep: KeepResumes
    erase: EraseOwner
    events: Events
    clock: Clock
    # A job in a worker's hands is reported on every few seconds; after this long without, it is queued again.
    lost_after: timedelta
    # A job that waits this long is queued again, should the broker have lost it. Being queued twice does no harm.
    forgotten_after: timedelta
    retention: Retention

    async def __call__(self) -> None:
        """One round."""
        await self.queue_again()
        await self.expire()
        await self.sweep()
        await self.erase.again()

    async def queue_again(self) -> None:
        """Jobs whose worker died with its message, or whose message was lost."""
        for state, priority, patience in (
            (JobState.PROCESSING, Priority.INTERACTIVE, self.lost_after),
            (JobState.PROCESSING, Priority.BATCH, self.lost_after),
            (JobState.QUEUED, Priority.INTERACTIVE, self.forgotten_after),
            (JobState.QUEUED, Priority.BATCH, _BATCH_PATIENCE * self.forgotten_after),
        ):
            now = self.clock()
            async with self.transactions() as tx:
                for job in await self.jobs.silent(tx, state, priority, before=now - patience, limit=_BATCH):
                    queued = job.requeued(now)
                    await self.jobs.save(tx, queued)
                    await self.events.job_queued(tx, queued)

    async def expire(self) -> None:
        """Jobs, resumes and originals that are older than the settings allow."""
        now = self.clock()
        async with self.transactions() as tx:
            for job in await self.jobs.remove_ended(tx, before=now - self.retention.jobs, limit=_BATCH):
                if job.state is JobState.FAILED and job.document_id is not None:
                    await self.documents.release(tx, job.document_id)
            await self.batches.remove_old(tx, before=now - self.retention.jobs)
            await self.deliveries.remove_old(tx, before=now - self.retention.deliveries, limit=_BATCH)
            await self.flights.sweep(tx, now)
        if self.retention.resumes is not None:
            async with self.transactions() as tx:
                for resume in await self.resumes.made_before(tx, now - self.retention.resumes, limit=_BATCH):
                    await self.keep.remove(tx, resume.id, owner=resume.owner)
        if self.retention.documents is not None:
            async with self.transactions() as tx:
                old = await self.documents.added_before(tx, now - self.retention.documents, limit=_BATCH)
                for document_id in old:
                    await self.documents.release(tx, document_id)

    async def sweep(self) -> None:
        """Bytes first, then the row: a crash in between leaves a row, and the next round goes on."""
        before = self.clock() - self.retention.released_documents
        async with self.transactions() as tx:
            gone = await self.documents.released(tx, before=before, limit=_BATCH)
            for document_id in gone:
                await self.storage.delete(document_id)
            await self.documents.remove(tx, gone)
