"""Whole documents, from bytes to a resume."""

import re
from collections.abc import Callable

import docx
import pytest

from parser_service.adapters.reader import lay_out
from parser_service.domain.model import Education, Experience, Resume
from parser_service.domain.sniff import sniff
from tests.unit.parser.drawing import PdfMaker, Text, one_column

Read = Callable[[bytes | str], Resume]


def _jobs(resume: Resume) -> list[tuple[str, str, str, str]]:
    return [(job.title, job.company, job.start_date, job.end_date) for job in resume.experience]


CALDER = ("Senior Hydrologist", "Calder Water Services Ltd", "2020-03", "present")
PENNINE = ("Field Technician", "Pennine Survey Group", "2016-06", "2020-02")


def test_a_plain_pdf_is_read_whole(pdf: PdfMaker, read: Read) -> None:
    resume = read(pdf(one_column()))
    assert resume.personal.name == "Orla Fenwick-Diaz"
    assert resume.personal.email == "orla.fenwick@example.org"
    assert resume.personal.phone_e164 == "+442079460958"
    assert resume.personal.location_details.city == "Leeds"
    assert _jobs(resume) == [CALDER, PENNINE]
    assert resume.experience[0].highlights == ("Modelled flood risk for nine towns in the upper valley.",)
    assert resume.experience[1].years == 3.8
    assert resume.total_years_experience == 10.5
    (degree,) = resume.education
    assert (degree.degree, degree.field, degree.institution) == ("BSc", "Physical Geography", "University of Lancaster")
    assert (degree.start_date, degree.end_date, degree.year) == ("2012", "2016", "2016")
    assert resume.skills == ("QGIS", "Python", "HEC-RAS", "Report writing")
    assert [(language.code, language.level) for language in resume.languages] == [("en", "native"), ("es", "B2")]
    assert resume.reading.warnings == ()


def test_every_value_tells_where_it_was_found(pdf: PdfMaker, read: Read) -> None:
    resume = read(
        pdf([*one_column(), Text(60, 100, "Awards", 14, "hebo", page=1), Text(60, 130, "Calder Prize", page=1)])
    )
    source = resume.provenance["/experience/0/company"]
    assert source.page == 1
    assert source.box is not None
    assert 59 <= source.box[0] <= 61
    assert 130 <= source.box[1] <= 146
    assert source.text == "Calder Water Services Ltd"
    assert resume.provenance["/awards/0/name"].page == 2
    assert all(0 < found.confidence <= 1 for found in resume.provenance.values())


@pytest.mark.parametrize(
    "order",
    [
        ("{title}, {company}\n{dates}", "title and employer share a line"),
        ("{dates}\n{title}\n{company}", "dates come first"),
        ("{company}\n{title}   {dates}", "employer comes first"),
        ("{title}   {dates}\n{company}, Leeds", "a town follows the employer"),
        ("{title} at {company} ({dates})", "all on one line"),
    ],
    ids=lambda order: str(order[1]),
)
def test_jobs_are_read_whatever_order_their_parts_come_in(order: tuple[str, str], read: Read) -> None:
    jobs = [
        {"title": "Senior Hydrologist", "company": "Calder Water Services Ltd", "dates": "Mar 2020 - Present"},
        {"title": "Field Technician", "company": "Pennine Survey Group", "dates": "Jun 2016 - Feb 2020"},
    ]
    story = "\n- Kept forty gauges running through two long winters.\n"
    text = "Orla Fenwick\n\nExperience\n\n" + "\n".join(order[0].format(**job) + story for job in jobs)
    assert _jobs(read(text)) == [CALDER, PENNINE]


def test_several_roles_at_one_employer_share_its_name(read: Read) -> None:
    resume = read(
        "Orla Fenwick\n\nExperience\n\n"
        "Calder Water Services Ltd\n\nSenior Hydrologist   Mar 2020 - Present\n- Modelled flood risk for nine towns.\n\n"
        "Field Technician   Jun 2016 - Feb 2020\n- Kept forty gauges running through winter.\n"
    )
    assert [job.company for job in resume.experience] == ["Calder Water Services Ltd"] * 2
    assert [job.title for job in resume.experience] == ["Senior Hydrologist", "Field Technician"]


def test_dates_in_a_column_of_their_own_belong_to_the_entry_beside_them(pdf: PdfMaker, read: Read) -> None:
    texts = [Text(60, 60, "Orla Fenwick", 22, "hebo"), Text(60, 100, "Experience", 14, "hebo")]
    for y, dates, title, company in (
        (130, "03/2020 - heute", "Senior Hydrologist", "Calder Water Services Ltd"),
        (200, "06/2016 - 02/2020", "Field Technician", "Pennine Survey Group"),
    ):
        texts += [Text(60, y, dates), Text(190, y, title, 11, "hebo"), Text(190, y + 14, company)]
        texts += [Text(190, y + 28, "Kept forty gauges running through two long and rather wet winters.")]
    assert _jobs(read(pdf(texts))) == [CALDER, PENNINE]


def test_a_sidebar_is_read_apart_from_the_main_column(pdf: PdfMaker, read: Read) -> None:
    left = [
        "Contact",
        "orla.fenwick@example.org",
        "020 7946 0958",
        "Leeds",
        "Skills",
        "QGIS",
        "Python",
        "Report writing",
    ]
    right = [
        ("Orla Fenwick", 22, "hebo"), ("Experience", 14, "hebo"), ("Senior Hydrologist", 11, "hebo"),
        ("Calder Water Services Ltd", 10, "helv"), ("Mar 2020 - Present", 10, "helv"),
        ("Modelled flood risk for nine towns in the upper valley.", 10, "helv"), ("Education", 14, "hebo"),
        ("University of Lancaster", 11, "hebo"), ("BSc in Physical Geography", 10, "helv"), ("2012 - 2016", 10, "helv"),
    ]  # fmt: skip
    texts = [
        Text(
            40,
            60 + 19 * row,
            text,
            12 if text in ("Contact", "Skills") else 9,
            "hebo" if text in ("Contact", "Skills") else "helv",
        )
        for row, text in enumerate(left)
    ]
    texts += [Text(230, 70 + 23 * row, text, size, font) for row, (text, size, font) in enumerate(right)]
    resume = read(pdf(texts))
    assert resume.personal.name == "Orla Fenwick"
    assert resume.skills == ("QGIS", "Python", "Report writing")
    assert _jobs(resume) == [CALDER]
    assert resume.education[0].institution == "University of Lancaster"


def test_a_section_goes_on_over_the_page_break(pdf: PdfMaker, read: Read) -> None:
    texts = one_column()[:7]
    texts += [
        Text(60, 60, "Field Technician", 11, "hebo", page=1),
        Text(430, 60, "Jun 2016 - Feb 2020", page=1),
        Text(60, 75, "Pennine Survey Group", 10, "heit", page=1),
        Text(300, 820, "Page 2 of 2", 8, page=1),
    ]
    assert _jobs(read(pdf(texts))) == [CALDER, PENNINE]


def test_two_columns_of_skills_are_no_columns_of_the_page(pdf: PdfMaker, read: Read) -> None:
    texts = [text for text in one_column() if text.y < 315]
    texts += [
        Text(60, 320, "Skills", 14, "hebo"),
        Text(60, 340, "Field work", 10, "hebo"),
        Text(300, 340, "Software", 10, "hebo"),
    ]
    rows = [("Gauging", "QGIS"), ("Sampling", "Python"), ("Levelling", "HEC-RAS"), ("Boat handling", "Excel")]
    for row, (left, right) in enumerate(rows):
        texts += [Text(60, 356 + 14 * row, left), Text(300, 356 + 14 * row, right)]
    resume = read(pdf(texts))
    assert {"Gauging", "Boat handling", "QGIS", "Excel"} <= set(resume.skills)
    assert _jobs(resume) == [CALDER, PENNINE]


def test_degrees_beside_each_other_are_read_one_after_the_other(pdf: PdfMaker, read: Read) -> None:
    texts = [text for text in one_column() if text.y <= 250]
    for x, school, dates, degree in (
        (60, "University of Lancaster", "2012 - 2016", "BSc in Physical Geography"),
        (320, "Newcastle University", "2016 - 2017", "MSc in Hydrology"),
    ):
        texts += [Text(x, 270, school, 11, "hebo"), Text(x, 285, dates), Text(x, 300, degree)]
    found = [(d.institution, d.degree, d.field, d.end_date) for d in read(pdf(texts)).education]
    assert found == [
        ("University of Lancaster", "BSc", "Physical Geography", "2016"),
        ("Newcastle University", "MSc", "Hydrology", "2017"),
    ]


def test_years_below_each_other_beside_an_entry_are_one_period(pdf: PdfMaker, read: Read) -> None:
    texts = [text for text in one_column() if text.y <= 250]
    texts += [Text(60, 270, "2012"), Text(60, 284, "2016")]
    texts += [Text(120, 270, "University of Lancaster", 11, "hebo"), Text(120, 284, "BSc in Physical Geography")]
    (degree,) = read(pdf(texts)).education
    assert (degree.start_date, degree.end_date) == ("2012", "2016")


def test_a_name_over_two_lines_is_one_name(pdf: PdfMaker, read: Read) -> None:
    texts = [
        Text(60, 60, "ORLA", 26, "hebo"),
        Text(60, 90, "FENWICK-DIAZ", 26, "hebo"),
        Text(60, 110, "orla@example.org"),
    ]
    assert read(pdf([*texts, *[text for text in one_column() if text.y >= 110]])).personal.name == "ORLA FENWICK-DIAZ"


def test_titles_and_degrees_are_no_part_of_the_name(pdf: PdfMaker, read: Read) -> None:
    texts = [Text(60, 60, "Prof. Dr. Orla Fenwick-Diaz, PhD", 22, "hebo"), *one_column()[1:]]
    assert read(pdf(texts)).personal.name == "Orla Fenwick-Diaz"


def test_labelled_rows_among_the_skills_are_read_as_what_their_label_says(read: Read) -> None:
    resume = read(
        "Orla Fenwick\n\nSkills\n\nSoftware: QGIS, Python\nLanguages: English (native), Spanish (B2)\n"
        "Certifications: Swiftwater Rescue Technician\n"
    )
    assert resume.skills == ("QGIS", "Python")
    assert [language.code for language in resume.languages] == ["en", "es"]
    assert [certificate.name for certificate in resume.certifications] == ["Swiftwater Rescue Technician"]


def test_an_employer_with_its_overall_dates_is_no_job_beside_its_roles(pdf: PdfMaker, read: Read) -> None:
    texts = [Text(60, 60, "Orla Fenwick", 22, "hebo"), Text(60, 100, "Experience", 14, "hebo")]
    texts += [Text(60, 120, "Calder Water Services Ltd", 11, "hebo"), Text(430, 120, "2016 - Present", 10, "hebo")]
    for y, title, dates in (
        (138, "Senior Hydrologist", "Mar 2020 - Present"),
        (172, "Field Technician", "Jun 2016 - Feb 2020"),
    ):
        texts += [
            Text(60, y, title, 10, "heit"),
            Text(430, y, dates),
            Text(70, y + 14, "• Kept forty gauges running all winter."),
        ]
    assert _jobs(read(pdf(texts))) == [CALDER, ("Field Technician", "Calder Water Services Ltd", "2016-06", "2020-02")]


def test_page_numbers_are_no_part_of_the_last_list(pdf: PdfMaker, read: Read) -> None:
    texts = [text for text in one_column() if text.y < 315]
    texts += [Text(60, 330, "Certificates", 14, "hebo"), Text(60, 350, "Swiftwater Rescue Technician")]
    texts += [Text(60, 366, "Powerboat Licence Level 2"), Text(60, 825, "Page 1 of 1")]
    found = [certificate.name for certificate in read(pdf(texts)).certifications]
    assert found == ["Swiftwater Rescue Technician", "Powerboat Licence Level 2"]


def test_a_docx_with_a_table_and_lists_is_read(
    docx_bytes: Callable[[docx.document.Document], bytes], read: Read
) -> None:
    document = docx.Document()
    document.add_heading("Orla Fenwick", level=0)
    document.add_paragraph("Leeds, West Yorkshire | orla.fenwick@example.org")
    document.add_heading("Experience", level=1)
    for title, company, dates in (
        ("Senior Hydrologist", "Calder Water Services Ltd", "Mar 2020 - Present"),
        ("Field Technician", "Pennine Survey Group", "Jun 2016 - Feb 2020"),
    ):
        row = document.add_table(rows=1, cols=2).rows[0]
        row.cells[0].paragraphs[0].add_run(title).bold = True
        row.cells[0].add_paragraph(company)
        row.cells[1].text = dates
        document.add_paragraph("Kept forty gauges running through two winters.", style="List Bullet")
    document.add_heading("Skills", level=1)
    document.add_paragraph("QGIS, Python")
    resume = read(docx_bytes(document))
    assert resume.personal.name == "Orla Fenwick"
    assert _jobs(resume) == [CALDER, PENNINE]
    assert resume.experience[0].highlights == ("Kept forty gauges running through two winters.",)
    assert resume.skills == ("QGIS", "Python")
    assert all(found.page == 0 and found.box is None for found in resume.provenance.values())


GERMAN = """Annelie Brandhorst
Lindenstraße 14, 04109 Leipzig
Tel.: 0341 5501982

Berufserfahrung

04/2019 – heute
Leiterin Qualitätssicherung
Sächsische Pumpenwerke GmbH

10/2014 – 03/2019
Entwicklungsingenieurin
Hartmann & Söhne KG

Ausbildung

10/2006 – 06/2012
Diplom-Ingenieurin Maschinenbau
Technische Universität Chemnitz

Sprachen

Deutsch (Muttersprache), Englisch (verhandlungssicher)
"""
FRENCH = """Léa Kermarrec
Nantes, France

Expérience professionnelle

Cheffe de projet web, Agence Goéland
septembre 2016 – aujourd'hui

Stagiaire graphiste, Studio Lande
avril 2014 – août 2014

Formation

Master Design numérique, Université Rennes 2
2014 – 2016

Langues

Français (langue maternelle), Anglais (C1)
"""
SPANISH = """Marisol Etxeberria Quiroga
Bilbao, España

Experiencia laboral

Enfermera de urgencias, Hospital de Basurto
enero de 2018 – actualidad

Auxiliar de enfermería, Clínica Santa Amalia
junio de 2015 – diciembre de 2017

Formación académica

Grado en Enfermería, Universidad del País Vasco
2011 – 2015

Idiomas

Español (nativo), Euskera (C1)
"""


@pytest.mark.parametrize(
    ("text", "language", "job", "school", "codes"),
    [
        (
            GERMAN, "de",
            Experience(title="Leiterin Qualitätssicherung", company="Sächsische Pumpenwerke GmbH", start_date="2019-04"),
            Education(degree="Diplom-Ingenieurin", field="Maschinenbau", institution="Technische Universität Chemnitz"),
            ["de", "en"],
        ),
        (
            FRENCH, "fr",
            Experience(title="Cheffe de projet web", company="Agence Goéland", start_date="2016-09"),
            Education(degree="Master", field="Design numérique", institution="Université Rennes 2"),
            ["fr", "en"],
        ),
        (
            SPANISH, "es",
            Experience(title="Enfermera de urgencias", company="Hospital de Basurto", start_date="2018-01"),
            Education(degree="Grado", field="Enfermería", institution="Universidad del País Vasco"),
            ["es", "eu"],
        ),
    ],
)  # fmt: skip
def test_resumes_in_other_languages_are_read(
    text: str, language: str, job: Experience, school: Education, codes: list[str], read: Read
) -> None:
    resume = read(text)
    first, degree = resume.experience[0], resume.education[0]
    assert len(resume.experience) == 2
    assert (first.title, first.company, first.start_date) == (job.title, job.company, job.start_date)
    assert first.end_date == "present"
    assert (degree.degree, degree.field, degree.institution) == (school.degree, school.field, school.institution)
    assert [spoken.code for spoken in resume.languages] == codes


def test_a_national_phone_number_takes_its_country_from_the_town(read: Read) -> None:
    assert read(GERMAN).personal.phone_e164 == "+493415501982"


def test_a_short_text_that_is_no_resume_makes_no_person(read: Read) -> None:
    resume = read("It was a dark and stormy night; the rain fell in torrents, except at occasional intervals.\n" * 2)
    assert (resume.experience, resume.education, resume.skills) == ((), (), ())
    assert resume.personal.email == ""
    assert "no_experience_section" in resume.reading.warnings


@pytest.mark.parametrize("text", [GERMAN, FRENCH, SPANISH])
def test_nothing_is_invented(text: str, read: Read) -> None:
    printed = _letters(text)
    for value in _values(read(text)):
        assert _letters(value) in printed


def test_nothing_is_invented_from_a_pdf(pdf: PdfMaker, read: Read) -> None:
    data = pdf(one_column())
    layout = lay_out(data, sniff(data))
    printed = _letters(" ".join(cell.text for page in layout.pages for cell in page.cells))
    for value in _values(read(data)):
        assert _letters(value) in printed


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text)


def _values(resume: Resume) -> list[str]:
    """All values that are taken over as written."""
    person = resume.personal
    values = [person.name, person.email, person.phone, person.location, person.headline, *resume.skills]
    for job in resume.experience:
        values += [job.title, job.company, job.location, job.duration, *job.highlights]
    for degree in resume.education:
        values += [degree.degree, degree.field, degree.institution, degree.location, degree.score]
    return values + [language.name for language in resume.languages]


def test_roles_below_an_employer_that_is_described_first_are_its_roles(pdf: PdfMaker, read: Read) -> None:
    resume = read(
        pdf(
            [
                Text(60, 60, "Orla Fenwick-Diaz", 22, "hebo"),
                Text(60, 80, "orla.fenwick@example.org"),
                Text(60, 110, "Experience", 14, "hebo"),
                Text(60, 130, "Calder Water Services Ltd", 11, "hebo"),
                Text(450, 130, "Leeds, UK"),
                Text(60, 145, "Water company with two million customers in the north of the county.", 10, "heit"),
                Text(60, 160, "Director, Flood Planning", 10, "hebo"),
                Text(430, 160, "Mar 2020 - Present"),
                Text(70, 175, "• Modelled flood risk for nine towns in the upper valley."),
                Text(60, 195, "Senior Hydrologist", 10, "hebo"),
                Text(430, 195, "Jun 2016 - Feb 2020"),
                Text(70, 210, "• Kept forty gauges running through two winters."),
                Text(60, 240, "Education", 14, "hebo"),
                Text(60, 260, "University of Lancaster", 11, "hebo"),
                Text(430, 260, "2012 - 2016"),
                Text(60, 275, "BSc in Physical Geography"),
            ]
        )
    )
    assert _jobs(resume) == [
        ("Director, Flood Planning", "Calder Water Services Ltd", "2020-03", "present"),
        ("Senior Hydrologist", "Calder Water Services Ltd", "2016-06", "2020-02"),
    ]
    assert "two million customers" in resume.experience[0].description


def test_rows_of_a_form_say_what_they_hold(pdf: PdfMaker, read: Read) -> None:
    rows = (
        ("Organisation", ": Calder Water Services Ltd"),
        ("Designation", ": Flood Modelling, Upper Valley"),
        ("Duration", ": Mar-20 to Till Date"),
    )
    lines = [Text(60 if side == 0 else 200, 130 + 15 * y, row[side]) for y, row in enumerate(rows) for side in (0, 1)]
    resume = read(
        pdf(
            [
                Text(60, 60, "Orla Fenwick-Diaz", 22, "hebo"),
                Text(60, 80, "orla.fenwick@example.org | +44 20 7946 0958"),
                Text(60, 110, "Work Experience", 14, "hebo"),
                *lines,
                Text(70, 175, "• Modelled flood risk for nine towns in the upper valley."),
                Text(60, 250, "Skills", 14, "hebo"),
                Text(60, 270, "QGIS, Python, HEC-RAS, Report writing"),
            ]
        )
    )
    assert _jobs(resume) == [("Flood Modelling, Upper Valley", "Calder Water Services Ltd", "2020-03", "present")]


def test_contact_data_at_the_foot_of_the_page_are_the_persons(pdf: PdfMaker, read: Read) -> None:
    lines = [text for text in one_column() if "@" not in text.text]
    foot = Text(60, 800, "orla.fenwick@example.org | +44 20 7946 0958 | Leeds, West Yorkshire")
    personal = read(pdf([*lines, foot])).personal
    assert (personal.name, personal.phone_e164) == ("Orla Fenwick-Diaz", "+442079460958")
    assert personal.location_details.city == "Leeds"


def test_a_page_may_have_three_columns(pdf: PdfMaker, read: Read) -> None:
    skills = ("QGIS", "Python", "HEC-RAS", "Surveying", "Hydrometry", "LiDAR", "Telemetry", "AutoCAD")
    left = [Text(30, 130 + 15 * n, word, 9) for n, word in enumerate(skills)]
    right = [
        Text(430, 110, "Education", 13, "hebo"),
        Text(430, 130, "University of Lancaster", 10, "hebo"),
        Text(430, 145, "BSc in Geography"),
        Text(430, 160, "2012 - 2016"),
        Text(430, 190, "Languages", 13, "hebo"),
        Text(430, 210, "English (native)"),
        Text(430, 225, "Spanish (B2)"),
    ]
    middle = [
        Text(150, 110, "Experience", 13, "hebo"),
        Text(150, 130, "Senior Hydrologist", 10, "hebo"),
        Text(150, 145, "Calder Water Services Ltd"),
        Text(150, 160, "Mar 2020 - Present"),
        Text(150, 175, "• Modelled flood risk for nine towns.", 9),
        Text(150, 200, "Field Technician", 10, "hebo"),
        Text(150, 215, "Pennine Survey Group"),
        Text(150, 230, "Jun 2016 - Feb 2020"),
        Text(150, 245, "• Kept forty gauges running.", 9),
    ]
    head = [Text(150, 50, "Orla Fenwick-Diaz", 22, "hebo"), Text(150, 70, "orla.fenwick@example.org")]
    resume = read(pdf([*head, Text(30, 110, "Skills", 13, "hebo"), *left, *middle, *right]))
    assert _jobs(resume) == [CALDER, PENNINE]
    assert resume.education[0].institution == "University of Lancaster"
    assert resume.skills == skills
