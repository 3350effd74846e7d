"""Batches: many documents that were sent at once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from meshkit.errors import DomainError


class BatchStatus(StrEnum):
    """Where a batch stands."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Batch:
    """Many documents, each with a job of its own."""

    id: str
    owner: str
    tenant: str
    # Empty: the client sent none.
    request_id: str
    # SHA-256 over the digests of all files, hexadecimal: the same request is one with the same files.
    digest: str
    total: int
    created_at: datetime
    updated_at: datetime
    completed: int = 0
    failed: int = 0
    # Grows with every file that ends.
    sequence: int = 0
    cancelled: bool = False

    @property
    def ended(self) -> bool:
        """Whether all files have ended."""
        return self.completed + self.failed >= self.total

    @property
    def status(self) -> BatchStatus:
        """As clients see it."""
        if self.cancelled:
            return BatchStatus.CANCELLED
        return BatchStatus.COMPLETED if self.ended else BatchStatus.PROCESSING


@dataclass(frozen=True, slots=True)
class SentFile:
    """One file of a batch as it comes in: its bytes, or why it cannot be taken."""

    filename: str
    data: bytes = b""
    fault: DomainError | None = None


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What a client says about all files of a batch."""

    fresh: bool
    request_id: str


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One page of a list of batches."""

    batches: tuple[Batch, ...]
    # Id after which the next page begins; None on the last page.
    next_cursor: str | None


class BatchNotFound(DomainError):
    """No such batch, or one that belongs to somebody else."""

    reason = "NOT_FOUND"
    template = "Batch not found"


class TooManyFiles(DomainError):
    """There are more files than a batch may hold."""

    reason = "TOO_MANY_FILES"
    template = "Too many files (limit {limit}); send them in several batches"


class BatchTooLarge(DomainError):
    """The files before this one are as much as a batch may hold."""

    reason = "BATCH_TOO_LARGE"
    template = "The batch is larger than {limit_bytes} bytes, unpacked; send this file in another one"


class ArchiveUnreadable(DomainError):
    """No ZIP archive, or a broken one."""

    reason = "ARCHIVE_UNREADABLE"
    template = "The archive could not be read; expected a ZIP archive"


class ArchiveEntryUnreadable(DomainError):
    """A file in an archive that is damaged, or packed in a way that is not read."""

    reason = "ARCHIVE_ENTRY_UNREADABLE"
    template = "The file could not be unpacked"


class EncryptedEntry(DomainError):
    """A file in an archive that needs a password."""

    reason = "DOCUMENT_ENCRYPTED"
    template = "The file is encrypted; remove its password"
