"""ParseDocument through a real server, real worker processes and the real reader."""

import hashlib
import io
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import docx
import grpc
import pymupdf
import pytest
from grpc_status import rpc_status
from structlog.testing import capture_logs

from hiremesh.parser.v1 import parser_service_pb2, parser_service_pb2_grpc
from hiremesh.profile.v1 import resume_pb2
from meshkit.channels import to_remote_error
from meshkit.errors import RemoteError
from meshkit.server import Servicer
from meshkit.testing import TokenIssuer, mesh_metadata, serving, user_metadata
from parser_service.adapters.reader import MAX_CHARACTERS, MAX_PAGES
from parser_service.adapters.skills import TaxonomyLinker
from parser_service.adapters.workers import WorkerPool
from parser_service.servicer import ParserServicer
from parser_service.usecases import ParseDocument
from taxonomy import skills

PARSER = parser_service_pb2.DESCRIPTOR.services_by_name["ParserService"]
LINES = [
    "Marta Beispiel",
    "Data Engineer",
    "marta.beispiel@example.org | +44 20 7946 0018 | London, United Kingdom",
    "",
    "Experience",
    "Data Engineer",
    "Northwind Traders Ltd",
    "Mar 2020 - Present",
    "- Built pipelines in Python and PostgreSQL",
    "",
    "Education",
    "Bachelor of Science in Mathematics, Example University, 2016 - 2019",
    "",
    "Skills",
    "Python, PostgreSQL, Docker",
]


def pdf(pages: int = 1, lines: list[str] | None = None, **save: Any) -> bytes:
    document: Any = pymupdf.open()  # type: ignore[no-untyped-call]  # pymupdf ships no types
    for _ in range(pages):
        page = document.new_page()
        for number, line in enumerate(LINES if lines is None else lines):
            page.insert_text((72, 72 + 18 * number), line, fontsize=11)
    data: bytes = document.tobytes(**save)
    return data


def word() -> bytes:
    document = docx.Document()
    for line in LINES:
        document.add_paragraph(line)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def text() -> bytes:
    return "\n".join(LINES).encode()


@pytest.fixture(scope="module")
async def channel() -> AsyncIterator[grpc.aio.Channel]:
    workers = WorkerPool(
        workers=1,
        queue=4,
        timeout=timedelta(seconds=20),
        memory_bytes=2 * 1024**3,
        documents_per_worker=500,
        today=lambda: date(2026, 3, 15),
    )
    await workers.warm_up()
    parse = ParserServicer(ParseDocument(workers, TaxonomyLinker(skills())))
    servicer = Servicer(PARSER, parser_service_pb2_grpc.add_ParserServiceServicer_to_server, parse)
    async with serving(servicer) as opened:
        yield opened
    workers.close()


async def parse(channel: grpc.aio.Channel, document: bytes, **call: Any) -> resume_pb2.Resume:
    stub: Any = parser_service_pb2_grpc.ParserServiceStub(channel)
    request = parser_service_pb2.ParseDocumentRequest(document=document)
    response = await stub.ParseDocument(request, **({"metadata": mesh_metadata()} | call))
    resume: resume_pb2.Resume = response.resume
    return resume


async def failure(call: Any) -> RemoteError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return to_remote_error(rpc_status.from_call(caught.value), caught.value)


@pytest.mark.parametrize(
    ("kind", "document"), [("pdf", pdf()), ("docx", word()), ("txt", text())], ids=["pdf", "docx", "txt"]
)
async def test_a_resume_is_read_from_each_kind_of_file(channel: grpc.aio.Channel, kind: str, document: bytes) -> None:
    resume = await parse(channel, document)
    assert (resume.personal.name, resume.personal.email) == ("Marta Beispiel", "marta.beispiel@example.org")
    assert resume.personal.phone_e164 == "+442079460018"
    (job,) = resume.experience
    assert (job.title, job.company) == ("Data Engineer", "Northwind Traders Ltd")
    assert (job.start_date, job.end_date) == ("2020-03", "present")
    (degree,) = resume.education
    assert (degree.institution, degree.level) == ("Example University", resume_pb2.EDUCATION_LEVEL_BACHELOR)
    assert list(resume.skills) == ["Python", "PostgreSQL", "Docker"]
    assert resume.metadata.document.kind == kind


async def test_a_position_still_held_lasts_until_today(channel: grpc.aio.Channel) -> None:
    resume = await parse(channel, text())
    assert resume.total_years_experience == pytest.approx(6.1)  # March 2020 to March 2026, both counted: 73 months


async def test_skills_are_linked_to_the_taxonomy_in_their_order(channel: grpc.aio.Channel) -> None:
    resume = await parse(channel, text())
    assert [skill.name for skill in resume.skill_details] == list(resume.skills)
    assert all(skill.id and skill.taxonomy for skill in resume.skill_details)


async def test_metadata_is_true_and_leaves_to_gateway_what_gateway_knows(channel: grpc.aio.Channel) -> None:
    document = pdf()
    metadata = (await parse(channel, document)).metadata
    assert (metadata.document.bytes, metadata.document.digest) == (len(document), hashlib.sha256(document).hexdigest())
    assert (metadata.document.pages, metadata.document.language) == (1, "en")
    assert metadata.parseTime > 0
    assert metadata.extractor_version
    assert (metadata.tokens.total_tokens, metadata.cost.total_cost_usd) == (0, 0)
    assert (metadata.resume_id, metadata.user_id, metadata.HasField("cache")) == ("", "", False)


async def test_values_of_a_pdf_say_where_on_the_page_they_stand(channel: grpc.aio.Channel) -> None:
    found = (await parse(channel, pdf())).provenance["/personal/email"]
    assert (found.page, len(found.box)) == (1, 4)
    assert 0 < found.confidence <= 1
    assert "marta.beispiel@example.org" in found.text


AES_256 = 5  # PDF_ENCRYPT_AES_256 of pymupdf
LONG = pdf(pages=MAX_PAGES + 1, lines=["text"])
ENCRYPTED = pdf(encryption=AES_256, user_pw="secret", owner_pw="owner")


@pytest.mark.parametrize(
    ("document", "reason", "fields"),
    [
        pytest.param(b"", "DOCUMENT_EMPTY", {}, id="no bytes"),
        pytest.param(b" \r\n", "DOCUMENT_EMPTY", {}, id="blanks"),
        pytest.param(b"MZ\x90\x00" + b"\x00" * 100, "UNSUPPORTED_FILE_TYPE", {"file_type": "exe"}, id="program"),
        pytest.param(b"GIF89a" + b"\x00" * 100, "UNSUPPORTED_FILE_TYPE", {"file_type": "gif"}, id="animation"),
        pytest.param(pdf()[:300], "DOCUMENT_UNREADABLE", {"kind": "pdf"}, id="cut-off PDF"),
        pytest.param(word()[:2000], "DOCUMENT_UNREADABLE", {"kind": "docx"}, id="cut-off DOCX"),
        pytest.param(ENCRYPTED, "DOCUMENT_ENCRYPTED", {"kind": "pdf"}, id="PDF with a password"),
        pytest.param(pdf(pages=2, lines=[]), "DOCUMENT_WITHOUT_TEXT", {"pages": "2"}, id="PDF without text"),
        pytest.param(LONG, "DOCUMENT_TOO_LONG", {"pages": str(MAX_PAGES + 1)}, id="PDF with too many pages"),
        pytest.param(b"word " * (MAX_CHARACTERS // 5 + 1), "DOCUMENT_TOO_LONG", {}, id="too much text"),
    ],
)
async def test_a_document_that_cannot_be_read_is_refused_with_its_reason(
    channel: grpc.aio.Channel, document: bytes, reason: str, fields: dict[str, str]
) -> None:
    error = await failure(parse(channel, document))
    assert error.wire_reason == reason
    assert fields.items() <= error.fields.items()


async def test_a_document_of_the_wrong_kind_is_told_in_the_words_of_the_first_api(channel: grpc.aio.Channel) -> None:
    error = await failure(parse(channel, b"MZ\x90\x00"))
    assert str(error) == "Unsupported file type: exe. Allowed: pdf, doc, docx, png, jpg, jpeg, txt"


async def test_only_the_mesh_may_ask(channel: grpc.aio.Channel) -> None:
    user = user_metadata(TokenIssuer().token())
    assert (await failure(parse(channel, text(), metadata=user))).wire_reason == "PERMISSION_DENIED"
    assert (await failure(parse(channel, text(), metadata=()))).wire_reason == "PERMISSION_DENIED"


async def test_the_log_of_a_parse_holds_nothing_of_the_document(channel: grpc.aio.Channel) -> None:
    with capture_logs() as lines:
        await parse(channel, text())
    assert lines
    assert not [word for word in ("marta", "beispiel", "northwind", "7946") if word in str(lines).lower()]
