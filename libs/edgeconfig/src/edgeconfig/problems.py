"""The tables that problem.lua works with, as Lua."""

from collections.abc import Mapping

from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from edgeconfig.contract import Reason, choices, reasons
from edgeconfig.settings import EdgeSettings

ERROR_DOMAIN = "hiremesh"

# For statuses without ErrorInfo: from gRPC itself, or a service that is no Hiremesh service.
REASON_OF_CODE = {
    1: "SERVICE_UNAVAILABLE",
    3: "INVALID_REQUEST",
    4: "DEADLINE_EXCEEDED",
    5: "NOT_FOUND",
    6: "RESOURCE_CHANGED",
    7: "PERMISSION_DENIED",
    8: "OVERLOADED",
    9: "INVALID_REQUEST",
    10: "RESOURCE_CHANGED",
    11: "INVALID_REQUEST",
    12: "NOT_FOUND",
    14: "SERVICE_UNAVAILABLE",
    16: "INVALID_TOKEN",
}

# For answers that Envoy makes itself.
REASON_OF_STATUS = {
    400: "INVALID_REQUEST",
    401: "INVALID_TOKEN",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "DEADLINE_EXCEEDED",
    413: "FILE_TOO_LARGE",
    429: "RATE_LIMITED",
    502: "SERVICE_UNAVAILABLE",
    503: "SERVICE_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}

LuaValue = str | int | bool | bytes | Mapping[str, "LuaValue"] | Mapping[int, "LuaValue"]


def tables(settings: EdgeSettings) -> str:
    """Lua source that defines the tables."""
    values: dict[str, LuaValue] = {
        "REASONS": {reason.name: _row(reason) for reason in reasons()},
        "REASON_OF_CODE": REASON_OF_CODE,
        "REASON_OF_STATUS": REASON_OF_STATUS,
        "CHOICES": {enum: ", ".join(values) for enum, values in choices().items()},
        "ALLOWED_ORIGINS": dict.fromkeys(settings.allowed_origins, True),
    }
    return "\n".join(f"local {name} = {_lua(value)}" for name, value in values.items())


def problem_type(reason: str) -> str:
    """`type` of the problem document (RFC 9457)."""
    return f"urn:hiremesh:error:{reason.lower().replace('_', '-')}"


def _row(reason: Reason) -> dict[str, LuaValue]:
    return {
        "status": reason.http_status,
        "title": reason.title,
        "code": reason.grpc_code,
        "uri": problem_type(reason.name),
        "status_bytes": _status(reason),
    }


def _status(reason: Reason) -> bytes:
    detail = any_pb2.Any()
    detail.Pack(error_details_pb2.ErrorInfo(reason=reason.name, domain=ERROR_DOMAIN))
    status = status_pb2.Status(code=reason.grpc_code, message=reason.title, details=[detail])
    return bytes(status.SerializeToString(deterministic=True))


def _lua(value: LuaValue) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _quoted(value.encode())
        case bytes():
            return _quoted(value)
    return "{ " + ", ".join(f"[{_lua(key)}] = {_lua(entry)}" for key, entry in value.items()) + " }"


def _quoted(text: bytes) -> str:
    """Decimal escapes for all that is not a plain printable character."""
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03d}" for byte in text)
    return '"' + "".join(plain) + '"'
