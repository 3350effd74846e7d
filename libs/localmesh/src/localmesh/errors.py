"""What can go wrong with a mesh on one machine, told so that its user can act."""

from pathlib import Path


class MeshFault(Exception):
    """Base class. The text is for the user: what happened, and what to do."""


class InvalidSetting(MeshFault):
    """An environment variable holds what it cannot."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(f"{name}: {fault}.")


class AlreadyRunning(MeshFault):
    """Another supervisor owns the data folder."""

    def __init__(self, folder: Path, address: str) -> None:
        where = f" at {address}" if address else ""
        super().__init__(f"The mesh of {folder} is already running{where}. `hiremesh down` stops it.")


class PortTaken(MeshFault):
    """The public port belongs to another program."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is taken by another program. Choose another one, for example EDGE_PORT={port + 1}."
        )


class DataFolderDenied(MeshFault):
    """The data folder belongs to another user."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} belongs to another user. Name a folder of your own with HIREMESH_DATA.")


class DataFolderUnreachable(MeshFault):
    """Postgres refuses to run as root, and the user it runs as instead cannot get at its files."""

    def __init__(self, user: str, paths: tuple[Path, ...]) -> None:
        listed = " or ".join(str(path) for path in paths)
        super().__init__(
            f"Postgres does not run as root, and user {user!r}, whom it would run as, cannot enter {listed}. "
            "Run the mesh as an ordinary user, or move the project out of closed folders."
        )


class ClusterDamaged(MeshFault):
    """The Postgres folder holds something that this Postgres cannot run."""

    def __init__(self, folder: Path, fault: str) -> None:
        super().__init__(f"{folder} {fault}. Move the folder away to start with an empty database.")


class ComponentFailed(MeshFault):
    """A part of the mesh did not come up. Carries the end of its log."""

    def __init__(self, name: str, fault: str, log: Path, tail: str) -> None:
        text = f"{name} {fault}. Its log: {log}"
        super().__init__(f"{text}\n{tail}" if tail else text)
        self.component = name


class NotRunning(MeshFault):
    """There is no mesh to talk to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"No mesh is running for {folder}. `hiremesh up` starts one.")
