"""Many files at once, as a client of the public edge sees them."""

import io
import json
import secrets
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.builders import documents
from tests.support.mesh import LocalMesh, wait_for


@pytest.fixture(scope="module")
def client(mesh: LocalMesh) -> Iterator[httpx.Client]:
    with mesh.client(mesh.new_token()) as logged_in:
        yield logged_in


def new_text() -> bytes:
    """A resume that nobody has sent before."""
    return documents.text_resume() + f"\nReference {secrets.token_hex(8)}\n".encode()


def archive(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for name, data in files.items():
            written.writestr(name, data)
    return target.getvalue()


def send(client: httpx.Client, *files: tuple[str, bytes], **fields: str) -> dict[str, Any]:
    answer = client.post("/api/v1/resumes:batchParse", data=fields, files=[("files", file) for file in files])
    assert answer.status_code == 202, answer.text
    batch: dict[str, Any] = answer.json()["batch"]
    return batch


def ended(client: httpx.Client, batch: dict[str, Any]) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        seen: dict[str, Any] = client.get(batch["status_url"]).raise_for_status().json()
        return seen if seen["status"] != "processing" else None

    return wait_for(look, "the batch to end")


def files_of(client: httpx.Client, batch: dict[str, Any]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = client.get(batch["files_url"]).raise_for_status().json()["files"]
    return listed


def test_files_of_a_form_and_of_its_archives_become_resumes_or_say_why_not(client: httpx.Client) -> None:
    packed = archive(**{"team/b.txt": new_text(), "team/empty.txt": b""})
    batch = send(
        client, ("a.txt", new_text()), ("team.zip", packed), ("c.exe", b"MZ\x90\x00" + secrets.token_bytes(99))
    )
    assert (batch["total"], batch["failed"]) == (4, 1)
    done = ended(client, batch)
    assert (done["status"], done["completed"], done["failed"]) == ("completed", 2, 2)
    files = files_of(client, batch)
    assert [(file["number"], file["filename"], file["status"], file.get("code")) for file in files] == [
        (1, "a.txt", "completed", None),
        (2, "team/b.txt", "completed", None),
        (3, "team/empty.txt", "failed", "DOCUMENT_EMPTY"),
        (4, "c.exe", "failed", "UNSUPPORTED_FILE_TYPE"),
    ]
    job = client.get(files[0]["status_url"]).raise_for_status().json()
    assert job["result"]["personal"]["name"] == documents.NAME
    assert client.get(f"/api/v1/resumes/{files[0]['resume_id']}").status_code == 200


def test_an_archive_as_the_body_is_a_batch_and_megabytes_come_through_in_pieces(client: httpx.Client) -> None:
    filler = {f"{number}.bin": secrets.token_bytes(2_000_000) for number in range(6)}
    body = archive(**{"cv.txt": new_text()}, **filler)
    answer = client.post("/api/v1/resumes:batchParse", content=body, headers={"content-type": "application/zip"})
    assert answer.status_code == 202, answer.text
    done = ended(client, answer.json()["batch"])
    assert (done["total"], done["completed"]) == (7, 1)


def test_the_stream_tells_of_every_file_and_ends(client: httpx.Client) -> None:
    batch = send(client, *((f"{number}.txt", new_text()) for number in range(5)))
    with client.stream("GET", batch["stream_url"]) as response:
        assert response.headers["content-type"] == "text/event-stream"
        lines = list(response.iter_lines())
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data:")]
    told = [file["number"] for event in events[:-1] for file in event["files"]]
    assert sorted(told) == [1, 2, 3, 4, 5]
    assert (events[-2]["completed"], events[-1]) == (5, {"event": "complete"})
    last = [line.removeprefix("id: ") for line in lines if line.startswith("id:")][-1]
    with client.stream("GET", batch["stream_url"], headers={"last-event-id": last}) as response:
        again = [json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data:")]
    assert [event.get("files") for event in again] == [[], None]


def test_a_batch_is_listed_and_can_be_cancelled_by_its_owner_only(mesh: LocalMesh, client: httpx.Client) -> None:
    batch = send(client, *((f"{number}.txt", new_text()) for number in range(20)))
    with mesh.client(mesh.new_token()) as stranger:
        for asked in (stranger.get(batch["status_url"]), stranger.post(f"{batch['status_url']}:cancel", json={})):
            assert asked.status_code == 404
            assert asked.json()["detail"] == "Batch not found"
        assert stranger.get("/api/v1/batches").json()["batches"] == []
    cancelled = client.post(f"{batch['status_url']}:cancel", json={}).raise_for_status().json()
    assert cancelled["status"] == "cancelled"
    assert cancelled["completed"] + cancelled["failed"] == 20
    codes = {file.get("code") for file in files_of(client, batch)}
    assert codes <= {"JOB_CANCELLED", None}
    assert client.get("/api/v1/batches").json()["batches"][0]["id"] == batch["id"]


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("application/zip", b"no archive", "ARCHIVE_UNREADABLE"),
        ("application/pdf", b"%PDF-1.7", "INVALID_REQUEST"),
        ("multipart/form-data; boundary=x", b"--x--\r\n", "INVALID_REQUEST"),
        ("multipart/form-data; boundary=x", b"--x\r\n", "MALFORMED_FORM"),
    ],
)
def test_a_body_without_files_is_refused(client: httpx.Client, content_type: str, body: bytes, code: str) -> None:
    answer = client.post("/api/v1/resumes:batchParse", content=body, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_the_command_line_parses_a_folder_as_one_batch(mesh: LocalMesh, tmp_path: Path) -> None:
    folder, out = tmp_path / "cvs", tmp_path / "parsed"
    folder.mkdir()
    for number in range(3):
        (folder / f"cv-{number}.txt").write_bytes(new_text())
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    run = mesh.hiremesh("parse", str(folder), "--batch", "--out", str(out))
    assert run.returncode == 1, run.stderr
    assert f"3 of 4 parsed into {out}" in run.stdout.replace("\n", "")
    assert "broken.pdf" in run.stderr
    assert {path.name for path in out.iterdir()} == {f"cv-{number}.json" for number in range(3)}
    assert json.loads((out / "cv-0.json").read_text())["personal"]["name"] == documents.NAME
