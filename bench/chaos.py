"""Background parses while the mesh is killed piece by piece: is anything that was accepted lost, or done twice?

    bench/chaos.py [--jobs 500] [--clients 100] [--minutes 20]

Clients send resumes and follow their jobs, half by polling, half by events, while one process after the other is killed (-9). They do what
any client must: a call without an answer is sent again, with the same request id. Afterwards everything is counted: each accepted job
has ended once, its result is that of a quiet run, and the storage holds one file for each resume and nothing else.
Exit status 1 when anything is lost, doubled, different or left over.
"""

import argparse
import asyncio
import itertools
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from live_mesh import LiveMesh, events, live_mesh, originals, stable, variant

REPLICAS = {"parser": 2, "gateway": 2}
VICTIMS = ("parser-1", "gateway-1", "nats", "parser-2", "postgres", "envoy", "gateway-2")
# Clients share these; a user may have 100 jobs open at a time.
USERS = 10
POLL_SECONDS = 1.0
# Between a victim that is back and the next kill.
PAUSE_SECONDS = 0.7
# Uploads that came to nothing are swept after this; longer than any upload takes.
SWEEP_SECONDS = 30
ENDED = ("completed", "failed")


@dataclass
class Job:
    """One document on its way."""

    original: int
    document: bytes
    token: str
    by_events: bool
    request_id: str = field(default_factory=lambda: str(uuid4()))
    # As the mesh answered when it accepted the document; empty before.
    id: str = ""
    status_url: str = ""
    stream_url: str = ""
    seen: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """What is known once the dust has settled."""

    jobs: list[Job]
    # The last status of each accepted job, by its id.
    statuses: dict[str, dict[str, Any]]
    different: int
    doubled: int
    gaps: int
    resumes: int
    files: int
    kills: Counter[str]
    retried: int
    seconds: float

    def counts(self) -> tuple[int, int, int, int, int]:
        """accepted, completed, failed, lost, doubled."""
        accepted = [job for job in self.jobs if job.id]
        ends = Counter(status["status"] for status in self.statuses.values())
        lost = len(accepted) - ends["completed"] - ends["failed"]
        return len(accepted), ends["completed"], ends["failed"], lost, self.doubled

    @property
    def good(self) -> bool:
        accepted, completed, failed, lost, doubled = self.counts()
        whole = accepted == completed == len(self.jobs) and failed == lost == doubled == 0
        return whole and self.different == self.gaps == 0 and self.files == self.resumes


class Chaos:
    """One run."""

    def __init__(self, mesh: LiveMesh, jobs: int, clients: int) -> None:
        self._mesh = mesh
        self._count = jobs
        self._clients = clients
        self._originals = originals()
        self._expected: list[dict[str, Any]] = []
        self._kills: Counter[str] = Counter()
        self._retried = 0
        self._ended = 0

    async def run(self, limit: float) -> Outcome:
        """`limit`: seconds after which jobs that have not ended count as lost."""
        tokens = await self._mesh.new_tokens(USERS + 1)
        quiet, users = tokens[0], tokens[1:]
        await self._run_quietly(quiet)
        jobs = [self._new_job(number, users[number % USERS]) for number in range(self._count)]
        begun = time.monotonic()
        released: asyncio.Queue[Job | None] = asyncio.Queue()
        killer = asyncio.create_task(self._kill_in_turn(jobs, released))
        with suppress(TimeoutError):
            async with asyncio.timeout(limit), self._mesh.client() as client, asyncio.TaskGroup() as group:
                for _ in range(self._clients):
                    group.create_task(self._work(client, released))
            await killer
        killer.cancel()
        await asyncio.wait([killer])
        seconds = time.monotonic() - begun
        return await self._count_all(jobs, tokens, seconds)

    def _new_job(self, number: int, token: str) -> Job:
        original = number % len(self._originals)
        return Job(original, variant(self._originals[original]), token, by_events=number % 2 == 0)

    async def _run_quietly(self, token: str) -> None:
        async with self._mesh.client(token) as client:
            for original in self._originals:
                answer = await client.post("/parse-resume", data={"fileType": "file"}, files={"file": ("cv", original)})
                self._expected.append(stable(answer.raise_for_status().json()))

    async def _kill_in_turn(self, jobs: list[Job], released: asyncio.Queue[Job | None]) -> None:
        """Lets a share of the jobs go after each kill, so that every kill meets work; goes on until all have ended."""
        share = -(-len(jobs) // (len(VICTIMS) + 1))
        waiting = iter(jobs)
        self._release(waiting, released, share)
        for victim in itertools.cycle(VICTIMS):
            if self._ended == len(jobs):
                break
            await asyncio.sleep(PAUSE_SECONDS)
            await self._mesh.until_back(victim)
            killed = self._mesh.kill(victim)
            self._kills[victim] += 1
            print(f"  killed {victim}; {self._ended} of {len(jobs)} jobs have ended", flush=True)
            self._release(waiting, released, share)
            await self._mesh.until_back(victim, killed)
        for _ in range(self._clients):
            released.put_nowait(None)
        # Afterwards everything is there again.
        while not self._mesh.state().all_up:  # noqa: ASYNC110  # another process has no event to await
            await asyncio.sleep(POLL_SECONDS)

    def _release(self, waiting: Any, released: asyncio.Queue[Job | None], share: int) -> None:
        for job in itertools.islice(waiting, share):
            released.put_nowait(job)

    async def _work(self, client: httpx.AsyncClient, released: asyncio.Queue[Job | None]) -> None:
        while (job := await released.get()) is not None:
            headers = {"authorization": f"Bearer {job.token}"}
            await self._submit(client, job, headers)
            await (self._listen if job.by_events else self._poll)(client, job, headers)
            self._ended += 1

    async def _submit(self, client: httpx.AsyncClient, job: Job, headers: dict[str, str]) -> None:
        form = {"fileType": "file", "request_id": job.request_id, "fallback_to_sync": "false"}
        while not job.id:
            answer = await self._try(
                client.post("/parse-resume-async", headers=headers, data=form, files={"file": ("cv", job.document)})
            )
            if answer is not None and answer.status_code == 202:
                body = answer.json()
                job.id, job.status_url, job.stream_url = body["jobId"], body["statusUrl"], body["streamUrl"]
            else:
                await self._pause(answer)

    async def _poll(self, client: httpx.AsyncClient, job: Job, headers: dict[str, str]) -> None:
        while True:
            answer = await self._try(client.get(job.status_url, headers=headers))
            if answer is not None and answer.status_code == 200 and answer.json()["status"] in ENDED:
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _listen(self, client: httpx.AsyncClient, job: Job, headers: dict[str, str]) -> None:
        while True:
            try:
                last = job.seen[-1] if job.seen else ""
                async for event in events(client, job.stream_url, headers=headers, last=last):
                    if not event.id:
                        return
                    job.seen.append(event.id)
            except httpx.HTTPError:
                self._retried += 1
            await asyncio.sleep(POLL_SECONDS)

    async def _try(self, call: Any) -> httpx.Response | None:
        """The answer; None when there was none, or when the mesh said that it could not."""
        try:
            answer: httpx.Response = await call
        except httpx.TransportError:
            self._retried += 1
            return None
        if answer.status_code < 500:
            return answer
        self._retried += 1
        return None

    async def _pause(self, answer: httpx.Response | None) -> None:
        if answer is not None and answer.status_code not in (401, 429):
            raise RuntimeError(f"refused: {answer.status_code} {answer.text[:200]}")
        await asyncio.sleep(min(int(answer.headers.get("retry-after", 1)), 5) if answer is not None else POLL_SECONDS)

    async def _count_all(self, jobs: list[Job], tokens: list[str], seconds: float) -> Outcome:
        statuses: dict[str, dict[str, Any]] = {}
        different = doubled = gaps = 0
        resumes: Counter[str] = Counter()
        async with self._mesh.client() as client:
            for job in jobs:
                if not job.id:
                    continue
                headers = {"authorization": f"Bearer {job.token}"}
                answer = await client.get(job.status_url, headers=headers)
                if answer.status_code != 200:
                    continue
                status = statuses[job.id] = answer.json()
                if status["status"] not in ENDED:
                    continue
                told = await self._replay(client, job, headers)
                doubled += sum(said in ENDED for _, said in told) - 1
                ids = [sequence for sequence, _ in told]
                gaps += ids != [str(number) for number in range(1, len(ids) + 1)]
                gaps += job.by_events and job.seen != ids
                if status["status"] == "completed":
                    resumes[status["result"]["metadata"]["resume_id"]] += 1
                    different += stable(status["result"]) != self._expected[job.original]
        stored = sum([await self._count_resumes(token) for token in tokens])
        # More resumes than jobs that led to one, or two jobs that share one.
        doubled += stored - len(self._originals) - len(resumes) + sum(number - 1 for number in resumes.values())
        files = await self._count_files(stored)
        return Outcome(jobs, statuses, different, doubled, gaps, stored, files, self._kills, self._retried, seconds)

    async def _replay(self, client: httpx.AsyncClient, job: Job, headers: dict[str, str]) -> list[tuple[str, str]]:
        told = [event async for event in events(client, job.stream_url, headers=headers)]
        return [(event.id, event.data["status"]) for event in told if event.id]

    async def _count_resumes(self, token: str) -> int:
        count, page = 0, ""
        async with self._mesh.client(token) as client:
            while True:
                answer = (await client.get("/api/v1/resumes", params={"page_size": 100, "page_token": page})).json()
                count += len(answer["resumes"])
                page = answer["next_page_token"]
                if not page:
                    return count

    async def _count_files(self, expected: int) -> int:
        """Files in the storage, once what came to nothing has been swept."""
        deadline = time.monotonic() + 3 * SWEEP_SECONDS
        while True:
            count = sum(path.is_file() for path in self._mesh.folder.documents.rglob("*"))
            if count == expected or time.monotonic() > deadline:
                return count
            await asyncio.sleep(1)


def show(outcome: Outcome) -> None:
    accepted, completed, failed, lost, doubled = outcome.counts()
    kills = ", ".join(f"{name} {count}" for name, count in outcome.kills.items())
    print(f"killed: {kills}")
    print(f"calls that had to be sent again: {outcome.retried}; {outcome.seconds:.0f} s in all")
    print(f"results that differ from a quiet run: {outcome.different}")
    print(f"streams with a gap or an event twice: {outcome.gaps}")
    print(f"files in the storage: {outcome.files} for {outcome.resumes} resumes")
    print("accepted / completed / failed / lost / doubled = ", end="")
    print(f"{accepted} / {completed} / {failed} / {lost} / {doubled}")


async def main(jobs: int, clients: int, minutes: float) -> int:
    settings = {
        "HIREMESH_REPLICAS": ",".join(f"{name}={number}" for name, number in REPLICAS.items()),
        "HIREMESH_PARSER_WORKERS": "1",
        "HIREMESH_GATEWAY_RELEASED_DOCUMENT_RETENTION": f"PT{SWEEP_SECONDS}S",
        "HIREMESH_GATEWAY_UPKEEP_INTERVAL": "PT5S",
        # Every attempt may meet a kill.
        "HIREMESH_GATEWAY_MAX_JOB_ATTEMPTS": "50",
        "HIREMESH_GATEWAY_JOB_LOST_AFTER": "PT20S",
    }
    with live_mesh(**settings) as mesh:
        print(f"{jobs} jobs from {clients} clients at {mesh.url}", flush=True)
        outcome = await Chaos(mesh, jobs, clients).run(minutes * 60)
    show(outcome)
    return 0 if outcome.good else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=20, help="give up after this long")
    sys.exit(asyncio.run(main(**vars(parser.parse_args()))))
