"""How well a profile fits what a job asks for: parts with reasons, and their weighted mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from matching_service.domain.calibration import similarity_points, title_points
from matching_service.domain.model import EducationLevel, Profile
from matching_service.domain.requirements import Demand, Requirements, demands
from matching_service.domain.seniority import LEVEL_WORDS, seniority_points
from matching_service.domain.terms import Seniority

# Shares of the total when the job text allows to judge all parts; otherwise those left are scaled up to 1.
WEIGHTS = {
    "skills": 0.35,
    "title": 0.20,
    "semantic": 0.175,
    "experience": 0.105,
    "seniority": 0.10,
    "education": 0.07,
}
REQUIRED_WEIGHT, PREFERRED_WEIGHT = 3, 1
# Points lost for every level below the one asked for.
POINTS_PER_LEVEL = 35.0

LEVEL_NAMES = {
    EducationLevel.UNSPECIFIED: "no degree of a known level",
    EducationLevel.SECONDARY: "secondary school",
    EducationLevel.VOCATIONAL: "vocational training",
    EducationLevel.SHORT_CYCLE: "an associate degree",
    EducationLevel.BACHELOR: "a bachelor's degree",
    EducationLevel.MASTER: "a master's degree",
    EducationLevel.DOCTORATE: "a doctorate",
}


# How rare each skill is, by id (`rarity.py`); those that are not in it count as 1.
Rarities = Mapping[str, float]
EVEN: Rarities = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a score: weight 0 to 1, points 0 to 100, and why."""

    name: str
    weight: float
    points: float
    reason: str


@dataclass(frozen=True, slots=True)
class Match:
    """The score, 0 to 100, and what it is made of. Skills by their preferred names, required ones first.

    Missing skills of which one would be enough are one entry.
    """

    score: float
    matching_skills: tuple[str, ...]
    missing_skills: tuple[str, ...]
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class _Judgement:
    points: float
    reason: str


def score(
    profile: Profile,
    requirements: Requirements,
    similarity: float | None,
    *,
    title: float | None = None,
    level: Seniority | None = None,
    rarities: Rarities = EVEN,
) -> Match | None:
    """None when there is nothing to judge by: no similarity, and a job text that asks for nothing recognisable.

    `title` is how near the titles are in the fitted space, `level` the person's; both are left out when None.
    """
    judged = {
        name: found
        for name, found in _judgements(profile, requirements, similarity, title, level, rarities)
        if found is not None
    }
    if not judged:
        return None
    total = sum(WEIGHTS[name] for name in judged)
    components = tuple(
        Component(name, WEIGHTS[name] / total, round(found.points, 1), found.reason) for name, found in judged.items()
    )
    held = skills_held(profile)
    asked = demands(requirements.skills)
    return Match(
        score=round(sum(WEIGHTS[name] / total * found.points for name, found in judged.items()), 1),
        matching_skills=tuple(skill.skill.name for demand in asked for skill in demand.held(held)),
        missing_skills=tuple(demand.name for demand in asked if not demand.held(held)),
        components=components,
    )


def _judgements(
    profile: Profile,
    requirements: Requirements,
    similarity: float | None,
    title: float | None,
    level: Seniority | None,
    rarities: Rarities,
) -> Iterator[tuple[str, _Judgement | None]]:
    yield "skills", _judge_skills(profile, requirements, rarities)
    yield "title", _Judgement(title_points(title), title_reason(title)) if title is not None else None
    yield "semantic", _judge_similarity(similarity)
    yield "experience", _judge_experience(profile, requirements)
    yield "seniority", _judge_level(level, requirements)
    yield "education", _judge_education(profile, requirements)


def skills_held(profile: Profile) -> frozenset[str]:
    """Ids of the skills that a taxonomy knows."""
    return frozenset(skill.id for skill in profile.skills if skill.id)


def _judge_skills(profile: Profile, requirements: Requirements, rarities: Rarities) -> _Judgement | None:
    asked = demands(requirements.skills)
    if not asked:
        return None
    held = skills_held(profile)
    met = [demand for demand in asked if demand.held(held)]
    points = 100 * sum(weight_of(one, rarities) for one in met) / sum(weight_of(one, rarities) for one in asked)
    counts = [sum(one.required is required for one in some) for required in (True, False) for some in (met, asked)]
    return _Judgement(points, skills_reason(*counts))


def weight_of(demand: Demand, rarities: Rarities = EVEN) -> float:
    """How much a demand counts: required ones more, and the rarer its skills, the more."""
    rare = [rarities.get(asked.skill.id, 1.0) for asked in demand.skills]
    return (REQUIRED_WEIGHT if demand.required else PREFERRED_WEIGHT) * sum(rare) / len(rare)


def skills_reason(required_met: int, required: int, preferred_met: int, preferred: int) -> str:
    """Why skills have the points they have."""
    counts = [
        f"{met} of {asked} {word}"
        for met, asked, word in ((required_met, required, "required"), (preferred_met, preferred, "preferred"))
        if asked
    ]
    return f"The resume shows {' and '.join(counts)} skills that the job names."


def title_reason(nearness: float) -> str:
    """Why titles have the points they have."""
    points = title_points(nearness)
    return f"The nearest title of the resume has a nearness of {nearness:.2f} to the job's, worth {points:.0f} points."


def similarity_reason(similarity: float) -> str:
    """Why the semantic part has the points it has."""
    points = similarity_points(similarity)
    return f"Titles and skills have a similarity of {similarity:.2f} to the job text, worth {points:.0f} points."


def _judge_similarity(similarity: float | None) -> _Judgement | None:
    return None if similarity is None else _Judgement(similarity_points(similarity), similarity_reason(similarity))


def _judge_experience(profile: Profile, requirements: Requirements) -> _Judgement | None:
    if requirements.years is None:
        return None
    asked = requirements.years.least
    return _Judgement(100 * min(1.0, profile.total_years / asked), years_reason(profile.total_years, asked))


def years_reason(held: float, asked: float) -> str:
    """Why experience has the points it has."""
    if not held:
        return f"The resume has no dated work; the job asks for {years_in_words(asked)}."
    return f"The resume shows {years_in_words(held)} of work; the job asks for {years_in_words(asked)}."


def years_in_words(years: float) -> str:
    """`1 year`, `2.5 years`."""
    return f"{years:g} year{'' if years == 1 else 's'}"


def _judge_level(held: Seniority | None, requirements: Requirements) -> _Judgement | None:
    asked = requirements.terms.seniority
    if held is None or asked is None:
        return None
    return _Judgement(seniority_points(held, asked.value), level_reason(held, asked.value))


def level_reason(held: Seniority, asked: Seniority) -> str:
    """Why the level has the points it has."""
    return f"Titles and years are those of {LEVEL_WORDS[held]}; the job is for {LEVEL_WORDS[asked]}."


def _judge_education(profile: Profile, requirements: Requirements) -> _Judgement | None:
    asked = requirements.education
    if asked is None:
        return None
    level = max((degree.level for degree in profile.degrees), default=EducationLevel.UNSPECIFIED)
    if level < asked.level and asked.or_equivalent:
        return None  # experience may stand in for the degree; whether it does can't be judged here
    short = max(0, asked.level - level)
    points = max(0.0, 100 - POINTS_PER_LEVEL * short) if level else 0.0
    return _Judgement(points, education_reason(level, asked.level))


def education_reason(held: EducationLevel, asked: EducationLevel) -> str:
    """Why education has the points it has."""
    return f"The resume shows {LEVEL_NAMES[held]}; the job asks for {LEVEL_NAMES[asked]}."
