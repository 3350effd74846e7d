"""Files made to hurt: each is refused with a reason, or read as if the trap were not there."""

import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from meshkit.errors import DomainError
from parser_service.adapters.reader import lay_out, read_bytes
from parser_service.domain.errors import DocumentTooComplex, DocumentUnreadable, NoTextInDocument
from tests.unit.parser import hostile
from tests.unit.parser.drawing import TODAY


def text_of(data: bytes, kind: str) -> str:
    return "\n".join(cell.text for page in lay_out(data, kind).pages for cell in page.cells)


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (hostile.page_count_that_lies, DocumentUnreadable),
        (hostile.page_tree_in_a_circle, DocumentUnreadable),
        (hostile.nested_operators, DocumentUnreadable),
        (hostile.huge_picture_in_a_pdf, DocumentTooComplex),
        (hostile.huge_png, DocumentTooComplex),
        (hostile.huge_jpeg, DocumentTooComplex),
        (hostile.word_bomb, DocumentTooComplex),
        (hostile.word_of_many_parts, DocumentTooComplex),
        (hostile.word_that_laughs, DocumentUnreadable),
        (hostile.word_nested, DocumentUnreadable),
    ],
)
def test_a_trap_is_refused_with_a_reason(build: Callable[[], bytes], error: type[DomainError]) -> None:
    with pytest.raises(error):
        read_bytes(build(), TODAY)


@pytest.mark.parametrize(
    "build",
    [
        hostile.cross_references_in_a_circle,
        hostile.broken_font,
        hostile.scripts_and_attachments,
    ],
)
def test_a_trap_beside_the_text_does_not_keep_it_from_being_read(build: Callable[[], bytes]) -> None:
    assert text_of(build(), "pdf") == "Orla Fenwick, Hydrologist"


@pytest.mark.parametrize("build", [hostile.nested_arrays, hostile.form_that_draws_itself])
def test_structures_without_end_are_read_or_refused(build: Callable[[], bytes]) -> None:
    with suppress(DocumentUnreadable, NoTextInDocument):
        read_bytes(build(), TODAY)


def test_a_picture_is_refused_by_its_header_before_its_pixels_are_unpacked() -> None:
    with pytest.raises(DocumentTooComplex) as caught:
        read_bytes(hostile.huge_png(), TODAY)
    assert caught.value.fields == {"limit": "pixels"}


def test_entities_of_a_docx_are_not_replaced(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("Top secret")
    text = text_of(hostile.word_with_entity(secret.as_uri()), "docx")
    assert "Orla Fenwick" in text
    assert "secret" not in text


def test_parts_outside_of_a_docx_are_not_fetched() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.setblocking(False)
        data = hostile.word_with_outside_parts(f"http://127.0.0.1:{server.getsockname()[1]}")
        assert text_of(data, "docx") == "Orla Fenwick, Hydrologist"
        with pytest.raises(BlockingIOError):
            server.accept()
