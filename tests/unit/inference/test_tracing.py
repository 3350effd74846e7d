from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from inference_service.adapters import tracing
from inference_service.adapters.tracing import TracedEngine
from inference_service.domain.errors import EngineFailed
from inference_service.domain.generation import Prompt, Sampling, Turn
from tests.unit.inference.fakes import ScriptedEngine

PROMPT = Prompt([Turn("user", "my secret resume")], 9, Sampling(temperature=0.5), request_id="job-7")


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def only_span(exporter: InMemorySpanExporter) -> ReadableSpan:
    (span,) = exporter.get_finished_spans()
    assert "secret" not in span.to_json()
    return span


async def test_a_run_is_a_span_with_the_conventions_attributes(exporter: InMemorySpanExporter) -> None:
    async for _ in TracedEngine(ScriptedEngine()).generate(PROMPT):
        pass
    span = only_span(exporter)
    assert span.name == "chat scripted"
    assert dict(span.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "test",
        "gen_ai.request.model": "scripted",
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.output.type": "text",
        "hiremesh.request_id": "job-7",
        "gen_ai.response.model": "scripted",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 4,
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.output_tokens": 3,
    }


async def test_a_failed_run_is_a_failed_span(exporter: InMemorySpanExporter) -> None:
    engine = ScriptedEngine(fault=EngineFailed(service="scripted"))
    with pytest.raises(EngineFailed):
        async for _ in TracedEngine(engine).generate(PROMPT):
            pass
    span = only_span(exporter)
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "EngineFailed"


async def test_a_run_that_is_closed_early_ends_its_span(exporter: InMemorySpanExporter) -> None:
    pieces = TracedEngine(ScriptedEngine()).generate(PROMPT)
    await anext(pieces)
    await pieces.aclose()
    assert only_span(exporter).end_time is not None
