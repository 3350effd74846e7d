"""ParseBatchService."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from google.api import httpbody_pb2

from gateway_service.convert import batch_file_to_proto, batch_to_proto
from gateway_service.ports import NewBatchReader
from gateway_service.servicer import events
from gateway_service.servicer.call import Context, caller_of, header
from gateway_service.usecases import FollowBatches, SubmitBatch
from hiremesh.gateway.v1 import parse_batch_service_pb2, parse_batch_service_pb2_grpc
from meshkit.identity import current_principal
from meshkit.pages import PageTokens, page_size

_FILES = 100
_MOST_FILES = 1000


class ParseBatchServicer(parse_batch_service_pb2_grpc.ParseBatchServiceServicer):
    """Parsing many documents at once."""

    def __init__(
        self, submit: SubmitBatch, follow: FollowBatches, read_batch: NewBatchReader, tokens: PageTokens
    ) -> None:
        self._submit = submit
        self._follow = follow
        self._read_batch = read_batch
        self._tokens = tokens

    async def SubmitParseBatch(
        self, request_iterator: AsyncIterator[parse_batch_service_pb2.SubmitParseBatchRequest], context: Context
    ) -> parse_batch_service_pb2.SubmitParseBatchResponse:
        first = await anext(aiter(request_iterator), parse_batch_service_pb2.SubmitParseBatchRequest())

        async def pieces() -> AsyncIterator[bytes]:
            yield first.document.data
            async for request in request_iterator:
                yield request.document.data

        reader = self._read_batch(first.document.content_type, pieces(), fresh=first.fresh, request_id=first.request_id)
        batch = await self._submit(reader.files(), reader.options, caller_of(context))
        await context.send_initial_metadata((("x-http-code", "202"),))
        return parse_batch_service_pb2.SubmitParseBatchResponse(batch=batch_to_proto(batch))

    async def GetParseBatch(
        self, request: parse_batch_service_pb2.GetParseBatchRequest, context: Context
    ) -> parse_batch_service_pb2.GetParseBatchResponse:
        batch = await self._follow.get(request.batch_id, owner=current_principal().user_id)
        return parse_batch_service_pb2.GetParseBatchResponse(batch=batch_to_proto(batch))

    async def ListParseBatches(
        self, request: parse_batch_service_pb2.ListParseBatchesRequest, context: Context
    ) -> parse_batch_service_pb2.ListParseBatchesResponse:
        owner = current_principal().user_id
        scope = f"batches of {owner}"
        after = self._tokens.decode(request.page_token, scope=scope)
        page = await self._follow.page(owner=owner, after=after, size=page_size(request.page_size))
        return parse_batch_service_pb2.ListParseBatchesResponse(
            batches=map(batch_to_proto, page.batches),
            next_page_token=self._tokens.encode(page.next_cursor, scope=scope) if page.next_cursor else "",
        )

    async def ListParseBatchFiles(
        self, request: parse_batch_service_pb2.ListParseBatchFilesRequest, context: Context
    ) -> parse_batch_service_pb2.ListParseBatchFilesResponse:
        owner = current_principal().user_id
        scope = f"files of {request.batch_id} of {owner}"
        after = int(self._tokens.decode(request.page_token, scope=scope) or 0)
        size = min(request.page_size or _FILES, _MOST_FILES)
        files = await self._follow.files(request.batch_id, owner=owner, after=after, size=size)
        more = len(files) == size
        return parse_batch_service_pb2.ListParseBatchFilesResponse(
            files=map(batch_file_to_proto, files),
            next_page_token=self._tokens.encode(str(files[-1].number), scope=scope) if more else "",
        )

    async def CancelParseBatch(
        self, request: parse_batch_service_pb2.CancelParseBatchRequest, context: Context
    ) -> parse_batch_service_pb2.CancelParseBatchResponse:
        batch = await self._follow.cancel(request.batch_id, owner=current_principal().user_id)
        return parse_batch_service_pb2.CancelParseBatchResponse(batch=batch_to_proto(batch))

    async def WatchParseBatch(
        self, request: parse_batch_service_pb2.WatchParseBatchRequest, context: Context
    ) -> AsyncIterator[parse_batch_service_pb2.WatchParseBatchResponse]:
        owner = current_principal().user_id
        sightings = self._follow.watch(request.batch_id, owner=owner, after=request.after_sequence)
        async with aclosing(sightings):
            async for sighting in sightings:
                if sighting is not None:
                    yield parse_batch_service_pb2.WatchParseBatchResponse(
                        sequence=sighting.batch.sequence,
                        batch=batch_to_proto(sighting.batch),
                        files=map(batch_file_to_proto, sighting.news),
                    )

    async def StreamParseBatch(
        self, request: parse_batch_service_pb2.StreamParseBatchRequest, context: Context
    ) -> AsyncIterator[httpbody_pb2.HttpBody]:
        after = events.last_sequence(header(context, "last-event-id"))
        sightings = self._follow.watch(request.batch_id, owner=current_principal().user_id, after=after)
        frames = events.PRELUDE
        async with aclosing(sightings):
            async for sighting in sightings:
                if sighting is not None:
                    files = [batch_file_to_proto(job) for job in sighting.news]
                    frames += events.batch_event(sighting.batch.sequence, batch_to_proto(sighting.batch), files)
                    if sighting.batch.ended:
                        frames += events.end_event(completed=True)
                yield httpbody_pb2.HttpBody(content_type=events.CONTENT_TYPE, data=frames or events.HEARTBEAT)
                frames = b""
