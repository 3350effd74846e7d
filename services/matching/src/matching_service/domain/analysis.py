"""A resume held against a job. The same texts get the same figures."""

from dataclasses import dataclass, replace

from matching_service.domain.ats import AtsScore, ats_score
from matching_service.domain.evidence import (
    Evidence,
    with_fields_of_text,
    with_implied_skills,
    with_skills_of_text,
    with_skills_of_titles,
)
from matching_service.domain.findings import findings
from matching_service.domain.job import Job
from matching_service.domain.keywords import Keyword
from matching_service.domain.model import EducationLevel, Skill
from matching_service.domain.reading import ReadResume
from matching_service.domain.requirements import Demand, demands
from matching_service.domain.scoring import Match, score, skills_held
from matching_service.domain.words import stems_of
from taxonomy import Skill as TaxonomySkill
from taxonomy import SkillIndex

SCORER_VERSION = "analysis-3"
# Edits that are tried; the weightiest of each kind.
_MOST_SKILLS, _MOST_KEYWORDS = 12, 6


@dataclass(frozen=True, slots=True)
class Standing:
    """Both scores of one state of a resume."""

    role: Match
    ats: AtsScore


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to the resume, and the points that it gains when it is made and scored again."""

    text: str
    urgency: int  # 0: first
    role_gain: float
    ats_gain: float
    demand: Demand | None = None
    finding: str = ""
    keywords: tuple[Keyword, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that was found. `resume.profile` has the skills that its text shows too."""

    resume: ReadResume
    job: Job
    standing: Standing
    evidence: Evidence
    met: tuple[Demand, ...]
    unmet: tuple[Demand, ...]
    used: tuple[Keyword, ...]
    unused: tuple[Keyword, ...]
    edits: tuple[Edit, ...]
    # Those of the resume that the taxonomy knows, as it names them.
    shown_skills: tuple[TaxonomySkill, ...] = ()

    @property
    def education_met(self) -> bool:
        """Also when none is asked for, or experience may stand in."""
        asked = self.job.requirements.education
        if asked is None or asked.or_equivalent:
            return True
        return (
            max((degree.level for degree in self.resume.profile.degrees), default=EducationLevel.UNSPECIFIED)
            >= asked.level
        )


def analyse(resume: ReadResume, job: Job, similarity: float | None, index: SkillIndex) -> Analysis | None:
    """None when there is nothing to judge by: no similarity, and a job text that asks for nothing recognisable.

    `similarity` stays as it is while edits are tried: they gain by what they show, not by a model's view of it.
    """
    profile, evidence = with_skills_of_text(resume.profile, resume, index)
    asked_skills = job.requirements.skills
    profile = with_skills_of_titles(with_implied_skills(profile, index), asked_skills)
    profile = with_fields_of_text(profile, resume, asked_skills)
    resume = replace(resume, profile=profile)
    words = stems_of(resume.text) | {stem for skill in profile.skills for stem in stems_of(skill.name)}
    standing = _stand(resume, job, words, similarity)
    if standing is None:
        return None
    held = skills_held(profile)
    asked = demands(asked_skills)
    used = tuple(keyword for keyword in job.keywords if keyword.stem in words)
    found = Analysis(
        resume,
        job,
        standing,
        _with_titles(evidence, resume, held),
        tuple(demand for demand in asked if demand.held(held)),
        tuple(demand for demand in asked if not demand.held(held)),
        used,
        tuple(keyword for keyword in job.keywords if keyword not in used),
        (),
    )
    known = tuple(link.skill for skill in profile.skills if (link := index.link(skill.name)) is not None)
    return replace(found, edits=_edits(found, words, similarity), shown_skills=known)


def _stand(resume: ReadResume, job: Job, words: frozenset[str], similarity: float | None) -> Standing | None:
    match = score(resume.profile, job.requirements, similarity)
    return None if match is None else Standing(match, ats_score(resume, job, words, match, similarity))


def _with_titles(evidence: Evidence, resume: ReadResume, held: frozenset[str]) -> Evidence:
    """Adds places for skills that no passage names as such: the title that has all their words."""
    names = {skill.id: skill.name for skill in resume.profile.skills if skill.id in held and skill.id not in evidence}
    found = dict(evidence)
    for skill_id, name in names.items():
        stems = stems_of(name)
        places = [passage.quote(0, len(passage.text)) for passage in resume.passages if stems <= stems_of(passage.text)]
        if places:
            found[skill_id] = tuple(places[:1])
    return found


def _edits(found: Analysis, words: frozenset[str], similarity: float | None) -> tuple[Edit, ...]:
    resume, job, before = found.resume, found.job, found.standing

    def tried(changed: ReadResume, more_words: frozenset[str] = frozenset()) -> tuple[float, float]:
        after = _stand(changed, job, words | more_words, similarity)
        if after is None:
            return 0.0, 0.0
        return round(after.role.score - before.role.score, 1), round(after.ats.score - before.ats.score, 1)

    edits: list[Edit] = []
    for demand in found.unmet[:_MOST_SKILLS]:
        skill = demand.skills[0].skill
        profile = replace(resume.profile, skills=(*resume.profile.skills, Skill(skill.id, skill.taxonomy, skill.name)))
        gains = tried(replace(resume, profile=profile), stems_of(skill.name))
        text = f"Show {demand.name}: if you have experience with it, say where and what came of it, and list it."
        edits.append(Edit(text, 0 if demand.required else 1, *gains, demand=demand))
    for finding in findings(resume):
        gains = tried(replace(resume, facts=finding.mended))
        urgency = 0 if finding.cost >= 10 else 1 if finding.cost >= 5 else 2
        edits.append(Edit(finding.remedy, urgency, *gains, finding=finding.fact))
    if len(missing := found.unused[:_MOST_KEYWORDS]) > 1:
        gains = tried(resume, frozenset(keyword.stem for keyword in missing))
        named = ", ".join(keyword.written for keyword in missing)
        edits.append(Edit(f"Use the job's own words where they are true of you: {named}.", 1, *gains, keywords=missing))
    worthwhile = [edit for edit in edits if edit.role_gain + edit.ats_gain > 0]
    return tuple(sorted(worthwhile, key=lambda edit: -(edit.role_gain + edit.ats_gain)))
