"""Analyses that are kept for the person who asked for them, and figures over them."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from matching_service.domain.analysis import SCORER_VERSION, Analysis
from matching_service.domain.posting import JobPosting
from matching_service.domain.reading import ReadResume

_MOST_SKILLS = 10


@dataclass(frozen=True, slots=True)
class AskedThing:
    """A skill, or several of which one is enough, that a job asks for, and whether the resume shows it."""

    name: str
    required: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What lists and figures rest on. Scores are 0 to 100; skills are in the order of the analysis. No words of the resume."""

    role_score: float
    ats_score: float
    skills: tuple[AskedThing, ...]
    scorer_version: str
    engine: str
    # Empty: the semantic part was left out.
    embedding_model: str

    def names(self, *, shown: bool) -> list[str]:
        """Of skills that the resume shows, or does not."""
        return [skill.name for skill in self.skills if skill.shown is shown]


@dataclass(frozen=True, slots=True)
class KeptAnalysis:
    """One analysis of one owner. `result` is all that it says, opaque here; lists are read without it."""

    id: str
    owner_id: str
    job_id: str
    # None: a file was sent along, and not kept.
    resume_id: str | None
    anonymised: bool
    fingerprint: bytes
    # Hash of the job text that was analysed.
    job_hash: bytes
    analysed_at: datetime
    outcome: Outcome
    result: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept analysis beside its job as it is now."""

    analysis: KeptAnalysis
    job: JobPosting

    @property
    def outdated(self) -> bool:
        """The job text was changed since, or the rules were."""
        return (
            self.analysis.job_hash != text_hash(self.job.complete.text)
            or self.analysis.outcome.scorer_version != SCORER_VERSION
        )


def text_hash(text: str) -> bytes:
    """SHA-256."""
    return hashlib.sha256(text.encode()).digest()


def fingerprint(resume: ReadResume, job_text: str, *, resume_id: str | None, anonymised: bool) -> bytes:
    """SHA-256 over all that the result follows from. `resume_id` is part of it: what is derived from a stored resume is erased with it."""
    inputs = [asdict(resume), job_text, resume_id, anonymised, SCORER_VERSION]
    return text_hash(json.dumps(inputs, sort_keys=True))


def outcome_of(found: Analysis, *, engine: str, embedding_model: str) -> Outcome:
    """The figures of an analysis."""
    held = [AskedThing(demand.name, demand.required, shown=True) for demand in found.met]
    missing = [AskedThing(demand.name, demand.required, shown=False) for demand in found.unmet]
    standing = found.standing
    return Outcome(standing.role.score, standing.ats.score, (*held, *missing), SCORER_VERSION, engine, embedding_model)


@dataclass(frozen=True, slots=True)
class Spread:
    """Lowest, mean and highest of a score."""

    lowest: float
    average: float
    highest: float

    @classmethod
    def of(cls, scores: Sequence[float]) -> "Spread":
        """At least one score."""
        return cls(min(scores), sum(scores) / len(scores), max(scores))


@dataclass(frozen=True, slots=True)
class SkillCount:
    """In how many jobs a skill plays a part, and how many of them require it."""

    name: str
    jobs: int
    required_by: int


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures over the best analysis of each job; `best` has the highest role score. Spreads are None without analyses."""

    analyses: int
    resumes: int
    entries: Sequence[Entry]
    last_at: datetime | None

    @property
    def best(self) -> Entry | None:
        """The entry with the highest role score."""
        return self.entries[0] if self.entries else None

    @property
    def outdated(self) -> int:
        """Entries that are."""
        return sum(entry.outdated for entry in self.entries)

    def role(self) -> Spread | None:
        """Of role scores."""
        return self._spread([entry.analysis.outcome.role_score for entry in self.entries])

    def ats(self) -> Spread | None:
        """Of ATS scores."""
        return self._spread([entry.analysis.outcome.ats_score for entry in self.entries])

    def skills(self, *, shown: bool) -> list[SkillCount]:
        """Those that play a part in most jobs."""
        asked: Counter[str] = Counter()
        required: Counter[str] = Counter()
        for entry in self.entries:
            for skill in entry.analysis.outcome.skills:
                if skill.shown is shown:
                    asked[skill.name] += 1
                    required[skill.name] += skill.required
        ranked = sorted(asked, key=lambda name: (-asked[name], -required[name], name))
        return [SkillCount(name, asked[name], required[name]) for name in ranked[:_MOST_SKILLS]]

    @staticmethod
    def _spread(scores: Sequence[float]) -> Spread | None:
        return Spread.of(scores) if scores else None


@dataclass(frozen=True, slots=True)
class SkillRow:
    """A skill over the jobs of a comparison, by their ids."""

    name: str
    required_by: tuple[str, ...]
    preferred_by: tuple[str, ...]
    shown_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Jobs side by side, the best first, and those without an analysis."""

    entries: Sequence[Entry]
    not_analysed: Sequence[str]

    @property
    def comparable(self) -> bool:
        """Whether their figures mean the same: one version of rules and model, one resume, one way of reading it."""
        made = {
            (of.outcome.scorer_version, of.outcome.embedding_model, of.resume_id, of.anonymised)
            for of in (entry.analysis for entry in self.entries)
        }
        return len(made) == 1 and not any(entry.outdated for entry in self.entries)

    def skills(self) -> list[SkillRow]:
        """Those that most jobs ask for first."""
        asked: dict[str, list[tuple[str, AskedThing]]] = {}
        for entry in self.entries:
            for skill in entry.analysis.outcome.skills:
                asked.setdefault(skill.name, []).append((entry.job.id, skill))
        rows = [
            SkillRow(
                name,
                tuple(job for job, skill in found if skill.required),
                tuple(job for job, skill in found if not skill.required),
                tuple(job for job, skill in found if skill.shown),
            )
            for name, found in asked.items()
        ]
        return sorted(rows, key=lambda row: (-len(row.required_by) - len(row.preferred_by), -len(row.required_by)))


def best_first(entries: Iterable[Entry]) -> list[Entry]:
    """By role score, then ATS score."""
    return sorted(
        entries, key=lambda entry: (-entry.analysis.outcome.role_score, -entry.analysis.outcome.ats_score, entry.job.id)
    )
