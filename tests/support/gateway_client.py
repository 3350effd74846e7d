"""Somebody with a resume and an account, and the calls that workers and operators make."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import grpc
import pytest
from google.api import httpbody_pb2
from grpc_status import rpc_status

from hiremesh.events.v1 import parse_job_pb2
from hiremesh.gateway.v1 import (
    parse_batch_service_pb2,
    parse_batch_service_pb2_grpc,
    parse_job_service_pb2,
    parse_job_service_pb2_grpc,
    parse_work_service_pb2,
    parse_work_service_pb2_grpc,
    resume_service_pb2,
    resume_service_pb2_grpc,
)
from hiremesh.profile.v1 import resume_pb2
from meshkit.channels import to_remote_error
from meshkit.errors import RemoteError
from meshkit.testing import mesh_metadata, user_metadata
from tests.support.builders.gateway import FORM, USER, file_part, form, resume_content
from tests.support.gateway_process import PATIENCE_SECONDS, GatewayProcess, issuer
from tests.support.postgres import PASSWORD

PRESENCE = parse_job_pb2.ParseWorkerPresence(extractor_version="1", places=2).SerializeToString()
ENDED = ("completed", "failed")
RESUME = resume_pb2.Resume.FromString(resume_content())


class Client:
    """Somebody with a resume, and a worker's calls."""

    def __init__(self, gateway: GatewayProcess, *, token: str = "") -> None:
        self.gateway = gateway
        self.jobs: Any = parse_job_service_pb2_grpc.ParseJobServiceStub(gateway.channel)
        self.resumes_of: Any = resume_service_pb2_grpc.ResumeServiceStub(gateway.channel)
        self.batches: Any = parse_batch_service_pb2_grpc.ParseBatchServiceStub(gateway.channel)
        self.work: Any = parse_work_service_pb2_grpc.ParseWorkServiceStub(gateway.channel)
        self.user = user_metadata(token or issuer.token(USER))

    async def submit(self, data: bytes = b"Ada Example", **more: Any) -> Any:
        document = httpbody_pb2.HttpBody(content_type="text/plain", data=data)
        request = parse_job_service_pb2.SubmitParseJobRequest(document=document, **more)
        return await self.jobs.SubmitParseJob(request, metadata=self.user)

    async def accepted(self, data: bytes = b"Ada Example", **more: Any) -> str:
        answer = await self.submit(data, **more)
        assert answer.status == "queued"
        job_id: str = answer.jobId.string_value
        return job_id

    async def get(self, job_id: str) -> Any:
        request = parse_job_service_pb2.GetParseJobRequest(job_id=job_id)
        return (await self.jobs.GetParseJob(request, metadata=self.user)).job

    async def document(self, resume_id: str) -> Any:
        """The original of a resume."""
        request = resume_service_pb2.GetResumeDocumentRequest(id=resume_id)
        return await self.resumes_of.GetResumeDocument(request, metadata=self.user)

    async def cancel(self, job_id: str) -> Any:
        request = parse_job_service_pb2.CancelParseJobRequest(job_id=job_id)
        return (await self.jobs.CancelParseJob(request, metadata=self.user)).job

    async def do(self, method: str, **request: Any) -> Any:
        message = getattr(parse_work_service_pb2, f"{method}Request")(**request)
        return await getattr(self.work, method)(message, metadata=mesh_metadata())

    async def finish(self, job_id: str) -> None:
        begun = await self.do("BeginParseJob", job_id=job_id)
        assert begun.attempt
        await self.do("CompleteParseJob", job_id=job_id, attempt=begun.attempt, resume=RESUME)

    async def submit_batch(self, *documents: bytes) -> Any:
        """The batch."""
        body = httpbody_pb2.HttpBody(
            content_type=FORM, data=form(*(file_part(data, name="files") for data in documents))
        )

        async def pieces() -> AsyncIterator[Any]:
            yield parse_batch_service_pb2.SubmitParseBatchRequest(document=body)

        return (await self.batches.SubmitParseBatch(pieces(), metadata=self.user)).batch

    async def batch(self, batch_id: str) -> Any:
        request = parse_batch_service_pb2.GetParseBatchRequest(batch_id=batch_id)
        return (await self.batches.GetParseBatch(request, metadata=self.user)).batch

    async def ended(self, job_id: str) -> Any:
        """The job, when it has ended."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (job := await self.get(job_id)).status not in ENDED:  # noqa: ASYNC110  # gateway is another process
                await asyncio.sleep(0.05)
        return job

    async def updates(self, job_id: str) -> list[Any]:
        """Every update of a job, to its end, as a gRPC client gets them."""
        request = parse_job_service_pb2.WatchParseJobRequest(job_id=job_id)
        return [told.update async for told in self.jobs.WatchParseJob(request, metadata=self.user)]

    async def told(self, job_id: str) -> list[dict[str, Any]]:
        """Every update of a job, to its end, as an EventSource gets them."""
        request = parse_job_service_pb2.StreamParseJobRequest(job_id=job_id)
        body = b"".join([piece.data async for piece in self.jobs.StreamParseJob(request, metadata=self.user)])
        return [json.loads(line.removeprefix("data: ")) for line in body.decode().splitlines() if line[:5] == "data:"]

    async def rows(self, query: str, *arguments: object) -> int:
        """A count, straight from gateway's tables."""
        connection = await asyncpg.connect(self.gateway.database.replace("+asyncpg", ""), password=PASSWORD)
        try:
            return int(await connection.fetchval(query, *arguments))
        finally:
            await connection.close()

    async def resumes(self) -> int:
        """How many are stored, of everybody."""
        return await self.rows("SELECT count(*) FROM resumes")


async def failure(call: Any) -> RemoteError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return to_remote_error(rpc_status.from_call(caught.value), caught.value)
