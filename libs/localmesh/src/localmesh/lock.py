"""One supervisor a data folder: a lock that the kernel releases with its last holder, however that one ends."""

import fcntl
import os
import time
from datetime import timedelta
from pathlib import Path

from localmesh.errors import DataFolderDenied

_POLL_SECONDS = 0.05


class MeshLock:
    """Held while open. A child that inherits `descriptor` holds it too."""

    def __init__(self, path: Path) -> None:
        try:
            self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError as fault:
            raise DataFolderDenied(path.parent) from fault

    def acquire(self, *, patience: timedelta = timedelta(0)) -> bool:
        """Whether the lock is ours now, after waiting at most `patience`."""
        deadline = time.monotonic() + patience.total_seconds()
        while True:
            try:
                fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(_POLL_SECONDS)
            else:
                return True

    def release(self) -> None:
        """Lets go; children that inherited the lock keep it."""
        os.close(self.descriptor)


def is_locked(path: Path) -> bool:
    """Whether a mesh lives, or is being cleared away."""
    try:
        if not path.exists():
            return False
    except PermissionError as fault:
        raise DataFolderDenied(path.parent) from fault
    lock = MeshLock(path)
    try:
        return not lock.acquire()
    finally:
        lock.release()
