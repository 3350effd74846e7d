"""Imported by the fork server: reads a document of each kind, so that its workers begin with everything loaded and compiled."""

import io
from datetime import date

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


for _document in (_TEXT.encode(), _pdf(), _docx()):
    read_bytes(_document, date(2026, 1, 1))
