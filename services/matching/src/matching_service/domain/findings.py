"""What is wrong with a file, for software that reads applications: each finding with what it costs and the remedy."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from matching_service.domain.reading import FileFacts, ReadResume

# Lengths outside of these are hard on readers, human and other.
FEWEST_WORDS, MOST_WORDS, MOST_PAGES = 100, 1500, 3
_SECTION_COST = {"experience": 25, "education": 12, "skills": 15}
# By the trait of the layout: points it costs, what is the matter, and the remedy.
_TRAITS = {
    "text_boxes": (
        8,
        "Text stands in text boxes, which some software skips.",
        "Move text out of text boxes into the page itself.",
    ),
    "header_text": (
        8,
        "Contact data stands in the page header, which some software skips.",
        "Move your contact data from the page header to the top of the page itself.",
    ),
    "columns": (5, "The text stands in columns.", "Set the text in one column: some software reads across columns."),
    "tables": (
        5,
        "Text stands in tables.",
        "Move text out of tables: some software reads them cell by cell, in another order.",
    ),
    "small_type": (4, "Most of the text is smaller than 9 points.", "Set the text in 10 points or more."),
    "pictures": (3, "The file holds a picture.", "Leave photos and graphics out: software cannot read them."),
    "many_fonts": (2, "The file mixes more than four typefaces.", "Use one or two typefaces."),
}
# Finding more of a kind tells little more.
_MOST_OF_A_KIND = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of the file: points it costs out of 100, what is the matter, the remedy, and the facts without it."""

    cost: int
    fact: str
    remedy: str
    mended: FileFacts


def findings(resume: ReadResume) -> tuple[Finding, ...]:
    """The costliest first."""
    return tuple(sorted(_faults(resume.facts), key=lambda finding: -finding.cost))


def format_points(resume: ReadResume) -> float:
    """100 less what the findings and the gaps between positions cost, and never below 0."""
    cost = sum(finding.cost for finding in findings(resume)) + 3 * min(_MOST_OF_A_KIND, len(resume.gaps))
    return float(max(0, 100 - cost))


def _faults(facts: FileFacts) -> Iterator[Finding]:
    for section in facts.missing_sections:
        rest = tuple(name for name in facts.missing_sections if name != section)
        yield Finding(
            _SECTION_COST[section],
            f"No {section} section was found.",
            f"Put your {section} under a heading of its own, such as '{section.capitalize()}'.",
            replace(facts, missing_sections=rest),
        )
    for held, cost, fact, remedy, mended in (
        (facts.has_name, 10, "No name was found.", "Write your name as the first line.", replace(facts, has_name=True)),
        (
            facts.has_email,
            10,
            "No e-mail address was found.",
            "Add your e-mail address.",
            replace(facts, has_email=True),
        ),
        (
            facts.has_phone,
            5,
            "No telephone number was found.",
            "Add your telephone number.",
            replace(facts, has_phone=True),
        ),
        (
            facts.has_summary,
            4,
            "The resume opens without a summary.",
            "Open with two or three sentences on what you do.",
            replace(facts, has_summary=True),
        ),
    ):
        if not held:
            yield Finding(cost, fact, remedy, mended)
    if facts.undated:
        number = len(facts.undated)
        yield Finding(
            5 * min(_MOST_OF_A_KIND, number),
            f"{number} {'position has' if number == 1 else 'positions have'} no dates that could be read.",
            "Give every position a start and an end, as month and year.",
            replace(facts, undated=()),
        )
    if facts.undescribed:
        number = facts.undescribed
        yield Finding(
            4 * min(_MOST_OF_A_KIND, number),
            f"{number} {'position has' if number == 1 else 'positions have'} no description.",
            "Say under every position what you did and what came of it.",
            replace(facts, undescribed=0),
        )
    if facts.ocr_pages:
        yield Finding(
            15,
            f"{facts.ocr_pages} of {facts.pages} pages are pictures of text.",
            "Export the resume from the program it was written with.",
            replace(facts, ocr_pages=0),
        )
    for trait in facts.traits:
        if trait in _TRAITS:
            cost, fact, remedy = _TRAITS[trait]
            rest = tuple(other for other in facts.traits if other != trait)
            yield Finding(cost, fact, remedy, replace(facts, traits=rest))
    if facts.words < FEWEST_WORDS:
        yield Finding(
            10,
            f"The resume says little: work, skills and education take {facts.words} words.",
            f"Say more about what you did: {FEWEST_WORDS} words at least.",
            replace(facts, words=FEWEST_WORDS),
        )
    elif facts.words > MOST_WORDS or facts.pages > MOST_PAGES:
        yield Finding(
            8,
            f"Work, skills and education take {facts.words:,} words"
            + (f" and the file {facts.pages} pages." if facts.pages else "."),
            f"Shorten it to {MOST_PAGES} pages and {MOST_WORDS} words.",
            replace(facts, words=min(facts.words, MOST_WORDS), pages=min(facts.pages, MOST_PAGES)),
        )
