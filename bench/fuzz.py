"""Breaks small files in thousands of ways and reads them through the real pool of workers.

    bench/fuzz.py [--count 5000] [--seed 1] [--data FOLDER] [--state FILE]

Prints how the readings ended. Fails when a fault reached the caller that is no refusal with a reason, or when a worker had to be
killed for time. A run that was cut off goes on where it was when STATE is given again. Document N of a seed is always the same.
"""

import argparse
import asyncio
import io
import json
import random
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import docx
import psutil
import pymupdf

from meshkit.errors import DomainError
from parser_service.adapters.workers import WorkerPool

mupdf: Any = pymupdf  # ships no types
TODAY = date(2026, 11, 1)
TIMEOUT = timedelta(seconds=20)
MEMORY_BYTES = 2 * 1024**3
WORKERS = 2
SLACK_SECONDS = 3  # between the end of a worker's time and the answer
LINES = (
    "Orla Fenwick-Diaz",
    "orla.fenwick@example.org | +44 20 7946 0958 | Leeds, West Yorkshire",
    "Experience",
    "Senior Hydrologist, Mar 2020 - Present",
    "Calder Water Services Ltd",
    "• Modelled flood risk for nine towns in the upper valley.",
    "Education",
    "University of Lancaster, 2012 - 2016",
    "BSc in Physical Geography",
    "Skills",
    "QGIS, Python, HEC-RAS, Report writing",
    "Languages: English (native), Spanish (B2)",
)
INSIDE = 0.6  # share of packages whose parts are broken, and not the package
REPORT_EVERY = 100
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


@dataclass
class Tally:
    """How the readings ended so far."""

    done: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0
    over_time: int = 0
    peak_worker_bytes: int = 0

    @classmethod
    def load(cls, path: Path | None) -> "Tally":
        if path is None or not path.is_file():
            return cls()
        state = json.loads(path.read_text())
        return cls(**{**state, "outcomes": Counter(state["outcomes"]), "by_kind": Counter(state["by_kind"])})

    def save(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(vars(self)))


def samples() -> dict[str, bytes]:
    """A small file of each kind, by name; more than one where a kind has several ways of holding text."""
    # Not at the top: workers import the main module, and have another path.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from bench.word97 import doc

    plain = mupdf.open()
    page = plain.new_page()
    for number, line in enumerate(LINES):
        page.insert_text((60, 60 + 18 * number), line, fontsize=20 - 2 * min(number, 5), fontname="helv")
    page.insert_link({"kind": mupdf.LINK_URI, "from": mupdf.Rect(60, 70, 200, 84), "uri": "https://example.org/orla"})
    # Pictures are small: a recognition takes a hundred times as long as everything else.
    picture = mupdf.open(stream=plain.tobytes())[0].get_pixmap(dpi=90, clip=mupdf.Rect(50, 40, 350, 170))
    scan = mupdf.open()
    scan.new_page(width=300, height=130).insert_image(mupdf.Rect(0, 0, 300, 130), pixmap=picture)
    word = docx.Document()
    word.sections[0].header.paragraphs[0].text = LINES[0]
    for line in LINES[1:8]:
        word.add_paragraph(line, style="List Bullet" if line.startswith("•") else None)
    table = word.add_table(rows=2, cols=2)
    for cell, line in zip((c for row in table.rows for c in row.cells), LINES[8:], strict=False):
        cell.text = line
    packed = io.BytesIO()
    word.save(packed)
    return {
        "text.pdf": plain.tobytes(),
        "packed.pdf": plain.tobytes(garbage=4, deflate=True, use_objstms=True),
        "scan": scan.tobytes(deflate=True),
        "word.docx": packed.getvalue(),
        "word.doc": doc("\r".join(LINES)),
        "picture.png": picture.tobytes("png"),
        "picture.jpg": picture.tobytes("jpeg"),
        "rich.rtf": b"{\\rtf1\\ansi " + "\\par ".join(LINES).encode("ascii", "replace") + b"}",
        "plain.txt": "\n".join(LINES).encode(),
    }


# How often a kind is drawn. Pictures are slow, and have the least structure of their own.
WEIGHTS = {"pdf": 6, "docx": 6, "doc": 6}


def mutated(seed: int, number: int, files: dict[str, bytes]) -> tuple[str, bytes]:
    """Name and bytes of document `number`."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311  # reproducible on purpose
    names = sorted(files)
    name = chance.choices(names, [WEIGHTS.get(name.rpartition(".")[2], 1) for name in names])[0]
    if name.endswith(".docx") and chance.random() < INSIDE:
        return name, _mutated_inside(files[name], chance, files)
    return name, _mutated(files[name], chance, files)


def _mutated(whole: bytes, chance: random.Random, files: dict[str, bytes]) -> bytes:
    data = bytearray(whole)
    names = sorted(files)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        if data:
            chance.choice(MUTATIONS)(data, chance, files[chance.choice(names)])
    return bytes(data)


def _mutated_inside(package: bytes, chance: random.Random, files: dict[str, bytes]) -> bytes:
    """The package with one part broken: what is wrong outside of the parts is soon found."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        broken = chance.choice(old.namelist() + ["word/document.xml"] * 5)
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, _mutated(data, chance, files) if part == broken else data)
    return target.getvalue()


def flip_bits(data: bytearray, chance: random.Random, other: bytes) -> None:
    for _ in range(chance.choice((1, 4, 32))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def cut_off(data: bytearray, chance: random.Random, other: bytes) -> None:
    del data[chance.randrange(len(data)) :]


def cut_out(data: bytearray, chance: random.Random, other: bytes) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.randint(1, 1 + len(data) // 4)]


def splice(data: bytearray, chance: random.Random, other: bytes) -> None:
    start, end = sorted(chance.randrange(len(other)) for _ in range(2))
    data[(at := chance.randrange(len(data))) : at] = other[start : min(end, start + 4096)]


def repeat(data: bytearray, chance: random.Random, other: bytes) -> None:
    start = chance.randrange(len(data))
    chunk = bytes(data[start : start + chance.randint(1, 512)])
    data[start:start] = chunk * chance.choice((1, 10, 200))


def put_number(data: bytearray, chance: random.Random, other: bytes) -> None:
    width = chance.choice((1, 2, 4))
    at = chance.randrange(len(data))
    value = chance.choice(NUMBERS) & (1 << 8 * width) - 1
    data[at : at + width] = value.to_bytes(width, chance.choice(("little", "big")))


def change_digits(data: bytearray, chance: random.Random, other: bytes) -> None:
    digits = [at for at, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if digits:
        at = chance.choice(digits)
        data[at : at + 1] = chance.choice((b"0", b"-1", b"99999999", b"4294967295", b"1e99"))


MUTATIONS: tuple[Callable[[bytearray, random.Random, bytes], None], ...] = (
    flip_bits, flip_bits, cut_off, cut_out, splice, repeat, put_number, put_number, change_digits, change_digits,
)  # fmt: skip


async def run(numbers: range, seed: int, files: dict[str, bytes], tally: Tally, state: Path | None = None) -> None:
    """Reads the documents of a range; `tally` takes the outcomes."""
    pool = WorkerPool(
        workers=WORKERS,
        queue=WORKERS,
        timeout=TIMEOUT,
        memory_bytes=MEMORY_BYTES,
        documents_per_worker=500,
        today=lambda: TODAY,
    )
    await pool.warm_up()
    started = time.monotonic()
    try:
        for first in range(numbers.start, numbers.stop, REPORT_EVERY):
            remaining = iter(range(first, min(first + REPORT_EVERY, numbers.stop)))
            async with asyncio.TaskGroup() as readers:
                for _ in range(WORKERS):
                    readers.create_task(_read_all(pool, remaining, seed, files, tally))
            tally.peak_worker_bytes = max(tally.peak_worker_bytes, _peak_of_workers())
            tally.save(state)
            if state is not None:
                spent = time.monotonic() - started
                print(f"{tally.done} of {numbers.stop}, {spent:.0f} s: {dict(tally.outcomes)}", flush=True)
    finally:
        pool.close()


async def _read_all(pool: WorkerPool, numbers: Iterator[int], seed: int, files: dict[str, bytes], tally: Tally) -> None:
    for number in numbers:
        name, data = mutated(seed, number, files)
        begun = time.monotonic()
        try:
            await pool.read(data)
            outcome = "parsed"
        except DomainError as error:
            limit = error.fields.get("limit") if error.reason == "DOCUMENT_TOO_COMPLEX" else None
            outcome = f"{error.reason} ({limit})" if limit else error.reason
        except Exception as fault:  # whatever it is, it is what this looks for
            outcome = f"FAULT {type(fault).__name__}"
            tally.faults.append(f"{number} {name}: {fault}")
        seconds = time.monotonic() - begun
        tally.slowest_seconds = max(tally.slowest_seconds, seconds)
        tally.over_time += seconds > TIMEOUT.total_seconds() + SLACK_SECONDS
        tally.outcomes[outcome] += 1
        tally.by_kind[name.rpartition(".")[2]] += 1
        tally.done += 1


def _peak_of_workers() -> int:
    """Most memory that any living worker has had resident."""
    peak = 0
    for process in psutil.Process().children(recursive=True):
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            continue
        peak = max(peak, *(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)
    return peak


def report(tally: Tally) -> None:
    print(f"\n{tally.done} mutated files: " + ", ".join(f"{n} {kind}" for kind, n in tally.by_kind.most_common()))
    for outcome, count in tally.outcomes.most_common():
        print(f"  {count:6d}  {outcome}")
    for fault in tally.faults:
        print("  fault:", fault)
    print(f"faults that reached the caller: {len(tally.faults)}; answers over time: {tally.over_time}")
    print(f"slowest: {tally.slowest_seconds:.1f} s; most memory of a worker: {tally.peak_worker_bytes / 1e6:.0f} MB")


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("--count", type=int, default=5000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--data", type=Path, help="a folder of files to break besides our own")
    arguments.add_argument("--state", type=Path, help="where to note progress")
    given = arguments.parse_args()
    files = samples()
    if given.data:
        files |= {
            str(path.relative_to(given.data)): path.read_bytes() for path in given.data.rglob("*") if path.is_file()
        }
    tally = Tally.load(given.state)
    asyncio.run(run(range(tally.done, given.count), given.seed, files, tally, given.state))
    report(tally)
    return 1 if tally.faults or tally.over_time else 0


if __name__ == "__main__":
    sys.exit(main())
