"""What gateway knows: uploads, and the resumes they became. What a resume says is opaque here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


@dataclass(frozen=True, slots=True)
class Upload:
    """A document as a client sent it."""

    document: bytes
    filename: str
    fresh: bool
    request_id: str
    # What to do with a background parse while no worker is there: read the document at once, or refuse it.
    fallback_to_sync: bool = True
    # Answer with the anonymised view.
    redact: bool = False


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
    # What models used for it.
    tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0


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
    extractor_version: str = ""
    # None: the original could not be stored.
    document_id: str | None = None
    tokens: int = 0
    cost_usd: float = 0.0


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
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Presence:
    """Workers that parse in the background, and how they read."""

    extractor_version: str
    # Documents that they read at the same time.
    places: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures about all parses since the beginning."""

    succeeded: int
    failed: int
    in_hand: int
    parses: int
    parse_seconds: float
    hits: int
    misses: int
    cached_results: int
    tokens_used: float
    tokens_saved: float
    cost_saved_usd: float
    documents_in_s3: bool


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What one model took in a month."""

    model: str
    calls: int
    input_tokens: int
    # Of the input, those that a cache already held.
    cached_tokens: int
    output_tokens: int
    cost_usd: float
    # In the engine.
    seconds: float


@dataclass(frozen=True, slots=True)
class MonthOfModels:
    """What all models took in a month."""

    month: str  # YYYY-MM in UTC
    models: Sequence[ModelUse]


class NoFigures(Enum):
    """Why nothing is known of models."""

    # Inference does not answer now.
    UNAVAILABLE = "unavailable"
    # There is no inference.
    NOT_CONFIGURED = "not_configured"
