"""ResumeService through a real server with all layers; parser is a real server too, storage is in memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2
from grpc_status import rpc_status
from structlog.testing import capture_logs

from gateway_service.adapters.form import read_upload
from gateway_service.adapters.parser import RemoteParser
from gateway_service.servicer.resumes import ResumeServicer
from gateway_service.usecases import RedactResume
from hiremesh.gateway.v1 import resume_service_pb2, resume_service_pb2_grpc
from hiremesh.profile.v1 import resume_pb2
from meshkit.channels import open_channel, to_remote_error
from meshkit.errors import DomainError, FieldViolation, InvalidRequest, Overloaded, RemoteError
from meshkit.pages import PageTokens
from meshkit.server import Servicer
from meshkit.testing import MESH_TOKEN, FixedClock, TokenIssuer, listening, serving, user_metadata
from parser_service.domain import errors as parser_errors
from tests.support.builders.gateway import FORM, OTHER_USER, USER, file_part, form, next_id, resume_content, text_part
from tests.support.fakes.gateway import GatewayOnFakes, InMemoryTransactions, NamelessRedactor
from tests.support.fakes.parser import PARSER, ScriptedParserServicer

RESUMES = resume_service_pb2.DESCRIPTOR.services_by_name["ResumeService"]
LIMIT = 10 * 1024 * 1024
SITE = "http://localhost:5173"
issuer = TokenIssuer()


@dataclass
class Gateway:
    """A gateway, its parser, and what a client of it does."""

    transactions: InMemoryTransactions = field(default_factory=InMemoryTransactions)
    parser: ScriptedParserServicer = field(default_factory=ScriptedParserServicer)
    redactor: NamelessRedactor = field(default_factory=NamelessRedactor)
    clock: FixedClock = field(default_factory=FixedClock)
    stub: Any = None

    def servicer(self, parser: grpc.aio.Channel) -> Servicer:
        fakes = GatewayOnFakes(transactions=self.transactions, clock=self.clock)
        implementation = ResumeServicer(
            fakes.parse_with(RemoteParser(parser)),
            fakes.keep,
            RedactResume(fakes.keep, self.redactor),
            read_upload,
            PageTokens(MESH_TOKEN),
        )
        return Servicer(RESUMES, resume_service_pb2_grpc.add_ResumeServiceServicer_to_server, implementation)

    async def parse(
        self,
        data: bytes = b"a resume",
        content_type: str = "text/plain",
        user: str = USER,
        origin: str = "",
        **more: Any,
    ) -> resume_pb2.Resume:
        document = httpbody_pb2.HttpBody(content_type=content_type, data=data)
        request = resume_service_pb2.ParseResumeRequest(document=document, **more)
        headers = (("origin", origin),) if origin else ()
        response = await self.stub.ParseResume(request, metadata=(*user_metadata(issuer.token(user)), *headers))
        resume: resume_pb2.Resume = response.resume
        return resume

    async def call(self, method: str, user: str = USER, **request: Any) -> Any:
        message = getattr(resume_service_pb2, f"{method}Request")(**request)
        return await getattr(self.stub, method)(message, metadata=user_metadata(issuer.token(user)))


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    gateway.parser.answer = resume_pb2.Resume.FromString(resume_content())
    async with (
        listening(gateway.parser.servicer()) as target,
        open_channel(target, PARSER, mesh_token=MESH_TOKEN) as parser,
        serving(gateway.servicer(parser), verifier=issuer.verifier()) as channel,
    ):
        gateway.stub = resume_service_pb2_grpc.ResumeServiceStub(channel)
        yield gateway


async def failure(call: Any) -> tuple[RemoteError, grpc.StatusCode]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return to_remote_error(rpc_status.from_call(caught.value), caught.value), caught.value.code()


async def test_a_form_is_answered_with_the_parsers_resume_and_what_gateway_knows_of_it(gateway: Gateway) -> None:
    body = form(text_part("fileType", "file"), file_part(b"%PDF-", "cv.pdf"), text_part("fresh", "false"))
    resume = await gateway.parse(body, FORM, origin=SITE)
    assert (resume.personal.name, resume.experience[0].company) == ("Ada Example", "Example Ltd")
    metadata = resume.metadata
    assert (metadata.engine, metadata.user_id, metadata.processing_mode) == ("rules", USER, "sync")
    assert (metadata.origin, metadata.origin_valid, metadata.cache.hit) == (SITE, True, False)
    assert metadata.resume_id in gateway.transactions.committed.resumes
    (asked,) = gateway.parser.requests
    assert (asked.document, asked.filename, asked.tenant) == (b"%PDF-", "cv.pdf", USER)


async def test_the_second_parse_of_the_same_bytes_is_answered_from_the_first_and_says_so(gateway: Gateway) -> None:
    first = await gateway.parse()
    second = await gateway.parse()
    assert second.metadata.cache.hit
    assert second.metadata.resume_id == first.metadata.resume_id
    assert not (await gateway.parse(fresh=True)).metadata.cache.hit


async def test_a_request_id_makes_a_parse_repeatable(gateway: Gateway) -> None:
    request_id = next_id()
    first = await gateway.parse(fresh=True, request_id=request_id)
    again = await gateway.parse(fresh=True, request_id=request_id)
    assert again.metadata.resume_id == first.metadata.resume_id
    error, code = await failure(gateway.parse(b"other bytes", request_id=request_id))
    assert (error.wire_reason, code) == ("REQUEST_ID_REUSED", grpc.StatusCode.ALREADY_EXISTS)


async def test_a_document_of_the_largest_size_passes_both_hops_and_one_byte_more_does_not(gateway: Gateway) -> None:
    whole = b"x" * LIMIT
    await gateway.parse(form(text_part("fileType", "file"), file_part(whole)), FORM)
    assert len(gateway.parser.requests[0].document) == LIMIT
    error, _ = await failure(gateway.parse(whole + b"x"))
    assert (error.wire_reason, error.fields) == ("FILE_TOO_LARGE", {"limit_bytes": str(LIMIT)})


@pytest.mark.parametrize(
    ("body", "content_type", "reason", "fields"),
    [
        pytest.param(b"broken", FORM, "MALFORMED_FORM", [], id="framing"),
        pytest.param(form(file_part(b"x")), FORM, "INVALID_REQUEST", ["fileType"], id="no fileType"),
        pytest.param(form(text_part("fileType", "file")), FORM, "INVALID_REQUEST", ["file"], id="no file"),
        pytest.param(b" ", "text/plain", "DOCUMENT_EMPTY", [], id="empty"),
    ],
)
async def test_an_upload_at_fault_is_refused_and_never_reaches_the_parser(
    gateway: Gateway, body: bytes, content_type: str, reason: str, fields: list[str]
) -> None:
    error, code = await failure(gateway.parse(body, content_type))
    assert (error.wire_reason, code) == (reason, grpc.StatusCode.INVALID_ARGUMENT)
    assert [violation.field for violation in error.violations] == fields
    assert gateway.parser.requests == []


async def test_a_request_against_the_contract_is_refused(gateway: Gateway) -> None:
    error, _ = await failure(gateway.parse(request_id="not-a-uuid"))
    assert [violation.field for violation in error.violations] == ["request_id"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (
            parser_errors.UnsupportedFileType(file_type="exe", allowed="pdf, txt"),
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
        (parser_errors.DocumentEncrypted(kind="pdf"), grpc.StatusCode.INVALID_ARGUMENT),
        (parser_errors.DocumentTooComplex(limit="time"), grpc.StatusCode.INVALID_ARGUMENT),
        (
            Overloaded(resource="parser workers", retry_after=timedelta(seconds=1)),
            grpc.StatusCode.RESOURCE_EXHAUSTED,
        ),
        (InvalidRequest(FieldViolation("filename", "is too long")), grpc.StatusCode.INVALID_ARGUMENT),
    ],
    ids=lambda value: getattr(value, "reason", ""),
)
async def test_a_fault_that_the_parser_finds_reaches_the_client_as_the_parser_raised_it(
    gateway: Gateway, fault: DomainError, code: grpc.StatusCode
) -> None:
    gateway.parser.fault = fault
    error, received = await failure(gateway.parse())
    assert (error.wire_reason, received, str(error)) == (fault.reason, code, str(fault))
    assert error.fields == {name: str(value) for name, value in fault.fields.items()}
    assert list(error.violations) == list(fault.violations)
    assert error.retry_after == fault.retry_after
    assert gateway.transactions.committed.resumes == {}


async def test_a_bug_in_the_parser_reaches_the_client_as_an_id_to_quote(gateway: Gateway) -> None:
    gateway.parser.fault = ValueError("Ada Example")
    error, code = await failure(gateway.parse())
    assert (error.wire_reason, code) == ("INTERNAL", grpc.StatusCode.INTERNAL)
    assert "Ada" not in str(error)
    assert error.fields["error_id"]


async def test_without_a_parser_the_service_is_unavailable() -> None:
    gateway = Gateway()
    async with (
        open_channel("127.0.0.1:1", PARSER, mesh_token=MESH_TOKEN) as nobody,
        serving(gateway.servicer(nobody), verifier=issuer.verifier()) as channel,
    ):
        gateway.stub = resume_service_pb2_grpc.ResumeServiceStub(channel)
        error, code = await failure(gateway.parse())
    assert (error.wire_reason, code) == ("SERVICE_UNAVAILABLE", grpc.StatusCode.UNAVAILABLE)
    assert "127.0.0.1" not in str(error)


@pytest.mark.parametrize("method", [method.name for method in RESUMES.methods])
async def test_nobody_gets_in_without_a_token(gateway: Gateway, method: str) -> None:
    request = getattr(resume_service_pb2, f"{method}Request")()
    error, code = await failure(getattr(gateway.stub, method)(request))
    assert (error.wire_reason, code) == ("INVALID_TOKEN", grpc.StatusCode.UNAUTHENTICATED)


async def test_a_stored_resume_is_got_by_its_id(gateway: Gateway) -> None:
    parsed = await gateway.parse()
    got = (await gateway.call("GetResume", id=parsed.metadata.resume_id)).resume
    assert (got.personal.name, got.metadata.resume_id) == ("Ada Example", parsed.metadata.resume_id)
    assert got.metadata.origin == ""


async def test_the_profile_of_a_user_is_the_newest_of_their_own_resumes(gateway: Gateway) -> None:
    error, _ = await failure(gateway.call("GetMyProfile"))
    assert error.wire_reason == "NOT_FOUND"
    first, second = [(await gateway.parse(b"resume %d" % number)).metadata.resume_id for number in range(2)]
    await gateway.parse(user=OTHER_USER)
    profile = (await gateway.call("GetMyProfile")).profile
    assert (profile.personal.name, profile.metadata.resume_id) == ("Ada Example", second)
    await gateway.call("DeleteResume", id=second)
    assert (await gateway.call("GetMyProfile")).profile.metadata.resume_id == first


async def test_a_deleted_resume_is_gone(gateway: Gateway) -> None:
    resume_id = (await gateway.parse()).metadata.resume_id
    await gateway.call("DeleteResume", id=resume_id)
    error, _ = await failure(gateway.call("GetResume", id=resume_id))
    assert error.wire_reason == "NOT_FOUND"
    assert not (await gateway.parse()).metadata.cache.hit


@pytest.mark.parametrize("method", ["GetResume", "DeleteResume"])
async def test_a_resume_of_somebody_else_is_not_found(gateway: Gateway, method: str) -> None:
    resume_id = (await gateway.parse()).metadata.resume_id
    error, code = await failure(gateway.call(method, user=OTHER_USER, id=resume_id))
    assert (error.wire_reason, code, str(error)) == ("NOT_FOUND", grpc.StatusCode.NOT_FOUND, "Resume not found")
    assert resume_id in gateway.transactions.committed.resumes


@pytest.mark.parametrize("method", ["GetResume", "DeleteResume"])
async def test_an_id_that_is_none_is_refused(gateway: Gateway, method: str) -> None:
    error, _ = await failure(gateway.call(method, id="1; DROP TABLE resumes"))
    assert [violation.field for violation in error.violations] == ["id"]


async def test_a_list_is_read_page_by_page_newest_first(gateway: Gateway) -> None:
    ids = [(await gateway.parse(b"resume %d" % number)).metadata.resume_id for number in range(5)]
    await gateway.parse(user=OTHER_USER)
    seen: list[str] = []
    token = ""
    pages = 0
    while pages == 0 or token:
        page = await gateway.call("ListResumes", page_size=2, page_token=token)
        seen += [summary.id for summary in page.resumes]
        token = page.next_page_token
        pages += 1
    assert (seen, pages) == (ids[::-1], 3)


async def test_a_page_token_of_somebody_else_is_refused(gateway: Gateway) -> None:
    for number in range(2):
        await gateway.parse(b"resume %d" % number)
    token = (await gateway.call("ListResumes", page_size=1)).next_page_token
    error, _ = await failure(gateway.call("ListResumes", user=OTHER_USER, page_token=token))
    assert [violation.field for violation in error.violations] == ["page_token"]


async def test_an_entry_of_a_list_shows_name_headline_and_time(gateway: Gateway) -> None:
    await gateway.parse()
    (summary,) = (await gateway.call("ListResumes")).resumes
    assert (summary.name, summary.headline) == ("Ada Example", "Engineer")
    assert summary.create_time.ToDatetime(tzinfo=gateway.clock.now.tzinfo) == gateway.clock.now


async def test_a_parse_may_answer_with_the_anonymised_view_and_stores_the_whole(gateway: Gateway) -> None:
    bare = await gateway.parse(redact=True)
    body = form(text_part("fileType", "file"), text_part("redact", "true"), file_part(b"a resume"))
    in_form = await gateway.parse(body, FORM)
    assert (bare.personal.name, in_form.personal.name) == ("", "")
    assert (bare.metadata.user_id, bare.metadata.cache.hit, in_form.metadata.cache.hit) == ("", False, True)
    stored = (await gateway.call("GetResume", id=bare.metadata.resume_id)).resume
    assert stored.personal.name == "Ada Example"


def _succeed(_gateway: Gateway) -> None:
    return


def _fail(gateway: Gateway) -> None:
    gateway.parser.fault = ValueError("Ada Example ada@example.org")


@pytest.mark.parametrize("prepare", [_succeed, _fail])
async def test_the_log_of_a_parse_holds_nothing_of_the_resume(
    gateway: Gateway, prepare: Callable[[Gateway], None]
) -> None:
    prepare(gateway)
    body = form(text_part("fileType", "file"), file_part(b"Ada Example", "Ada-Example.pdf"))
    with capture_logs() as lines, suppress(grpc.aio.AioRpcError):
        await gateway.parse(body, FORM)
    assert lines
    assert "ada" not in str(lines).lower()
