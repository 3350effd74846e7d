"""A person in a layout: the page, and the truth about what it prints in the scorer's label format."""

import random
import re
from dataclasses import dataclass, replace
from typing import Any

from bench.synthetic.layouts import Layout
from bench.synthetic.people import Degree, Job, Month, Person, Place, words
from bench.synthetic.sheet import (
    Bar,
    Block,
    Gap,
    Heading,
    Item,
    Line,
    Paragraph,
    Pills,
    Run,
    Sheet,
    Side,
)

_TOKEN = re.compile(r"([*_~])\{(\w+)\}\1|\{(\w+)\}|([^{}*_~]+)")
_GRADES = ("Expert", "Advanced", "Basic")
_LOOKS = {"*": "strong", "_": "em", "~": "muted", "": ""}
_SHARES = {"left": (0.3, 0.7), "right": (0.68, 0.32), "three": (0.4, 0.3, 0.3)}


@dataclass
class _Composer:
    person: Person
    layout: Layout
    rng: random.Random

    def __post_init__(self) -> None:
        self.words: dict[str, Any] = words(self.person.language)
        self.present = self.rng.choice(self.words["present"])
        self.date_style, self.degree_style = self.layout.date, self.layout.degree_date
        if self.person.language not in ("en", "nl") and self.date_style == "DD.MM.YYYY":
            self.date_style = "DD/MM/YYYY"
        dash = self.layout.dash
        self.dash = f" {self.rng.choice(self.words['to'])} " if dash == " to " else dash
        self.shown: dict[str, bool] = {"job_place": "{place}" in self.layout.job or "{city}" in self.layout.job}

    # ------------------------------------------------------------- pieces of text

    def place(self, place: Place, style: str = "") -> str:
        parts = [place.city] if style == "city" else [place.city, place.region, place.country]
        return ", ".join(part for part in parts if part)

    def date(self, month: Month, style: str) -> str:
        names, short = self.words["months"], self.words["short_months"]
        texts = {
            "Mon YYYY": f"{short[month.month - 1]} {month.year}",
            "Month YYYY": f"{names[month.month - 1]} {month.year}",
            "MM/YYYY": f"{month.month:02}/{month.year}",
            "MM.YYYY": f"{month.month:02}.{month.year}",
            "DD.MM.YYYY": f"01.{month.month:02}.{month.year}",
            "DD/MM/YYYY": f"01/{month.month:02}/{month.year}",
            "YYYY-MM": f"{month.year}-{month.month:02}",
            "YYYY": str(month.year),
        }
        return texts[style]

    def period(self, start: Month, end: Month | None, style: str) -> str:
        first = self.date(start, style)
        last = self.date(end, style) if end else self.present
        return first if first == last else f"{first}{self.dash}{last}"

    def values(self, entry: Job | Degree) -> dict[str, str]:
        labels = {
            f"label_{name}": self.words["labels"][name]
            for name in ("dates", "employer", "position", "school", "degree")
        }
        common = {"city": entry.place.city, "place": self.place(entry.place), **labels}
        if isinstance(entry, Job):
            dates = self.period(entry.start, entry.end, self.date_style)
            return {"title": entry.title, "company": entry.company, "dates": dates, **common}
        link = {"en": " in ", "fr": " en ", "es": " en ", "it": " in ", "pt": " em ", "de": " ", "nl": " "}[
            self.person.language
        ]
        whole = f"{entry.degree}{link}{entry.field}" if entry.field else entry.degree
        dates = self.period(entry.start, entry.end, self.degree_style)
        return {"degree": entry.degree, "field": entry.field, "degree_in_field": whole, "school": entry.school,
                "grade": entry.grade, "dates": dates, **common}  # fmt: skip

    def runs(self, template: str, values: dict[str, str]) -> tuple[Run, ...]:
        found: list[Run] = []
        pending = ""
        for mark, marked, bare, literal in _TOKEN.findall(template):
            if literal:
                pending = literal
                continue
            text = values[marked or bare]
            if not text:
                continue
            if pending and (found or not pending.strip(" ,|–-/·@")):
                found.append(Run(pending))
            elif pending:
                found.append(Run(pending.lstrip(" ,|–-/·@")))
            pending = ""
            found.append(Run(text, _LOOKS[mark]))
        if pending.strip() and found:
            found.append(Run(pending))
        return tuple(run for run in found if run.text)

    def lines(self, template: str, values: dict[str, str]) -> list[Block]:
        blocks: list[Block] = []
        for row in template.split("\n"):
            left, _, right = row.partition("\t")
            cells = self.runs(left, values), self.runs(right, values)
            if cells[0]:
                blocks.append(Line(*cells))
        return blocks

    # ------------------------------------------------------------- sections

    def heading(self, name: str) -> Heading:
        return Heading(self.rng.choice(self.words["headings"][name]))

    def body(self, bullets: tuple[str, ...]) -> list[Block]:
        match self.layout.body:
            case "none":
                return []
            case "prose":
                return [Paragraph(" ".join(text.rstrip(".") + "." for text in bullets))] if bullets else []
            case "labelled" if bullets:
                return [Line((Run(self.words["duties"], "em"),)), *map(Item, bullets)]
            case "bare":
                return [Paragraph(text) for text in bullets]
        return [Item(text) for text in bullets]

    def entry(self, template: str, values: dict[str, str], body: list[Block]) -> list[Block]:
        if not self.layout.dates_beside:
            return [*self.lines(template, values), *body, Gap()]
        rest = (*self.lines(template, values), *body)
        dates = (Line((Run(values["dates"]),)),)
        if self.layout.dates_beside == "left":
            return [Side((dates, rest), (0.27, 0.73), ruled=self.layout.ruled)]
        return [Side((rest, dates), (0.72, 0.28), ruled=self.layout.ruled)]

    def experience(self) -> list[Block]:
        blocks: list[Block] = []
        before = ""
        for job in self.person.jobs:
            values = self.values(job)
            if self.layout.role:
                if job.company != before:
                    of = [other for other in self.person.jobs if other.company == job.company]
                    total = self.period(of[-1].start, of[0].end, "YYYY")
                    blocks += self.lines(self.layout.job, {**values, "total": total})
                before = job.company
                blocks += [*self.lines(self.layout.role, values), *self.body(job.bullets), Gap()]
            else:
                blocks += self.entry(self.layout.job, values, self.body(job.bullets))
        return blocks

    def education(self) -> list[Block]:
        return [block for d in self.person.degrees for block in self.entry(self.layout.degree, self.values(d), [])]

    def skills(self) -> list[Block]:
        groups = self.person.skills
        every = [skill for items in groups.values() for skill in items]
        match self.layout.skills:
            case "bullets":
                return [Item(skill) for skill in every]
            case "grouped":
                return [Line((Run(f"{group}: ", "strong"), Run(", ".join(items)))) for group, items in groups.items()]
            case "pills":
                return [Pills(tuple(every))]
            case "bars":
                return [Bar(skill, self.rng.choice((0.4, 0.6, 0.8, 1.0))) for skill in every]
            case "table":
                return [Side(((Line((Run(group),)),), (Line((Run(", ".join(items)),)),)), (0.27, 0.73), ruled=self.layout.ruled)
                        for group, items in groups.items()]  # fmt: skip
            case "lines":
                return [Line((Run(skill),)) for skill in every]
            case "rated":
                return [Line((Run(f"{skill} ({self.rng.choice(_GRADES)})"),)) for skill in every]
        return [Paragraph(", ".join(every))]

    def spoken(self) -> list[Block]:
        pairs = self.person.languages
        match self.layout.spoken:
            case "rows":
                return [Line((Run(name),), (Run(level),)) for name, level in pairs]
            case "bullets":
                return [Item(f"{name} – {level}") for name, level in pairs]
            case "bars":
                return [Bar(name, self.rng.choice((0.4, 0.8, 1.0))) for name, _ in pairs]
            case "dash":
                return [Line((Run(f"{name}: {level}"),)) for name, level in pairs]
            case "inline":
                return [Paragraph(", ".join(f"{name} ({level})" for name, level in pairs))]
            case "labels":
                return [
                    Side(((Line((Run(name, "strong"),)),), (Line((Run(level),)),)), (0.27, 0.73))
                    for name, level in pairs
                ]
        return [Line((Run(f"{name} ({level})"),)) for name, level in pairs]

    def certificates(self) -> list[Block]:
        made: list[Block] = []
        for name, issuer, year in self.person.certificates:
            tail = f", {issuer}" if issuer else ""
            text = (
                f"{name} – {issuer} ({year})"
                if self.layout.certified == "dashes" and issuer
                else f"{name}{tail}, {year}"
            )
            made.append(Line((Run(text),)) if self.layout.certified == "lines" else Item(text))
        return made

    def section(self, name: str) -> list[Block]:
        person = self.person
        blocks: list[Block]
        match name:
            case "contact":
                rows = [person.phone, person.email, self.home(), *person.links]
                blocks = [Line((Run(text),)) for text in rows]
            case "summary":
                blocks = [Paragraph(person.summary)]
            case "experience":
                blocks = self.experience()
            case "education":
                blocks = self.education()
            case "skills":
                blocks = self.skills()
            case "languages":
                blocks = self.spoken()
            case "certificates":
                blocks = self.certificates()
            case "projects":
                blocks = [
                    block
                    for title, text in person.projects
                    for block in (Line((Run(title, "strong"),)), Paragraph(text), Gap())
                ]
            case _:
                blocks = [Paragraph(person.interests)]
        return [self.heading(name), *blocks]

    # ------------------------------------------------------------- header

    def home(self) -> str:
        return self.place(self.person.place)

    def header(self, *, with_contacts: bool) -> list[Block]:
        person, layout = self.person, self.layout
        centred = layout.header in ("centred", "inline")
        name = Line((Run(person.name, "strong"),), size=layout.looks.name_size, centred=centred)
        under: list[Block] = [Line((Run(person.headline, "em"),), size=1.2, centred=centred)] if layout.headline else []
        if not with_contacts:
            return [name, *under, Gap()]
        labels = self.words["labels"]
        facts = [person.email, person.phone, self.home(), *person.links]
        match layout.header:
            case "stacked":
                rows: list[Block] = [
                    Line((Run(fact),)) for fact in (f"{person.street}", self.home(), *facts[:2], *person.links)
                ]
                return [name, *under, *rows]
            case "split":
                rows = [
                    Line((Run(left),), (Run(right),))
                    for left, right in zip((self.home(), person.links[0]), facts[:2], strict=True)
                ]
                return [name, *under, *rows]
            case "rows" | "labelled":
                table = [
                    (labels["name"], person.name), (labels["address"], f"{person.street}, {self.home()}"),
                    (labels["phone"], person.phone), (labels["email"], person.email), (labels["website"], person.links[1]),
                    (labels["born"], "14.03.1987"), (labels["nationality"], "–"),
                ][:-1]  # fmt: skip
                if layout.header == "labelled":
                    return [
                        name,
                        *under,
                        *(Line((Run(f"{label}: ", "strong"), Run(value))) for label, value in table[1:]),
                    ]
                title = Line((Run(labels["title"], "strong"),), size=layout.looks.name_size, centred=True)
                first = Heading(self.rng.choice(self.words["headings"]["contact"]))
                return [
                    title,
                    first,
                    *(
                        Side(((Line((Run(label),)),), (Line((Run(value),)),)), (0.27, 0.73), ruled=layout.ruled)
                        for label, value in table
                    ),
                ]
            case "bottom":
                return [name, *under]
        return [name, *under, Line((Run(layout.separator.join(facts)),), centred=centred)]

    # ------------------------------------------------------------- the page

    def sheet(self) -> Sheet:
        layout = self.layout
        two = layout.columns != "one"
        contact_beside = two and "contact" in layout.narrow
        header = self.header(with_contacts=not contact_beside)
        if not two:
            main = [block for name in layout.sections for block in self.section(name)]
            if layout.header == "bottom":
                main += self.section("contact")
            columns = [(1.0, tuple(main))]
        else:
            wide = [block for name in layout.sections if name not in layout.narrow for block in self.section(name)]
            slim = [block for name in layout.narrow for block in self.section(name)]
            shares = _SHARES[layout.columns]
            parts = [slim, wide] if layout.columns == "left" else [wide, slim]
            if layout.columns == "three":
                parts = [self.section("experience"), [*self.section("education"), *self.section("summary")], slim]
            columns = [(share, tuple(part)) for share, part in zip(shares, parts, strict=True)]
        return Sheet(
            header=tuple(header), columns=tuple(columns), looks=layout.looks,
            tinted=(0 if layout.columns == "left" else None), running=self.person.name if layout.running else "",
            footer=self.words["labels"]["page"] if layout.footer else "", language=self.person.language, extras=dict(layout.extras),
        )  # fmt: skip

    # ------------------------------------------------------------- truth

    def truth(self) -> dict[str, Any]:
        person, layout = self.person, self.layout
        shown = set(layout.sections) | (set(layout.narrow) if layout.columns != "one" else set())
        if layout.columns == "three":
            shown = {"experience", "education", "summary", *layout.narrow}
        links = list(person.links)
        if "contact" not in shown and layout.header == "split":
            links = links[:1]
        elif layout.header in ("rows", "labelled") and not (layout.columns != "one" and "contact" in layout.narrow):
            links = links[1:]
        place = person.place
        return {
            "location_components": {"city": place.city},
            "location_all": {"city": place.city, "region": place.region, "countryCode": place.code, "country": place.country,
                             "address": person.street},
            "links_optional": [],
            "personal": {"name": person.name, "email": person.email, "phone": person.phone, "location": self.home(), "links": links},
            "summary": person.summary if "summary" in shown else None,
            "experience": [self._job_truth(job) for job in person.jobs] if "experience" in shown else [],
            "experience_optional": [],
            "education": [self._degree_truth(degree) for degree in person.degrees] if "education" in shown else [],
            "skills": [skill for items in person.skills.values() for skill in items] if "skills" in shown else [],
            "skills_optional": list(person.skills),
            "languages": [{"language": name} for name, _ in person.languages] if "languages" in shown else [],
            "certifications": [{"name": name, "issuer": issuer or None} for name, issuer, _ in person.certificates]
            if "certificates" in shown else [],
            "projects": [{"name": name} for name, _ in person.projects] if "projects" in shown else [],
            "awards": [],
        }  # fmt: skip

    def _printed(self, month: Month, style: str) -> tuple[str, str]:
        return (str(month.year), "year") if style == "YYYY" else (f"{month.year}-{month.month:02}", "month")

    def _job_truth(self, job: Job) -> dict[str, Any]:
        start, precision = self._printed(job.start, self.date_style)
        end, end_precision = self._printed(job.end, self.date_style) if job.end else ("present", "open")
        highlights = list(job.bullets) if self.layout.body != "none" else []
        return {"title": job.title, "company": job.company, "location": None, "start_date": start, "start_precision": precision,
                "end_date": end, "end_precision": end_precision, "highlights": highlights, "description": None}  # fmt: skip

    def _degree_truth(self, degree: Degree) -> dict[str, Any]:
        end, precision = self._printed(degree.end, self.degree_style)
        return {"institution": degree.school, "degree": degree.degree, "field": degree.field or None,
                "end_date": end, "end_precision": precision}  # fmt: skip


def compose(person: Person, layout: Layout, rng: random.Random) -> tuple[Sheet, dict[str, Any]]:
    """The page and its truth."""
    composer = _Composer(_fitted(person, layout), layout, rng)
    return composer.sheet(), composer.truth()


def _fitted(person: Person, layout: Layout) -> Person:
    """The person with as many jobs as the layout is for."""
    if layout.role and len(person.jobs) > 1:
        # Promoted: the two newest roles are at one employer.
        first = replace(person.jobs[1], company=person.jobs[0].company, place=person.jobs[0].place)
        return replace(person, jobs=(person.jobs[0], first, *person.jobs[2:]))
    if layout.short:
        return replace(person, jobs=person.jobs[:1])
    if layout.long:
        older = tuple(
            replace(
                job,
                start=Month(job.start.year - 12, job.start.month),
                end=Month((job.end or job.start).year - 12 + (0 if job.end else 1), (job.end or job.start).month),
            )
            for job in person.jobs
        )
        return replace(person, jobs=tuple(replace(job, bullets=job.bullets * 2) for job in (*person.jobs, *older)))
    return person
