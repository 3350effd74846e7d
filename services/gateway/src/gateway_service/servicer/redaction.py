"""RedactionService."""

from google.api import httpbody_pb2

from gateway_service.convert import printed
from gateway_service.servicer.call import Context
from gateway_service.usecases import RedactResume
from hiremesh.gateway.v1 import redaction_service_pb2, redaction_service_pb2_grpc
from meshkit.identity import current_principal


class RedactionServicer(redaction_service_pb2_grpc.RedactionServiceServicer):
    """The anonymised view of stored resumes."""

    def __init__(self, redact: RedactResume) -> None:
        self._redact = redact

    async def GetRedactedResume(
        self, request: redaction_service_pb2.GetRedactedResumeRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        owner = current_principal().user_id
        if request.format == "pdf":
            document = await self._redact.document(request.id, owner=owner, schools=request.schools)
            return httpbody_pb2.HttpBody(content_type="application/pdf", data=document)
        resume = await self._redact.resume(request.id, owner=owner, schools=request.schools)
        return httpbody_pb2.HttpBody(content_type="application/json", data=printed(resume))
