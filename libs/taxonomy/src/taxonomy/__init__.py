"""Names of skills, as people write them, linked to taxonomy ids."""

from functools import cache
from itertools import chain

from taxonomy.catalogue import Skill, esco_names, technology_names
from taxonomy.index import SkillIndex, SkillLink, SkillMention

__all__ = ["Skill", "SkillIndex", "SkillLink", "SkillMention", "skills"]


@cache
def skills() -> SkillIndex:
    """The index over everything known; read once, when first asked for. Where both sources know a name, our own table has it."""
    return SkillIndex(chain(technology_names(), esco_names()))
