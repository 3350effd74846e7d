"""Skills of which one is enough: `Kafka or NATS`, `brokers such as Kafka, NATS`, `React/Vue`."""

import re
from collections.abc import Iterator, Sequence

from taxonomy import SkillMention

_OR = re.compile(r"\s*,?\s*(?:and/or|or|oder|ou|o|bzw\.)\s+(?:even\s+)?", re.IGNORECASE)
_SLASH = re.compile(r"\s?/\s?")
_COMMA = re.compile(r"\s*,\s*")
_AND = re.compile(r"\s*,?\s*(?:and|&|und|et|y)\s+", re.IGNORECASE)
_REST = re.compile(
    r"\s*,?\s*(?:or|and|oder|und|ou|et|o|y)\s+(?:similar|others?|ähnlich\w*|similaires?|similar\w*)", re.IGNORECASE
)
# Words before a list of examples: any of them will do.
_EXAMPLES = re.compile(
    r"(?:such as|e\.g\.,?|for example,?|for instance,?|one of|any of|either|z\. ?B\.|zum beispiel|wie etwa|tels? que|par exemple"
    r"|comme|como|por ejemplo)\s*:?\s*$",
    re.IGNORECASE,
)


def groups_of_alternatives(text: str, mentions: Sequence[SkillMention]) -> Iterator[Sequence[SkillMention]]:
    """The mentions in their order, those together of which one is enough."""
    start = 0
    while start < len(mentions):
        end = _end_of_group(text, mentions, start)
        yield mentions[start:end]
        start = end


def _end_of_group(text: str, mentions: Sequence[SkillMention], start: int) -> int:
    examples = _EXAMPLES.search(text[: mentions[start].start]) is not None
    joined, reach = start + 1, start + 1
    for index in range(start + 1, len(mentions)):
        between = text[mentions[index - 1].end : mentions[index].start]
        of_a_kind = mentions[index - 1].skill.kind == mentions[index].skill.kind
        if _SLASH.fullmatch(between) and not of_a_kind:
            break  # `PHP / Symfony`: a language and its framework
        if _SLASH.fullmatch(between) and reach == index:
            reach = index + 1  # binds its neighbours only: `Terraform, React/Vue`
        elif _OR.fullmatch(between):
            reach = index + 1
        elif not _COMMA.fullmatch(between) and not (examples and _AND.fullmatch(between)):
            break
        joined = index + 1
    if _REST.match(text[mentions[joined - 1].end :]) and joined > start + 1:
        return joined  # `Kafka, NATS or similar`
    return joined if examples else reach
