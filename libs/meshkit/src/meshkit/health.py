"""Asking other services whether they are ready."""

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health_pb2, health_pb2_grpc


async def check_service(channel: grpc.aio.Channel, service: ServiceDescriptor) -> None:
    """Health check: raises unless the service at the other end says that it serves."""
    stub = health_pb2_grpc.HealthStub(channel)
    response = await stub.Check(health_pb2.HealthCheckRequest(service=service.full_name))
    if response.status != health_pb2.HealthCheckResponse.SERVING:
        raise ConnectionError(service.full_name)
