"""Gateway's stored resumes as matching's `ResumeSource`."""

import grpc

from hiremesh.gateway.v1 import resume_service_pb2, resume_service_pb2_grpc
from matching_service.adapters.parser import RemoteRedactor
from matching_service.convert.resume import resume_from_proto
from matching_service.domain.reading import ReadResume


class RemoteResumes:
    """Calls ResumeService for the caller, whom gateway asks for their own token."""

    def __init__(self, channel: grpc.aio.Channel, anonymise: RemoteRedactor) -> None:
        self._stub: resume_service_pb2_grpc.ResumeServiceAsyncStub = resume_service_pb2_grpc.ResumeServiceStub(channel)
        self._anonymise = anonymise

    async def read(self, resume_id: str, *, anonymised: bool) -> ReadResume:
        """See the port."""
        response = await self._stub.GetResume(resume_service_pb2.GetResumeRequest(id=resume_id))
        return await self._anonymise(response.resume) if anonymised else resume_from_proto(response.resume)
