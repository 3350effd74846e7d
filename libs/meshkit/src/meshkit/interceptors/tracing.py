"""A server span around every RPC, child of the caller's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from meshkit.interceptors.call import Call
from meshkit.telemetry import remote_context

_tracer = trace.get_tracer("meshkit")

# Statuses that are the server's fault; the others are answers.
SERVER_FAULTS = frozenset(
    {
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)


@asynccontextmanager
async def trace_call(call: Call) -> AsyncIterator[None]:
    """Attribute names follow the OpenTelemetry conventions for RPC."""
    service, _, method = call.method.removeprefix("/").partition("/")
    with _tracer.start_as_current_span(
        call.method.removeprefix("/"),
        context=remote_context(call.metadata),
        kind=SpanKind.SERVER,
        attributes={"rpc.system": "grpc", "rpc.service": service, "rpc.method": method},
        record_exception=False,  # a stack trace may quote what the request held
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        finally:
            span.set_attribute("rpc.grpc.status_code", call.code.value[0])
            if call.code in SERVER_FAULTS:
                span.set_status(StatusCode.ERROR)
