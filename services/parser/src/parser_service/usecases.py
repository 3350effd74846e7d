"""What parser does."""

import hashlib
import time
from dataclasses import dataclass

from parser_service.domain.model import ParsedDocument
from parser_service.domain.redaction import JsonObject, RedactionOptions
from parser_service.ports import DocumentReader, Redactor, SkillLinker


@dataclass(frozen=True, slots=True)
class ParseDocument:
    """Reads a document and links its skills."""

    reader: DocumentReader
    skills: SkillLinker

    async def __call__(self, document: bytes) -> ParsedDocument:
        """Raises what the reader raises."""
        started = time.perf_counter()
        resume = await self.reader.read(document)
        details = tuple(self.skills.link(name) for name in resume.skills)
        return ParsedDocument(
            resume=resume,
            skill_details=details,
            digest=hashlib.sha256(document).hexdigest(),
            size=len(document),
            seconds=time.perf_counter() - started,
        )


@dataclass(frozen=True, slots=True)
class Redact:
    """Removes what tells who a person is."""

    redactor: Redactor

    async def resume(self, resume: JsonObject, options: RedactionOptions) -> JsonObject:
        """From structured data. Raises what the redactor raises."""
        return await self.redactor.redact_resume(resume, options)

    async def document(self, document: bytes, resume: JsonObject, options: RedactionOptions) -> bytes:
        """From the document that the resume was read from; the answer is a PDF. Raises what the redactor raises."""
        return await self.redactor.redact_document(document, resume, options)
