"""A real OTLP receiver: takes spans over gRPC and keeps them for tests to read."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class SpanCollector(trace_service_pb2_grpc.TraceServiceServicer):
    """Spans by trace id, each with the name of the service that sent it."""

    def __init__(self) -> None:
        self.endpoint = ""
        self._spans: list[tuple[str, Span]] = []

    def Export(self, request: Any, context: Any) -> trace_service_pb2.ExportTraceServiceResponse:
        for resource in request.resource_spans:
            names = {entry.key: entry.value.string_value for entry in resource.resource.attributes}
            for scope in resource.scope_spans:
                self._spans.extend((names.get("service.name", "?"), span) for span in scope.spans)
        return trace_service_pb2.ExportTraceServiceResponse()

    def trace(self, trace_id: str) -> list[tuple[str, Span]]:
        """All spans of a trace that have arrived so far."""
        wanted = bytes.fromhex(trace_id)
        return [(service, span) for service, span in list(self._spans) if span.trace_id == wanted]


@pytest.fixture(scope="session")
def span_collector() -> Iterator[SpanCollector]:
    """The receiver that the shared mesh sends its spans to."""
    collector = SpanCollector()
    server = grpc.server(ThreadPoolExecutor(4))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]
    collector.endpoint = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield collector
    server.stop(None)
