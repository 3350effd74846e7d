"""Skills that a resume shows without listing them."""

from dataclasses import replace

from matching_service.domain.model import Profile, Skill
from taxonomy import SkillIndex


def with_implied_skills(profile: Profile, index: SkillIndex) -> Profile:
    """Adds the skills that headline, titles and fields of study name: a Backend Engineer does back-end development."""
    titles = [profile.headline, *(position.title for position in profile.positions)]
    fields = [degree.field for degree in profile.degrees]
    named = [mention.skill for text in (*titles, *fields) for mention in index.find(text)]
    named += [link.skill for field in fields if (link := index.link(field)) is not None]
    listed = {skill.id for skill in profile.skills}
    implied = {skill.id: Skill(skill.id, skill.taxonomy, skill.name) for skill in named if skill.id not in listed}
    return replace(profile, skills=(*profile.skills, *implied.values()))
