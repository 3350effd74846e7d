"""How well a profile fits what a job asks for: parts with reasons, and their weighted mean."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from matching_service.domain.calibration import similarity_points
from matching_service.domain.model import EducationLevel, Profile
from matching_service.domain.requirements import AskedSkill, Requirements

# Shares of the total when the job text allows to judge all parts; otherwise those left are scaled up to 1.
WEIGHTS = {"skills": 0.50, "semantic": 0.25, "experience": 0.15, "education": 0.10}
REQUIRED_WEIGHT, PREFERRED_WEIGHT = 3, 1
# Points lost for every level below the one asked for.
POINTS_PER_LEVEL = 35.0

_LEVEL_NAMES = {
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
    """The score, 0 to 100, and what it is made of. Skills by their preferred names, required ones first."""

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
    held, lacking = _split(profile, requirements.skills)
    return Match(
        score=round(sum(WEIGHTS[name] / total * found.points for name, found in judged.items()), 1),
        matching_skills=tuple(asked.skill.name for asked in held),
        missing_skills=tuple(asked.skill.name for asked in lacking),
        components=components,
    )


def _judgements(
    profile: Profile, requirements: Requirements, similarity: float | None
) -> Iterator[tuple[str, _Judgement | None]]:
    yield "skills", _judge_skills(profile, requirements)
    yield "semantic", _judge_similarity(similarity)
    yield "experience", _judge_experience(profile, requirements)
    yield "education", _judge_education(profile, requirements)


def _split(profile: Profile, asked: tuple[AskedSkill, ...]) -> tuple[list[AskedSkill], list[AskedSkill]]:
    ids = {skill.id for skill in profile.skills if skill.id}
    return [a for a in asked if a.skill.id in ids], [a for a in asked if a.skill.id not in ids]


def _judge_skills(profile: Profile, requirements: Requirements) -> _Judgement | None:
    asked = requirements.skills
    if not asked:
        return None
    held, _ = _split(profile, asked)
    points = 100 * sum(map(_weight, held)) / sum(map(_weight, asked))
    counts = [
        f"{sum(map(matters, held))} of {wanted} {word}"
        for word, matters in _FORCES
        if (wanted := sum(map(matters, asked)))
    ]
    return _Judgement(points, f"The resume shows {' and '.join(counts)} skills that the job names.")


def _required(asked: AskedSkill) -> bool:
    return asked.required


def _preferred(asked: AskedSkill) -> bool:
    return not asked.required


_FORCES: tuple[tuple[str, Callable[[AskedSkill], bool]], ...] = (("required", _required), ("preferred", _preferred))


def _weight(asked: AskedSkill) -> int:
    return REQUIRED_WEIGHT if asked.required else PREFERRED_WEIGHT


def _judge_similarity(similarity: float | None) -> _Judgement | None:
    if similarity is None:
        return None
    points = similarity_points(similarity)
    return _Judgement(
        points, f"Titles and skills have a similarity of {similarity:.2f} to the job text, worth {points:.0f} points."
    )


def _judge_experience(profile: Profile, requirements: Requirements) -> _Judgement | None:
    asked = requirements.years
    if asked is None:
        return None
    points = 100 * min(1.0, profile.total_years / asked)
    if not profile.total_years:
        return _Judgement(points, f"The resume has no dated work; the job asks for {_years(asked)}.")
    return _Judgement(
        points, f"The resume shows {_years(profile.total_years)} of work; the job asks for {_years(asked)}."
    )


def _years(years: float) -> str:
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
    return _Judgement(points, f"The resume shows {_LEVEL_NAMES[level]}; the job asks for {_LEVEL_NAMES[asked.level]}.")
