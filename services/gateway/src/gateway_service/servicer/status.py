"""StatusService."""

from gateway_service.convert import health_to_proto
from gateway_service.servicer.call import Context
from gateway_service.usecases import CheckHealth
from hiremesh.gateway.v1 import status_service_pb2, status_service_pb2_grpc


class StatusServicer(status_service_pb2_grpc.StatusServiceServicer):
    """Whether the mesh is up."""

    def __init__(self, check: CheckHealth) -> None:
        self._check = check

    async def GetStatus(
        self, request: status_service_pb2.GetStatusRequest, context: Context
    ) -> status_service_pb2.GetStatusResponse:
        return status_service_pb2.GetStatusResponse(status="ok", message="Resume parser is running")

    async def GetHealth(
        self, request: status_service_pb2.GetHealthRequest, context: Context
    ) -> status_service_pb2.GetHealthResponse:
        health = await self._check()
        if not health.able_to_parse:
            await context.send_initial_metadata((("x-http-code", "503"),))
        return health_to_proto(health)
