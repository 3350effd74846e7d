"""Jobs and people that were never there: many professions, each with words, skills, pay and places of its own. Seeded."""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
from embedders import Embed

import taxonomy
from matching_service.domain.chunks import SHORTEST_CHUNK
from matching_service.domain.model import Degree, EducationLevel, Position, Profile, Skill
from matching_service.domain.posting import Draft
from matching_service.domain.preferences import Preferences, SalaryWish
from matching_service.domain.terms import Seniority, Workplace
from taxonomy.linking import concepts
from taxonomy.vectors import unit

PROFESSIONS = Path(__file__).with_name("professions.tsv")
ESCO_SKILLS = 45
# Distinct paragraphs a profession and kind; jobs combine them.
PARAGRAPHS = {"duties": 240, "must": 320, "nice": 120}
PLACES = (
    ("Amsterdam", "Netherlands", 10), ("Utrecht", "Netherlands", 5), ("Rotterdam", "Netherlands", 5), ("Berlin", "Germany", 10),
    ("Munich", "Germany", 8), ("Hamburg", "Germany", 6), ("Cologne", "Germany", 4), ("Paris", "France", 9), ("Lyon", "France", 4),
    ("Madrid", "Spain", 6), ("Barcelona", "Spain", 6), ("London", "United Kingdom", 10), ("Manchester", "United Kingdom", 4),
    ("Dublin", "Ireland", 4), ("Vienna", "Austria", 4), ("Zurich", "Switzerland", 4), ("Warsaw", "Poland", 4), ("Milan", "Italy", 5),
    ("Stockholm", "Sweden", 3), ("Lisbon", "Portugal", 3),
)  # fmt: skip
CURRENCIES = {"United Kingdom": "GBP", "Switzerland": "CHF", "Poland": "PLN", "Sweden": "SEK"}
LEVELS = (
    ("Junior ", Seniority.JUNIOR, 0, 2, 0.75), ("", None, 2, 5, 1.0), ("", None, 1, 8, 1.0), ("Senior ", Seniority.SENIOR, 4, 9, 1.3),
    ("Lead ", Seniority.LEAD, 6, 14, 1.5),
)  # fmt: skip
FOCUS = (
    "Payments",
    "Logistics",
    "Healthcare",
    "E-commerce",
    "Energy",
    "Insurance",
    "Education",
    "Mobility",
    "Public Sector",
    "Platform",
    "Growth",
    "Operations",
)
DUTY = (
    "You will {} together with a team of {n}.", "Your day: {} and {}.", "You take over {} and improve how we {}.",
    "We need you to {} for our customers.", "You are responsible for {}, and you {} where it is needed.",
    "Together we {}; you help others to do the same.",
)  # fmt: skip
MUST = (
    "You have worked with {} and {}.", "Solid knowledge of {}, {} and {}.", "Hands-on experience with {}.",
    "You know {} well and are not afraid of {}.",
    "Proven practice in {} and {}.",
)  # fmt: skip
HEADINGS = {
    "duties": ("About the work", "Your tasks", "What you will do"),
    "must": ("Requirements", "What you bring", "Your profile"),
    "nice": ("Nice to have",),
}
NICE = ("{} is a plus.", "Ideally you have seen {} before.", "Experience with {} or {} would be nice.")
DEGREES = (
    "",
    "",
    "",
    "A bachelor's degree in a related field.",
    "A master's degree or equivalent experience.",
    "Vocational training in the field.",
)
COMPANIES = (
    "Noord",
    "Kade",
    "Lumen",
    "Vela",
    "Ostara",
    "Brugge",
    "Helix",
    "Tarn",
    "Quill",
    "Meridian",
    "Alder",
    "Fjord",
    "Sable",
    "Onyx",
    "Cobalt",
    "Marlow",
)


@dataclass(frozen=True)
class Profession:
    titles: tuple[str, ...]
    about: str
    named: tuple[str, ...]
    esco: tuple[str, ...]
    industry: str
    pay: float


@cache
def _rows() -> list[dict[str, str]]:
    with PROFESSIONS.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def professions(embed: Embed) -> list[Profession]:
    """Each with the skills of ESCO that are nearest to what it does."""
    known, index = concepts(), taxonomy.skills()
    findable = np.array([bool(index.find(f"You know {skill.name} well.")) for skill in known.skills])
    found = []
    for row in _rows():
        titles = tuple(row["titles"].split("|"))
        texts = [row["about"], *(title.lower() for title in titles)]
        near = unit(unit(embed(texts)) @ known.basis).mean(axis=0) @ known.vectors.T
        names = dict.fromkeys(
            known.skills[place].name for place in np.argsort(-near)[: 4 * ESCO_SKILLS] if findable[place]
        )
        named = tuple(filter(None, row["named"].split("|")))
        esco = tuple(names)[:ESCO_SKILLS]
        found.append(Profession(titles, row["about"], named, esco, row["industry"], float(row["pay"])))
    return found


@dataclass(frozen=True)
class Made:
    """A job and where it comes from."""

    draft: Draft
    profession: int


def _title(prefix: str, title: str, focus: str) -> str:
    return f"{prefix}{title}, {focus}" if focus else f"{prefix}{title}"


class Generator:
    """The same seed gives the same jobs; the first of many are those of few."""

    def __init__(self, embed: Embed, seed: int = 7) -> None:
        self.known = professions(embed)
        rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
        self._pools = [
            {kind: [self._paragraph(rng, one, kind) for _ in range(count)] for kind, count in PARAGRAPHS.items()}
            for one in self.known
        ]
        self._shares = [1 / rng.randint(1, len(self.known)) ** 0.5 for _ in self.known]
        self._seed = seed

    def _skills(self, rng: random.Random, one: Profession, count: int) -> list[str]:
        # The first of a list are named most.
        names = list(dict.fromkeys((*rng.sample(one.named, min(len(one.named), count)), *rng.sample(one.esco, count))))
        first = [name for name in one.named if rng.random() < 0.25]
        return list(dict.fromkeys((*first, *names)))[:count] if one.named else names[:count]

    def _paragraph(self, rng: random.Random, one: Profession, kind: str) -> str:
        templates = {"duties": DUTY, "must": MUST, "nice": NICE}[kind]
        lines = [rng.choice(HEADINGS[kind])]
        for template in rng.sample(
            templates, {"duties": rng.randint(2, 3), "must": rng.randint(3, 4), "nice": rng.randint(1, 3)}[kind]
        ):
            wanted = template.count("{}")
            words = rng.sample(one.esco, wanted) if kind == "duties" else self._skills(rng, one, wanted)
            lines.append("- " + template.format(*words, n=rng.randint(3, 25)))
        # Long enough to be a piece of its own, with or without what follows: few distinct texts to embed.
        while sum(map(len, lines[1:])) < SHORTEST_CHUNK:
            lines.append("- " + rng.choice(NICE[:1]).format(*self._skills(rng, one, 1)))
        return "\n".join(lines)

    def titles(self) -> Iterator[str]:
        """All that jobs may have."""
        for one in self.known:
            for title, (prefix, *_), focus in product(one.titles, LEVELS, ("", *FOCUS)):
                yield _title(prefix, title, focus)

    def jobs(self, count: int, seed: int = 8) -> Iterator[Made]:
        rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
        for _ in range(count):
            yield self._job(rng)

    def _job(self, rng: random.Random) -> Made:
        # Some professions are far more common than others.
        (profession,) = rng.choices(range(len(self.known)), self._shares)
        one, pools = self.known[profession], self._pools[profession]
        prefix, _, least, most, factor = rng.choice(LEVELS)
        title = _title(prefix, rng.choice(one.titles), rng.choice(FOCUS) if rng.random() < 0.4 else "")
        ((town, country, _),) = rng.choices(PLACES, [place[2] for place in PLACES])
        years = rng.randint(max(least, 1), most)
        paragraphs = [
            rng.choice(pools["duties"]),
            "",
            rng.choice(pools["must"]),
        ]
        terms = []
        if rng.random() < 0.6:
            terms.append(f"- {years}+ years of experience.")
        if degree := rng.choice(DEGREES):
            terms.append(f"- {degree}")
        if rng.random() < 0.6:
            paragraphs += ["", rng.choice(pools["nice"])]
        if terms:
            paragraphs += ["", "Requirements", *terms]
        workplace = rng.choices(("On-site.", "Hybrid work.", "Fully remote.", ""), (3, 3, 2, 2))[0]
        paragraphs += [
            "",
            "We offer",
            f"- {workplace} {rng.choice(('Full-time.', 'Full-time.', 'Full-time.', 'Part-time.', 'Fixed-term contract.'))}".replace(
                "-  ", "- "
            ),
        ]
        if rng.random() < 0.5:
            low = round(one.pay * factor * rng.uniform(0.85, 1.15)) * 1000
            paragraphs.append(f"- Salary: {low} - {round(low * 1.2)} {CURRENCIES.get(country, 'EUR')} a year.")
        draft = Draft(
            title, "\n".join(paragraphs), company=f"{rng.choice(COMPANIES)} {rng.choice(FOCUS)} {rng.randint(1, 99)}",
            location=f"{town}, {country}" if rng.random() < 0.9 else town, industry=one.industry if rng.random() < 0.7 else "",
        )  # fmt: skip
        return Made(draft, profession)

    def person(self, number: int) -> tuple[Profile, int]:
        """A resume of a profession, and which."""
        rng = random.Random(f"{self._seed} {number}")  # noqa: S311  # reproducible, not secret
        profession = rng.randrange(len(self.known))
        one = self.known[profession]
        index = taxonomy.skills()
        names = [name for name in one.named if rng.random() < 0.5] + rng.sample(one.esco, rng.randint(4, 12))
        links = [link for name in names if (link := index.link(name)) is not None]
        years = round(rng.uniform(0.5, 16), 1)
        prefix = "" if years < 5 or rng.random() < 0.4 else "Senior "
        title = f"{prefix}{rng.choice(one.titles)}"
        earlier = rng.choice(one.titles)
        level = rng.choice(
            (EducationLevel.UNSPECIFIED, EducationLevel.VOCATIONAL, EducationLevel.BACHELOR, EducationLevel.MASTER)
        )
        return (
            Profile(
                headline=title if rng.random() < 0.7 else "",
                skills=tuple(Skill(link.id, link.taxonomy, link.name) for link in links),
                positions=(
                    Position(title, "2021-01", "present", years * 0.6),
                    Position(earlier, "2016-01", "2020-12", years * 0.4),
                ),
                degrees=(Degree(level, one.about.split()[-1]),) if level else (),
                total_years=years,
            ),
            profession,
        )

    def preferences(self, number: int) -> tuple[str, Preferences]:
        """What a person wants, from nothing to much, and a word for it."""
        rng = random.Random(f"{self._seed} wishes {number}")  # noqa: S311  # reproducible, not secret
        country = rng.choice(("NL", "DE", "FR", "ES", "GB"))
        salary = SalaryWish(rng.choice((40_000, 55_000, 70_000)), 0, "EUR")
        kinds: Sequence[tuple[str, Preferences]] = (
            ("none", Preferences()),
            ("country", Preferences(countries=frozenset((country,)))),
            ("country or remote", Preferences(countries=frozenset((country,)), remote_anywhere=True)),
            ("remote", Preferences(workplaces=frozenset((Workplace.REMOTE,)))),
            ("pay and industries", Preferences(salary=salary, ignored_industries=frozenset(("gambling", "retail", "media")))),
            ("town, hybrid, pay", Preferences(locations=("Berlin",), workplaces=frozenset((Workplace.HYBRID,)), salary=salary)),
            ("country, remote, level, pay told", Preferences(
                countries=frozenset((country, "IE")), workplaces=frozenset((Workplace.REMOTE, Workplace.HYBRID)),
                seniorities=frozenset((Seniority.SENIOR, Seniority.LEAD, Seniority.MID)), salary=salary, hide_unknown=True)),
        )  # fmt: skip
        return kinds[number % len(kinds)]
