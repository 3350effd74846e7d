"""A real Postgres for tests: one embedded server a session, a fresh migrated database a call."""

import asyncio
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic import command

from localmesh.components import Command
from localmesh.ports import is_free
from localmesh.postgres import DATABASE, SUPERUSER, Cluster, account_for
from meshkit.migration.run import alembic_config

# Gives `postgresql+asyncpg://...` of a new database with the newest schema of a service. Other tests never see it.
PostgresUrl = Callable[[str], str]

SERVICES = ("gateway", "matching", "auth")
PASSWORD = "password-of-tests"
START_SECONDS = 180

# A crash of a test's database loses nothing that anybody wants back.
_FAST = ("fsync", "synchronous_commit", "full_page_writes")
_PR_SET_PDEATHSIG = 1


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A running server, with a role and a schema for each service in the database `hiremesh`."""
    folder = Path(tempfile.mkdtemp(prefix="hiremesh-postgres-"))
    folder.chmod(0o711)
    # Parallel sessions look from different places on.
    port = next(port for port in range(21_000 + os.getpid() % 8_000, 32_000) if is_free(port))
    cluster = Cluster(folder / "cluster", port, PASSWORD, account_for(folder))
    server: subprocess.Popen[bytes] | None = None
    try:
        _wait_for(cluster.initialise(_run))
        options = [word for name in _FAST for word in ("-c", f"{name}=off")]
        server = _start(cluster.server(), options, folder / "log")
        _wait_until_answering(cluster, server, folder / "log")
        _wait_for(cluster.provision(dict.fromkeys(SERVICES, PASSWORD)))
        yield cluster
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)  # fast: does not wait for clients to leave
            server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(postgres: Cluster) -> PostgresUrl:
    """Migrates once for each service and copies from then on."""
    numbers = count(1)
    templates: dict[str, str] = {}

    def create(name: str, service: str, template: str) -> str:
        _wait_for(_create_database(postgres, name, service=service, template=template))
        return postgres.url(service, PASSWORD).removesuffix(DATABASE) + name

    def fresh(service: str) -> str:
        if service not in templates:
            template = f"{service}_template"
            url = create(template, service, DATABASE)
            _in_thread(lambda: command.upgrade(alembic_config(f"{service}_service", url), "head"))
            templates[service] = template
        return create(f"{service}_{next(numbers)}", service, templates[service])

    return fresh


async def _create_database(cluster: Cluster, name: str, *, service: str, template: str) -> None:
    connection = await asyncpg.connect(
        host="127.0.0.1", port=cluster.port, user=SUPERUSER, password=PASSWORD, database="postgres"
    )
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        await connection.execute(f'ALTER ROLE "{service}" IN DATABASE "{name}" SET search_path = "{service}", public')
    finally:
        await connection.close()


async def _run(program: Command) -> None:
    identity = _identity(program)
    await asyncio.to_thread(
        lambda: subprocess.run(program.arguments, **identity, check=True, stdout=subprocess.DEVNULL)
    )


def _start(program: Command, options: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            [*program.arguments, *options],
            **_identity(program),
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent,
        )


def _identity(program: Command) -> dict[str, Any]:
    """Another user may not be able to enter the folder we are in."""
    if program.user is None:
        return {}
    return {"user": program.user, "group": program.group, "extra_groups": [], "cwd": "/"}


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _wait_until_answering(cluster: Cluster, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            return _wait_for(cluster.probe())
        except (OSError, TimeoutError, asyncpg.PostgresError):
            time.sleep(0.05)
    raise RuntimeError(f"Postgres did not start: {log.read_text()}")


def _wait_for(work: Coroutine[Any, Any, None]) -> None:
    """Fixtures are also asked for while an event loop runs; what they wait for needs one of its own."""
    _in_thread(lambda: asyncio.run(work))


def _in_thread(work: Callable[[], None]) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(work).result()
