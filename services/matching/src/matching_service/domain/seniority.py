"""Levels of positions: what a person's is, and how well it fits the one asked for."""

from matching_service.domain.model import Profile
from matching_service.domain.terms import Seniority, seniority_in

# Years of work from which a person without a word for it in the title is of a level.
_SENIOR_YEARS, _MID_YEARS = 8.0, 2.0
# Points by how many levels the person is above the level asked for; those below it stand further down.
_ABOVE = (100.0, 85.0, 60.0, 40.0)
_BELOW = (100.0, 60.0, 25.0, 0.0)

LEVEL_WORDS = {
    Seniority.INTERN: "an intern",
    Seniority.JUNIOR: "a junior",
    Seniority.MID: "a professional",
    Seniority.SENIOR: "a senior",
    Seniority.LEAD: "a lead",
    Seniority.EXECUTIVE: "an executive",
}


def seniority_of(profile: Profile) -> Seniority | None:
    """By the headline and the present title, else by years; None when there are neither."""
    titles = [profile.headline, *(position.title for position in profile.positions[:1])]
    named = next((level for title in titles if (level := seniority_in(title)) is not None), None)
    if named is not None or not profile.total_years:
        return named
    if profile.total_years >= _SENIOR_YEARS:
        return Seniority.SENIOR
    return Seniority.MID if profile.total_years >= _MID_YEARS else Seniority.JUNIOR


def seniority_points(held: Seniority, asked: Seniority) -> float:
    """100 for the same level; being above costs less than being below."""
    above = held - asked
    row = _ABOVE if above >= 0 else _BELOW
    return row[min(abs(above), len(row) - 1)]
