"""DocsService."""

from google.api import httpbody_pb2

from gateway_service.ports import DOCS_PAGE, OPENAPI, DocsFiles
from gateway_service.servicer.call import Context
from hiremesh.gateway.v1 import docs_service_pb2, docs_service_pb2_grpc


class DocsServicer(docs_service_pb2_grpc.DocsServiceServicer):
    """The description of the REST surface."""

    def __init__(self, files: DocsFiles) -> None:
        self._files = files

    async def GetOpenApi(self, request: docs_service_pb2.GetOpenApiRequest, context: Context) -> httpbody_pb2.HttpBody:
        return self._body(OPENAPI)

    async def GetDocs(self, request: docs_service_pb2.GetDocsRequest, context: Context) -> httpbody_pb2.HttpBody:
        return self._body(request.asset or DOCS_PAGE)

    def _body(self, name: str) -> httpbody_pb2.HttpBody:
        file = self._files.get(name)
        return httpbody_pb2.HttpBody(content_type=file.content_type, data=file.data)
