"""Phrases that insights and flashcards share."""

import re
from collections.abc import Iterable, Mapping, Sequence

from matching_service.domain.analysis import Analysis
from matching_service.domain.passages import Place
from matching_service.domain.reading import Quote
from matching_service.domain.requirements import AskedSkill, Demand
from taxonomy import Skill

# Kinds of the taxonomy as headings. ESCO's skills have no kind.
KINDS: Mapping[str, str] = {
    "language": "Programming languages",
    "framework": "Frameworks",
    "cloud": "Cloud",
    "devops": "Operations",
    "database": "Databases",
    "data-and-ai": "Data and models",
    "design": "Design and engineering software",
    "security": "Security",
    "network": "Networks",
    "engineering": "Engineering",
    "business-software": "Software",
    "method": "Ways of working",
    "business": "Business skills",
    "trade-and-care": "Practice",
}
OTHER = "Skills"
# Kinds whose members are tools that people use, rather than work that they do.
_TOOLS = frozenset(KINDS) - {"method", "business", "trade-and-care", "engineering"}
# Of these, kinds in which one tool prepares for another.
_FIELDS = frozenset(("language", "framework", "cloud", "devops", "database", "data-and-ai", "security", "network"))
_WORK = frozenset(("business", "trade-and-care", "method", "data-and-ai", "engineering"))
# Endings of nouns that name work: `Nursing`, `Procurement`; `Hootsuite` is a name.
_NOUN = re.compile(r"[A-Z][a-z]+(?:ing|tion|ment|ics|age|omy|ship|work|roll|care|ity|ure|ry|ise|cy|ade)")
_FIGURE = re.compile(r"(?<![\w.])[$€£]?\d[\d.,]*\d(?:\s?%|[kM]\b)?|(?<![\w.])\d+\s?%|(?<![\w.])\d(?![\w.])")
_YEAR = re.compile(r"(?:19|20)\d\d")


def named(skill: Skill) -> str:
    """A name inside a sentence: `patient care`, `Power BI`. Those of ESCO are phrases such as `lead a team`, and quoted."""
    if skill.taxonomy == "esco":
        return f"“{skill.name}”"
    first, _, rest = skill.name.partition(" ")
    ordinary = (rest == rest.lower() and bool(rest) and first[1:].islower()) or _NOUN.fullmatch(skill.name)
    return skill.name[0].lower() + skill.name[1:] if ordinary and skill.kind in _WORK else skill.name


def names(skills: Iterable[str], last: str = "and") -> str:
    """`A`, `A and B`, `A, B and C`."""
    *rest, end = skills
    return f"{', '.join(rest)} {last} {end}" if rest else end


def label(demand: Demand) -> str:
    """`Kafka or NATS`."""
    return names((named(asked.skill) for asked in demand.skills), "or")


def is_tool(demand: Demand) -> bool:
    """Whether one uses it, rather than does it."""
    return demand.skills[0].skill.kind in _TOOLS


def kind_of(demand: Demand) -> str:
    """Heading that it belongs under."""
    return KINDS.get(demand.skills[0].skill.kind, OTHER)


def places(demands: Iterable[Demand]) -> tuple[Place, ...]:
    """Where the job asks for them."""
    return tuple(asked.place for demand in demands for asked in demand.skills if asked.place is not None)


def sentence(place: Place) -> str:
    """The words around a place, without bullet."""
    return place.quote.lstrip("-–—*•·◦▪‣ ")


def quoted(words: str) -> str:
    """In quotation marks, with the mark that ends a sentence."""
    return f"“{words}”" if words.endswith((".", "!", "?", "…")) else f"“{words}”."


def figure_in(text: str) -> str:
    """The first figure that is no year; empty without one."""
    return next((found for found in _FIGURE.findall(text) if not _YEAR.fullmatch(found)), "")


def shown(found: Analysis, demand: Demand) -> tuple[AskedSkill, tuple[Quote, ...]] | None:
    """The first of its skills that the resume shows in words, with the places, the strongest first."""
    for asked in demand.held(frozenset(found.evidence)):
        return asked, found.evidence[asked.skill.id]
    return None


def only_listed(quotes: Sequence[Quote]) -> bool:
    """Whether the resume names it in its list of skills and nowhere else."""
    return all(quote.pointer.startswith("/skills/") for quote in quotes)


def near(found: Analysis, demand: Demand) -> tuple[Skill, tuple[Quote, ...]] | None:
    """A tool of the same field that the resume shows, the best evidenced one."""
    kind = demand.skills[0].skill.kind
    if kind not in _FIELDS:
        return None
    candidates = [
        (skill, quotes)
        for skill in found.shown_skills
        # `Data science` is no tool, though its kind has tools.
        if skill.kind == kind
        and named(skill) == skill.name
        and (quotes := found.evidence.get(skill.id, ()))
        and not _by_title(quotes)
    ]
    return min(candidates, key=lambda one: (only_listed(one[1]), -len(one[1]))) if candidates else None


def _by_title(quotes: Sequence[Quote]) -> bool:
    return all(quote.pointer.endswith(("/title", "/headline", "/field", "/degree")) for quote in quotes)
