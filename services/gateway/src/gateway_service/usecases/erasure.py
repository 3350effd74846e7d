"""Forgetting a user."""

from dataclasses import dataclass
from datetime import timedelta

from gateway_service.ports import (
    BatchStore,
    Clock,
    DeadLetters,
    DocumentStorage,
    DocumentStore,
    Erasures,
    Events,
    JobStore,
    ResumeStore,
    ToldEvents,
    Transactions,
    WebhookStore,
)
from gateway_service.usecases.resumes import KeepResumes

# Tokens that were given out before are believed until they end, and calls that were on their way are finished.
LATE = timedelta(hours=1)
_BATCH = 100
_LETTERS = 1000


@dataclass(frozen=True, slots=True)
class EraseOwner:
    """Removes all that is kept of a user: jobs, batches, resumes, originals, webhooks, and what was told of them. Figures stay.

    Every step may be done again. What fails in between is made up for when the event comes again, or by the next round.
    """

    transactions: Transactions
    erasures: Erasures
    resumes: ResumeStore
    documents: DocumentStore
    storage: DocumentStorage
    jobs: JobStore
    batches: BatchStore
    webhooks: WebhookStore
    letters: DeadLetters
    events: Events
    told: ToldEvents
    keep: KeepResumes
    clock: Clock

    async def __call__(self, owner: str) -> None:
        """Raises ServiceUnavailable while database, storage or broker are away."""
        async with self.transactions() as tx:
            await self.erasures.mark(tx, owner=owner, now=self.clock())
        await self._erase(owner)
        # What the relay handed on meanwhile was withdrawn too late.
        await self.told.forget(owner=owner)

    async def again(self) -> None:
        """What came in for users who were erased lately."""
        async with self.transactions() as tx:
            marked = await self.erasures.marked(tx)
        for owner, erased_at in marked:
            late = self.clock() - erased_at > LATE
            if await self._erase(owner) or late:
                await self.told.forget(owner=owner)
            if late:
                async with self.transactions() as tx:
                    await self.erasures.unmark(tx, owner=owner)

    async def _erase(self, owner: str) -> bool:
        """Whether there were resumes, of which others were told."""
        async with self.transactions() as tx:
            # Jobs first: what a worker hands in for them later is taken by nobody.
            gone = set(await self.jobs.remove_of(tx, owner=owner))
            await self.batches.remove_of(tx, owner=owner)
            await self.webhooks.remove_of(tx, owner=owner)
        told = False
        while await self._erase_resumes(owner):
            told = True
        async with self.transactions() as tx:
            await self.events.withdraw(tx, owner=owner)
        while await self._erase_documents(owner):
            pass
        if gone:
            letters, _ = await self.letters.page(size=_LETTERS)
            for letter in letters:
                if letter.job_id in gone:
                    await self.letters.remove(letter.id)
        return told

    async def _erase_resumes(self, owner: str) -> bool:
        """With what others derived from them."""
        async with self.transactions() as tx:
            found = await self.resumes.of(tx, owner=owner, limit=_BATCH)
            for resume_id in found:
                await self.keep.remove(tx, resume_id, owner=owner)
        return bool(found)

    async def _erase_documents(self, owner: str) -> bool:
        """Bytes first, then the row: a crash in between leaves a row, and the next round goes on."""
        async with self.transactions() as tx:
            found = await self.documents.of(tx, owner=owner, limit=_BATCH)
            for document_id in found:
                await self.storage.delete(document_id)
            await self.documents.remove(tx, found)
        return bool(found)
