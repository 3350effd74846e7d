"""What comes out of a form or an archive that holds many files."""

import io
import struct
import zipfile
import zlib
from collections.abc import AsyncIterator

import pytest

from gateway_service.adapters.batch_upload import BatchLimits, BatchUpload
from gateway_service.domain.batches import ArchiveUnreadable, SentFile, TooManyFiles
from meshkit.errors import InvalidRequest
from meshkit.forms import MalformedForm
from tests.support.builders.gateway import FORM, Part, form, text_part

LIMITS = BatchLimits(files=4, file_bytes=1000)
ZIP = "application/zip"


async def in_pieces(body: bytes, size: int = 100) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


def reading(body: bytes, content_type: str) -> BatchUpload:
    return BatchUpload(LIMITS, content_type, in_pieces(body), fresh=False, request_id="")


async def read(body: bytes, content_type: str = ZIP) -> list[SentFile]:
    return [file async for file in reading(body, content_type).files()]


def codes(files: list[SentFile]) -> list[str]:
    return [file.fault.reason if file.fault else "" for file in files]


def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as written:
        for name, data in entries:
            written.writestr(name, data)
    return target.getvalue()


def upload_part(name: str, data: bytes, kind: str = "application/octet-stream") -> Part:
    head = f'Content-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: {kind}'
    return Part(head.encode(), data)


async def test_files_of_a_form_come_in_their_order_and_archives_are_unpacked_in_their_place() -> None:
    body = form(
        upload_part("a.txt", b"first"),
        upload_part("more.zip", archive(("b.txt", b"second"), ("team/c.txt", b"third"))),
        upload_part("d.txt", b"fourth"),
    )
    assert await read(body, FORM) == [
        SentFile("a.txt", b"first"),
        SentFile("b.txt", b"second"),
        SentFile("team/c.txt", b"third"),
        SentFile("d.txt", b"fourth"),
    ]


async def test_fields_of_a_form_speak_for_all_files_wherever_they_stand() -> None:
    body = form(upload_part("a.txt", b"first"), text_part("fresh", "true"), text_part("request_id", "r1"))
    reader = reading(body, FORM)
    assert len([file async for file in reader.files()]) == 1
    assert (reader.options().fresh, reader.options().request_id) == (True, "r1")


async def test_a_docx_is_a_document_although_it_is_packed_like_an_archive() -> None:
    document = archive(("[Content_Types].xml", b"<x/>"))
    assert await read(form(upload_part("cv.docx", document)), FORM) == [SentFile("cv.docx", document)]


async def test_folders_and_what_file_managers_leave_behind_are_passed_over() -> None:
    body = archive(
        ("cv/", b""), ("cv/a.txt", b"a"), ("__MACOSX/cv/._a.txt", b"x"), (".DS_Store", b"x"), ("Thumbs.db", b"")
    )
    assert await read(body) == [SentFile("cv/a.txt", b"a")]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("../../etc/passwd", "etc/passwd"), ("/srv/cv.pdf", "srv/cv.pdf"), ("C:\\cv\\..\\a.pdf", "C:/cv/a.pdf"), ("a\u202eb.pdf", "ab.pdf")],
)  # fmt: skip
async def test_names_lead_nowhere(name: str, shown: str) -> None:
    assert [file.filename for file in await read(archive((name, b"a")))] == [shown]


async def test_a_bomb_is_not_unpacked_further_than_a_file_may_be_large() -> None:
    body = archive(("bomb.txt", bytes(50_000_000)), ("cv.txt", b"a"))
    assert len(body) < 60_000
    files = await read(body)
    assert codes(files) == ["FILE_TOO_LARGE", ""]
    assert files[0].data == b""


async def test_sizes_that_an_archive_claims_are_not_believed() -> None:
    body = bytearray(archive(("cv.txt", bytes(5_000))))
    at = body.index(b"PK\x01\x02")
    body[at + 24 : at + 28] = struct.pack("<I", 10)
    assert codes(await read(bytes(body))) in (["FILE_TOO_LARGE"], ["ARCHIVE_ENTRY_UNREADABLE"])


async def test_a_damaged_file_an_encrypted_one_and_an_unusual_packing_fail_alone() -> None:
    damaged = archive(("cv.txt", b"resume")).replace(zlib.compress(b"resume", wbits=-15), b"\xff" * 8)
    assert codes(await read(damaged)) == ["ARCHIVE_ENTRY_UNREADABLE"]
    encrypted = bytearray(archive(("cv.txt", b"resume"), ("b.txt", b"b")))
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    assert codes(await read(bytes(encrypted))) == ["DOCUMENT_ENCRYPTED", ""]
    assert codes(await read(archive(("cv.txt", b"resume"), method=zipfile.ZIP_LZMA))) == ["ARCHIVE_ENTRY_UNREADABLE"]


async def test_an_archive_in_an_archive_is_a_file_that_nobody_reads() -> None:
    inner = archive(("cv.txt", b"resume"))
    assert await read(archive(("inner.zip", inner))) == [SentFile("inner.zip", inner)]


async def test_a_file_that_is_too_large_is_not_kept_while_it_comes_in() -> None:
    files = await read(form(upload_part("big.pdf", bytes(1001)), upload_part("cv.txt", bytes(1000))), FORM)
    assert codes(files) == ["FILE_TOO_LARGE", ""]
    assert files[0].data == b""


async def test_a_broken_archive_fails_alone_in_a_form_and_as_a_body_is_refused() -> None:
    assert codes(await read(form(upload_part("a.zip", b"PK no"), upload_part("b.txt", b"b")), FORM)) == [
        "ARCHIVE_UNREADABLE",
        "",
    ]
    with pytest.raises(ArchiveUnreadable):
        await read(b"PK no")


async def test_an_archive_with_too_many_files_is_refused_before_any_is_unpacked() -> None:
    with pytest.raises(TooManyFiles):
        await read(archive(*((f"{number}.txt", b"a") for number in range(5))))


async def test_an_endless_list_of_files_is_not_read() -> None:
    body = bytearray(archive(("cv.txt", b"a")))
    at = body.rindex(b"PK\x05\x06")
    body[at + 12 : at + 16] = struct.pack("<I", 5 * 1024 * 1024)
    with pytest.raises(TooManyFiles):
        await read(bytes(body))


async def test_other_bodies_and_broken_forms_are_refused() -> None:
    with pytest.raises(InvalidRequest):
        await read(b"%PDF", "application/pdf")
    with pytest.raises(MalformedForm):
        await read(form(upload_part("a.txt", b"a"))[:-4], FORM)
