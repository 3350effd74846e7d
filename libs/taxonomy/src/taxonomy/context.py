"""Whether an ambiguous name means the skill, told by its surroundings."""

import re
from collections.abc import Sequence

from taxonomy.catalogue import Care
from taxonomy.spelling import Word

# Words that introduce a skill, within three words before it.
_BEFORE = frozenset(
    [
        "proficient",
        "proficiency",
        "experience",
        "experienced",
        "knowledge",
        "knowledgeable",
        "skilled",
        "skill",
        "skills",
        "expertise",
        "expert",
        "familiar",
        "familiarity",
        "fluent",
        "fluency",
        "know",
        "knowing",
        "using",
        "use",
        "uses",
        "used",
        "advanced",
        "intermediate",
        "basic",
        "microsoft",
        "ms",
        "adobe",
        "language",
        "languages",
        "programming",
        "coding",
        "framework",
        "frameworks",
        "tool",
        "tools",
        "technologies",
        "technology",
        "stack",
        "software",
        "library",
        "libraries",
        "including",
        "hands",
        "mastery",
        "understanding",
        "command",
        "databases",
        "kenntnisse",
        "erfahrung",
        "mit",
        "connaissance",
        "maîtrise",
        "expérience",
        "conocimiento",
        "conocimientos",
        "experiencia",
    ]
)
# Words that follow a skill.
_AFTER = frozenset(
    [
        "programming",
        "language",
        "languages",
        "developer",
        "developers",
        "development",
        "engineer",
        "engineers",
        "framework",
        "library",
        "code",
        "coding",
        "script",
        "scripts",
        "scripting",
        "skills",
        "experience",
        "services",
        "microservices",
        "modules",
        "components",
        "application",
        "applications",
        "app",
        "apps",
        "backend",
        "frontend",
        "certification",
        "certified",
        "environment",
        "methodology",
        "methodologies",
        "methods",
        "principles",
        "practices",
        "ceremonies",
        "kenntnisse",
    ]
)
_REACH = 3
# Between items of an enumeration.
_SEPARATOR = re.compile(
    r"\s*(?:[,;/|•·&+()\n:]|\band\b|\bor\b|\bund\b|\bet\b|\by\b)(?:\s|and\b|or\b|[(•·*-])*", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?:\n•]\s*[-*•(]?\s*$")
# `C-level`, `Go/no-go`, `R&D`, `Series-C`, `vitamin C`: the letter belongs to another word.
_ATTACHED = "-‐‑–&'’_@"
_YEAR = re.compile(r"\s+(?:19|20)\d\d\b")
_OTHER_MEANING = frozenset(
    [
        "vitamin",
        "series",
        "hepatitis",
        "grade",
        "class",
        "type",
        "section",
        "schedule",
        "appendix",
        "level",
        "plan",
        "option",
    ]
)


def is_enumerated(between: str) -> bool:
    """Whether the text between two names separates items of one enumeration."""
    return len(between) <= 12 and _SEPARATOR.fullmatch(between) is not None


def is_introduced(words: Sequence[Word], first: int, last: int, text: str) -> bool:
    """Whether a word beside the name says that it is a skill."""
    for index in range(first - 1, max(first - 1 - _REACH, -1), -1):
        if _ends_sentence(text[words[index].end : words[index + 1].start]):
            break
        if words[index].folded in _BEFORE:
            return True
    following = words[last + 1] if last + 1 < len(words) else None
    return (
        following is not None
        and following.folded in _AFTER
        and text[words[last].end : following.start].strip(" -\xa0") == ""
    )


def stands_by_itself(care: Care, written: str, words: Sequence[Word], first: int, last: int, text: str) -> bool:
    """Whether the mention needs no company. `written` is the name as the table writes it."""
    start, end = words[first].start, words[last].end
    if care is Care.NONE:
        return True
    if is_impossible(care, written, words, first, last, text):
        return False
    as_written = text[start:end] == written
    # `safe` is never SAFe, `rest` never REST, whatever introduces it; `react` may be React.
    if (as_written or not _has_inner_capital(written)) and is_introduced(words, first, last, text):
        return True
    if care is Care.SHORT or not as_written or _YEAR.match(text, end):
        return False
    return written.isupper() or not starts_sentence(text, start)


def is_impossible(care: Care, written: str, words: Sequence[Word], first: int, last: int, text: str) -> bool:
    """Whether the mention is part of another word or phrase, whatever stands around it."""
    start, end = words[first].start, words[last].end
    if care is not Care.SHORT:
        return care is Care.ITEM
    if len(written) <= 2 and text[start:end] != written:
        return True
    attached = (start > 0 and text[start - 1] in _ATTACHED) or (end < len(text) and text[end] in _ATTACHED)
    return attached or (first > 0 and len(written) == 1 and words[first - 1].folded in _OTHER_MEANING)


def starts_sentence(text: str, start: int) -> bool:
    """Whether a capital at `start` may be owed to the sentence."""
    before = text[max(0, start - 8) : start]
    return not text[:start].strip() or _SENTENCE_END.search(before) is not None


def _has_inner_capital(written: str) -> bool:
    return any(letter.isupper() for letter in written[1:])


def _ends_sentence(between: str) -> bool:
    return "\n\n" in between or re.search(r"[.!?;]\s", between) is not None
