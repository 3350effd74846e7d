"""The page that documents every error reason."""

from edgeconfig.comments import comments
from edgeconfig.contract import Reason, reasons
from edgeconfig.problems import problem_type
from hiremesh.errors.v1 import error_reason_pb2

_CODES = {
    1: "CANCELLED",
    2: "UNKNOWN",
    3: "INVALID_ARGUMENT",
    4: "DEADLINE_EXCEEDED",
    5: "NOT_FOUND",
    6: "ALREADY_EXISTS",
    7: "PERMISSION_DENIED",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
    10: "ABORTED",
    11: "OUT_OF_RANGE",
    12: "UNIMPLEMENTED",
    13: "INTERNAL",
    14: "UNAVAILABLE",
    15: "DATA_LOSS",
    16: "UNAUTHENTICATED",
}

_HEAD = """\
# Errors

Generated from `protos/hiremesh/errors/v1/error_reason.proto`; do not edit.

Every failure has a reason. REST clients find it as `code` of the problem document (RFC 9457, `application/problem+json`):

```json
{
  "type": "urn:hiremesh:error:file-too-large",
  "title": "File too large",
  "status": 413,
  "detail": "File too large (max 10MB)",
  "success": false,
  "error": "File too large (max 10MB)",
  "code": "FILE_TOO_LARGE",
  "details": { "limit_bytes": "10485760" },
  "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"
}
```

`title` is the same for every occurrence, `detail` (and its twin `error`) is about this one. `details` holds the metadata below;
`fields`, a list of `{field, description}`, when fields are at fault; and `retry_after_seconds`, as the `Retry-After` header, when
waiting helps. Quote `trace_id` when you report a problem.

gRPC and grpc-web clients find the reason in `google.rpc.ErrorInfo` of the status details (domain `hiremesh`), beside `BadRequest`
and `RetryInfo`.
"""


def page() -> str:
    """The page as Markdown."""
    listed = [reason for reason in reasons() if reason.name != "ERROR_REASON_UNSPECIFIED"]
    rows = [
        f"| [`{r.name}`](#{r.name.lower()}) | {r.http_status} | {_CODES[r.grpc_code]} | {r.title} |" for r in listed
    ]
    table = ["| reason | HTTP | gRPC | title |", "|---|---|---|---|", *rows]
    return "\n".join([_HEAD, *table, "", *(_section(reason) for reason in listed)])


def _section(reason: Reason) -> str:
    comment = comments()[f"{error_reason_pb2.ErrorReason.DESCRIPTOR.full_name}.{reason.name}"]
    paragraphs = [_example(p) if p.startswith("     ") else p for p in comment.split("\n\n")]
    body = "\n\n".join(paragraphs)
    return f"## {reason.name}\n\n{body}\n\nHTTP {reason.http_status}, gRPC {_CODES[reason.grpc_code]}, `{problem_type(reason.name)}`\n"


def _example(paragraph: str) -> str:
    lines = "\n".join(line.removeprefix("     ") for line in paragraph.splitlines())
    return f"```json\n{lines}\n```"
