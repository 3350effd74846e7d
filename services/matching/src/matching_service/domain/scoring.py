"""How well a profile fits what a job asks for: parts with reasons, and their weighted mean."""

from collections.abc import Iterator
from dataclasses import dataclass

from matching_service.domain.calibration import similarity_points
from matching_service.domain.model import EducationLevel, Profile
from matching_service.domain.requirements import Demand, Requirements, demands

# Shares of the total when the job text allows to judge all parts; otherwise those left are scaled up to 1.
WEIGHTS = {"skills": 0.50, "semantic": 0.25, "experience": 0.15, "education": 0.10}
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


def score(profile: Profile, requirements: Requirements, similarity: float | None) -> Match | None:
    """None when there is nothing to judge by: no similarity, and a job text that asks for nothing recognisable."""
    judged = {name: found for name, found in _judgements(profile, requirements, similarity) if found is not None}
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
    profile: Profile, requirements: Requirements, similarity: float | None
) -> Iterator[tuple[str, _Judgement | None]]:
    yield "skills", _judge_skills(profile, requirements)
    yield "semantic", _judge_similarity(similarity)
    yield "experience", _judge_experience(profile, requirements)
    yield "education", _judge_education(profile, requirements)


def skills_held(profile: Profile) -> frozenset[str]:
    """Ids of the skills that a taxonomy knows."""
    return frozenset(skill.id for skill in profile.skills if skill.id)


def _judge_skills(profile: Profile, requirements: Requirements) -> _Judgement | None:
    asked = demands(requirements.skills)
    if not asked:
        return None
    held = skills_held(profile)
    met = [demand for demand in asked if demand.held(held)]
    points = 100 * sum(map(weight_of, met)) / sum(map(weight_of, asked))
    counts = [
        f"{sum(demand.required is required for demand in met)} of {wanted} {word}"
        for word, required in (("required", True), ("preferred", False))
        if (wanted := sum(demand.required is required for demand in asked))
    ]
    return _Judgement(points, f"The resume shows {' and '.join(counts)} skills that the job names.")


def weight_of(demand: Demand) -> int:
    """How much a demand counts."""
    return REQUIRED_WEIGHT if demand.required else PREFERRED_WEIGHT


def _judge_similarity(similarity: float | None) -> _Judgement | None:
    if similarity is None:
        return None
    points = similarity_points(similarity)
    return _Judgement(
        points, f"Titles and skills have a similarity of {similarity:.2f} to the job text, worth {points:.0f} points."
    )


def _judge_experience(profile: Profile, requirements: Requirements) -> _Judgement | None:
    if requirements.years is None:
        return None
    asked = requirements.years.least
    points = 100 * min(1.0, profile.total_years / asked)
    if not profile.total_years:
        return _Judgement(points, f"The resume has no dated work; the job asks for {years_in_words(asked)}.")
    return _Judgement(
        points,
        f"The resume shows {years_in_words(profile.total_years)} of work; the job asks for {years_in_words(asked)}.",
    )


def years_in_words(years: float) -> str:
    """`1 year`, `2.5 years`."""
    return f"{years:g} year{'' if years == 1 else 's'}"


def _judge_education(profile: Profile, requirements: Requirements) -> _Judgement | None:
    asked = requirements.education
    if asked is None:
        return None
    level = max((degree.level for degree in profile.degrees), default=EducationLevel.UNSPECIFIED)
    if level < asked.level and asked.or_equivalent:
        return None  # experience may stand in for the degree; whether it does can't be judged here
    short = max(0, asked.level - level)
    points = max(0.0, 100 - POINTS_PER_LEVEL * short) if level else 0.0
    return _Judgement(points, f"The resume shows {LEVEL_NAMES[level]}; the job asks for {LEVEL_NAMES[asked.level]}.")
