"""The inference service as gateway's `ModelFigures`."""

from datetime import timedelta

import grpc

from gateway_service.convert import month_of_models_from_proto
from gateway_service.domain.model import MonthOfModels
from hiremesh.inference.v1 import inference_service_pb2, inference_service_pb2_grpc


class RemoteModelFigures:
    """Calls GetUsage. Its errors come back as it raised them."""

    def __init__(self, channel: grpc.aio.Channel, *, timeout: timedelta) -> None:
        self._stub: inference_service_pb2_grpc.InferenceServiceAsyncStub = (
            inference_service_pb2_grpc.InferenceServiceStub(channel)
        )
        self._timeout = timeout.total_seconds()

    async def this_month(self) -> MonthOfModels:
        """See the port."""
        request = inference_service_pb2.GetUsageRequest(by_model=True)
        return month_of_models_from_proto(await self._stub.GetUsage(request, timeout=self._timeout))
