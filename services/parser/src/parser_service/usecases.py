"""What parser does."""

import hashlib
import time
from dataclasses import dataclass

from parser_service.domain.model import ParsedDocument
from parser_service.ports import DocumentReader, SkillLinker


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
