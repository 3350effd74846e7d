"""Client channels to other services: deadlines, mesh identity, trace context, retries, and errors as the other side raised them."""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, NoReturn

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.rpc import error_details_pb2, status_pb2
from grpc.aio import ClientCallDetails
from grpc_status import rpc_status
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from pydantic import SecretStr

from hiremesh.edge.v1 import policy_pb2
from meshkit.errors import DeadlineExceeded, FieldViolation, RemoteError
from meshkit.identity import MESH_TOKEN_HEADER, current_token
from meshkit.interceptors.deadline import DEFAULT_SECONDS, MINIMUM_SECONDS, remaining_seconds
from meshkit.policies import policy_of
from meshkit.reasons import FALLBACK_REASONS
from meshkit.telemetry import trace_headers

_tracer = trace.get_tracer("meshkit")


class _Outgoing:
    """What every outgoing call carries."""

    def __init__(self, mesh_token: SecretStr) -> None:
        self._mesh_token = mesh_token

    def _outgoing(self, method: str, details: ClientCallDetails) -> ClientCallDetails:
        metadata = grpc.aio.Metadata(*(details.metadata or ()))
        metadata.add(MESH_TOKEN_HEADER, self._mesh_token.get_secret_value())
        # A method for users is called on behalf of the user whose call we serve: it checks for itself what is theirs.
        if policy_of(method).access == policy_pb2.ACCESS_USER and (token := current_token()) is not None:
            metadata.add("authorization", f"Bearer {token}")
        for key, value in trace_headers().items():
            metadata.add(key, value)
        return ClientCallDetails(
            method=details.method,
            timeout=outgoing_timeout(method, details.timeout),
            metadata=metadata,
            credentials=details.credentials,
            wait_for_ready=details.wait_for_ready,
        )


class MeshClient(_Outgoing, grpc.aio.UnaryUnaryClientInterceptor):
    """Calls with one answer, and how their failure is raised."""

    async def intercept_unary_unary(
        self,
        continuation: Callable[[ClientCallDetails, Any], Awaitable[Any]],
        client_call_details: ClientCallDetails,
        request: Any,
    ) -> Any:
        """Answers with the response itself. Raises RemoteError with the reason that the other side gave."""
        method = _method_name(client_call_details)
        with _tracer.start_as_current_span(
            method.removeprefix("/"), kind=SpanKind.CLIENT, record_exception=False, set_status_on_exception=False
        ) as span:
            call = await continuation(self._outgoing(method, client_call_details), request)
            try:
                return await call
            except grpc.aio.AioRpcError as error:
                span.set_attribute("rpc.grpc.status_code", error.code().value[0])
                span.set_status(StatusCode.ERROR)
                raise_remote(error)


# A class of its own: a channel takes an interceptor of several kinds for the first of them only.
class MeshStreamClient(_Outgoing, grpc.aio.UnaryStreamClientInterceptor):
    """Calls with a stream of answers. They fail while they are read: their readers call `raise_remote`."""

    async def intercept_unary_stream(
        self,
        continuation: Callable[[ClientCallDetails, Any], Awaitable[Any]],
        client_call_details: ClientCallDetails,
        request: Any,
    ) -> Any:
        """Answers with the call in progress."""
        return await continuation(self._outgoing(_method_name(client_call_details), client_call_details), request)


def outgoing_timeout(method: str, asked: float | None) -> float:
    """Seconds that a call may take: the least of what is asked for, the contract's timeout, and what is left of the call we serve."""
    allowed = policy_of(method).timeout.ToTimedelta().total_seconds() or DEFAULT_SECONDS
    seconds = min(value for value in (asked, allowed, remaining_seconds()) if value is not None)
    if seconds < MINIMUM_SECONDS:
        raise DeadlineExceeded
    return seconds


def raise_remote(error: grpc.aio.AioRpcError) -> NoReturn:
    """Raises the error that the other service raised."""
    raise to_remote_error(rpc_status.from_call(error), error) from error


def to_remote_error(status: status_pb2.Status | None, error: grpc.aio.AioRpcError) -> RemoteError:
    """Reads the details of a status; a status without them (from gRPC itself, or a proxy) gets the fallback reason of its code."""
    reason = FALLBACK_REASONS.get(error.code().value[0], "INTERNAL")
    if status is None:
        # The message of a status without details was not written for callers.
        return RemoteError(wire_reason=reason, message=reason.replace("_", " ").capitalize(), fields={})
    info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    retry_after: timedelta | None = None
    for detail in status.details:
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(retry):
            retry_after = retry.retry_delay.ToTimedelta()
        else:
            detail.Unpack(bad)
    return RemoteError(
        wire_reason=reason,
        message=status.message,
        fields=dict(info.metadata),
        violations=[FieldViolation(fault.field, fault.description) for fault in bad.field_violations],
        retry_after=retry_after,
    )


def service_config(service: ServiceDescriptor) -> str:
    """gRPC service config: calls go to all replicas in turn; methods that the contract calls idempotent are retried on UNAVAILABLE."""
    retried = [
        {"service": service.full_name, "method": method.name}
        for method in service.methods
        if method.GetOptions().Extensions[policy_pb2.policy].idempotent
    ]
    retry = {
        "maxAttempts": 4,
        "initialBackoff": "0.1s",
        "maxBackoff": "1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    methods = [{"name": retried, "retryPolicy": retry}] if retried else []
    return json.dumps({"loadBalancingConfig": [{"round_robin": {}}], "methodConfig": methods})


def open_channel(
    target: str, service: ServiceDescriptor, *, mesh_token: SecretStr, max_message_bytes: int = 16 * 1024 * 1024
) -> grpc.aio.Channel:
    """A channel to `service` at `target`. Connects when first used and again after every loss. The caller closes it."""
    options: Sequence[tuple[str, Any]] = (
        ("grpc.service_config", service_config(service)),
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.keepalive_time_ms", 20_000),
        # A service that was restarted is back within a second; the default back-off grows to two minutes.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1_000),
    )
    interceptors: list[grpc.aio.ClientInterceptor] = [MeshClient(mesh_token), MeshStreamClient(mesh_token)]
    return grpc.aio.insecure_channel(target, options=options, interceptors=interceptors)


def _method_name(details: ClientCallDetails) -> str:
    method: str | bytes = details.method
    return method.decode() if isinstance(method, bytes) else method
