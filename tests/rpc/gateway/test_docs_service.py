import json
import re
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc_status import rpc_status

from gateway_service.adapters.docs import PackagedDocs
from gateway_service.servicer.docs import DocsServicer
from hiremesh.gateway.v1 import docs_service_pb2, docs_service_pb2_grpc
from meshkit.channels import to_remote_error
from meshkit.server import Servicer
from meshkit.testing import serving

DOCS = docs_service_pb2.DESCRIPTOR.services_by_name["DocsService"]


@pytest.fixture(scope="module")
async def stub() -> AsyncIterator[Any]:
    servicer = Servicer(DOCS, docs_service_pb2_grpc.add_DocsServiceServicer_to_server, DocsServicer(PackagedDocs()))
    async with serving(servicer) as channel:
        yield docs_service_pb2_grpc.DocsServiceStub(channel)


async def test_the_description_lists_the_paths_of_the_main_job(stub: Any) -> None:
    body = await stub.GetOpenApi(docs_service_pb2.GetOpenApiRequest())
    assert body.content_type == "application/json"
    paths = json.loads(body.data)["paths"]
    assert {"/api/v1/parse-resume", "/parse-resume", "/health"} <= paths.keys()


async def test_the_page_and_everything_it_loads_are_served_from_here(stub: Any) -> None:
    page = await stub.GetDocs(docs_service_pb2.GetDocsRequest())
    assert page.content_type.startswith("text/html")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.data.decode())
    assert loaded
    for address in loaded:
        folder, _, asset = address.rpartition("/")
        assert folder == "/docs"
        body = await stub.GetDocs(docs_service_pb2.GetDocsRequest(asset=asset))
        assert body.data
        assert body.content_type.startswith(("text/css", "text/javascript"))


@pytest.mark.parametrize("asset", ["missing.js", "../hiremesh/mesh.binpb", "/etc/passwd"])
async def test_no_other_file_is_served(stub: Any, asset: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.GetDocs(docs_service_pb2.GetDocsRequest(asset=asset))
    error = to_remote_error(rpc_status.from_call(caught.value), caught.value)
    assert error.wire_reason == "NOT_FOUND"
