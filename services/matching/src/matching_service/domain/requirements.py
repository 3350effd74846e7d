"""What a job text asks for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from matching_service.domain.degrees import AskedEducation, asked_education
from matching_service.domain.experience import asked_years
from matching_service.domain.passages import Force, passages
from meshkit.errors import FieldViolation, InvalidRequest
from taxonomy import Skill, SkillIndex

_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class AskedSkill:
    """A skill that the job asks for; not required means preferred."""

    skill: Skill
    required: bool


@dataclass(frozen=True, slots=True)
class Requirements:
    """Empty parts are those that the text says nothing about."""

    skills: tuple[AskedSkill, ...] = ()
    years: float | None = None
    education: AskedEducation | None = None


def read_requirements(text: str, index: SkillIndex) -> Requirements:
    """Reads a job text in plain words. Raises InvalidRequest when it holds no word."""
    if not _LETTER.search(text):
        raise InvalidRequest(FieldViolation("job_description", "holds no words; send the text of the job"))
    asking = [passage for passage in passages(text) if passage.force is not Force.NONE]
    required = [passage.text for passage in asking if passage.force is Force.REQUIRED]
    skills: dict[str, AskedSkill] = {}
    for passage in asking:
        for mention in index.find(passage.text):
            is_required = passage.force is Force.REQUIRED
            known = skills.get(mention.skill.id)
            # Named twice: the stronger mention counts, at the place of the first.
            skills[mention.skill.id] = AskedSkill(mention.skill, is_required or (known is not None and known.required))
    return Requirements(
        skills=tuple(_required_first(skills.values())), years=asked_years(required), education=asked_education(required)
    )


def _required_first(skills: Iterable[AskedSkill]) -> list[AskedSkill]:
    return sorted(skills, key=lambda asked: not asked.required)
