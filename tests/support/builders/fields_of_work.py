"""Jobs and people of some fields of work, as records and features: each field has skills, titles and words of its own."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np

from matching_service.domain.degrees import AskedEducation
from matching_service.domain.experience import AskedYears
from matching_service.domain.features import WIDTH, JobVectors, Matrix, PersonFeatures, Records, job_record, job_records
from matching_service.domain.model import EducationLevel
from matching_service.domain.passages import Place
from matching_service.domain.requirements import AskedSkill, Requirements
from matching_service.domain.terms import Seniority, Term, Terms
from matching_service.domain.vocabulary import SkillKey, Vocabulary, vocabulary_of
from taxonomy import Skill
from taxonomy.vectors import unit

FIELDS, SKILLS_OF_FIELD = 12, 30
LEVELS = list(EducationLevel)


@dataclass(frozen=True)
class World:
    vocabulary: Vocabulary
    requirements: list[Requirements]
    records: Records
    people: list[PersonFeatures]


def world(seed: int, *, jobs: int, people: int) -> World:
    """The same seed gives the same."""
    rng = np.random.default_rng(seed)
    skills = [[_skill(f"{field}-{number}") for number in range(SKILLS_OF_FIELD)] for field in range(FIELDS)]
    places = {"title": _unit(rng, FIELDS), "meaning": _unit(rng, FIELDS)}
    asked, counts, records = [], dict.fromkeys((one.id for some in skills for one in some), 0), []
    for _ in range(jobs):
        field = int(rng.integers(FIELDS))
        requirements = _requirements(rng, skills[field])
        asked.append((field, requirements))
        for one in requirements.skills:
            counts[one.skill.id] += 1
    keys = {skill_id: key for key, skill_id in enumerate(counts, 1)}
    vocabulary = vocabulary_of(
        (SkillKey(keys[skill_id], skill_id, skill_id, count) for skill_id, count in counts.items()), jobs=jobs
    )
    for number, (field, requirements) in enumerate(asked):
        vectors = JobVectors(_near(rng, places["title"][[field]])[0], _near(rng, places["meaning"][[field] * 3]))
        level = requirements.terms.seniority.value if requirements.terms.seniority else None
        records.append(job_record(str(UUID(int=number)), requirements, level, vectors, keys))
    return World(
        vocabulary,
        [one for _, one in asked],
        job_records(b"".join(records)),
        [_person(rng, skills, places) for _ in range(people)],
    )


def _skill(name: str) -> Skill:
    return Skill(f"skill:{name}", "test", name, "")


def _requirements(rng: np.random.Generator, skills: list[Skill]) -> Requirements:
    chosen = rng.choice(len(skills), rng.integers(3, 12), replace=False)
    together = frozenset(skills[place].id for place in chosen[:2]) if rng.random() < 0.3 else frozenset[str]()
    return Requirements(
        tuple(
            AskedSkill(
                skills[place], bool(rng.random() < 0.7), together if skills[place].id in together else frozenset()
            )
            for place in chosen
        ),
        AskedYears(float(rng.integers(1, 12))) if rng.random() < 0.6 else None,
        AskedEducation(EducationLevel(rng.choice(LEVELS[1:])), bool(rng.random() < 0.3))
        if rng.random() < 0.5
        else None,
        Terms(seniority=Term(Seniority(rng.choice(list(Seniority))), Place(0, 1, "")) if rng.random() < 0.7 else None),
    )


def _person(rng: np.random.Generator, skills: list[list[Skill]], places: dict[str, Matrix]) -> PersonFeatures:
    field, other = (int(one) for one in rng.choice(FIELDS, 2, replace=False))
    held = [
        *rng.choice(np.array(skills[field], object), 14, replace=False),
        *rng.choice(np.array(skills[other], object), 4),
    ]
    return PersonFeatures(
        frozenset(one.id for one in held),
        float(rng.uniform(0.5, 15)),
        EducationLevel(rng.choice(LEVELS)),
        Seniority(rng.choice(list(Seniority))),
        _near(rng, places["title"][[field, field]]),
        _near(rng, places["meaning"][[field, field, other]]),
    )


def _unit(rng: np.random.Generator, rows: int) -> Matrix:
    return unit(rng.normal(size=(rows, WIDTH)) / np.arange(1, WIDTH + 1) ** 0.5)


def _near(rng: np.random.Generator, rows: Matrix) -> Matrix:
    return unit(rows + 0.8 * _unit(rng, len(rows)))
