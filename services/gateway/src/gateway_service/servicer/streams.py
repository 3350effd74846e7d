"""Jobs as they change: over gRPC, and as server-sent events."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from google.api import httpbody_pb2

from gateway_service.convert import update_to_proto
from gateway_service.domain.jobs import JobState
from gateway_service.servicer import events
from gateway_service.servicer.call import Context, header
from gateway_service.usecases import WatchJob
from hiremesh.gateway.v1 import parse_job_service_pb2, parse_job_service_pb2_grpc
from meshkit.identity import current_principal


class ParseJobStreams(parse_job_service_pb2_grpc.ParseJobServiceServicer):
    """The streaming methods of ParseJobService."""

    def __init__(self, watch: WatchJob) -> None:
        self._watch = watch

    async def WatchParseJob(
        self, request: parse_job_service_pb2.WatchParseJobRequest, context: Context
    ) -> AsyncIterator[parse_job_service_pb2.WatchParseJobResponse]:
        owner = current_principal().user_id
        async with aclosing(self._watch(request.job_id, owner=owner, after=request.after_sequence)) as sightings:
            async for sighting in sightings:
                for update, resume in sighting.news:
                    yield parse_job_service_pb2.WatchParseJobResponse(update=update_to_proto(update, resume))

    async def StreamParseJob(
        self, request: parse_job_service_pb2.StreamParseJobRequest, context: Context
    ) -> AsyncIterator[httpbody_pb2.HttpBody]:
        owner = current_principal().user_id
        after = events.last_sequence(header(context, "last-event-id"))
        frames = events.PRELUDE
        async with aclosing(self._watch(request.job_id, owner=owner, after=after)) as sightings:
            async for sighting in sightings:
                for update, resume in sighting.news:
                    frames += events.status_event(request.job_id, update_to_proto(update, resume))
                if sighting.ended is not None:
                    frames += events.end_event(completed=sighting.ended is JobState.COMPLETED)
                yield httpbody_pb2.HttpBody(content_type=events.CONTENT_TYPE, data=frames or events.HEARTBEAT)
                frames = b""
