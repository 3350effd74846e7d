"""Requests obey the rules of their contract (protovalidate)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import protovalidate
from google.protobuf.message import Message

from meshkit.errors import FieldViolation, InvalidRequest
from meshkit.interceptors.call import Call


def _path(violation: protovalidate.Violation) -> str:
    path = ""
    for element in violation.proto.field.elements if violation.proto.field else ():
        path += f".{element.field_name}" if path else element.field_name
        if element.subscript is not None:
            path += f"[{element.subscript.value}]"
    return path


@asynccontextmanager
async def validate_request(call: Call) -> AsyncIterator[None]:
    """All violations at once, each with the field's path."""
    if isinstance(call.request, Message):
        violations = protovalidate.collect_violations(call.request)
        if violations:
            raise InvalidRequest(*(FieldViolation(_path(v), v.proto.message) for v in violations))
    yield
