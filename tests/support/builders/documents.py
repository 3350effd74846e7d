"""Small resumes of invented people, in the formats that are read."""

import io

import docx
import pymupdf

NAME = "Mirela Vantongeren"
EMAIL = "mirela.vantongeren@example.org"
LINES = (
    NAME,
    f"Utrecht, Netherlands | +31 20 123 4567 | {EMAIL}",
    "",
    "Experience",
    "Data Engineer, Noordzee Analytics, March 2019 - Present",
    "- Built pipelines in Python and Apache Spark",
    "Junior Developer, Kade Software, June 2016 - February 2019",
    "- Wrote reports in SQL",
    "",
    "Education",
    "Bachelor of Science in Informatics, Hogeschool Windesheim, 2012 - 2016",
    "",
    "Skills",
    "Python, SQL, Apache Spark, Kubernetes",
)


def text_resume(marker: str = "") -> bytes:
    """As plain text. A marker makes the bytes unique."""
    return "\n".join([*LINES, *([f"Reference {marker}"] if marker else [])]).encode()


def pdf_resume(marker: str = "") -> bytes:
    """As a PDF of one page."""
    document = pymupdf.open()
    page = document.new_page()
    for row, line in enumerate(LINES):
        size = 20 if row == 0 else 13 if line in ("Experience", "Education", "Skills") else 10
        page.insert_text((60, 60 + row * 20), line, fontsize=size)
    if marker:
        document.set_metadata({"subject": marker})
    data: bytes = document.tobytes()
    return data


def docx_resume() -> bytes:
    """As a DOCX with headings."""
    document = docx.Document()
    document.add_heading(NAME, level=0)
    for line in LINES[1:]:
        if line in ("Experience", "Education", "Skills"):
            document.add_heading(line, level=1)
        elif line:
            document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def encrypted_pdf() -> bytes:
    """A PDF that needs a password."""
    document = pymupdf.open()
    document.new_page().insert_text((60, 60), NAME)
    data: bytes = document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="owner", user_pw="user")
    return data


def scan(marker: str, *, pages: int = 1) -> bytes:
    """A PDF of pictures: slow to read. A marker makes the bytes unique."""
    with pymupdf.open(stream=pdf_resume()) as original:
        picture = original[0].get_pixmap(dpi=150).tobytes("png")
        size = original[0].rect
    document = pymupdf.open()
    for _ in range(pages):
        document.new_page(width=size.width, height=size.height).insert_image(size, stream=picture)
    document.set_metadata({"subject": marker})
    data: bytes = document.tobytes(deflate=True, deflate_images=True)
    return data
