"""What a worker process runs in tests of the pool. Imported there: light, and nothing but functions of a module."""

import os
import signal
import time
from datetime import date
from pathlib import Path

from parser_service.adapters.pages import tell
from parser_service.domain.errors import DocumentEncrypted
from parser_service.domain.model import Personal, ReadingInfo, Resume

POLL_SECONDS = 0.01


class Unsendable(Exception):
    """Can be pickled but not unpickled: its constructor wants more than the message."""

    def __init__(self, page: int, cause: str) -> None:
        super().__init__(f"page {page}: {cause}")


class UnsendableResume(Resume):
    """The same, as a result."""

    def __reduce__(self) -> tuple[object, ...]:
        return Resume, ()


def obey(document: bytes, today: date) -> Resume:
    """Does what the document says: `word` or `word argument`. Tells its process and the date."""
    word, _, argument = document.decode().partition(" ")
    _ORDERS[word](argument)
    kind = UnsendableResume if word == "answer_unsendably" else Resume
    reading = ReadingInfo(engine="tests", extractor_version="1", kind="txt", pages=1, language="en")
    return kind(personal=Personal(headline=str(os.getpid())), reading=reading, summary=today.isoformat())


def _read(_argument: str) -> None:
    return


def _hang(pid_file: str) -> None:
    Path(pid_file).write_text(str(os.getpid()))
    while True:
        pass


def _turn_page(pid_file: str) -> None:
    tell(2, 5)
    _hang(pid_file)


def _wait(folder: str) -> None:
    """Until the file `go` is there."""
    (Path(folder) / str(os.getpid())).touch()
    while not (Path(folder) / "go").exists():
        time.sleep(POLL_SECONDS)


def _allocate(size: str) -> None:
    bytearray(int(size))


def _exit(status: str) -> None:
    os._exit(int(status))


def _signal(name: str) -> None:
    os.kill(os.getpid(), signal.Signals[name])


def _refuse(_argument: str) -> None:
    raise DocumentEncrypted(kind="pdf")


def _fail(_argument: str) -> None:
    raise ValueError("ada@example.org")


def _fail_unsendably(_argument: str) -> None:
    raise Unsendable(1, "ada@example.org")


_ORDERS = {
    "read": _read,
    "hang": _hang,
    "turn_page": _turn_page,
    "wait": _wait,
    "allocate": _allocate,
    "exit": _exit,
    "signal": _signal,
    "refuse": _refuse,
    "fail": _fail,
    "fail_unsendably": _fail_unsendably,
    "answer_unsendably": _read,
}
