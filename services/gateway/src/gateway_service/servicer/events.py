"""Server-sent events, as seed 002 shows them and the HTML standard frames them."""

import json
from collections.abc import Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from hiremesh.gateway.v1 import parse_batch_pb2, parse_job_pb2

CONTENT_TYPE = "text/event-stream"
# Tells browsers how soon to come back when the connection breaks.
PRELUDE = b"retry: 1000\n\n"
# A comment: keeps proxies from closing a silent stream.
HEARTBEAT = b": waiting\n\n"

_STATUSES = {
    parse_job_pb2.PARSE_JOB_STATE_QUEUED: "queued",
    parse_job_pb2.PARSE_JOB_STATE_PROCESSING: "processing",
    parse_job_pb2.PARSE_JOB_STATE_COMPLETED: "completed",
    parse_job_pb2.PARSE_JOB_STATE_FAILED: "failed",
}


def status_event(job_id: str, update: parse_job_pb2.ParseJobUpdate) -> bytes:
    """One update; its id is what comes back as `Last-Event-ID`."""
    event: dict[str, Any] = {
        "event": "status_update",
        "jobId": job_id,
        "status": _STATUSES[update.state],
        "message": update.message,
        "updatedAt": update.update_time.ToNanoseconds() / 1e9,
    }
    if update.progress.pages:
        event["progress"] = {"page": update.progress.page, "pages": update.progress.pages}
    if update.HasField("result"):
        # As the edge prints the answer of a synchronous parse.
        event["result"] = _printed(update.result)
    if update.HasField("error"):
        event |= {"error": update.error.message, "code": update.error.code}
    return f"id: {update.sequence}\n".encode() + _data(event)


def batch_event(
    sequence: int, batch: parse_batch_pb2.ParseBatch, files: Sequence[parse_batch_pb2.ParseBatchFile]
) -> bytes:
    """A batch as it stands, and the files that ended since the event before."""
    event = {"event": "batch_update", **_printed(batch), "files": [_printed(file) for file in files]}
    return f"id: {sequence}\n".encode() + _data(event)


def end_event(*, completed: bool) -> bytes:
    """The last one."""
    return _data({"event": "complete" if completed else "error"})


def last_sequence(last_event_id: str) -> int:
    """The update that a client has. An id that is not ours: none."""
    return int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 10 else 0


def _printed(message: Message) -> dict[str, Any]:
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


def _data(event: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(event, ensure_ascii=False, separators=(", ", ": ")).encode() + b"\n\n"
