"""What parser needs from outside."""

from typing import Protocol

from parser_service.domain.model import Resume, SkillDetail


class DocumentReader(Protocol):
    """Reads documents within limits on time and memory."""

    async def read(self, document: bytes) -> Resume:
        """Raises the errors of `domain.errors`, or Overloaded when too many documents wait."""
        ...


class SkillLinker(Protocol):
    """Knows what skills are called in a taxonomy."""

    def link(self, name: str) -> SkillDetail:
        """The skill as written, with its id where the taxonomy knows it."""
        ...
