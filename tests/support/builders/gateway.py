"""Things that gateway handles, with everything filled in that a test does not care about."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from gateway_service.domain.model import StoredResume, Upload
from hiremesh.profile.v1 import resume_pb2

BOUNDARY = "----of-tests"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
USER = "11111111-1111-7111-8111-111111111111"
OTHER_USER = "22222222-2222-7222-8222-222222222222"

_numbers = count(1)


@dataclass(frozen=True)
class Part:
    """One part of a form. Headers are sent as they stand."""

    headers: bytes
    body: bytes


def text_part(name: str, value: str) -> Part:
    """As `curl -F name=value` sends it."""
    return Part(f'Content-Disposition: form-data; name="{name}"'.encode(), value.encode())


def file_part(body: bytes, filename: str = "resume.pdf", name: str = "file") -> Part:
    """As `curl -F file=@resume.pdf` sends it."""
    headers = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: application/pdf'
    return Part(headers.encode(), body)


def form(*parts: Part) -> bytes:
    """The body of a form whose content type is `FORM`."""
    opened = b"".join(b"--%b\r\n%b\r\n\r\n%b\r\n" % (BOUNDARY.encode(), part.headers, part.body) for part in parts)
    return opened + b"--%b--\r\n" % BOUNDARY.encode()


def next_id() -> str:
    """Ids in the order of making."""
    return f"0190aaaa-0000-7000-8000-{next(_numbers):012d}"


def upload(document: bytes = b"a resume", *, filename: str = "", fresh: bool = False, request_id: str = "") -> Upload:
    """An upload."""
    return Upload(document, filename, fresh, request_id)


def resume_content(name: str = "Ada Example") -> bytes:
    """A parser's answer, serialised."""
    return resume_pb2.Resume(
        personal=resume_pb2.Personal(name=name, email="ada@example.org"),
        experience=[resume_pb2.Experience(title="Engineer", company="Example Ltd", start_date="2020", years=2.5)],
        education=[resume_pb2.Education(institution="Example College", field="Mathematics")],
        skills=["Python"],
        skill_details=[resume_pb2.SkillDetail(name="Python", id="python")],
        metadata=resume_pb2.ResumeMetadata(engine="rules", extractor_version="1"),
    ).SerializeToString()


def stored(
    *,
    resume_id: str | None = None,
    owner: str = USER,
    digest: str = "d1",
    created_at: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    request_id: str = "",
    content: bytes | None = None,
) -> StoredResume:
    """A stored resume."""
    return StoredResume(
        id=resume_id or next_id(),
        owner=owner,
        tenant=owner,
        digest=digest,
        content=resume_content() if content is None else content,
        created_at=created_at,
        request_id=request_id,
    )
