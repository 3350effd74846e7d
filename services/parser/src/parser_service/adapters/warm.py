"""Imported by the fork server: reads a document of each kind, so that its workers begin with everything loaded and compiled."""

import io
import os
from datetime import date

# Before NumPy starts a thread for each core: threads do not survive the fork.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import doc2docx  # noqa: F401  # takes half a second, and there is no small DOC to read
import docx
import pymupdf

from parser_service.adapters.reader import read_bytes

_TEXT = """Jo Sample
jo.sample@example.org | +44 20 7946 0018 | London, United Kingdom

Experience
Engineer, Sample Works, London
March 2020 - Present
- Sampled things

Education
BSc Sampling, University of Samples, 2016 - 2019

Skills: Python, SQL
Languages: English (native)
"""


def _pdf() -> bytes:
    with pymupdf.open() as document:  # type: ignore[no-untyped-call]
        document.new_page().insert_text((60, 60), _TEXT)
        data: bytes = document.tobytes()
    return data


def _docx() -> bytes:
    document = docx.Document()
    for line in _TEXT.splitlines():
        document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _png() -> bytes:
    with pymupdf.open(stream=_pdf()) as document:  # type: ignore[no-untyped-call]  # ships no types
        data: bytes = document[0].get_pixmap(dpi=75).tobytes("png")
    return data


for _document in (_TEXT.encode(), _pdf(), _docx(), _png()):
    read_bytes(_document, date(2026, 1, 1))
