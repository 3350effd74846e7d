"""From settings to a serving process, and back to nothing on SIGTERM."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import grpc
import structlog
from google.protobuf.descriptor import ServiceDescriptor
from grpc_channelz.v1 import channelz
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from prometheus_client import start_http_server

from meshkit.identity import TokenVerifier
from meshkit.interceptors.chain import LayerChain
from meshkit.interceptors.order import server_layers
from meshkit.lifecycle import background, stop_requested
from meshkit.settings import ServiceSettings
from meshkit.telemetry import set_up_logging, set_up_tracing

_log = structlog.get_logger()

# Raises, or takes too long, when the thing is not healthy.
HealthCheck = Callable[[], Awaitable[object]]

CHECK_INTERVAL_SECONDS = 2.0
# While something fails, so that a service counts as ready as soon as it is.
FAILING_CHECK_INTERVAL_SECONDS = 0.1
CHECK_TIMEOUT_SECONDS = 2.0
CONNECTION_AGE_MS = 300_000


@dataclass(frozen=True, slots=True)
class Servicer:
    """A gRPC service and its implementation."""

    descriptor: ServiceDescriptor
    add_to_server: Callable[[Any, grpc.aio.Server], None]
    implementation: object


@dataclass(frozen=True, slots=True)
class Service:
    """What a composition root returns: everything `run_service` needs to serve."""

    servicers: Sequence[Servicer]
    # None: the service takes no calls of users.
    verifier: TokenVerifier | None = None
    # Readiness: the service serves while all of them pass.
    checks: Mapping[str, HealthCheck] = field(default_factory=dict)
    # Stops fetching messages; awaited before the server stops, so that work in hand ends.
    stop_consuming: Sequence[Callable[[], Awaitable[None]]] = ()


def build_server(
    service: Service, settings: ServiceSettings, health_servicer: health.aio.HealthServicer
) -> grpc.aio.Server:
    """A server with all layers, health, reflection and channelz; not bound to a port yet."""
    layers = server_layers(service.verifier, settings.mesh_token, max_concurrent_rpcs=settings.max_concurrent_rpcs)
    server = grpc.aio.server(
        interceptors=[LayerChain(layers)],
        options=[
            ("grpc.max_receive_message_length", settings.max_message_bytes),
            ("grpc.max_send_message_length", settings.max_message_bytes),
            # Clients look for new replicas when they connect again.
            ("grpc.max_connection_age_ms", CONNECTION_AGE_MS),
            ("grpc.max_connection_age_grace_ms", CONNECTION_AGE_MS),
            # Two replicas never share a port by accident.
            ("grpc.so_reuseport", 0),
        ],
    )
    names = [health.SERVICE_NAME, reflection.SERVICE_NAME]
    for servicer in service.servicers:
        servicer.add_to_server(servicer.implementation, server)
        names.append(servicer.descriptor.full_name)
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    reflection.enable_server_reflection(names, server)
    channelz.add_channelz_servicer(server)
    return server


async def run_service(
    name: str, settings: ServiceSettings, build: Callable[[AsyncExitStack], Awaitable[Service]]
) -> None:
    """Serves until SIGTERM or SIGINT.

    `build` is the service's composition root: it acquires resources on the stack, which releases them in reverse order at the end.
    """
    set_up_logging(name, settings.log_level)
    stop = stop_requested()
    async with AsyncExitStack() as stack:
        provider = set_up_tracing(name, settings)
        stack.callback(provider.shutdown)
        metrics, _ = start_http_server(settings.metrics_port, addr=settings.host)
        stack.callback(metrics.shutdown)

        health_servicer = health.aio.HealthServicer()
        service = await build(stack)
        server = build_server(service, settings, health_servicer)
        address = f"{settings.host}:{settings.port}"
        if server.add_insecure_port(address) == 0:
            raise OSError(f"{name}: cannot listen on {address}")
        await server.start()
        await health_servicer.set("", health_pb2.HealthCheckResponse.SERVING)  # alive; readiness is per service
        await stack.enter_async_context(background("readiness", _watch_readiness(service, health_servicer)))
        _log.info("service_started", port=settings.port)

        await stop.wait()
        _log.info("service_draining")
        await health_servicer.enter_graceful_shutdown()
        await asyncio.sleep(settings.drain_delay.total_seconds())
        for stop_consumer in service.stop_consuming:
            await stop_consumer()
        await server.stop(settings.drain_grace.total_seconds())
    _log.info("service_stopped")


async def _watch_readiness(service: Service, health_servicer: health.aio.HealthServicer) -> None:
    failing: set[str] | None = None
    while True:
        now_failing = {name for name, check in service.checks.items() if not await _passes(check)}
        if now_failing != failing:
            failing = now_failing
            status = health_pb2.HealthCheckResponse.NOT_SERVING if failing else health_pb2.HealthCheckResponse.SERVING
            for servicer in service.servicers:
                await health_servicer.set(servicer.descriptor.full_name, status)
            _log.info("readiness_changed", failing=sorted(failing))
        await asyncio.sleep(FAILING_CHECK_INTERVAL_SECONDS if failing else CHECK_INTERVAL_SECONDS)


async def _passes(check: HealthCheck) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            await check()
    except Exception:
        return False
    return True
