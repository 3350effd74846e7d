"""The anonymised view, as a client of the public edge sees it."""

import re
from typing import Any

import httpx
import pymupdf
import pytest

from tests.support.builders import documents
from tests.support.mesh import LocalMesh

PERSON = re.compile(r"mirela|vantongeren|example\.org|20 123 4567|utrecht", re.I)


@pytest.fixture(scope="module")
def client(mesh: LocalMesh) -> Any:
    with mesh.client(mesh.new_token()) as logged_in:
        yield logged_in


def stored(client: httpx.Client, document: bytes, name: str) -> str:
    answer = client.post("/api/v1/parse-resume", data={"fileType": "file"}, files={"file": (name, document)})
    resume_id: str = answer.raise_for_status().json()["metadata"]["resume_id"]
    return resume_id


def test_a_stored_resume_is_shown_without_its_person_and_stays_whole(client: httpx.Client) -> None:
    resume_id = stored(client, documents.pdf_resume(), "Mirela Vantongeren.pdf")
    answer = client.get(f"/api/v1/resumes/{resume_id}:redacted").raise_for_status()
    whole = client.get(f"/api/v1/resumes/{resume_id}").raise_for_status().json()
    redacted = answer.json()
    assert answer.headers["content-type"].startswith("application/json")
    assert not PERSON.search(answer.text)
    assert redacted.keys() == whole.keys()
    assert redacted["experience"] == whole["experience"]
    assert redacted["metadata"]["resume_id"] == resume_id
    assert whole["personal"]["name"] == documents.NAME


@pytest.mark.parametrize(
    ("name", "document"),
    [("cv.pdf", documents.pdf_resume()), ("cv.docx", documents.docx_resume()), ("cv.txt", documents.text_resume())],
)
def test_its_document_comes_as_a_pdf_without_the_person(client: httpx.Client, name: str, document: bytes) -> None:
    resume_id = stored(client, document, name)
    answer = client.get(f"/api/v1/resumes/{resume_id}:redacted", params={"format": "pdf", "schools": "true"})
    assert answer.raise_for_status().headers["content-type"] == "application/pdf"
    opened: Any = pymupdf.open(stream=answer.content, filetype="pdf")  # type: ignore[no-untyped-call]  # pymupdf ships no types
    text = "".join(page.get_text() for page in opened)
    assert "Noordzee Analytics" in text
    assert not PERSON.search(text)
    assert "Windesheim" not in text


def test_a_parse_may_answer_with_the_anonymised_view(client: httpx.Client) -> None:
    upload = {"files": {"file": ("cv.txt", documents.text_resume())}}
    by_form = client.post("/api/v1/parse-resume", data={"fileType": "file", "redact": "true"}, **upload)
    by_query = client.post("/api/v1/parse-resume", params={"redact": "true"}, data={"fileType": "file"}, **upload)
    for answer in (by_form, by_query):
        assert not PERSON.search(answer.raise_for_status().text)
        assert answer.json()["experience"][0]["company"] == "Noordzee Analytics"


def test_others_do_not_see_even_that(mesh: LocalMesh, client: httpx.Client) -> None:
    path = f"/api/v1/resumes/{stored(client, documents.text_resume(), 'cv.txt')}:redacted"
    with mesh.client(mesh.new_token()) as stranger:
        assert stranger.get(path).json()["code"] == "NOT_FOUND"
    assert client.get(path, params={"format": "docx"}).status_code == 400
    assert httpx.get(str(client.base_url) + path).status_code == 401
