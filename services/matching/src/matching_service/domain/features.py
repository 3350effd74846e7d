"""What scores need of a job and of a person, in forms that thousands are judged by at once.

A job is one record of fixed length: many of them, run together, are read as one array, without a step for each.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from matching_service.domain.model import EducationLevel, Profile
from matching_service.domain.requirements import Requirements, demands
from matching_service.domain.seniority import seniority_of
from matching_service.domain.terms import Seniority
from taxonomy.titles import MINILM, MULTILINGUAL

Matrix = NDArray[np.float32]
Records = NDArray[np.void]

WIDTH = 384
MOST_SKILLS, MOST_CHUNKS, MOST_TITLES = 40, 3, 3
# Of values of vectors of unit length, as bytes.
_SCALE = 127.0

# Models whose vectors of titles are compared, by the number that records have of them; those of two models never are.
_TITLE_MODELS = (None, MINILM, MULTILINGUAL)
NO_TITLE, OTHER_SPACE = 0, 255

JOB = np.dtype(
    [
        ("id", "V16"),
        # Keys of skills asked for, 0 where there is none; which demand each belongs to; and whether that is required.
        ("skills", "<u4", MOST_SKILLS),
        ("demand", "u1", MOST_SKILLS),
        ("required", "?", MOST_SKILLS),
        ("years", "<f4"),
        ("education", "u1"),
        ("or_equivalent", "?"),
        ("seniority", "u1"),
        ("title_space", "u1"),
        ("chunk_count", "u1"),
        ("title", "i1", WIDTH),
        ("chunks", "i1", (MOST_CHUNKS, WIDTH)),
        # Seconds since 1970; 0: never.
        ("expires", "<u4"),
    ]
)


@dataclass(frozen=True, slots=True)
class JobVectors:
    """Of a job's title, in the space of titles of a model, and of the pieces of its text; rows of length 1."""

    title: Matrix | None
    chunks: Matrix
    title_model: str = ""


@dataclass(frozen=True, slots=True)
class PersonFeatures:
    """A resume, as scores see it. Nothing of it tells whose it is."""

    skill_ids: frozenset[str]
    total_years: float
    education: EducationLevel
    seniority: Seniority | None
    # In a space of titles, the present one first; and of pieces of the text. Rows of length 1.
    titles: Matrix
    chunks: Matrix
    title_space: int = OTHER_SPACE


def title_space(model: str) -> int:
    """The number of the space that a model puts titles into."""
    return _TITLE_MODELS.index(model) if model in _TITLE_MODELS else OTHER_SPACE


def job_record(
    job_id: str,
    requirements: Requirements,
    seniority: Seniority | None,
    vectors: JobVectors,
    keys: Mapping[str, int],
    *,
    expires_at: datetime | None = None,
) -> bytes:
    """`keys` tells the key of every skill asked for. The first of too many demands and chunks count."""
    record = np.zeros((), JOB)
    record["id"] = UUID(job_id).bytes
    place = 0
    for number, demand in enumerate(demands(requirements.skills)):
        if place + len(demand.skills) > MOST_SKILLS:
            break
        for asked in demand.skills:
            record["skills"][place] = keys[asked.skill.id]
            record["demand"][place] = number
            record["required"][place] = demand.required
            place += 1
    record["years"] = requirements.years.least if requirements.years else 0
    if requirements.education is not None:
        record["education"] = requirements.education.level
        record["or_equivalent"] = requirements.education.or_equivalent
    record["seniority"] = seniority or 0
    if vectors.title is not None:
        record["title_space"] = title_space(vectors.title_model)
        record["title"] = as_bytes(vectors.title)
    chunks = vectors.chunks[:MOST_CHUNKS]
    record["chunk_count"] = len(chunks)
    record["chunks"][: len(chunks)] = as_bytes(chunks)
    record["expires"] = min(int(expires_at.timestamp()), 2**32 - 1) if expires_at else 0
    return record.tobytes()


def job_records(stored: bytes) -> Records:
    """Records that were run together."""
    return np.frombuffer(stored, JOB)


def as_bytes(rows: Matrix) -> NDArray[np.int8]:
    """Values of vectors of unit length, rounded to a 127th."""
    rounded: NDArray[np.int8] = np.rint(rows * _SCALE).astype(np.int8)
    return rounded


def from_bytes(values: NDArray[np.int8]) -> Matrix:
    """The other way; lengths are 1 but for the rounding."""
    return values.astype(np.float32) * np.float32(1 / _SCALE)


def open_at(jobs: Records, now: datetime) -> Records:
    """Those that are not past their expiry."""
    still: Records = jobs[(jobs["expires"] == 0) | (jobs["expires"] > now.timestamp())]
    return still


def once(jobs: Records) -> Records:
    """Each job once, though several ways led to it."""
    _, first = np.unique(np.frombuffer(jobs["id"].tobytes(), "S16"), return_index=True)
    distinct: Records = jobs[first]
    return distinct


def person_features(profile: Profile, titles: Matrix, chunks: Matrix, title_model: str = "") -> PersonFeatures:
    """Of a profile whose implied skills were added."""
    return PersonFeatures(
        skill_ids=frozenset(skill.id for skill in profile.skills if skill.id),
        total_years=profile.total_years,
        education=max((degree.level for degree in profile.degrees), default=EducationLevel.UNSPECIFIED),
        seniority=seniority_of(profile),
        titles=titles[:MOST_TITLES],
        chunks=chunks[:MOST_CHUNKS],
        title_space=title_space(title_model),
    )


def features_to_json(features: PersonFeatures) -> Mapping[str, Any]:
    """As stored."""
    return {
        "skills": sorted(features.skill_ids),
        "years": features.total_years,
        "education": int(features.education),
        "seniority": int(features.seniority or 0),
        "title_space": features.title_space,
        "titles": as_bytes(features.titles).tolist(),
        "chunks": as_bytes(features.chunks).tolist(),
    }


def features_from_json(stored: Mapping[str, Any]) -> PersonFeatures:
    """From the store."""
    titles, chunks = (from_bytes(np.array(stored[name], np.int8).reshape(-1, WIDTH)) for name in ("titles", "chunks"))
    return PersonFeatures(
        frozenset(stored["skills"]),
        stored["years"],
        EducationLevel(stored["education"]),
        Seniority(stored["seniority"]) if stored["seniority"] else None,
        titles,
        chunks,
        stored["title_space"],
    )


def features_digest(features: PersonFeatures) -> bytes:
    """Equal for equal features."""
    return digest_of(json.dumps(features_to_json(features), sort_keys=True).encode())


def digest_of(*parts: bytes) -> bytes:
    """Of inputs of a score: equal ones have equal digests."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.digest()


def ids_of(records: Records) -> Sequence[str]:
    """Of the jobs, in their order."""
    raw = records["id"].tobytes()
    return [str(UUID(bytes=raw[start : start + 16])) for start in range(0, len(raw), 16)]
