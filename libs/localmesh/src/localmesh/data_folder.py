"""What lies where in the data folder."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from localmesh.errors import DataFolderDenied


@dataclass(frozen=True, slots=True)
class DataFolder:
    """One mesh's files. Two meshes never share one."""

    root: Path

    @property
    def mark(self) -> str:
        """What the processes of this mesh are known by."""
        return str(self.root)

    @property
    def lock(self) -> Path:
        """Locked while the mesh lives."""
        return self.root / "lock"

    @property
    def state(self) -> Path:
        """What runs, for other processes to read."""
        return self.root / "state.json"

    @property
    def ports(self) -> Path:
        """Internal ports, kept between runs."""
        return self.root / "ports.json"

    @property
    def credentials(self) -> Path:
        """Secrets, made once."""
        return self.root / "credentials.json"

    @property
    def account(self) -> Path:
        """The command line's own accounts."""
        return self.root / "account.json"

    @property
    def postgres(self) -> Path:
        """The database cluster."""
        return self.root / "postgres"

    @property
    def nats(self) -> Path:
        """JetStream's files."""
        return self.root / "nats"

    @property
    def documents(self) -> Path:
        """Uploaded documents, encrypted."""
        return self.root / "documents"

    @property
    def nats_configuration(self) -> Path:
        """Written at each start; holds a secret."""
        return self.root / "nats.conf"

    @property
    def envoy_configuration(self) -> Path:
        """Written at each start."""
        return self.root / "envoy.yaml"

    @property
    def logs(self) -> Path:
        """One file a component."""
        return self.root / "logs"

    def log(self, component: str) -> Path:
        """Where a component's output goes."""
        return self.logs / f"{component}.log"

    def create(self) -> None:
        """Makes the folders. Raises DataFolderDenied when they belong to somebody else."""
        try:
            # As root, Postgres runs as another user, who has to pass through; what is secret is closed file by file.
            self.root.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
        except PermissionError as fault:
            raise DataFolderDenied(self.root) from fault
        # Root could write to it, and would leave files there that its owner cannot read.
        if self.root.stat().st_uid != os.geteuid():
            raise DataFolderDenied(self.root)


def write_private(path: Path, text: str) -> None:
    """Writes a whole file at once, readable by its owner only."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with suppress(FileNotFoundError):
        draft.unlink()
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
