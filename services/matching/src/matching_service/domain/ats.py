"""How well software that filters applications gets along with a resume: five parts and their weighted mean."""

from collections.abc import Iterator
from dataclasses import dataclass

from matching_service.domain.calibration import similarity_points
from matching_service.domain.findings import findings, format_points
from matching_service.domain.job import Job
from matching_service.domain.reading import ReadResume
from matching_service.domain.requirements import demands
from matching_service.domain.scoring import Component, Match, skills_held, weight_of
from matching_service.domain.words import stems_of

# Shares of the total when the job text allows to judge all parts; otherwise those left are scaled up to 1.
WEIGHTS = {
    "keyword_density": 0.25,
    "skills_match": 0.30,
    "experience_relevance": 0.20,
    "education_match": 0.10,
    "format_optimization": 0.15,
}


@dataclass(frozen=True, slots=True)
class AtsScore:
    """0 to 100. Parts that the job says nothing about have 100 points and no weight."""

    score: float
    components: tuple[Component, ...]


def ats_score(resume: ReadResume, job: Job, words: frozenset[str], match: Match, similarity: float | None) -> AtsScore:
    """Judges all five parts. `words` are the stems that the resume uses."""
    of_match = {component.name: component for component in match.components}
    judged = dict(_parts(resume, job, words, of_match, similarity))
    total = sum(WEIGHTS[name] for name, (points, _) in judged.items() if points is not None)
    components = tuple(
        Component(
            name,
            0.0 if points is None else WEIGHTS[name] / total,
            100.0 if points is None else round(points, 1),
            reason,
        )
        for name, (points, reason) in judged.items()
    )
    exact = sum(WEIGHTS[name] / total * points for name, (points, _) in judged.items() if points is not None)
    return AtsScore(exact, components)


_Part = tuple[str, tuple[float | None, str]]


def _parts(
    resume: ReadResume, job: Job, words: frozenset[str], of_match: dict[str, Component], similarity: float | None
) -> Iterator[_Part]:
    yield "keyword_density", _keywords(resume, job, words)
    skills = of_match.get("skills")
    yield "skills_match", (skills.points, skills.reason) if skills else (None, "The job text names no known skill.")
    yield "experience_relevance", _experience(resume, job, of_match.get("experience"), similarity)
    education = of_match.get("education")
    asked = job.requirements.education
    unjudged = "Experience may stand in for the degree." if asked else "The job text asks for no degree."
    yield "education_match", (education.points, education.reason) if education else (None, unjudged)
    yield "format_optimization", (format_points(resume), _format_reason(resume))


def _keywords(resume: ReadResume, job: Job, words: frozenset[str]) -> tuple[float | None, str]:
    asked = demands(job.requirements.skills)
    held = skills_held(resume.profile)
    used = [keyword for keyword in job.keywords if keyword.stem in words]
    shown = [demand for demand in asked if demand.held(held)]
    possible = sum(keyword.weight for keyword in job.keywords) + sum(map(weight_of, asked))
    if not possible:
        return None, "The job text holds no words to look for."
    points = 100 * (sum(keyword.weight for keyword in used) + sum(map(weight_of, shown))) / possible
    number = len(job.keywords) + len(asked)
    return points, f"The resume uses {len(used) + len(shown)} of {number} keywords of the job text."


def _experience(
    resume: ReadResume, job: Job, years: Component | None, similarity: float | None
) -> tuple[float | None, str]:
    parts = [(years.points, years.reason)] if years else []
    if similarity is not None:
        points = similarity_points(similarity)
        parts.append(
            (points, f"Titles and skills are worth {points:.0f} of 100 points for their likeness to the job text.")
        )
    elif title := stems_of(job.title):
        titles = stems_of("\n".join((resume.profile.headline, *(one.title for one in resume.profile.positions))))
        shared = len(title & titles)
        parts.append((100 * shared / len(title), f"Titles share {shared} of {len(title)} words with the job's title."))
    if not parts:
        return None, "The job text asks for no years, and its meaning could not be compared."
    return sum(points for points, _ in parts) / len(parts), " ".join(reason for _, reason in parts)


def _format_reason(resume: ReadResume) -> str:
    facts = [finding.fact for finding in findings(resume)]
    facts += [f"No position covers {gap.start} to {gap.end}." for gap in resume.gaps]
    return " ".join(facts) or "Nothing about the file keeps software from reading it."
