"""From errors to statuses; the only place that aborts a call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn
from uuid import uuid4

import grpc
import structlog
from google.protobuf import any_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from meshkit.errors import DomainError
from meshkit.interceptors.call import Call
from meshkit.reasons import REASON_CODES

DOMAIN = "hiremesh"
_log = structlog.get_logger()


def to_status(error: DomainError) -> status_pb2.Status:
    """The error as `google.rpc.Status`: always ErrorInfo, BadRequest for fields at fault, RetryInfo when waiting helps."""
    info = error_details_pb2.ErrorInfo(
        reason=error.wire_reason, domain=DOMAIN, metadata={key: str(value) for key, value in error.fields.items()}
    )
    details: list[Message] = [info]
    if error.violations:
        faults = [
            error_details_pb2.BadRequest.FieldViolation(field=fault.field, description=fault.description)
            for fault in error.violations
        ]
        details.append(error_details_pb2.BadRequest(field_violations=faults))
    if error.retry_after is not None:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromTimedelta(error.retry_after)
        details.append(retry)
    code = REASON_CODES.get(error.wire_reason, grpc.StatusCode.INTERNAL)
    status = status_pb2.Status(code=code.value[0], message=str(error))
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


class _Unexpected(DomainError):
    reason = "INTERNAL"
    template = "Internal error; quote {error_id} when you report it"


@asynccontextmanager
async def translate_errors(call: Call) -> AsyncIterator[None]:
    """Turns every exception into a status; the unexpected ones into INTERNAL with an id and no detail."""
    try:
        yield
    except DomainError as error:
        await _abort(call, error)
    except asyncio.CancelledError:
        call.code = grpc.StatusCode.CANCELLED
        raise
    except grpc.aio.AbortError:
        call.code = call.context.code() or grpc.StatusCode.UNKNOWN
        raise
    except Exception as fault:
        hidden = _Unexpected(error_id=uuid4().hex)
        # The type and the place of the fault, not its text: texts quote data.
        _log.error("rpc_failed", error_id=hidden.fields["error_id"], kind=type(fault).__name__, at=_place(fault))
        await _abort(call, hidden)


async def _abort(call: Call, error: DomainError) -> NoReturn:
    status = to_status(error)
    call.code = REASON_CODES.get(error.wire_reason, grpc.StatusCode.INTERNAL)
    call.reason = error.wire_reason
    await call.context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError  # abort_with_status always raises


def _place(fault: BaseException) -> str:
    traceback = fault.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return ""
    return f"{traceback.tb_frame.f_globals.get('__name__', '?')}:{traceback.tb_lineno}"
