"""A job text cut into sentences, each with what it is about: demands, wishes, or neither."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from matching_service.domain import cues


class Force(Enum):
    """How strongly a passage asks for what it names."""

    REQUIRED = "required"
    PREFERRED = "preferred"
    # Benefits, the company, what is not needed.
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, list item or clause, at `job[start:start + len(text)]`. Clauses of another force are blanked out of their sentence."""

    text: str
    force: Force
    start: int = 0
    # The whole sentence, where the passage is a clause of it.
    sentence: str = ""

    def place(self, start: int, end: int) -> "Place":
        """A part of the passage as a place in the job text."""
        return Place(self.start + start, self.start + end, " ".join((self.sentence or self.text).split()))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the job text, in characters, and the passage around it on one line."""

    start: int
    end: int
    quote: str


_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÄÖÜÉÀ\d•*-])|(?<=;)\s+")
_BRACKETS = re.compile(r"\([^()]{1,120}\)")
_BULLET = re.compile(r"^\s*(?:[-*•·◦▪‣–—]|\d+[.)])\s+")
_LONGEST_HEADING = 6
_HEADINGS = (
    (cues.PREFERRED_HEADINGS, Force.PREFERRED),
    (cues.OTHER_HEADINGS, Force.NONE),
    (cues.REQUIRED_HEADINGS, Force.REQUIRED),
)


def passages(text: str) -> Iterator[Passage]:
    """In the order of the text. A heading sets the force of what stands below it, up to the next one."""
    section = Force.REQUIRED
    for start, block in _blocks(text):
        # The heading's own words are a passage too: `Skills: SQL`.
        section = _heading_force(block) or section
        for offset, sentence in _sentences(block):
            yield from _clauses(Passage(sentence, _force(sentence, section), start + offset), section)


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their offsets, those joined that a sentence was wrapped over."""
    start, pending, position = 0, "", 0
    for line in text.splitlines(keepends=True):
        continues = bool(pending.strip()) and line[:1].islower() and not _BULLET.match(line)
        if not continues:
            if pending.strip():
                yield start, pending.rstrip()
            start, pending = position, ""
        pending += line
        position += len(line)
    if pending.strip():
        yield start, pending.rstrip()


def _sentences(block: str) -> Iterator[tuple[int, str]]:
    start = 0
    for end, following in [*(match.span() for match in _SENTENCE.finditer(block)), (len(block), len(block))]:
        if block[start:end].strip():
            yield start, block[start:end]
        start = following


def _heading_force(line: str) -> Force | None:
    """The force that a heading gives; None when the line is none."""
    title = line.strip().strip("#*_= ").rstrip(":").strip().casefold()
    if not title or title[-1] in ".,;" or len(title.split()) > _LONGEST_HEADING or _BULLET.match(line):
        return None
    return next((force for words, force in _HEADINGS if words.fullmatch(title)), None)


def _clauses(passage: Passage, section: Force) -> Iterator[Passage]:
    """The passage, and those of its clauses that ask with another force: `Java (no Scala needed), ideally with Kafka`."""
    apart = dict(_apart(passage, section))
    if not apart:
        yield passage
        return
    yield Passage(_blanked(passage.text, apart), section, passage.start, passage.text)
    for (start, end), force in apart.items():
        yield Passage(passage.text[start:end], force, passage.start + start, passage.text)


def _apart(passage: Passage, section: Force) -> Iterator[tuple[tuple[int, int], Force]]:
    text = passage.text
    bracketed = [match.span() for match in _BRACKETS.finditer(text)]
    for start, end in bracketed:
        force = _force(text[start:end], section)
        if force is not section:
            only_cue = not re.search(r"\w", cues.PREFERRED.sub("", text[start:end]))
            # `SQL, Python (preferred)`: of the item before it.
            before = max(text.rfind(mark, 0, start) for mark in ",;:") + 1 if only_cue else start
            yield (before, end), force
    if section is not Force.REQUIRED or passage.force is not Force.PREFERRED:
        return
    plain = _blanked(text, bracketed)
    if (cue := cues.PREFERRED.search(plain)) is None:
        return
    if cues.LEADING.match(plain, cue.start()) and re.search(r"\w", plain[: cue.start()]):
        # `five years of experience, ideally in automotive`
        yield (cue.start(), len(text)), Force.PREFERRED
    elif (comma := plain.rfind(",", 0, cue.start())) > 0 and cues.FIRM.search(plain, 0, comma):
        # `fluent English, French is a plus`
        yield (comma, len(text)), Force.PREFERRED


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _force(sentence: str, section: Force) -> Force:
    if cues.NOT_NEEDED.search(sentence):
        return Force.NONE
    if section is Force.REQUIRED and cues.PREFERRED.search(sentence):
        return Force.PREFERRED
    return section
