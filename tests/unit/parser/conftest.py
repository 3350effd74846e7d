"""Documents as bytes, and the reader."""

import io
from collections.abc import Callable, Sequence

import docx
import pytest

from parser_service.adapters.reader import read_bytes
from parser_service.domain.model import Resume
from tests.unit.parser.drawing import TODAY, PdfMaker, Text, mupdf


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew")


@pytest.fixture
def pdf() -> PdfMaker:
    def make(texts: Sequence[Text], links: Sequence[tuple[mupdf.Rect, str]] = ()) -> bytes:
        document = mupdf.open()
        for _ in range(max((text.page for text in texts), default=0) + 1):
            document.new_page()
        for text in texts:
            document[text.page].insert_text((text.x, text.y), text.text, fontsize=text.size, fontname=text.font)
        for rect, uri in links:
            document[0].insert_link({"kind": mupdf.LINK_URI, "from": rect, "uri": uri})
        data: bytes = document.tobytes()
        return data

    return make


@pytest.fixture
def read() -> Callable[[bytes | str], Resume]:
    def run(data: bytes | str) -> Resume:
        return read_bytes(data.encode() if isinstance(data, str) else data, TODAY)

    return run


@pytest.fixture
def docx_bytes() -> Callable[[docx.document.Document], bytes]:
    def save(document: docx.document.Document) -> bytes:
        target = io.BytesIO()
        document.save(target)
        return target.getvalue()

    return save
