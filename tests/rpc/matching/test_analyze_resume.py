from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.api import httpbody_pb2
from google.protobuf.json_format import MessageToDict
from grpc_status import rpc_status

from hiremesh.matching.v1 import analysis_service_pb2_grpc
from hiremesh.matching.v1.analysis_service_pb2 import AnalyzeResumeRequest
from hiremesh.parser.v1 import parser_service_pb2
from matching_service.adapters.parser import RemoteReader, RemoteRedactor
from matching_service.app import compose
from matching_service.domain.written import Card, Sentence, Writing
from meshkit.channels import open_channel, to_remote_error
from meshkit.errors import NotFound, RemoteError
from meshkit.pages import PageTokens
from meshkit.testing import MESH_TOKEN, FixedClock, TokenIssuer, listening, serving, user_metadata
from parser_service.domain.errors import DocumentEncrypted, UnsupportedFileType
from tests.support.builders.matching import resume_message
from tests.support.fakes.matching import InMemoryTransactions, ScriptedResumes, ScriptedWriter, WordEmbedder
from tests.support.fakes.parser import ScriptedParserServicer

JOB = """Senior Data Engineer

Requirements:
- 3-5 years of experience with Python
- Apache Spark, Kubernetes and Airflow
- Message brokers such as Kafka or NATS
- Bachelor's degree in Computer Science
Nice to have:
- Terraform
"""
PARSER = parser_service_pb2.DESCRIPTOR.services_by_name["ParserService"]
BOUNDARY = "----form"

# The structure that seed 001 documents; a list holds the type of its items.
DOCUMENTED: Any = {
    "success": bool,
    "data": {
        "analysis": {
            "matching_skills": [str],
            "missing_skills": [str],
            "matching_keywords": [str],
            "missing_keywords": [str],
            "experience_match": {"required_years": str, "candidate_years": str, "match_percentage": int},
            "education_match": {"required": str, "candidate": str, "match": bool},
            "role_compatibility": {"score": int, "reasoning": str},
        },
        "insights": {
            "strengths": [str],
            "improvements": [str],
            "recommendations": {"high_priority": [str], "medium_priority": [str], "low_priority": [str]},
        },
        "flashcards": [{"front": str, "back": str}],
        "ats_score": {
            "overall_score": int,
            "breakdown": {
                "keyword_density": int,
                "skills_match": int,
                "experience_relevance": int,
                "education_match": int,
                "format_optimization": int,
            },
        },
        "resume_preview": str,
    },
}


def assert_has_structure(value: Any, documented: Any, where: str = "$", *, empty_lists: bool = False) -> None:
    """Every documented field is there, of its type, and holds something; lists may be `empty_lists`."""
    if isinstance(documented, dict):
        for name, inner in documented.items():
            assert name in value, f"{where}.{name} is missing"
            assert_has_structure(value[name], inner, f"{where}.{name}", empty_lists=empty_lists)
    elif isinstance(documented, list):
        assert isinstance(value, list), f"{where} is no list"
        assert value or empty_lists, f"{where} is empty"
        for item in value:
            assert_has_structure(item, documented[0], where, empty_lists=empty_lists)
    else:
        assert type(value) is documented, f"{where} is a {type(value).__name__}"
        assert value != "", f"{where} is empty"


@dataclass
class Running:
    """Matching behind all layers, beside a parser that answers as it is told."""

    stub: "analysis_service_pb2_grpc.AnalysisServiceAsyncStub"
    parser: ScriptedParserServicer
    embedder: WordEmbedder
    writer: ScriptedWriter
    issuer: TokenIssuer

    async def analyze(self, body: bytes, content_type: str = "application/pdf", job: str = JOB) -> dict[str, Any]:
        document = httpbody_pb2.HttpBody(content_type=content_type, data=body)
        request = AnalyzeResumeRequest(document=document, job_description=job, filename="cv.pdf")
        response = await self.stub.AnalyzeResume(request, metadata=user_metadata(self.issuer.token()))
        answer: dict[str, Any] = MessageToDict(
            response, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        return answer


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    embedder, writer, issuer, parser = WordEmbedder(), ScriptedWriter(), TokenIssuer(), ScriptedParserServicer()
    parser.answer = resume_message()
    async with listening(parser.servicer()) as target, open_channel(target, PARSER, mesh_token=MESH_TOKEN) as channel:
        matching = compose(
            InMemoryTransactions(),
            embedder,
            writer,
            RemoteReader(channel, RemoteRedactor(channel)),
            ScriptedResumes(),
            FixedClock(datetime.now(UTC)),
            arrival_grace=timedelta(seconds=30),
            tokens=PageTokens(MESH_TOKEN),
            secret=MESH_TOKEN,
        )
        async with serving(*matching.servicers, verifier=issuer.verifier()) as own:
            stub: analysis_service_pb2_grpc.AnalysisServiceAsyncStub = analysis_service_pb2_grpc.AnalysisServiceStub(
                own
            )
            yield Running(stub, parser, embedder, writer, issuer)


async def refusal(call: Awaitable[object]) -> RemoteError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return to_remote_error(rpc_status.from_call(caught.value), caught.value)


def form(**fields: str | tuple[str, bytes]) -> bytes:
    parts = []
    for name, value in fields.items():
        filename = f'; filename="{value[0]}"' if isinstance(value, tuple) else ""
        data = value[1] if isinstance(value, tuple) else value.encode()
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'
        parts.append(head.encode() + data + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


FORM = f"multipart/form-data; boundary={BOUNDARY}"


async def test_every_field_that_seed_001_documents_is_there_with_a_value(running: Running) -> None:
    assert_has_structure(await running.analyze(b"%PDF"), DOCUMENTED)


async def test_a_form_with_resume_and_job_description_is_read_as_the_seed_sends_it(running: Running) -> None:
    body = form(resume=("test_resume.pdf", b"%PDF-1.7 bytes"), job_description=JOB)
    answer = await running.analyze(body, FORM, job="")
    assert answer["data"]["analysis"]["matching_skills"]
    assert running.parser.requests[0].document == b"%PDF-1.7 bytes"
    assert running.parser.requests[0].filename == "test_resume.pdf"
    assert running.parser.requests[0].tenant == "11111111-1111-7111-8111-111111111111"


async def test_what_fits_and_what_is_missing_follows_from_both_texts(running: Running) -> None:
    analysis = (await running.analyze(b"%PDF"))["data"]["analysis"]
    assert {"Python", "Apache Spark", "Kubernetes"} <= set(analysis["matching_skills"])
    assert analysis["missing_skills"] == ["Apache Airflow", "Apache Kafka or NATS", "Terraform"]
    assert analysis["experience_match"] == {
        "required_years": "3-5 years",
        "candidate_years": "8.6 years",
        "match_percentage": 100,
    }
    assert analysis["education_match"] == {
        "required": "Bachelor's degree in Computer Science",
        "candidate": "Bachelor of Science, Informatics",
        "match": True,
    }


async def test_every_place_in_the_job_text_and_in_the_resume_can_be_looked_up(running: Running) -> None:
    analysis = (await running.analyze(b"%PDF"))["data"]["analysis"]
    spark = next(entry for entry in analysis["skill_evidence"] if entry["skill"] == "Apache Spark")
    assert JOB[spark["job"]["start"] : spark["job"]["end"]] == "Apache Spark"
    assert spark["resume"] == [
        {
            "pointer": "/experience/0/highlights/0",
            "page": 1,
            "quote": "Moved 40 pipelines to Apache Spark on Kubernetes",
        }
    ]
    years = analysis["requirements"]["years"]
    assert JOB[years["place"]["start"] : years["place"]["end"]] == "3-5 years"


async def test_the_same_resume_and_job_get_the_same_analysis(running: Running) -> None:
    assert await running.analyze(b"%PDF") == await running.analyze(b"%PDF")


async def test_without_inference_the_analysis_is_complete_and_says_so(running: Running) -> None:
    running.embedder.away = True
    answer = await running.analyze(b"%PDF")
    assert_has_structure(answer, DOCUMENTED)
    assert answer["data"]["metadata"]["embedding_model"] == ""
    assert answer["data"]["metadata"]["engine"] == "builtin"


async def test_a_model_may_word_what_was_found_and_moves_no_figure(running: Running) -> None:
    builtin = await running.analyze(b"%PDF")
    running.writer.writing = Writing(
        "large",
        (
            Sentence(1, "You know Python well, and this job is built on it.", "strengths"),
            Sentence(2, "You spent 12 years at Google with Rust.", "strengths"),
        ),
        (Card("How would you bring Terraform in?", "You have not used it yet: say how you would learn it."),),
    )
    worded = await running.analyze(b"%PDF")
    assert worded["data"]["metadata"]["engine"] == "large"
    insights = worded["data"]["insights"]
    assert insights["strengths"][0] == "You know Python well, and this job is built on it."
    assert insights["strengths"][1] == builtin["data"]["insights"]["strengths"][1]
    assert insights["statements"][0]["resume"] == builtin["data"]["insights"]["statements"][0]["resume"]
    assert worded["data"]["flashcards"][0]["front"] == "How would you bring Terraform in?"
    assert "Google" not in str(worded)
    for part in ("analysis", "ats_score"):
        assert worded["data"][part] == builtin["data"][part]
    (_, task) = running.writer.tasks
    assert "Mirela" not in f"{task.findings} {task.resume} {task.requirements}"


async def test_a_job_that_only_a_model_could_judge_needs_one(running: Running) -> None:
    running.embedder.away = True
    fault = await refusal(running.analyze(b"%PDF", job="Come and help us with things."))
    assert fault.wire_reason == "AI_SERVICE_ERROR"
    assert fault.retry_after is not None


@pytest.mark.parametrize("job", ["", "  \n"])
async def test_a_missing_job_description_has_the_code_of_the_seed(running: Running, job: str) -> None:
    assert (await refusal(running.analyze(b"%PDF", job=job))).wire_reason == "MISSING_JOB_DESCRIPTION"
    body = form(resume=("cv.pdf", b"%PDF"))
    assert (await refusal(running.analyze(body, FORM, job=job))).wire_reason == "MISSING_JOB_DESCRIPTION"


async def test_a_job_text_of_200_pages_is_refused_with_the_limit(running: Running) -> None:
    body = form(resume=("cv.pdf", b"%PDF"), job_description="Python and SQL for everybody. " * 20_000)
    fault = await refusal(running.analyze(body, FORM, job=""))
    assert [violation.field for violation in fault.violations] == ["job_description"]
    assert "100,000 characters" in str(fault)
    assert not running.parser.requests


async def test_a_form_without_a_resume_names_the_field(running: Running) -> None:
    fault = await refusal(running.analyze(form(job_description=JOB), FORM))
    assert [violation.field for violation in fault.violations] == ["resume"]


async def test_a_broken_form_is_malformed(running: Running) -> None:
    assert (await refusal(running.analyze(b"no form at all", FORM))).wire_reason == "MALFORMED_FORM"


async def test_faults_of_the_document_have_the_codes_of_the_seed(running: Running) -> None:
    running.parser.fault = UnsupportedFileType(file_type="exe", allowed="pdf, docx, txt")
    fault = await refusal(running.analyze(b"MZ"))
    assert (fault.wire_reason, fault.fields["file_type"]) == ("INVALID_FILE_FORMAT", "exe")
    running.parser.fault = DocumentEncrypted(kind="pdf")
    fault = await refusal(running.analyze(b"%PDF"))
    assert (fault.wire_reason, fault.fields["cause"]) == ("PDF_PROCESSING_ERROR", "DOCUMENT_ENCRYPTED")
    running.parser.fault = NotFound(resource="Parser")
    assert (await refusal(running.analyze(b"%PDF"))).wire_reason == "NOT_FOUND"
