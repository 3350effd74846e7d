"""JSON Schemas of the contract's messages, as the edge prints and reads them."""

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2

from buf.validate import validate_pb2
from edgeconfig.comments import comments
from edgeconfig.contract import image

Schema = dict[str, Any]
_Field = descriptor_pb2.FieldDescriptorProto

# Proto JSON: 64-bit integers are strings, because JavaScript's numbers cannot hold them.
_SCALARS: dict[int, Schema] = {
    _Field.TYPE_DOUBLE: {"type": "number", "format": "double"},
    _Field.TYPE_FLOAT: {"type": "number", "format": "float"},
    _Field.TYPE_INT32: {"type": "integer", "format": "int32"},
    _Field.TYPE_UINT32: {"type": "integer", "minimum": 0},
    _Field.TYPE_INT64: {"type": "string", "format": "int64"},
    _Field.TYPE_UINT64: {"type": "string", "format": "uint64"},
    _Field.TYPE_BOOL: {"type": "boolean"},
    _Field.TYPE_STRING: {"type": "string"},
    _Field.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
}
_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "examples": ["1.5s"]},
    "google.protobuf.Empty": {"type": "object"},
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.Value": {},
    "google.api.HttpBody": {"type": "string", "format": "binary"},
}


@cache
def messages() -> dict[str, descriptor_pb2.DescriptorProto]:
    """Every message of the contract by its full name."""
    found: dict[str, descriptor_pb2.DescriptorProto] = {}

    def add(prefix: str, message: descriptor_pb2.DescriptorProto) -> None:
        name = f"{prefix}.{message.name}"
        found[name] = message
        for nested in message.nested_type:
            add(name, nested)

    for file in image().file:
        for message in file.message_type:
            add(file.package, message)
    return found


@cache
def _enums() -> dict[str, descriptor_pb2.EnumDescriptorProto]:
    return {f"{file.package}.{enum.name}": enum for file in image().file for enum in file.enum_type}


class Schemas:
    """Schemas that a document refers to; collects what they refer to in turn."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}

    def of_message(self, name: str) -> Schema:
        """A reference to a message's schema, or the schema itself where JSON knows the type."""
        if name in _WELL_KNOWN:
            return dict(_WELL_KNOWN[name])
        key = name.rpartition(".")[2]
        if key not in self.components:
            self.components[key] = {}  # a message may hold itself
            self.components[key] = self._object(name)
        return {"$ref": f"#/components/schemas/{key}"}

    def of_field(self, message: str, field: _Field) -> Schema:
        """The schema of a field with its comment and its rules."""
        repeated = field.label == _Field.LABEL_REPEATED
        entry = messages().get(field.type_name.removeprefix("."))
        if repeated and entry is not None and entry.options.map_entry:
            schema = {"type": "object", "additionalProperties": self._value(entry.field[1])}
        else:
            schema = self._value(field) | _rules(field)
            schema = {"type": "array", "items": schema} if repeated else schema
        comment = comments().get(f"{message}.{field.name}")
        return schema | ({"description": comment} if comment else {})

    def _object(self, name: str) -> Schema:
        message = messages()[name]
        schema: Schema = {"type": "object"}
        if name in comments():
            schema["description"] = comments()[name]
        schema["properties"] = {field.name: self.of_field(name, field) for field in message.field}
        needed = [field.name for field in message.field if is_required(field)]
        return schema | ({"required": needed} if needed else {})

    def _value(self, field: _Field) -> Schema:
        if field.type == _Field.TYPE_MESSAGE:
            return self.of_message(field.type_name.removeprefix("."))
        if field.type == _Field.TYPE_ENUM:
            return self._enum(field.type_name.removeprefix("."))
        return dict(_SCALARS[field.type])

    def _enum(self, name: str) -> Schema:
        key = name.rpartition(".")[2]
        self.components[key] = {
            "type": "string",
            "description": comments().get(name, ""),
            "enum": [value.name for value in _enums()[name].value],
        }
        return {"$ref": f"#/components/schemas/{key}"}


def is_required(field: _Field) -> bool:
    """Whether the contract refuses a request without the field."""
    rules = field.options.Extensions[validate_pb2.field]
    if rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE:
        return False
    return rules.required or rules.string.min_len > 0 or rules.string.uuid or rules.string.email


def _rules(field: _Field) -> Schema:
    rules = field.options.Extensions[validate_pb2.field]
    text, number = rules.string, rules.int32
    found: Schema = {}
    if text.HasField("min_len"):
        found["minLength"] = text.min_len
    if text.HasField("max_len"):
        found["maxLength"] = text.max_len
    if text.uuid:
        found["format"] = "uuid"
    if text.email:
        found["format"] = "email"
    if number.HasField("gte"):
        found["minimum"] = number.gte
    if number.HasField("lte"):
        found["maximum"] = number.lte
    return found
