"""PreferencesService."""

from hiremesh.matching.v1 import preferences_service_pb2, preferences_service_pb2_grpc
from matching_service.convert.preferences import preferences_from_proto, preferences_to_proto
from matching_service.usecases.matches import KeepPreferences
from meshkit.identity import current_principal
from meshkit.interceptors.call import ServicerContext


class PreferencesServicer(preferences_service_pb2_grpc.PreferencesServiceServicer):
    """Implements `hiremesh.matching.v1.PreferencesService`."""

    def __init__(self, keep: KeepPreferences) -> None:
        self._keep = keep

    async def GetPreferences(
        self, request: preferences_service_pb2.GetPreferencesRequest, context: ServicerContext
    ) -> preferences_service_pb2.GetPreferencesResponse:
        wanted = await self._keep.get(current_principal().user_id)
        return preferences_service_pb2.GetPreferencesResponse(preferences=preferences_to_proto(wanted))

    async def UpdatePreferences(
        self, request: preferences_service_pb2.UpdatePreferencesRequest, context: ServicerContext
    ) -> preferences_service_pb2.UpdatePreferencesResponse:
        caller = current_principal()
        kept = await self._keep.put(caller.user_id, caller.tenant, preferences_from_proto(request.preferences))
        return preferences_service_pb2.UpdatePreferencesResponse(preferences=preferences_to_proto(kept))
