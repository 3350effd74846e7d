"""Gateway as parser's `JobBoard`."""

import grpc

from hiremesh.gateway.v1 import parse_work_service_pb2, parse_work_service_pb2_grpc
from parser_service.convert import to_proto
from parser_service.domain.model import ParsedDocument
from parser_service.ports import Assignment, Attempt, Progress


class RemoteJobBoard:
    """Calls ParseWorkService. Its errors come back as it raised them."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: parse_work_service_pb2_grpc.ParseWorkServiceAsyncStub = (
            parse_work_service_pb2_grpc.ParseWorkServiceStub(channel)
        )

    async def begin(self, job_id: str) -> Assignment:
        """See the port."""
        response = await self._stub.BeginParseJob(parse_work_service_pb2.BeginParseJobRequest(job_id=job_id))
        if not response.attempt:
            later = response.retry_after.ToTimedelta() if response.HasField("retry_after") else None
            return Assignment(None, retry_after=later)
        attempt = Attempt(job_id, response.attempt)
        return Assignment(attempt, response.document, tenant=response.tenant, batch=response.batch)

    async def report(self, attempt: Attempt, progress: Progress) -> bool:
        """See the port."""
        request = parse_work_service_pb2.ReportParseJobRequest(
            job_id=attempt.job_id, attempt=attempt.number, page=progress.page, pages=progress.pages
        )
        return (await self._stub.ReportParseJob(request)).go_on

    async def complete(self, attempt: Attempt, parsed: ParsedDocument) -> None:
        """See the port."""
        await self._stub.CompleteParseJob(
            parse_work_service_pb2.CompleteParseJobRequest(
                job_id=attempt.job_id, attempt=attempt.number, resume=to_proto(parsed)
            )
        )

    async def fail(self, attempt: Attempt, *, code: str, message: str, transient: bool) -> bool:
        """See the port."""
        request = parse_work_service_pb2.FailParseJobRequest(
            job_id=attempt.job_id, attempt=attempt.number, code=code, message=message, transient=transient
        )
        return (await self._stub.FailParseJob(request)).retry
