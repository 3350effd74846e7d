"""Background parses under sustained load: how soon they are accepted, how many end, how soon a change is told.

    bench/async_load.py [--users 100] [--seconds 20] [--workers 1,2,4]

Every user sends a resume, follows its events to the end, and sends the next. For each number of workers a mesh of its own runs, each worker
with one process that parses. Then the same users send the same resumes synchronously. Figures of one machine compare with each other only:
its cores are shared by the users, the mesh and Postgres, so jobs a second are given as ratios to one worker too.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
from live_mesh import LiveMesh, events, live_mesh, originals, percentile, variant

OVERLOADED = (429, 503)


@dataclass
class Figures:
    """Of one phase; all times in seconds."""

    accepted: list[float] = field(default_factory=list)
    # From a change being written to its event, for changes that came while the stream was open.
    told: list[float] = field(default_factory=list)
    # From the first byte sent to the result.
    whole: list[float] = field(default_factory=list)
    refused: int = 0
    failed: int = 0
    seconds: float = 0.0

    @property
    def a_second(self) -> float:
        return len(self.whole) / self.seconds


class Load:
    """Users at work on one mesh."""

    def __init__(self, mesh: LiveMesh, tokens: list[str], seconds: float) -> None:
        self._mesh = mesh
        self._tokens = tokens
        self._seconds = seconds
        self._originals = originals()

    async def run(self, job: Callable[[httpx.AsyncClient, bytes, Figures], Awaitable[None]]) -> Figures:
        """Every user does one job after the other until time is up; jobs begun then are finished and counted."""
        figures = Figures()
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number, token in enumerate(self._tokens):
                group.create_task(self._work(job, number, token, begun + self._seconds, figures))
        figures.seconds = time.perf_counter() - begun
        return figures

    async def _work(
        self,
        job: Callable[[httpx.AsyncClient, bytes, Figures], Awaitable[None]],
        number: int,
        token: str,
        until: float,
        figures: Figures,
    ) -> None:
        async with self._mesh.client(token, connections=4) as client:
            while time.perf_counter() < until:
                number += 1
                await job(client, variant(self._originals[number % len(self._originals)]), figures)


async def in_background(client: httpx.AsyncClient, document: bytes, figures: Figures) -> None:
    """One job, followed by its events."""
    begun = time.perf_counter()
    form = {"fileType": "file", "fallback_to_sync": "false"}
    answer = await client.post("/parse-resume-async", data=form, files={"file": ("cv", document)})
    if answer.status_code != 202:
        await _refused(answer, figures)
        return
    figures.accepted.append(time.perf_counter() - begun)
    opened, first = time.time(), True
    async for event in events(client, answer.json()["streamUrl"], silence=120):
        written = event.data.get("updatedAt", 0.0)
        if first and written > opened:
            figures.told.append(time.time() - written)
            first = False
        if event.data.get("status") == "completed":
            figures.whole.append(time.perf_counter() - begun)
        figures.failed += event.data["event"] == "error"


async def at_once(client: httpx.AsyncClient, document: bytes, figures: Figures) -> None:
    """One synchronous parse."""
    begun = time.perf_counter()
    answer = await client.post(
        "/parse-resume", data={"fileType": "file"}, files={"file": ("cv", document)}, timeout=120
    )
    if answer.status_code == 200:
        figures.whole.append(time.perf_counter() - begun)
    else:
        await _refused(answer, figures)


async def _refused(answer: httpx.Response, figures: Figures) -> None:
    if answer.status_code not in OVERLOADED:
        figures.failed += 1
    figures.refused += 1
    await asyncio.sleep(float(answer.headers.get("retry-after", 1)))


def milliseconds(values: list[float]) -> str:
    if not values:
        return f"{'-':>8} {'-':>8}"
    return f"{percentile(values, 50) * 1000:8.0f} {percentile(values, 99) * 1000:8.0f}"


def row(name: str, figures: Figures, base: float) -> str:
    rate = f"{figures.a_second:7.1f} {figures.a_second / base:6.2f}"
    times = " ".join(map(milliseconds, (figures.accepted, figures.told, figures.whole)))
    return f"{name:<22} {rate} {times} {figures.refused:8} {figures.failed:7}"


async def measure(users: int, seconds: float, workers: int) -> list[tuple[str, Figures]]:
    with live_mesh(HIREMESH_REPLICAS=f"parser={workers}", HIREMESH_PARSER_WORKERS="1") as mesh:
        load = Load(mesh, await mesh.new_tokens(users), seconds)
        kind = "worker" if workers == 1 else "workers"
        return [
            (f"async, {workers} {kind}", await load.run(in_background)),
            (f"sync, {workers} {kind}", await load.run(at_once)),
        ]


async def main(users: int, seconds: float, workers: list[int]) -> int:
    print(f"{users} users for {seconds:g} s each on {os.cpu_count()} cores; times in milliseconds")
    print(f"{'':<22} {'jobs/s':>7} {'ratio':>6} {'accepted':^17} {'event':^17} {'result':^17}")
    print(f"{'':<22} {'':>7} {'':>6}" + f" {'p50':>8} {'p99':>8}" * 3 + f" {'refused':>8} {'failed':>7}")
    base = 0.0
    failed = 0
    for number in workers:
        for name, figures in await measure(users, seconds, number):
            base = base or figures.a_second
            failed += figures.failed
            print(row(name, figures, base), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--workers", type=lambda text: [int(part) for part in text.split(",")], default=[1, 2, 4])
    sys.exit(asyncio.run(main(**vars(parser.parse_args()))))
