"""Building and naming events."""

from datetime import datetime

from google.protobuf.message import Message
from uuid_utils import uuid7

from hiremesh.events.v1 import envelope_pb2
from meshkit.telemetry import trace_headers

_FIELD_BY_TYPE = {
    field.message_type.full_name: field.name
    for field in envelope_pb2.Envelope.DESCRIPTOR.oneofs_by_name["data"].fields
    if field.message_type is not None
}


def envelope(data: Message, *, source: str, subject: str, tenant: str, now: datetime) -> envelope_pb2.Envelope:
    """The envelope around a fact; carries the trace of the call in progress."""
    event = envelope_pb2.Envelope(
        id=str(uuid7()),
        source=source,
        type=data.DESCRIPTOR.full_name,
        subject=subject,
        traceparent=trace_headers().get("traceparent", ""),
        tenant=tenant,
    )
    event.time.FromDatetime(now)
    getattr(event, _FIELD_BY_TYPE[event.type]).CopyFrom(data)
    return event


def subject_of(event: envelope_pb2.Envelope) -> str:
    """NATS subject of an event: `hiremesh.events.v1.ResumeParsed` travels on `hiremesh.resume.v1.parsed`."""
    package, _, name = event.type.rpartition(".")
    version = package.rpartition(".")[2]
    noun, fact = _split_camel_case(name)
    return f"hiremesh.{noun}.{version}.{fact}"


def _split_camel_case(name: str) -> tuple[str, str]:
    """`ResumeParsed` → (`resume`, `parsed`): the last word is the fact, what stands before it the noun."""
    last_capital = max(index for index, character in enumerate(name) if character.isupper())
    return name[:last_capital].lower(), name[last_capital:].lower()
