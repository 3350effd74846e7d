"""One trace from the edge through every hop of a parse, the event included."""

import secrets

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.builders import documents
from tests.support.mesh import LocalMesh, wait_for
from tests.support.otlp import SpanCollector

HOPS = {"edge", "gateway", "parser", "matching", "inference"}


def test_a_parse_is_one_connected_trace_from_envoy_to_matching(mesh: LocalMesh, span_collector: SpanCollector) -> None:
    trace_id, caller = secrets.token_hex(16), secrets.token_hex(8)
    with mesh.client(mesh.new_token()) as client:
        client.post(
            "/api/v1/parse-resume",
            headers={"traceparent": f"00-{trace_id}-{caller}-01"},
            data={"fileType": "file"},
            files={"file": ("cv.pdf", documents.pdf_resume(marker=trace_id))},
        ).raise_for_status()

    # Every service sends its spans when it likes: a child may be here before its parent.
    def connected() -> list[tuple[str, Span]] | None:
        spans = span_collector.trace(trace_id)
        known = {span.span_id for _, span in spans} | {bytes.fromhex(caller)}
        whole = all(span.parent_span_id in known for _, span in spans)
        return spans if whole and {service for service, _ in spans} >= HOPS else None

    wait_for(connected, f"spans of {sorted(HOPS)}, all of one tree")


def test_no_span_carries_personal_data(mesh: LocalMesh, span_collector: SpanCollector) -> None:
    trace_id = secrets.token_hex(16)
    with mesh.client(mesh.new_token()) as client:
        client.post(
            "/api/v1/parse-resume",
            headers={"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"},
            data={"fileType": "file"},
            files={"file": ("mirela-vantongeren.pdf", documents.pdf_resume(marker=trace_id))},
        ).raise_for_status()

    def spans_of_parser() -> list[tuple[str, Span]] | None:
        spans = span_collector.trace(trace_id)
        return spans if "parser" in {service for service, _ in spans} else None

    everything = str(wait_for(spans_of_parser, "spans of parser")).lower()
    assert "mirela" not in everything
    assert documents.EMAIL not in everything
