"""The contract as data: the descriptor image, its methods with their policies, and the error reasons."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import google.rpc.error_details_pb2
import google.rpc.status_pb2
from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pb2, descriptor_pool

from hiremesh.edge.v1 import policy_pb2
from hiremesh.errors.v1 import error_reason_pb2

# Statuses and their details travel as Any: nothing imports them, the transcoder still must know them.
_STATUS_FILES = (google.rpc.status_pb2.DESCRIPTOR.name, google.rpc.error_details_pb2.DESCRIPTOR.name)
_ANNOTATIONS = annotations_pb2.DESCRIPTOR.name
HTTP_BODY = "google.api.HttpBody"
_VERBS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Binding:
    """One REST path of a method."""

    verb: str  # upper case
    template: str
    body: str  # field of the request, `*`, or empty
    response_body: str  # field of the response, or empty


@dataclass(frozen=True, slots=True)
class Method:
    """A method that the edge routes."""

    service: str  # full name
    name: str
    request: str  # full name
    response: str  # full name
    policy: policy_pb2.MethodPolicy
    bindings: tuple[Binding, ...]
    # Answers with a stream of messages.
    streams: bool = False

    @property
    def path(self) -> str:
        """Path of the native call."""
        return f"/{self.service}/{self.name}"

    @property
    def is_event_stream(self) -> bool:
        """Whether REST clients get server-sent events: a stream of documents is one."""
        return self.streams and self.response == HTTP_BODY

    @property
    def owner(self) -> str:
        """The deployable that serves it: `gateway` of `hiremesh.gateway.v1`."""
        return self.service.split(".")[1]


@dataclass(frozen=True, slots=True)
class Reason:
    """An error reason and how it appears on the wire."""

    name: str
    grpc_code: int
    http_status: int
    title: str


# google.rpc.Code → HTTP, as google/rpc/code.proto documents it.
HTTP_STATUS_OF_CODE = {
    1: 499,
    2: 500,
    3: 400,
    4: 504,
    5: 404,
    6: 409,
    7: 403,
    8: 429,
    9: 400,
    10: 409,
    11: 400,
    12: 501,
    13: 500,
    14: 503,
    15: 500,
    16: 401,
}


@cache
def image() -> descriptor_pb2.FileDescriptorSet:
    """All files of the contract with their comments."""
    return descriptor_pb2.FileDescriptorSet.FromString((files("hiremesh") / "mesh.binpb").read_bytes())


@cache
def public_methods() -> tuple[Method, ...]:
    """Every method that users or anybody may call. Methods without a policy are nobody's."""
    return tuple(
        _method(f"{file.package}.{service.name}", method)
        for file in image().file
        for service in file.service
        for method in service.method
        if method.options.Extensions[policy_pb2.policy].access in (policy_pb2.ACCESS_PUBLIC, policy_pb2.ACCESS_USER)
    )


@cache
def choices() -> Mapping[str, Sequence[str]]:
    """What may be sent for each enum of the public packages, by its full name; `..._UNSPECIFIED` is no choice."""
    public = {method.service.rpartition(".")[0] for method in public_methods()}
    return {
        f"{file.package}.{enum.name}": [value.name for value in enum.value if value.number]
        for file in image().file
        if file.package in public
        for enum in file.enum_type
    }


def _method(service: str, method: descriptor_pb2.MethodDescriptorProto) -> Method:
    return Method(
        service=service,
        name=method.name,
        request=method.input_type.removeprefix("."),
        response=method.output_type.removeprefix("."),
        policy=method.options.Extensions[policy_pb2.policy],
        bindings=tuple(_bindings(method.options.Extensions[annotations_pb2.http])),
        streams=method.server_streaming,
    )


def _bindings(rule: http_pb2.HttpRule) -> Iterator[Binding]:
    verb = rule.WhichOneof("pattern")
    if verb in _VERBS:
        yield Binding(verb.upper(), getattr(rule, verb), rule.body, rule.response_body)
    for additional in rule.additional_bindings:
        yield from _bindings(additional)


@cache
def reasons() -> tuple[Reason, ...]:
    """Every error reason, in the order of the enum."""
    return tuple(
        _reason(value.name, value.GetOptions().Extensions[error_reason_pb2.policy])
        for value in error_reason_pb2.ErrorReason.DESCRIPTOR.values
    )


def _reason(name: str, policy: error_reason_pb2.ReasonPolicy) -> Reason:
    http_status = policy.http_status or HTTP_STATUS_OF_CODE[policy.grpc_code]
    return Reason(name, policy.grpc_code, http_status, policy.title)


def transcoder_image() -> bytes:
    """The files that the transcoder needs, without comments and without options other than the REST paths."""
    known = {file.name: file for file in image().file}
    for name in _STATUS_FILES:
        if name not in known:
            known[name] = descriptor_pb2.FileDescriptorProto()
            descriptor_pool.Default().FindFileByName(name).CopyToProto(known[name])
    services = {method.service for method in public_methods()}
    wanted = [name for name, file in known.items() if services & {f"{file.package}.{s.name}" for s in file.service}]
    slim: dict[str, descriptor_pb2.FileDescriptorProto] = {}
    for name in (*wanted, *_STATUS_FILES):
        _add_slim(name, known, slim)
    return descriptor_pb2.FileDescriptorSet(file=slim.values()).SerializeToString(deterministic=True)


def _add_slim(
    name: str,
    known: dict[str, descriptor_pb2.FileDescriptorProto],
    slim: dict[str, descriptor_pb2.FileDescriptorProto],
) -> None:
    """Adds a file after the files it needs. Validation rules and policies are options: without them their files are not needed."""
    if name in slim:
        return
    file = descriptor_pb2.FileDescriptorProto()
    file.CopyFrom(known[name])
    if not name.startswith("google/"):
        _strip_options(file)
        kept = [needed for needed in file.dependency if needed.startswith("google/")]
        kept += [n for n in file.dependency if n.startswith("hiremesh/") and n != policy_pb2.DESCRIPTOR.name]
        del file.dependency[:]
        file.dependency.extend(kept)
    file.ClearField("source_code_info")
    for needed in file.dependency:
        _add_slim(needed, known, slim)
    slim[name] = file


def _strip_options(file: descriptor_pb2.FileDescriptorProto) -> None:
    _strip_messages(file.message_type)
    for service in file.service:
        for method in service.method:
            http = http_pb2.HttpRule()
            http.CopyFrom(method.options.Extensions[annotations_pb2.http])
            # The transcoder refuses response_body for fields other than HttpBody; problem.lua takes the field out instead.
            for rule in (http, *http.additional_bindings):
                rule.response_body = ""
            method.ClearField("options")
            method.options.Extensions[annotations_pb2.http].CopyFrom(http)


def _strip_messages(messages: Iterable[descriptor_pb2.DescriptorProto]) -> None:
    for message in messages:
        is_map_entry = message.options.map_entry
        message.ClearField("options")
        if is_map_entry:
            message.options.map_entry = True
        for part in (*message.field, *message.oneof_decl):
            part.ClearField("options")
        _strip_messages(message.nested_type)
