"""A small DOC (Word 97-2003): a header, text in one piece, and the container around them."""

import struct

_TEXT_AT = 0x800
_NONE = 0xFFFFFFFF
_CLX, _PAIRS = 33, 93  # index of the piece table among the header's places, and their number


def doc(text: str) -> bytes:
    """A DOC of paragraphs; `\\r` ends one, `\\x07` a cell of a table."""
    characters = text.encode("utf-16-le")
    count = len(characters) // 2
    pieces = struct.pack("<II", 0, count) + struct.pack("<HIH", 0, _TEXT_AT, 0)
    table = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    base = struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0x0409, 0, 0x0200).ljust(32, b"\0")
    longs = [0] * 22
    longs[3] = count
    places = [0] * (2 * _PAIRS)
    places[2 * _CLX : 2 * _CLX + 2] = [0, len(table)]
    header = base + struct.pack("<H14H", 14, *[0] * 14) + struct.pack("<H22I", 22, *longs)
    header += struct.pack(f"<H{2 * _PAIRS}I", _PAIRS, *places) + struct.pack("<H", 0)
    stream = header.ljust(_TEXT_AT, b"\0") + characters
    return container({"WordDocument": stream, "1Table": table})


def container(streams: dict[str, bytes]) -> bytes:
    """A compound file of up to three streams and 60 kB: a header, a sector of chains, one of names, then the streams."""
    chains = [0xFFFFFFFD, 0xFFFFFFFE]
    names = [_name("Root Entry", 5, child=1, start=0xFFFFFFFE, size=0)]
    contents = b""
    for number, (name, data) in enumerate(streams.items(), start=1):
        # Shorter streams would live in a container within the container.
        padded = data.ljust(max(4096, -(-len(data) // 512) * 512), b"\0")
        first, count = len(chains), len(padded) // 512
        after = number + 1 if number < len(streams) else _NONE
        names.append(_name(name, 2, after=after, start=first, size=len(padded)))
        chains += [*range(first + 1, first + count), 0xFFFFFFFE]
        contents += padded
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    table = struct.pack(f"<{len(chains)}I", *chains)
    return header.ljust(512, b"\xff") + table.ljust(512, b"\xff") + b"".join(names).ljust(512, b"\0") + contents


def _name(name: str, kind: int, *, after: int = _NONE, child: int = _NONE, start: int, size: int) -> bytes:
    written = name.encode("utf-16-le")
    entry = written.ljust(64, b"\0") + struct.pack("<HBB3I", len(written) + 2, kind, 1, _NONE, after, child)
    return entry + bytes(36) + struct.pack("<IQ", start, size)
