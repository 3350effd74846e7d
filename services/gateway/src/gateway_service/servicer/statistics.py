"""StatisticsService."""

from gateway_service.convert import cache_stats_to_proto, stats_to_proto
from gateway_service.servicer.call import Context
from gateway_service.usecases import CountModels, CountParses
from hiremesh.gateway.v1 import statistics_service_pb2, statistics_service_pb2_grpc


class StatisticsServicer(statistics_service_pb2_grpc.StatisticsServiceServicer):
    """Figures about all parses, and about models."""

    def __init__(self, count: CountParses, count_models: CountModels) -> None:
        self._count = count
        self._count_models = count_models

    async def GetStats(
        self, request: statistics_service_pb2.GetStatsRequest, context: Context
    ) -> statistics_service_pb2.GetStatsResponse:
        return stats_to_proto(await self._count(), await self._count_models())

    async def GetCacheStats(
        self, request: statistics_service_pb2.GetCacheStatsRequest, context: Context
    ) -> statistics_service_pb2.GetCacheStatsResponse:
        return cache_stats_to_proto(await self._count())
