"""Finding, listing and removing resumes."""

from dataclasses import dataclass

from gateway_service.domain.model import Document, Page, StoredResume
from gateway_service.ports import DocumentStorage, DocumentStore, Events, JobStore, ResumeStore, Transactions, Tx
from meshkit.errors import NotFound


@dataclass(frozen=True, slots=True)
class KeepResumes:
    """Finds, lists and removes stored resumes."""

    transactions: Transactions
    store: ResumeStore
    documents: DocumentStore
    storage: DocumentStorage
    jobs: JobStore
    events: Events

    async def get(self, resume_id: str, *, owner: str) -> StoredResume:
        """Raises NotFound, also for resumes of others."""
        async with self.transactions() as tx:
            resume = await self.store.find(tx, resume_id, owner=owner)
        if resume is None:
            raise NotFound(resource="Resume")
        return resume

    async def newest(self, *, owner: str) -> StoredResume:
        """The one that was stored last. Raises NotFound before the first."""
        page = await self.page(owner=owner, after=None, size=1)
        if not page.resumes:
            raise NotFound(resource="Resume")
        return page.resumes[0]

    async def page(self, *, owner: str, after: str | None, size: int) -> Page:
        """Newest first."""
        async with self.transactions() as tx:
            return await self.store.page(tx, owner=owner, after=after, size=size)

    async def document(self, resume_id: str, *, owner: str) -> tuple[StoredResume, Document, bytes]:
        """The resume and what it was read from. Raises NotFound, also for resumes of others and for originals that are gone."""
        resume = await self.get(resume_id, owner=owner)
        if resume.document_id is None:
            raise NotFound(resource="Document")
        async with self.transactions() as tx:
            document = await self.documents.find(tx, resume.document_id, owner=owner)
        if document is None:
            raise NotFound(resource="Document")
        try:
            return resume, document, await self.storage.get(document.id)
        except FileNotFoundError as fault:
            raise NotFound(resource="Document") from fault

    async def delete(self, resume_id: str, *, owner: str) -> None:
        """Also erases its document and jobs, and what others derived from it. Raises NotFound, also for resumes of others."""
        async with self.transactions() as tx:
            await self.remove(tx, resume_id, owner=owner)

    async def remove(self, tx: Tx, resume_id: str, *, owner: str) -> None:
        """Deletes within a transaction. Raises NotFound, also for resumes of others."""
        removed = await self.store.remove(tx, resume_id, owner=owner)
        if removed is None:
            raise NotFound(resource="Resume")
        await self.jobs.remove_for_resume(tx, resume_id)
        if removed.document_id is not None:
            await self.documents.release(tx, removed.document_id)
        await self.events.resume_deleted(tx, removed)
