"""ParseWorkService."""

from gateway_service.convert import letter_to_proto, parsed_from_proto
from gateway_service.domain.jobs import JobFailure
from gateway_service.servicer.call import Context
from gateway_service.usecases import DoWork, SettleDeadLetters
from hiremesh.gateway.v1 import parse_work_service_pb2, parse_work_service_pb2_grpc

_LETTERS = 100


class ParseWorkServicer(parse_work_service_pb2_grpc.ParseWorkServiceServicer):
    """What workers and operators do about background parses."""

    def __init__(self, work: DoWork, letters: SettleDeadLetters) -> None:
        self._work = work
        self._letters = letters

    async def BeginParseJob(
        self, request: parse_work_service_pb2.BeginParseJobRequest, context: Context
    ) -> parse_work_service_pb2.BeginParseJobResponse:
        begun = await self._work.begin(request.job_id)
        response = parse_work_service_pb2.BeginParseJobResponse(
            attempt=begun.attempt,
            document=begun.document,
            filename=begun.filename,
            tenant=begun.tenant,
            batch=begun.batch,
        )
        if begun.retry_after is not None:
            response.retry_after.FromTimedelta(begun.retry_after)
        return response

    async def ReportParseJob(
        self, request: parse_work_service_pb2.ReportParseJobRequest, context: Context
    ) -> parse_work_service_pb2.ReportParseJobResponse:
        go_on = await self._work.report(request.job_id, request.attempt, page=request.page, pages=request.pages)
        return parse_work_service_pb2.ReportParseJobResponse(go_on=go_on)

    async def CompleteParseJob(
        self, request: parse_work_service_pb2.CompleteParseJobRequest, context: Context
    ) -> parse_work_service_pb2.CompleteParseJobResponse:
        accepted = await self._work.complete(request.job_id, parsed_from_proto(request.resume))
        return parse_work_service_pb2.CompleteParseJobResponse(accepted=accepted)

    async def FailParseJob(
        self, request: parse_work_service_pb2.FailParseJobRequest, context: Context
    ) -> parse_work_service_pb2.FailParseJobResponse:
        failure = JobFailure(request.code, request.message)
        retry = await self._work.fail(request.job_id, request.attempt, failure, transient=request.transient)
        return parse_work_service_pb2.FailParseJobResponse(retry=retry)

    async def ListDeadLetters(
        self, request: parse_work_service_pb2.ListDeadLettersRequest, context: Context
    ) -> parse_work_service_pb2.ListDeadLettersResponse:
        letters, total = await self._letters.page(size=request.page_size or _LETTERS)
        return parse_work_service_pb2.ListDeadLettersResponse(letters=map(letter_to_proto, letters), total=total)

    async def RetryDeadLetter(
        self, request: parse_work_service_pb2.RetryDeadLetterRequest, context: Context
    ) -> parse_work_service_pb2.RetryDeadLetterResponse:
        letter = await self._letters.retry(request.id)
        return parse_work_service_pb2.RetryDeadLetterResponse(letter=letter_to_proto(letter))

    async def DropDeadLetter(
        self, request: parse_work_service_pb2.DropDeadLetterRequest, context: Context
    ) -> parse_work_service_pb2.DropDeadLetterResponse:
        await self._letters.drop(request.id)
        return parse_work_service_pb2.DropDeadLetterResponse()
