"""Background parses under sustained load: how soon they are accepted, how many end, how soon a change is told.

    bench/async_load.py [--users 100] [--seconds 20] [--ramp 10] [--workers 1,2,4]

Closed loop: every user sends a resume, follows its events to the end, and sends the next at once. Users come one after the other over the
ramp, and what is sent before its end is not counted. For each number of workers a mesh of its own runs, each worker with one process that
reads. Then the same users send the same files synchronously. Two sets of files: resumes as they are mostly sent, which take some
15 ms to read, and scans, which take a second and show what another worker is worth; scans have a few users only. Last, an open
loop: jobs arrive at random at a share of what the last mesh could do, whether others have ended or not.

Figures of one machine compare with each other only: its cores are shared by the users, the mesh and Postgres, so jobs a second are given
as ratios to one worker too, and no number of workers can do more than the cores.
"""

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx
import pymupdf
from live_mesh import EXAMPLE, LiveMesh, events, live_mesh, percentile, variant

from bench.synthetic.corpus import make

OVERLOADED = (429, 503)
SCAN_USERS = 3
SCAN_DPI = 100
# What is asked of the time in which a job is accepted.
ACCEPTED_P99 = 0.5
# Of the jobs a second that the closed loop reached.
OPEN_LOOP_SHARE = 0.6


@dataclass
class Figures:
    """Of one phase; all times in seconds. Only jobs that were begun after `counts_from` are counted."""

    counts_from: float
    accepted: list[float] = field(default_factory=list)
    # From a change being written to its event, for changes that came while the stream was open.
    told: list[float] = field(default_factory=list)
    # From the first byte sent to the result.
    whole: list[float] = field(default_factory=list)
    refused: int = 0
    failed: int = 0
    # Jobs that ended between the ramp and the end of the phase.
    ended: int = 0
    seconds: float = 0.0

    @property
    def a_second(self) -> float:
        return self.ended / self.seconds


Job = Callable[[httpx.AsyncClient, bytes, Figures], Awaitable[None]]


class Load:
    """Users at work on one mesh."""

    def __init__(self, mesh: LiveMesh, tokens: Sequence[str], documents: Sequence[bytes]) -> None:
        self._mesh = mesh
        self._tokens = tokens
        self._documents = documents

    async def closed(self, job: Job, *, ramp: float, seconds: float) -> Figures:
        """Every user does one job after the other until time is up; jobs begun then are finished."""
        begun = time.perf_counter()
        figures = Figures(begun + ramp, seconds=seconds)
        until = figures.counts_from + seconds
        async with asyncio.TaskGroup() as group:
            for number, token in enumerate(self._tokens):
                start = begun + ramp * number / len(self._tokens)
                group.create_task(self._work(job, number, token, start, until, figures))
        return figures

    async def open(self, job: Job, *, rate: float, seconds: float) -> Figures:
        """Jobs arrive at random, on average `rate` a second, each from the next user."""
        figures = Figures(time.perf_counter(), seconds=seconds)
        arrivals = random.Random(7)  # noqa: S311  # reproducible, not secret
        clients = [self._mesh.client(token, connections=20) for token in self._tokens]
        async with asyncio.TaskGroup() as group:
            at, number = figures.counts_from, 0
            while (at := at + arrivals.expovariate(rate)) < figures.counts_from + seconds:
                await asyncio.sleep(max(0.0, at - time.perf_counter()))
                document = variant(self._documents[number % len(self._documents)])
                group.create_task(job(clients[number % len(clients)], document, figures))
                number += 1
        for client in clients:
            await client.aclose()
        return figures

    async def _work(self, job: Job, number: int, token: str, start: float, until: float, figures: Figures) -> None:
        await asyncio.sleep(max(0.0, start - time.perf_counter()))
        async with self._mesh.client(token, connections=4) as client:
            while time.perf_counter() < until:
                number += 1
                await job(client, variant(self._documents[number % len(self._documents)]), figures)


async def in_background(client: httpx.AsyncClient, document: bytes, figures: Figures) -> None:
    """One job, followed by its events."""
    begun = time.perf_counter()
    counted = begun >= figures.counts_from
    form = {"fileType": "file", "fallback_to_sync": "false"}
    answer = await client.post("/parse-resume-async", data=form, files={"file": ("cv", document)})
    if answer.status_code != 202:
        await _refused(answer, figures)
        return
    if counted:
        figures.accepted.append(time.perf_counter() - begun)
    opened, first = time.time(), counted
    async for event in events(client, answer.json()["streamUrl"], silence=120):
        written = event.data.get("updatedAt", 0.0)
        if first and written > opened:
            figures.told.append(time.time() - written)
            first = False
        if event.data.get("status") == "completed":
            _count(figures, begun)
        figures.failed += event.data["event"] == "error"


async def at_once(client: httpx.AsyncClient, document: bytes, figures: Figures) -> None:
    """One synchronous parse."""
    begun = time.perf_counter()
    answer = await client.post(
        "/parse-resume", data={"fileType": "file"}, files={"file": ("cv", document)}, timeout=120
    )
    if answer.status_code == 200:
        _count(figures, begun)
    else:
        await _refused(answer, figures)


def _count(figures: Figures, begun: float) -> None:
    now = time.perf_counter()
    if begun >= figures.counts_from:
        figures.whole.append(now - begun)
    figures.ended += figures.counts_from <= now < figures.counts_from + figures.seconds


async def _refused(answer: httpx.Response, figures: Figures) -> None:
    if answer.status_code not in OVERLOADED:
        figures.failed += 1
    figures.refused += 1
    await asyncio.sleep(float(answer.headers.get("retry-after", 1)))


def digital() -> list[bytes]:
    """Invented resumes in many layouts, most of them PDF."""
    return [made.data for made in make("tuned", each=1, seed=7)]


def scans() -> list[bytes]:
    """The example as a picture."""
    with pymupdf.open(stream=EXAMPLE) as document:  # type: ignore[no-untyped-call]  # ships no types
        return [document[0].get_pixmap(dpi=SCAN_DPI).tobytes("png")]


def milliseconds(values: list[float]) -> str:
    if not values:
        return f"{'-':>8} {'-':>8}"
    return f"{percentile(values, 50) * 1000:8.0f} {percentile(values, 99) * 1000:8.0f}"


def row(name: str, figures: Figures, base: float) -> str:
    rate = f"{figures.a_second:7.1f} {figures.a_second / base if base else 0:6.2f}"
    times = " ".join(map(milliseconds, (figures.accepted, figures.told, figures.whole)))
    return f"{name:<24} {rate} {times} {figures.refused:8} {figures.failed:7}"


@dataclass
class Bench:
    """Which loads, and for how long."""

    users: int
    seconds: float
    ramp: float
    bases: dict[str, float] = field(default_factory=dict)
    # By kind of load, each with its number of workers.
    shown: dict[str, list[tuple[int, Figures]]] = field(default_factory=dict)
    failed: int = 0

    async def measure(self, workers: int, *, last: bool) -> None:
        # Readers are modest, and the users of this bench are not: a second of reading may last many on their cores.
        patient = {"HIREMESH_PARSER_DOCUMENT_TIMEOUT": "PT60S"}
        with live_mesh(HIREMESH_REPLICAS=f"parser={workers}", HIREMESH_PARSER_WORKERS="1", **patient) as mesh:
            tokens = await mesh.new_tokens(self.users)
            usual = Load(mesh, tokens, digital())
            scanned = Load(mesh, tokens[:SCAN_USERS], scans())
            count = f"{workers} worker{'s' if workers != 1 else ''}"
            paced = {"ramp": self.ramp, "seconds": self.seconds}
            rate = self._show("async", workers, count, await usual.closed(in_background, **paced))
            self._show("sync", workers, count, await usual.closed(at_once, **paced))
            self._show("scans async", workers, count, await scanned.closed(in_background, **paced))
            self._show("scans sync", workers, count, await scanned.closed(at_once, **paced))
            if last:
                arrivals = OPEN_LOOP_SHARE * rate
                figures = await usual.open(in_background, rate=arrivals, seconds=self.seconds)
                self._show(f"async, {arrivals:.0f} arrive/s", workers, count, figures)

    def _show(self, kind: str, workers: int, count: str, figures: Figures) -> float:
        base = self.bases.setdefault(kind, figures.a_second)
        self.shown.setdefault(kind, []).append((workers, figures))
        self.failed += figures.failed
        print(row(f"{kind}, {count}", figures, base), flush=True)
        return figures.a_second

    def sum_up(self) -> None:
        """In the words of what is asked."""
        for kind in ("async", "scans async"):
            scaled = ", ".join(
                f"{workers}: {figures.a_second:.1f} ({figures.a_second / (self.bases[kind] or 1):.2f})"
                for workers, figures in self.shown[kind]
            )
            print(f"{kind}, jobs/s by workers (ratio): {scaled}")
        most = max(workers for workers, _ in self.shown["async"])
        cores = os.cpu_count() or 1
        if most >= cores:
            print(
                f"  users, edge, gateway, Postgres and {most} workers share {cores} cores: more workers add nothing that the cores lack"
            )
        for workers, figures in self.shown["async"]:
            p99 = percentile(figures.accepted, 99)
            verdict = "under" if p99 < ACCEPTED_P99 else "NOT under"
            print(
                f"accepted p99, {workers} workers: {p99 * 1000:.0f} ms over {len(figures.accepted)} jobs, "
                f"{verdict} {ACCEPTED_P99 * 1000:.0f} ms"
            )
        told = [value for _, figures in self.shown["async"] for value in figures.told]
        print(
            f"written -> first event: p50 {percentile(told, 50) * 1000:.0f} ms, p99 {percentile(told, 99) * 1000:.0f} ms"
        )


async def main(users: int, seconds: float, ramp: float, workers: list[int]) -> int:
    print(f"{users} users ({SCAN_USERS} with scans) for {seconds:g} s each on {os.cpu_count()} cores; milliseconds")
    print(f"{'':<24} {'jobs/s':>7} {'ratio':>6} {'accepted':^17} {'event':^17} {'result':^17}")
    print(f"{'':<24} {'':>7} {'':>6}" + f" {'p50':>8} {'p99':>8}" * 3 + f" {'refused':>8} {'failed':>7}")
    bench = Bench(users, seconds, ramp)
    for number in workers:
        await bench.measure(number, last=number == workers[-1])
    bench.sum_up()
    return 1 if bench.failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--ramp", type=float, default=10)
    parser.add_argument("--workers", type=lambda text: [int(part) for part in text.split(",")], default=[1, 2, 4])
    sys.exit(asyncio.run(main(**vars(parser.parse_args()))))
