"""Skills that a resume shows without listing them, and the places where it shows them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain

import taxonomy
from matching_service.domain.model import Profile, Skill
from matching_service.domain.reading import Quote, ReadResume
from matching_service.domain.requirements import AskedSkill
from matching_service.domain.words import stems_of
from taxonomy import SkillIndex
from taxonomy.catalogue import esco_names, technology_names

# Places of one skill; more tell nothing new.
_MOST_QUOTES = 3

# Kinds of the taxonomy; ESCO's skills have none. Names of technologies mean something else as ordinary words.
_FIELDS_OF_WORK = frozenset({"", "business", "trade-and-care"})

_STRONGEST = tuple(
    map(
        re.compile,
        (
            r"/experience/\d+/(?:highlights/\d+|description)",
            r"/(?:projects|volunteering)/.*",
            r"/(?:certifications|publications)/.*",
            r"/experience/\d+/title",
            r"/summary",
            r"/personal/headline",
            r"/education/.*",
        ),
    )
)

Evidence = dict[str, tuple[Quote, ...]]


def with_implied_skills(profile: Profile, index: SkillIndex) -> Profile:
    """Adds the skills that headline, titles and fields of study name: a Backend Engineer does back-end development."""
    fields = [degree.field for degree in profile.degrees]
    named = [mention.skill for text in (*_titles(profile), *fields) for mention in index.find(text)]
    named += [link.skill for field in fields if (link := index.link(field)) is not None]
    return _with(profile, (Skill(skill.id, skill.taxonomy, skill.name) for skill in named))


def with_skills_of_titles(profile: Profile, asked: Iterable[AskedSkill]) -> Profile:
    """Adds those skills asked for whose every word stands in one of the titles: a Logistics Coordinator knows logistics."""
    titles = [stems_of(title) for title in _titles(profile)]
    return _with(profile, (_held(one) for one in asked if any(stems_of(one.skill.name) <= title for title in titles)))


def with_skills_named_by_titles(profile: Profile) -> Profile:
    """Adds all such skills that there are, for jobs that are not known yet."""
    titles = [stems_of(title) for title in _titles(profile)]
    known = _skills_by_stem()
    named = {
        skill.id: skill for title in titles for word in title for stems, skill in known.get(word, ()) if stems <= title
    }
    return _with(profile, (Skill(skill.id, skill.taxonomy, skill.name) for skill in named.values()))


@cache
def _skills_by_stem() -> Mapping[str, Sequence[tuple[frozenset[str], taxonomy.Skill]]]:
    """All skills, each under the longest of its stems."""
    skills = {name.skill.id: name.skill for name in chain(technology_names(), esco_names())}
    found: dict[str, list[tuple[frozenset[str], taxonomy.Skill]]] = {}
    for skill in skills.values():
        if stems := stems_of(skill.name):
            found.setdefault(max(stems, key=lambda one: (len(one), one)), []).append((stems, skill))
    return found


def with_fields_of_text(profile: Profile, resume: ReadResume, asked: Iterable[AskedSkill]) -> Profile:
    """The same for fields of work, whose names are ordinary words, anywhere in the text: `building logistics platforms`."""
    fields = [one for one in asked if one.skill.kind in _FIELDS_OF_WORK]
    texts = [stems_of(passage.text) for passage in resume.passages] if fields else []
    return _with(profile, (_held(one) for one in fields if any(stems_of(one.skill.name) <= text for text in texts)))


def _held(asked: AskedSkill) -> Skill:
    return Skill(asked.skill.id, asked.skill.taxonomy, asked.skill.name)


def with_skills_of_text(profile: Profile, resume: ReadResume, index: SkillIndex) -> tuple[Profile, Evidence]:
    """Adds the skills that any passage of the resume names, and tells where each skill is shown."""
    found: dict[str, list[Quote]] = {}
    named: list[Skill] = []
    for passage in resume.passages:
        for mention in index.find(passage.text):
            skill = mention.skill
            named.append(Skill(skill.id, skill.taxonomy, skill.name))
            found.setdefault(skill.id, []).append(passage.quote(mention.start, mention.end))
    for listed, quote in resume.listed:
        if listed.id:
            found.setdefault(listed.id, []).append(quote)
    # One quotation a place, the strongest first: a passage may name a skill twice.
    evidence = {
        skill_id: tuple(sorted({quote.pointer: quote for quote in quotes}.values(), key=_weakness)[:_MOST_QUOTES])
        for skill_id, quotes in found.items()
    }
    return _with(profile, named), evidence


def _weakness(quote: Quote) -> int:
    """What somebody did shows more than what they say of themselves, and both more than a word in a list."""
    return next((rank for rank, place in enumerate(_STRONGEST) if place.fullmatch(quote.pointer)), len(_STRONGEST))


def _titles(profile: Profile) -> list[str]:
    return [text for text in (profile.headline, *(position.title for position in profile.positions)) if text]


def _with(profile: Profile, skills: Iterable[Skill]) -> Profile:
    listed = {skill.id for skill in profile.skills}
    more = {skill.id: skill for skill in skills if skill.id not in listed}
    return replace(profile, skills=(*profile.skills, *more.values()))
