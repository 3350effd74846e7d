"""JSON Schemas: checked once, then used many times."""

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry

from inference_service.domain.generation import Schema
from meshkit.errors import FieldViolation, InvalidRequest

# No resources: a reference to anything outside of the schema is a fault, never a fetch.
_NOTHING_ELSE: Registry[Any] = Registry()


@dataclass(frozen=True, slots=True, eq=False)
class CompiledSchema:
    """A schema that was found to be one."""

    schema: Schema
    _validator: Draft202012Validator

    def faults(self, value: object) -> list[str]:
        """What is wrong with a value: keyword and place, nothing that the value says. Empty when it follows the schema."""
        return [
            f"{error.validator} at {_place(list(error.absolute_path))}" for error in self._validator.iter_errors(value)
        ]


def _place(path: list[str | int]) -> str:
    """Property names that objects may choose freely could be text of a document: they stay out."""
    return "/" + "/".join(str(step) if isinstance(step, int) or step.isidentifier() else "*" for step in path)


class SchemaCache:
    """Schemas by their text, the least recently used forgotten first."""

    def __init__(self, capacity: int = 256) -> None:
        self._capacity = capacity
        self._compiled: OrderedDict[bytes, CompiledSchema] = OrderedDict()

    def compile(self, text: str) -> CompiledSchema:
        """The schema of a JSON text. Raises InvalidRequest."""
        key = hashlib.sha256(text.encode()).digest()
        if key in self._compiled:
            self._compiled.move_to_end(key)
            return self._compiled[key]
        compiled = _compile(text)
        self._compiled[key] = compiled
        if len(self._compiled) > self._capacity:
            self._compiled.popitem(last=False)
        return compiled


def _compile(text: str) -> CompiledSchema:
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidRequest(FieldViolation("schema", "must be JSON")) from None
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise InvalidRequest(FieldViolation("schema", "must describe an object: {type: object, ...}"))
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError):
        raise InvalidRequest(FieldViolation("schema", "must be a JSON Schema (2020-12)")) from None
    if any(not reference.startswith("#") for reference in _references(schema)):
        raise InvalidRequest(FieldViolation("schema", "must not refer to other documents"))
    return CompiledSchema(schema, Draft202012Validator(schema, registry=_NOTHING_ELSE))


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node[key] for key in ("$ref", "$dynamicRef") if isinstance(node.get(key), str)]
        return own + [reference for child in node.values() for reference in _references(child)]
    if isinstance(node, list):
        return [reference for child in node for reference in _references(child)]
    return []
