"""The texts that stand for a resume and for a job when their meanings are compared."""

from matching_service.domain.model import Profile

# The embedder reads the first 256 tokens; what follows would be cut there anyway.
MAX_CHARACTERS = 2000
MAX_SKILLS = 40


def profile_summary(profile: Profile) -> str:
    """Headline, titles and skills; a resume with none of them is still a resume."""
    titles = [position.title for position in profile.positions if position.title]
    parts = [
        profile.headline,
        ". ".join(dict.fromkeys(titles)),
        ", ".join(dict.fromkeys(skill.name for skill in profile.skills[:MAX_SKILLS])),
        ", ".join(dict.fromkeys(degree.field for degree in profile.degrees if degree.field)),
    ]
    return ". ".join(filter(None, parts))[:MAX_CHARACTERS] or "resume"


def job_summary(text: str) -> str:
    """The beginning of the text, on one line."""
    return " ".join(text.split())[:MAX_CHARACTERS]
