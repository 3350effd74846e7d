"""Whether a sentence names only what its sources hold: skills, figures, dates and names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from matching_service.domain.analysis import Analysis
from matching_service.domain.keywords import COMMON, work_words
from matching_service.domain.words import stem, words_of
from taxonomy import SkillIndex

_UP_TO_TWENTY = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_NUMBERS = {word: str(number) for number, word in enumerate(_UP_TO_TWENTY)}
_NUMBERS |= {"thirty": "30", "forty": "40", "fifty": "50", "hundred": "100", "thousand": "1000", "million": "1000000"}
# In `one of them` and `first`, nothing is counted.
_UNCOUNTED = frozenset(("one", "zero"))
_FIGURE = re.compile(r"\d+(?:[.,’']\d+)*")
_BEGINS = re.compile(r"(?:^|[.!?:;\n“\"(–-]\s*)$")


_LACK = re.compile(
    r"(?i)\b(?:not|no|nothing|none|never|without|lacks?|lacking|missing|absent|gaps?|learn\w*|read up|requires?|needs?|asks?"
    r"|would like|wants?|add|show|yet|closest|short)\b|n['’]t\b"
)
_DENIAL = re.compile(r"(?i)\b(?:not|no|nothing|none|never|without|lacks?|lacking|missing)\b|n['’]t\b")


def admits(text: str) -> bool:
    """Whether a sentence about something missing says that it is."""
    return _LACK.search(text) is not None


def denies(text: str) -> bool:
    """Whether a sentence about something shown says that it is not."""
    return _DENIAL.search(text) is not None


@dataclass(frozen=True, slots=True)
class Sources:
    """What the two texts hold."""

    skills: frozenset[str]
    figures: frozenset[str]
    stems: frozenset[str]
    index: SkillIndex

    @classmethod
    def of(cls, texts: Iterable[str], found: Analysis, index: SkillIndex) -> "Sources":
        """Of the job text, the resume and what was read from both."""
        texts = tuple(texts)
        skills = {mention.skill.id for text in texts for mention in index.find(text)}
        skills |= {skill.id for skill in found.resume.profile.skills if skill.id}
        skills |= {asked.skill.id for demand in (*found.met, *found.unmet) for asked in demand.skills}
        known = [asked.skill.name for demand in (*found.met, *found.unmet) for asked in demand.skills]
        known += [skill.name for skill in found.resume.profile.skills]
        return cls(frozenset(skills), _figures_of("\n".join(texts)), _stems_of("\n".join((*texts, *known))), index)

    def bear_out(self, text: str, also: Iterable[str] = ()) -> bool:
        """Whether everything that the text names is in the sources, or in what it `also` rests on."""
        more = "\n".join(also)
        if any(mention.skill.id not in self.skills for mention in self.index.find(text)):
            return False
        if not _figures_of(text) <= self.figures | _figures_of(more):
            return False
        stems = self.stems | _stems_of(more)
        return all(stem(word) in stems or self._ordinary(word, text[:start]) for word, start in words_of(text))

    def _ordinary(self, word: str, before: str) -> bool:
        """Words in lower case name nothing; of capitals at the beginning of a sentence only ordinary words do not."""
        if word.islower():
            return True
        key = stem(word)
        return (
            bool(_BEGINS.search(before))
            and word[1:] == word[1:].lower()
            and (key in COMMON or key in work_words(self.index))
        )


def _figures_of(text: str) -> frozenset[str]:
    written = {re.sub(r"[,’'](?=\d{3}(?!\d))", "", figure).replace(",", ".") for figure in _FIGURE.findall(text)}
    spelt = {_NUMBERS[word.lower()] for word, _ in words_of(text) if word.lower() in _NUMBERS.keys() - _UNCOUNTED}
    return frozenset(re.sub(r"\.0+$", "", figure) for figure in written | spelt)


def _stems_of(text: str) -> frozenset[str]:
    return frozenset(stem(part) for word, _ in words_of(text) for part in (word, *re.split(r"[-./'’]", word)) if part)
