"""Reading batches: a form with many files, or an archive, while the body comes in."""

import asyncio
import tempfile
import zipfile
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import IO, Protocol

from gateway_service.adapters.form import MAX_FIELD_BYTES, MAX_FILENAME_CHARACTERS, boolean
from gateway_service.domain.batches import (
    ArchiveEntryUnreadable,
    ArchiveUnreadable,
    BatchOptions,
    EncryptedEntry,
    SentFile,
    TooManyFiles,
)
from gateway_service.domain.errors import FileTooLarge
from meshkit.errors import DomainError, FieldViolation, InvalidRequest
from meshkit.forms import FormPart, FormReader, PartBegun, PartData, PartEnded, is_form, media_type

_ARCHIVE_TYPES = frozenset({"application/zip", "application/x-zip-compressed"})
_ARCHIVE_SUFFIX = ".zip"
# Fields of a form besides its files.
_MAX_FIELDS = 20
# Others could ask for gigabytes of memory before the first byte.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
# An archive's list of files is read whole; 1,000 files need some 100 kB, and no list of 4 MB takes more than 50 MB of memory.
_MAX_LIST_BYTES = 4 * 1024 * 1024
_LIST_SIZE = 5  # place of the list's size in what `zipfile` finds at the end of an archive


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What is looked at. Larger files are not kept in memory while they come in."""

    files: int
    file_bytes: int


class BatchUpload:
    """The real `BatchReader`. Archives are put down in a file without a name, which goes with this process."""

    def __init__(
        self, limits: BatchLimits, content_type: str, pieces: AsyncIterator[bytes], *, fresh: bool, request_id: str
    ) -> None:
        self._limits = limits
        self._content_type = content_type
        self._pieces = pieces
        self._fresh = fresh
        self._request_id = request_id
        self._fields: dict[str, FormPart] = {}

    async def files(self) -> AsyncIterator[SentFile]:
        """See the port."""
        if is_form(self._content_type):
            async for file in self._from_form():
                yield file
        elif media_type(self._content_type) in _ARCHIVE_TYPES:
            with tempfile.TemporaryFile() as spool:
                async for piece in self._pieces:
                    await asyncio.to_thread(spool.write, piece)
                async for file in self._from_archive(spool):
                    yield file
        else:
            raise InvalidRequest(FieldViolation("document", "must be a form with files, or an `application/zip`"))

    def options(self) -> BatchOptions:
        """See the port."""
        sent = self._fields.get("request_id")
        return BatchOptions(
            fresh=boolean(self._fields, "fresh", default=self._fresh),
            request_id=sent.text.strip() if sent else self._request_id,
        )

    async def _from_form(self) -> AsyncIterator[SentFile]:
        reader = FormReader(self._content_type, max_parts=self._limits.files + _MAX_FIELDS)
        part: _Part | None = None
        async for piece in self._pieces:
            for event in reader.feed(piece):
                match event:
                    case PartBegun():
                        part = _part(event, self._limits)
                    case PartData() if part is not None:
                        await part.take(event.data)
                    case PartEnded() if part is not None:
                        async for file in self._from_part(part):
                            yield file
                        part.close()
        reader.close()

    async def _from_part(self, part: "_Part") -> AsyncIterator[SentFile]:
        if isinstance(part, _Field):
            self._fields[part.name] = FormPart(bytes(part.data))
        elif isinstance(part, _Document):
            yield part.file()
        elif isinstance(part, _Archive):
            try:
                async for file in self._from_archive(part.spool):
                    yield file
            except ArchiveUnreadable as fault:
                yield SentFile(part.filename, fault=fault)

    async def _from_archive(self, spool: IO[bytes]) -> AsyncIterator[SentFile]:
        archive, entries = await asyncio.to_thread(_open, spool, self._limits.files)
        with archive:
            for entry in entries:
                yield await asyncio.to_thread(_unpack, archive, entry, self._limits.file_bytes)


class _Part(Protocol):
    """What comes of one part of a form."""

    async def take(self, data: bytes) -> None:
        """More of its content."""

    def close(self) -> None:
        """Lets go of what was put down, if anything was."""
        return


class _Field(_Part):
    def __init__(self, name: str) -> None:
        self.name = name
        self.data = bytearray()

    async def take(self, data: bytes) -> None:
        self.data += data[: MAX_FIELD_BYTES - len(self.data)]


class _Document(_Part):
    def __init__(self, filename: str, limit: int) -> None:
        self._filename = filename
        self._limit = limit
        self._data = bytearray()
        self._size = 0

    async def take(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= self._limit:
            self._data += data
        else:
            self._data.clear()

    def file(self) -> SentFile:
        fault = FileTooLarge(limit_bytes=self._limit) if self._size > self._limit else None
        return SentFile(self._filename, bytes(self._data), fault)


class _Archive(_Part):
    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.spool: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the part

    async def take(self, data: bytes) -> None:
        await asyncio.to_thread(self.spool.write, data)

    def close(self) -> None:
        self.spool.close()


def _part(begun: PartBegun, limits: BatchLimits) -> _Part:
    if begun.filename is None:
        return _Field(begun.name)
    filename = _display_name(begun.filename)
    if begun.content_type in _ARCHIVE_TYPES or filename.lower().endswith(_ARCHIVE_SUFFIX):
        return _Archive(filename)
    return _Document(filename, limits.file_bytes)


def _open(spool: IO[bytes], max_files: int) -> tuple[zipfile.ZipFile, Sequence[zipfile.ZipInfo]]:
    try:
        # Private, but what `zipfile` itself goes by; it reads the whole list before it can be asked how long that is.
        end = zipfile._EndRecData(spool)  # type: ignore[attr-defined]  # not in typeshed
        if end is None:
            raise ArchiveUnreadable
        if end[_LIST_SIZE] > _MAX_LIST_BYTES:
            raise TooManyFiles(limit=max_files)
        archive = zipfile.ZipFile(spool)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
        raise ArchiveUnreadable from fault
    entries = [entry for entry in archive.infolist() if not _is_passed_over(entry)]
    if len(entries) > max_files:
        raise TooManyFiles(limit=max_files)
    return archive, entries


def _is_passed_over(entry: zipfile.ZipInfo) -> bool:
    """Folders, and what file managers leave behind."""
    parts = entry.filename.split("/")
    return entry.is_dir() or parts[0] == "__MACOSX" or parts[-1].startswith(".") or parts[-1] == "Thumbs.db"


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> SentFile:
    """What an archive says of its files' sizes is not believed."""
    filename = _display_name(entry.filename)
    fault: DomainError
    if entry.flag_bits & _ENCRYPTED:
        fault = EncryptedEntry()
    elif entry.compress_type not in _METHODS:
        fault = ArchiveEntryUnreadable()
    else:
        try:
            with archive.open(entry) as packed:
                data = packed.read(limit + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError):
            fault = ArchiveEntryUnreadable()
        else:
            if len(data) <= limit:
                return SentFile(filename, data)
            fault = FileTooLarge(limit_bytes=limit)
    return SentFile(filename, fault=fault)


def _display_name(filename: str) -> str:
    """Names are shown and never opened; still nothing in them should look like a way out of a folder."""
    parts = [part for part in filename.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    printable = "".join(character for character in "/".join(parts) if character.isprintable())
    return printable[-MAX_FILENAME_CHARACTERS:]
