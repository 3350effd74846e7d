"""StatisticsService."""

from gateway_service.convert import cache_stats_to_proto, stats_to_proto
from gateway_service.servicer.call import Context
from gateway_service.usecases import CountParses
from hiremesh.gateway.v1 import statistics_service_pb2, statistics_service_pb2_grpc


class StatisticsServicer(statistics_service_pb2_grpc.StatisticsServiceServicer):
    """Figures about all parses."""

    def __init__(self, count: CountParses) -> None:
        self._count = count

    async def GetStats(
        self, request: statistics_service_pb2.GetStatsRequest, context: Context
    ) -> statistics_service_pb2.GetStatsResponse:
        return stats_to_proto(await self._count())

    async def GetCacheStats(
        self, request: statistics_service_pb2.GetCacheStatsRequest, context: Context
    ) -> statistics_service_pb2.GetCacheStatsResponse:
        return cache_stats_to_proto(await self._count())
