"""What gateway knows: uploads, and the resumes they became. What a resume says is opaque here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """A document as a client sent it."""

    document: bytes
    filename: str
    fresh: bool
    request_id: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent it, and from which site."""

    user_id: str
    tenant: str
    origin: str


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A parser's answer: the resume as a serialised `hiremesh.profile.v1.Resume`."""

    content: bytes
    extractor_version: str


@dataclass(frozen=True, slots=True)
class StoredResume:
    """A resume that is kept for its owner."""

    id: str
    owner: str
    tenant: str
    # SHA-256 of the document, hexadecimal.
    digest: str
    content: bytes
    created_at: datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class ParseAnswer:
    """A stored resume and how the caller got it."""

    resume: StoredResume
    caller: Caller
    # True when an earlier parse of the same bytes answered.
    cached: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list."""

    resumes: tuple[StoredResume, ...]
    # Id after which the next page begins; None on the last page.
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Health:
    """State of what gateway depends on."""

    up: Mapping[str, bool]
    able_to_parse: bool


@dataclass(frozen=True, slots=True)
class DocsFile:
    """A file that describes the REST surface."""

    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """An uploaded file in the storage; its bytes are elsewhere."""

    id: str
    owner: str
    tenant: str
    digest: str
    size: int
    filename: str
    content_type: str
    created_at: datetime
