"""Judges jobs for a person, and puts into words why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching_service.domain.features import Matrix, PersonFeatures, Records, digest_of, ids_of
from matching_service.domain.feedback import shifts
from matching_service.domain.matches import SCORER_VERSION, Found, Person
from matching_service.domain.model import EducationLevel
from matching_service.domain.preferences import Preferences, fingerprint
from matching_service.domain.ranking import COMPONENTS, Judged, judge, meaning_nearness, title_nearness
from matching_service.domain.scoring import (
    Component,
    education_reason,
    level_reason,
    similarity_reason,
    skills_reason,
    title_reason,
    years_reason,
)
from matching_service.domain.terms import Seniority
from matching_service.domain.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Liked:
    """Jobs that a person gave a verdict on, and which: 1 or -1 each."""

    jobs: Records
    verdicts: Matrix


@dataclass(frozen=True, slots=True)
class Ranked:
    """Jobs, best first, with what they were judged to be: a row each. Reasons are worded when somebody asks for them."""

    jobs: Records
    judged: Judged
    scores: Matrix
    moved: Matrix

    def __getitem__(self, rows: slice | NDArray[np.intp] | NDArray[np.bool_]) -> "Ranked":
        return Ranked(self.jobs[rows], self.judged[rows], self.scores[rows], self.moved[rows])


def rank(person: PersonFeatures, jobs: Records, vocabulary: Vocabulary, liked: Liked | None) -> Ranked:
    """All of these jobs, best first; of equals, the newest."""
    judged = judge(person, jobs, vocabulary)
    moved = shifts(jobs, liked.jobs, liked.verdicts) if liked is not None else np.zeros(len(jobs), np.float32)
    scores = np.clip(judged.scores + moved, 0, 100)
    # Ids begin with their time.
    age = -np.frombuffer(jobs["id"].tobytes(), ">u8")[::2].astype(np.int64)
    return Ranked(jobs, judged, scores, moved)[np.lexsort((age, -scores.round(2)))]


@dataclass(frozen=True, slots=True)
class FoundJob:
    """A job, what it was judged to be, and the digest of what that rests on of it."""

    job_id: str
    found: Found
    digest: bytes


def explain(person: PersonFeatures, ranked: Ranked, vocabulary: Vocabulary) -> Sequence[FoundJob]:
    """Puts reasons into words, a row each."""
    jobs = ranked.jobs
    nothing = np.zeros(len(jobs), np.float32)
    near = Nearness(
        (title_nearness(person, jobs) if len(person.titles) else nothing).tolist(),
        (meaning_nearness(person, jobs) if len(person.chunks) else nothing).tolist(),
    )
    asked = asked_demands(jobs, ranked.judged.held, vocabulary)
    rows = zip(
        ids_of(jobs),
        asked,
        ranked.judged.points.tolist(),
        ranked.judged.weights.tolist(),
        ranked.scores.tolist(),
        ranked.moved.tolist(),
        strict=True,
    )
    return [
        FoundJob(
            job_id,
            Found(
                round(score, 1),
                tuple(
                    _components(person, jobs[row], demands, points, weights, moved, near.title[row], near.meaning[row])
                ),
                tuple(name for demand in demands for name in demand.held),
                tuple(" or ".join(demand.names) for demand in demands if not demand.held),
            ),
            digest_of(jobs[row].tobytes()),
        )
        for row, (job_id, demands, points, weights, score, moved) in enumerate(rows)
    ]


@dataclass(frozen=True, slots=True)
class Nearness:
    """Of titles and texts, a job each."""

    title: Sequence[float]
    meaning: Sequence[float]


@dataclass(frozen=True, slots=True)
class AskedDemand:
    """Skills of which one is enough, and those that the person shows."""

    required: bool
    names: tuple[str, ...]
    held: tuple[str, ...]


def asked_demands(jobs: Records, held: NDArray[np.bool_], vocabulary: Vocabulary) -> Iterator[Sequence[AskedDemand]]:
    """A list a job, in the order of the job's text."""
    columns = (
        vocabulary.known(jobs["skills"]).tolist(),
        jobs["demand"].tolist(),
        jobs["required"].tolist(),
        held.tolist(),
    )
    for keys, numbers, required, has in zip(*columns, strict=True):
        together: dict[int, list[int]] = {}
        for place, key in enumerate(keys):
            if key:
                together.setdefault(numbers[place], []).append(place)
        yield [
            AskedDemand(
                required[places[0]],
                tuple(vocabulary.names[keys[place]] for place in places),
                tuple(vocabulary.names[keys[place]] for place in places if has[place]),
            )
            for places in together.values()
        ]


def _components(
    person: PersonFeatures,
    job: np.void,
    demands: Sequence[AskedDemand],
    points: Sequence[float],
    weights: Sequence[float],
    moved: float,
    title: float,
    meaning: float,
) -> Iterator[Component]:
    for name, weight, part in zip(COMPONENTS, weights, points, strict=True):
        if weight > 0:
            reason = _reason(name, person, job, demands, title, meaning)
            yield Component(name, round(weight, 4), round(part, 1), reason)
    if round(moved, 1):
        word = "liked" if moved > 0 else "turned down"
        yield Component("feedback", 0.0, round(moved, 1), f"It is like jobs that you {word}.")


def _reason(
    name: str, person: PersonFeatures, job: np.void, demands: Sequence[AskedDemand], title: float, meaning: float
) -> str:
    match name:
        case "skills":
            counts = [0, 0, 0, 0]
            for demand in demands:
                place = 0 if demand.required else 2
                counts[place] += bool(demand.held)
                counts[place + 1] += 1
            return skills_reason(*counts)
        case "title":
            return title_reason(title)
        case "semantic":
            return similarity_reason(meaning)
        case "experience":
            return years_reason(person.total_years, round(float(job["years"]), 1))
        case "seniority" if person.seniority is not None:
            return level_reason(person.seniority, Seniority(int(job["seniority"])))
        case _:
            return education_reason(person.education, EducationLevel(int(job["education"])))


def inputs_digest(person: Person, wanted: Preferences, vocabulary: Vocabulary, liked: Liked | None) -> bytes:
    """Of everything that the scores of a person rest on, but the jobs."""
    said = b"" if liked is None else liked.jobs.tobytes() + liked.verdicts.tobytes()
    parts = (SCORER_VERSION.encode(), person.digest, fingerprint(wanted), vocabulary.rarity.tobytes(), said)
    return digest_of(*parts)
