"""The taxonomy as parser's `SkillLinker`."""

from parser_service.domain.model import SkillDetail
from taxonomy import SkillIndex


class TaxonomyLinker:
    """Links by spelling: case, hyphens, plurals and aliases make no difference."""

    def __init__(self, index: SkillIndex) -> None:
        self._index = index

    def link(self, name: str) -> SkillDetail:
        """See the port."""
        found = self._index.link(name)
        if found is None:
            return SkillDetail(name=name)
        return SkillDetail(
            name=name,
            id=found.id,
            taxonomy=found.taxonomy,
            canonical_name=found.name,
            confidence=found.confidence,
        )
