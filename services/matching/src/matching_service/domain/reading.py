"""A resume as it was read for one analysis: its profile, its passages, and facts about the file. Nothing of it is kept."""

from dataclasses import dataclass

from matching_service.domain.model import Position, Profile, Skill
from matching_service.domain.timeline import Gap, gaps

_BEFORE, _AFTER = 60, 90


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the resume: JSON pointer into the parse, page (0: none), and the words."""

    pointer: str
    page: int
    words: str


@dataclass(frozen=True, slots=True)
class ResumePassage:
    """A piece of the resume that speaks of work: no name, contact data, employer or school."""

    pointer: str
    page: int
    text: str

    def quote(self, start: int, end: int) -> Quote:
        """The words around `text[start:end]`, cut between words."""
        before = self.text[max(0, start - _BEFORE) : start]
        after = self.text[end : end + _AFTER]
        if start > _BEFORE:
            before = "… " + before.partition(" ")[2]
        if end + _AFTER < len(self.text):
            after = after.rpartition(" ")[0] + " …"
        return Quote(self.pointer, self.page, " ".join((before + self.text[start:end] + after).split()))


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of the file. Pages are 0 for formats without pages; `words` counts those of the passages."""

    kind: str = ""
    pages: int = 0
    words: int = 0
    language: str = ""
    has_name: bool = True
    has_email: bool = True
    has_phone: bool = True
    has_summary: bool = True
    # Sections that no heading was found for: `experience`, `education`, `skills`.
    missing_sections: tuple[str, ...] = ()
    # Positions that have no dates, by their titles.
    undated: tuple[str, ...] = ()
    # Positions that say nothing but title and employer.
    undescribed: int = 0
    ocr_pages: int = 0
    # Of the layout: `columns`, `tables`, ... as the contract of the parse names them.
    traits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadResume:
    """A resume that was read for an analysis. `degree` is the highest one as written."""

    profile: Profile
    passages: tuple[ResumePassage, ...] = ()
    # Listed skills, each with its place.
    listed: tuple[tuple[Skill, Quote], ...] = ()
    degree: str = ""
    degree_quote: Quote | None = None
    facts: FileFacts = FileFacts()  # frozen
    preview: str = ""
    # Times of education, without titles. Empty in the anonymised view.
    studies: tuple[Position, ...] = ()

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Notable gaps between positions that no studies explain."""
        return gaps(self.profile.positions, self.studies)

    @property
    def text(self) -> str:
        """All passages."""
        return "\n".join(passage.text for passage in self.passages)
