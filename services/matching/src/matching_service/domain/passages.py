"""A job text cut into sentences, each with what it is about: demands, wishes, or neither."""

import re
from collections.abc import Iterator
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
    """A sentence or list item."""

    text: str
    force: Force


_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-ZÄÖÜÉÀ\d•*-])")
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
    for block in _lines(text):
        # The heading's own words are a passage too: `Skills: SQL`.
        section = _heading_force(block) or section
        for sentence in _SENTENCE.split(block):
            if sentence.strip():
                yield Passage(sentence, _force(sentence, section))


def _lines(text: str) -> Iterator[str]:
    """Lines, with those joined that a sentence was wrapped over."""
    pending = ""
    for line in text.splitlines():
        continues = bool(pending) and line[:1].islower() and not _BULLET.match(line)
        if continues:
            pending = f"{pending}\n{line}"
            continue
        if pending.strip():
            yield pending
        pending = line
    if pending.strip():
        yield pending


def _heading_force(line: str) -> Force | None:
    """The force that a heading gives; None when the line is none."""
    title = line.strip().strip("#*_= ").rstrip(":").strip().casefold()
    if not title or title[-1] in ".,;" or len(title.split()) > _LONGEST_HEADING or _BULLET.match(line):
        return None
    return next((force for words, force in _HEADINGS if words.fullmatch(title)), None)


def _force(sentence: str, section: Force) -> Force:
    if cues.NOT_NEEDED.search(sentence):
        return Force.NONE
    if section is Force.REQUIRED and cues.PREFERRED.search(sentence):
        return Force.PREFERRED
    return section
