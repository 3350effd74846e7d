"""Showing resumes without telling whose they are."""

from dataclasses import dataclass

from gateway_service.domain.model import StoredResume
from gateway_service.ports import Redactor
from gateway_service.usecases.resumes import KeepResumes


@dataclass(frozen=True, slots=True)
class RedactResume:
    """The anonymised view of what is stored; what is stored stays whole."""

    keep: KeepResumes
    redactor: Redactor

    async def resume(self, resume_id: str, *, owner: str, schools: bool) -> bytes:
        """The redacted resume, serialised. Raises NotFound, also for resumes of others."""
        resume = await self.keep.get(resume_id, owner=owner)
        return await self.redactor.redact_resume(resume, schools=schools)

    async def answer(self, resume: StoredResume) -> bytes:
        """The same for a resume at hand, schools kept."""
        return await self.redactor.redact_resume(resume, schools=False)

    async def document(self, resume_id: str, *, owner: str, schools: bool) -> bytes:
        """The redacted document, a PDF. Raises NotFound, also for resumes of others and for originals that are gone."""
        resume, _, original = await self.keep.document(resume_id, owner=owner)
        return await self.redactor.redact_document(original, resume, schools=schools)
