from datetime import timedelta
from typing import Any

import pytest

from gateway_service.ports import Dependency
from gateway_service.servicer.status import StatusServicer
from gateway_service.usecases import CheckHealth
from hiremesh.gateway.v1 import status_service_pb2, status_service_pb2_grpc
from meshkit.server import Servicer
from meshkit.testing import serving

STATUS = status_service_pb2.DESCRIPTOR.services_by_name["StatusService"]


async def up() -> None:
    return


async def down() -> None:
    raise ConnectionError


def status_service(**dependencies: Dependency) -> Servicer:
    check = CheckHealth(dependencies, essential=frozenset({"parser"}), timeout=timedelta(seconds=1))
    return Servicer(STATUS, status_service_pb2_grpc.add_StatusServiceServicer_to_server, StatusServicer(check))


async def test_the_status_is_the_documented_text_whatever_else_is_down() -> None:
    async with serving(status_service(parser=down)) as channel:
        stub: Any = status_service_pb2_grpc.StatusServiceStub(channel)
        response = await stub.GetStatus(status_service_pb2.GetStatusRequest())
    assert (response.status, response.message) == ("ok", "Resume parser is running")


@pytest.mark.parametrize(
    ("parser", "broker", "status", "http_code"),
    [(up, up, "healthy", None), (up, down, "degraded", None), (down, up, "unhealthy", "503")],
)
async def test_health_names_each_dependency_and_asks_the_edge_for_503_when_nothing_can_be_parsed(
    parser: Dependency, broker: Dependency, status: str, http_code: str | None
) -> None:
    async with serving(status_service(parser=parser, broker=broker)) as channel:
        stub: Any = status_service_pb2_grpc.StatusServiceStub(channel)
        call = stub.GetHealth(status_service_pb2.GetHealthRequest())
        headers = dict(await call.initial_metadata())
        response = await call
    assert (response.status, headers.get("x-http-code")) == (status, http_code)
    assert set(response.dependencies) == {"parser", "broker"}
    assert response.dependencies["broker"] == ("up" if broker is up else "down")
