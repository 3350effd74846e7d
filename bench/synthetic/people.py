"""Invents people: who they are, where they worked and what they learned. Same seed, same person."""

import random
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
_THIS_MONTH = 2026 * 12 + 9

# Families hold out these names too, so that no rule can be tuned on them.
_NAMES_ELSEWHERE = (
    "Nguyễn Thị Hồng", "Dr. Siobhán Ní Bhriain", "Prof. Olumide Adeyemi-Cole", "Xóchitl Q. Barrera", "Søren Kjærgaard",
    "Małgorzata Ciesielska", "Ioannis Papadimitriou", "İpek Şahinoğlu", "Þórdís Guðmundsdóttir", "J. P. Vandersloot",
    "Mohammed bin Rashid Al Suwaidi", "Ana-Maria Brânză", "Katarzyna Wójcik, PhD", "Lee Min-jun", "Ravi S. Venkataraman",
)  # fmt: skip


@dataclass(frozen=True)
class Month:
    year: int
    month: int


@dataclass(frozen=True)
class Place:
    city: str
    region: str
    country: str
    code: str


@dataclass(frozen=True)
class Job:
    title: str
    company: str
    place: Place
    start: Month
    end: Month | None  # None: still there
    bullets: tuple[str, ...]


@dataclass(frozen=True)
class Degree:
    degree: str
    field: str
    school: str
    place: Place
    start: Month
    end: Month
    grade: str


@dataclass(frozen=True)
class Person:
    language: str
    name: str
    headline: str
    email: str
    phone: str
    place: Place
    street: str
    links: tuple[str, ...]
    summary: str
    jobs: tuple[Job, ...]
    degrees: tuple[Degree, ...]
    skills: dict[str, tuple[str, ...]]
    languages: tuple[tuple[str, str], ...]
    certificates: tuple[tuple[str, str, int], ...]
    projects: tuple[tuple[str, str], ...]
    interests: str


@cache
def words(language: str) -> dict[str, Any]:
    """The word lists of a language."""
    return tomllib.loads((Path(__file__).parent / f"data/{language}.toml").read_text("utf-8"))


def invent(rng: random.Random, language: str, *, held: bool) -> Person:
    """A person; `held` takes professions, employers and schools that the other half of the families never shows."""
    known = words(language)
    halves = {key: _half(known[key], held=held) for key in ("companies", "schools", "given", "family")}
    professions = [p for p in known["professions"] if p.get("held", False) == held]
    profession = rng.choice(professions)
    places = [Place(*row) for row in known["towns"]]
    home = rng.choice(places)
    name = f"{rng.choice(halves['given'])} {rng.choice(halves['family'])}"
    if rng.random() < 0.15:
        name = rng.choice(_half(_NAMES_ELSEWHERE, held=held))
    slug = _slug(name)
    jobs = _jobs(rng, known, halves["companies"], profession["titles"], [home, *places])
    first = jobs[-1].start if jobs else Month(2024, 7)
    return Person(
        language=language,
        name=name,
        headline=profession["titles"][0],
        email=rng.choice(
            (f"{slug.replace(' ', '.')}@example.org", f"{slug.split()[0]}@{slug.split()[-1]}.example.com",
             f"{slug.replace(' ', '')}{rng.randrange(60, 99)}@mail.example.net")
        ),
        phone=rng.choice(known["phones"].get(home.code) or next(iter(known["phones"].values()))),
        place=home,
        street=rng.choice(known["streets"]),
        links=(f"linkedin.com/in/{slug.replace(' ', '-')}", f"https://{slug.replace(' ', '')}.example.io"),
        summary=rng.choice(known["summaries"]),
        jobs=tuple(jobs),
        degrees=tuple(_degrees(rng, known, halves["schools"], places, first)),
        skills={group: tuple(items) for group, items in profession["skills"].items()},
        languages=tuple(_languages(rng, known)),
        certificates=tuple((name, issuer, rng.randrange(2012, 2026)) for name, issuer in rng.sample(known["certificates"], 2)),
        projects=tuple(tuple(row) for row in rng.sample(known["projects"], 1)),
        interests=rng.choice(known["interests"]),
    )  # fmt: skip


def _half(values: Any, *, held: bool) -> list[str]:
    return [value for number, value in enumerate(values) if (number % 3 == 2) == held]


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ı", "i").replace("ł", "l").replace("ø", "o"))
    plain = plain.replace("þ", "th").replace("ð", "d").replace("æ", "ae").replace("đ", "d")
    kept = "".join(c for c in plain if c.isascii() and (c.isalpha() or c in " -")).replace("-", "")
    parts = [part for part in kept.split() if part not in ("dr", "prof", "phd")]
    return f"{parts[0]} {parts[-1]}"


def _jobs(
    rng: random.Random, known: dict[str, Any], companies: list[str], titles: list[str], places: list[Place]
) -> list[Job]:
    jobs: list[Job] = []
    end = _THIS_MONTH - rng.randrange(0, 9)
    employers = rng.sample(companies, min(len(companies), 5))
    for number in range(rng.choice((1, 2, 3, 3, 4))):
        length = rng.choice((0, 5, 11, 18, 26, 40, 63) if number else (14, 20, 33, 47))  # the newest spans two years
        start = end - length
        current = number == 0 and rng.random() < 0.7
        bullets = rng.sample(known["bullets"], min(rng.choice((0, 1, 2, 3, 4)), len(known["bullets"])))
        title = titles[(number + (rng.random() < 0.3)) % len(titles)]
        place = rng.choice(places[:1] * 3 + places)
        finish = None if current else Month(end // 12, end % 12 + 1)
        jobs.append(
            Job(
                title,
                employers[number % len(employers)],
                place,
                Month(start // 12, start % 12 + 1),
                finish,
                tuple(bullets),
            )
        )
        end = start - rng.choice((0, 1, 1, 2, 7))
    return jobs


def _degrees(
    rng: random.Random, known: dict[str, Any], schools: list[str], places: list[Place], first: Month
) -> list[Degree]:
    degrees: list[Degree] = []
    year = first.year - rng.choice((0, 0, 1))
    for entry in rng.sample(known["degrees"], min(len(known["degrees"]), rng.choice((1, 2, 2)))):
        length = rng.choice((2, 3, 4))
        degrees.append(
            Degree(
                rng.choice(entry["degree"]),
                rng.choice(entry["field"]) if entry["field"] else "",
                rng.choice(schools),
                rng.choice(places),
                Month(year - length, 9),
                Month(year, rng.choice((6, 7))),
                rng.choice(known["grades"]),
            )
        )
        year -= length + rng.choice((0, 1))
    return degrees


def _languages(rng: random.Random, known: dict[str, Any]) -> list[tuple[str, str]]:
    others = rng.sample(known["languages"][1:], rng.choice((1, 2, 3)))
    return [(known["languages"][0], known["levels"][0]), *((name, rng.choice(known["levels"][1:])) for name in others)]
