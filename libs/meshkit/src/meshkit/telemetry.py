"""Logs, traces and metrics of a process: set up once, before anything else."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from meshkit.settings import ServiceSettings

# Keys that may carry personal data or credentials. The names of the fields are enough to find a fault; their values never are needed.
DENIED_KEYS = frozenset(
    {
        "email",
        "name",
        "phone",
        "address",
        "location",
        "password",
        "token",
        "authorization",
        "text",
        "document",
        "filename",
        "payload",
    }
)


def drop_denied_keys(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: replaces the values of denied keys."""
    for key in DENIED_KEYS & event.keys():
        event[key] = "[removed]"
    return event


def add_trace_id(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: adds the trace id of the span in progress."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
    return event


def set_up_logging(service: str, level: str) -> None:
    """JSON lines on standard output. Events are past-tense constants; everything else is key and value."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_trace_id,
            drop_denied_keys,
            structlog.processors.EventRenamer("event"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    # Libraries' own logs may quote payloads: warnings only, in their own words.
    logging.basicConfig(
        level=logging.WARNING,
        stream=sys.stdout,
        format='{"event":"library_log","logger":"%(name)s","level":"%(levelname)s"}',
    )


def set_up_tracing(service: str, settings: ServiceSettings) -> TracerProvider:
    """Spans go to the OTLP collector of the settings; without one they still give the logs their trace ids."""
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service}))
    if settings.otlp_endpoint:
        # Imported here: the exporter is not needed, and slow to import, where nothing is exported.
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_endpoint, insecure=True))
        )
    trace.set_tracer_provider(provider)
    return provider


def trace_headers() -> dict[str, str]:
    """W3C trace context of the span in progress, as headers."""
    headers: dict[str, str] = {}
    inject(headers)
    return headers


def remote_context(headers: Mapping[str, str]) -> Any:  # opentelemetry ships no stubs here
    """The trace context that a caller sent."""
    return extract(dict(headers))
