"""Figures through a real server; inference is a real server too, with a model that follows a script."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from gateway_service.adapters.inference import RemoteModelFigures
from gateway_service.servicer.statistics import StatisticsServicer
from gateway_service.usecases import CountModels
from hiremesh.gateway.v1 import statistics_service_pb2 as pb
from hiremesh.gateway.v1 import statistics_service_pb2_grpc
from hiremesh.inference.v1 import inference_service_pb2
from inference_service.domain.generation import TextModel
from inference_service.domain.usage import Price, Tokens, Usage
from meshkit.channels import open_channel
from meshkit.server import Servicer
from meshkit.testing import MESH_TOKEN, TokenIssuer, listening, serving, user_metadata
from tests.rpc.inference.service import InferenceUnderTest
from tests.support.fakes.gateway import GatewayOnFakes
from tests.support.mesh import free_port
from tests.unit.inference.fakes import ScriptedEngine

STATISTICS = pb.DESCRIPTOR.services_by_name["StatisticsService"]
INFERENCE = inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"]
TIMEOUT = timedelta(seconds=1)
issuer = TokenIssuer()


@asynccontextmanager
async def statistics(inference: str) -> AsyncIterator[Any]:
    """A stub of gateway, which finds inference at this target; empty: is told of none."""
    async with AsyncExitStack() as stack:
        figures = None
        if inference:
            channel = await stack.enter_async_context(open_channel(inference, INFERENCE, mesh_token=MESH_TOKEN))
            figures = RemoteModelFigures(channel, timeout=TIMEOUT)
        servicer = Servicer(
            STATISTICS,
            statistics_service_pb2_grpc.add_StatisticsServiceServicer_to_server,
            StatisticsServicer(GatewayOnFakes().count, CountModels(figures)),
        )
        channel = await stack.enter_async_context(serving(servicer, verifier=issuer.verifier()))
        yield statistics_service_pb2_grpc.StatisticsServiceStub(channel)


async def stats(stub: Any) -> pb.GetStatsResponse:
    response: pb.GetStatsResponse
    response = await stub.GetStats(pb.GetStatsRequest(), metadata=user_metadata(issuer.token()))
    return response


async def test_what_models_took_this_month_is_told_in_all_and_by_model_and_no_tenant_is_named() -> None:
    inference = InferenceUnderTest([ScriptedEngine(TextModel("small", "test", 400, price=Price(output=1_000_000)))])
    for tenant, model in (("acme", "small"), ("other", "small"), ("acme", "minilm")):
        inference.spending.book(tenant=tenant, model=model, usage=Usage(Tokens(10, 2, 5), 0.25, 1.5, 0.5))
    async with listening(inference.servicer()) as target, statistics(target) as stub:
        told = (await stats(stub)).inference_stats
    assert told == pb.InferenceStats(
        status="available",
        month="2026-01",
        total_calls=3,
        input_tokens=30,
        cached_tokens=6,
        output_tokens=15,
        total_cost_usd=0.75,
        models=[
            pb.ModelStats(
                model="minilm", calls=1, input_tokens=10, cached_tokens=2, output_tokens=5, cost_usd=0.25, seconds=1.5
            ),
            pb.ModelStats(
                model="small", calls=2, input_tokens=20, cached_tokens=4, output_tokens=10, cost_usd=0.5, seconds=3.0
            ),
        ],
    )


async def test_a_month_in_which_no_model_worked_has_zeros() -> None:
    async with listening(InferenceUnderTest().servicer()) as target, statistics(target) as stub:
        told = (await stats(stub)).inference_stats
    assert (told.status, told.HasField("total_calls"), told.total_calls) == ("available", True, 0)


@pytest.mark.parametrize("status", ["unavailable", "not_configured"])
async def test_without_inference_the_other_figures_are_told_and_those_of_models_are_absent(status: str) -> None:
    target = f"127.0.0.1:{free_port()}" if status == "unavailable" else ""
    async with statistics(target) as stub:
        response = await stats(stub)
    assert response.HasField("request_stats")
    assert response.inference_stats == pb.InferenceStats(status=status)


async def test_figures_of_parses_do_not_wait_for_an_inference_that_hangs() -> None:
    # Takes connections, and never says a word.
    async with await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with statistics(f"127.0.0.1:{port}") as stub:
            assert (await stats(stub)).inference_stats == pb.InferenceStats(status="unavailable")
        server.close()
