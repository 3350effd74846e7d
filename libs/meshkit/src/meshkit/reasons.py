"""The wire policy of every error reason, read from the contract (`hiremesh.errors.v1.ErrorReason`)."""

import grpc
from google.rpc import code_pb2

from hiremesh.errors.v1 import error_reason_pb2

_STATUS_BY_NUMBER = {code.value[0]: code for code in grpc.StatusCode}

REASON_CODES: dict[str, grpc.StatusCode] = {
    value.name: _STATUS_BY_NUMBER[value.GetOptions().Extensions[error_reason_pb2.policy].grpc_code]
    for value in error_reason_pb2.ErrorReason.DESCRIPTOR.values
}

# Reasons for statuses that arrive without ErrorInfo: from Envoy, or from gRPC itself.
FALLBACK_REASONS: dict[int, str] = {
    code_pb2.INVALID_ARGUMENT: "INVALID_REQUEST",
    code_pb2.UNAUTHENTICATED: "INVALID_TOKEN",
    code_pb2.PERMISSION_DENIED: "PERMISSION_DENIED",
    code_pb2.NOT_FOUND: "NOT_FOUND",
    code_pb2.RESOURCE_EXHAUSTED: "OVERLOADED",
    code_pb2.UNAVAILABLE: "SERVICE_UNAVAILABLE",
    code_pb2.DEADLINE_EXCEEDED: "DEADLINE_EXCEEDED",
}
