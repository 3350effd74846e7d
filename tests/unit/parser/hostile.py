"""Small files that are made to hurt whoever reads them, each built here."""

import io
import zipfile
import zlib

import docx

from tests.unit.parser.drawing import mupdf

_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of raw objects, numbered from 1; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, start)
    return bytes(out)


def stream(data: bytes, dictionary: bytes = b"") -> bytes:
    packed = zlib.compress(data, 9)
    return b"<</Filter/FlateDecode/Length %d%s>>stream\n%s\nendstream" % (len(packed), dictionary, packed)


def page(contents: bytes, resources: bytes = b"/Font<</F 5 0 R>>", more: bytes = b"", catalogue: bytes = b"") -> bytes:
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R" + catalogue + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<"
        + resources
        + b">>"
        + more
        + b">>",
        stream(contents),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


WORDS = b"BT /F 12 Tf 60 780 Td (Orla Fenwick, Hydrologist) Tj ET "


def page_count_that_lies() -> bytes:
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 99999999>>")


def page_tree_in_a_circle() -> bytes:
    return pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2/Parent 2 0 R>>")


def cross_references_in_a_circle() -> bytes:
    whole = page(WORDS)
    start = whole.rindex(b"xref\n0 ")
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % start)


def nested_arrays() -> bytes:
    return page(WORDS, more=b"/Deep " + b"[" * 50_000 + b"]" * 50_000)


def nested_operators() -> bytes:
    return page(b"q " * 200_000 + WORDS)


def form_that_draws_itself() -> bytes:
    objects = page(b"/X Do", b"/XObject<</X 4 0 R>>")
    return objects.replace(b"/Filter/FlateDecode", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Filter/FlateDecode", 1)


def broken_font() -> bytes:
    noise = bytes((i * 7919 + i // 3) % 256 for i in range(5000))
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        stream(WORDS),
        b"<</Type/Font/Subtype/TrueType/BaseFont/Broken/FirstChar 0/LastChar 255/FontDescriptor 6 0 R>>",
        b"<</Type/FontDescriptor/FontName/Broken/Flags 32/FontFile2 7 0 R>>",
        stream(noise, b"/Length1 5000"),
    )


def packed_bomb(size: int) -> bytes:
    """One page whose operators unpack to `size` bytes."""
    return page(b"0 0 m " * (size // 6))


def scripts_and_attachments() -> bytes:
    document = mupdf.open()
    document.new_page().insert_text((60, 60), "Orla Fenwick, Hydrologist")
    document.embfile_add("payload.exe", b"MZ" + bytes(500))
    catalogue = document.pdf_catalog()
    document.xref_set_key(catalogue, "OpenAction", "<</S/JavaScript/JS(app.launchURL('http://127.0.0.1:9/'))>>")
    data: bytes = document.tobytes()
    return data


def huge_picture_in_a_pdf() -> bytes:
    picture = b"<</Type/XObject/Subtype/Image/Width 20000/Height 20000/ColorSpace/DeviceGray/BitsPerComponent 8"
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
        stream(b"595 0 0 842 0 0 cm /I Do"),
        picture + stream(bytes(20000 * 200))[2:],
    )


def huge_png() -> bytes:
    header = b"IHDR" + (10_000).to_bytes(4) + (10_000).to_bytes(4) + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4) + header + zlib.crc32(header).to_bytes(4) + bytes(60)


def huge_jpeg() -> bytes:
    frame = (
        b"\xff\xc0\x00\x11\x08"
        + (12_000).to_bytes(2)
        + (9_000).to_bytes(2)
        + b"\x03\x01\x11\x00\x02\x11\x01\x03\x11\x01"
    )
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + frame + bytes(60)


def word(changes: dict[str, bytes]) -> bytes:
    """A small DOCX with some parts replaced or added."""
    source, target = io.BytesIO(), io.BytesIO()
    document = docx.Document()
    document.add_paragraph("Orla Fenwick, Hydrologist")
    document.save(source)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, data in changes.items():
            new.writestr(name, data)
    return target.getvalue()


def word_body(xml: str, *, before: str = "") -> bytes:
    return word(
        {"word/document.xml": f'{before}<w:document xmlns:w="{_WORD}"><w:body>{xml}</w:body></w:document>'.encode()}
    )


def word_bomb() -> bytes:
    return word_body(f"<w:p><w:r><w:t>{' ' * 21_000_000}</w:t></w:r></w:p>")


def word_of_many_parts() -> bytes:
    return word({f"word/media/{number}.bin": b"" for number in range(2_100)})


def word_with_entity(target: str) -> bytes:
    """The document's text is an entity that stands for the contents of a file."""
    entity = f'<!DOCTYPE d [<!ENTITY file SYSTEM "{target}">]>'
    return word_body("<w:p><w:r><w:t>Orla Fenwick &file;</w:t></w:r></w:p>", before=entity)


def word_that_laughs() -> bytes:
    """An entity of ten entities of ten entities."""
    growing = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    entities = f'<!DOCTYPE d [<!ENTITY e0 "laugh">{growing}]>'
    return word_body("<w:p><w:r><w:t>Orla Fenwick &e9;</w:t></w:r></w:p>", before=entities)


def word_with_outside_parts(address: str) -> bytes:
    """Template and picture are to be fetched from an address."""
    relationships = "".join(
        f'<Relationship Id="r{n}" Type="{_RELATIONSHIPS}/{kind}" Target="{address}/{kind}" TargetMode="External"/>'
        for n, kind in enumerate(("attachedTemplate", "image", "subDocument", "frame"))
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    xml = f'<Relationships xmlns="{package}">{relationships}</Relationships>'.encode()
    return word({"word/_rels/settings.xml.rels": xml})


def word_nested() -> bytes:
    opening = "<w:tbl><w:tr><w:tc>" * 2_000
    closing = "</w:tc></w:tr></w:tbl>" * 2_000
    return word_body(opening + "<w:p><w:r><w:t>Deep</w:t></w:r></w:p>" + closing)
