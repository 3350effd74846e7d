"""What a job text asks for."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from matching_service.domain.alternatives import groups_of_alternatives
from matching_service.domain.degrees import AskedEducation, asked_education
from matching_service.domain.experience import AskedYears, asked_years
from matching_service.domain.language import language_of
from matching_service.domain.passages import Force, Passage, Place, passages
from matching_service.domain.terms import Terms, read_terms
from meshkit.errors import FieldViolation, InvalidRequest
from taxonomy import Skill, SkillIndex, SkillMention

_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class AskedSkill:
    """A skill that the job asks for; not required means preferred.

    `alternatives` are the ids of skills of which one is enough, its own included; empty when it stands for itself.
    """

    skill: Skill
    required: bool
    alternatives: frozenset[str] = frozenset()
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Requirements:
    """Empty parts are those that the text says nothing about."""

    skills: tuple[AskedSkill, ...] = ()
    years: AskedYears | None = None
    education: AskedEducation | None = None
    terms: Terms = field(default_factory=Terms)
    # ISO 639-1; empty when the text does not tell.
    language: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that skills are asked for: a skill, or several of which one is enough."""

    skills: tuple[AskedSkill, ...]

    @property
    def required(self) -> bool:
        """Whether any of them is required."""
        return any(asked.required for asked in self.skills)

    @property
    def name(self) -> str:
        """`Kafka or NATS`."""
        return " or ".join(asked.skill.name for asked in self.skills)

    def held(self, ids: frozenset[str]) -> tuple[AskedSkill, ...]:
        """Those of its skills that are among the ids."""
        return tuple(asked for asked in self.skills if asked.skill.id in ids)


def demands(skills: Iterable[AskedSkill]) -> list[Demand]:
    """Skills with their alternatives put together, in the order of their first."""
    together: dict[frozenset[str], list[AskedSkill]] = {}
    for asked in skills:
        together.setdefault(asked.alternatives or frozenset((asked.skill.id,)), []).append(asked)
    return [Demand(tuple(members)) for members in together.values()]


def read_requirements(text: str, index: SkillIndex) -> Requirements:
    """Reads a job text in plain words. Raises InvalidRequest when it holds no word."""
    if not _LETTER.search(text):
        raise InvalidRequest(FieldViolation("job_description", "holds no words; send the text of the job"))
    everything = list(passages(text))
    terms = read_terms(everything)
    asking = [passage for passage in everything if passage.force is not Force.NONE]
    required = [passage for passage in asking if passage.force is Force.REQUIRED]
    return Requirements(
        skills=tuple(_required_first(_asked_skills(asking, index, terms.salary.place if terms.salary else None))),
        years=asked_years(required),
        education=asked_education(required),
        terms=terms,
        language=language_of(text),
    )


def _asked_skills(asking: Iterable[Passage], index: SkillIndex, pay: Place | None) -> Iterable[AskedSkill]:
    skills: dict[str, AskedSkill] = {}
    for asked in _mentions(asking, index):
        if pay is not None and asked.place is not None and pay.start <= asked.place.start < pay.end:
            continue  # `CAD 150,000`
        known = skills.get(asked.skill.id)
        if known is None:
            skills[asked.skill.id] = asked
            continue
        # Named twice: the stronger mention counts, at the place of the first. Named alone, it is no longer one of several.
        alternatives = known.alternatives if known.alternatives == asked.alternatives else frozenset[str]()
        skills[asked.skill.id] = AskedSkill(known.skill, known.required or asked.required, alternatives, known.place)
    return _whole_groups(skills)


def _mentions(asking: Iterable[Passage], index: SkillIndex) -> Iterator[AskedSkill]:
    for passage in asking:
        mentions = index.find(passage.text) or list(_items(passage.text, index))
        for group in groups_of_alternatives(passage.text, mentions):
            ids = frozenset(mention.skill.id for mention in group)
            for mention in group:
                yield AskedSkill(
                    mention.skill,
                    passage.force is Force.REQUIRED,
                    ids if len(ids) > 1 else frozenset(),
                    passage.place(mention.start, mention.end),
                )


# Longest item of a list that is taken for a name as a whole.
_LONGEST_ITEM = 3
_LISTED = re.compile(r"^\s*(?:[-*•·◦▪‣–—]|\d+[.)])\s+|^[^:,]{2,40}:\s+")
_ITEM = re.compile(r"[^,;/|]+")


def _items(text: str, index: SkillIndex) -> Iterator[SkillMention]:
    """Names that are ordinary words too, where they stand alone as items of a list: `- Go`, `Nice to have: Snowflake`."""
    head = _LISTED.match(text)
    if head is None:
        return
    for match in _ITEM.finditer(text, head.end()):
        item = match[0].strip(" .")
        link = index.link(item) if 0 < len(item.split()) <= _LONGEST_ITEM else None
        if link is not None and link.confidence == 1 and item[:1].isupper():
            start = match.start() + match[0].index(item)
            yield SkillMention(link.skill, start, start + len(item))


def _whole_groups(skills: dict[str, AskedSkill]) -> Iterator[AskedSkill]:
    """A group that lost a member to a demand of its own asks for nothing more: that member already satisfies it."""
    for asked in skills.values():
        split = any(skills[other].alternatives != asked.alternatives for other in asked.alternatives)
        if not split:
            yield asked


def _required_first(skills: Iterable[AskedSkill]) -> list[AskedSkill]:
    return sorted(skills, key=lambda asked: not asked.required)
