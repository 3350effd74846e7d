"""Comments of the contract by the full name of what they stand above."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2

from edgeconfig.contract import image

_Path = tuple[int, ...]


@cache
def comments() -> dict[str, str]:
    """Leading comments, their line breaks within a paragraph joined."""
    return {name: _paragraphs(text) for file in image().file for name, text in _of_file(file)}


def _of_file(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[str, str]]:
    texts = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
    for path, name in _names(file, file.package):
        if texts.get(path):
            yield name, texts[path]


# Which lists of a descriptor hold named parts; the number of a list is its field number there, as source_code_info.path has it.
_LISTS = {
    descriptor_pb2.FileDescriptorProto: ("message_type", "enum_type", "service"),
    descriptor_pb2.DescriptorProto: ("field", "nested_type", "enum_type"),
    descriptor_pb2.EnumDescriptorProto: ("value",),
    descriptor_pb2.ServiceDescriptorProto: ("method",),
}


def _names(parent: Any, prefix: str, path: _Path = ()) -> Iterable[tuple[_Path, str]]:
    for name in _LISTS.get(type(parent), ()):
        number = parent.DESCRIPTOR.fields_by_name[name].number
        for index, part in enumerate(getattr(parent, name)):
            at, full_name = (*path, number, index), f"{prefix}.{part.name}"
            yield at, full_name
            yield from _names(part, full_name, at)


def _paragraphs(text: str) -> str:
    """Paragraphs that are indented further, examples, stay as they are."""
    paragraphs = (
        paragraph if paragraph.startswith("     ") else " ".join(line.strip() for line in paragraph.splitlines())
        for paragraph in text.rstrip().split("\n\n")
    )
    return "\n\n".join(paragraphs)
