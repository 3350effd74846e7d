"""Second opinions: what a model may change, and what it can't."""

import asyncio
import dataclasses
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshkit.errors import ServiceUnavailable
from parser_service.adapters.text import read_text
from parser_service.domain import refinement
from parser_service.domain.dates import Month
from parser_service.domain.model import Doubt, Education, Errand, Experience, ModelUse, Provenance, Resume
from parser_service.domain.reading import ENGINE, EXTRACTOR_VERSION, read_resume
from parser_service.domain.refinement import Pointed, refined
from parser_service.ports import NoModel
from parser_service.usecases import RefineResume

TODAY = Month(2026, 3)
RESUME = """Ada Beispiel
ada@example.org

Experience

Oak and Reed
Harbour Lights
2019 - 2022
- Counted boats

Education

Bachelor of Science in Botany, Example University, 2011 - 2014
"""


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_sure_but_certainty() -> Iterator[None]:
    """So that what is doubted here does not depend on how well the rules read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refinement, "DOUBTED", 1.0)
        yield


@pytest.fixture
def resume() -> Resume:
    return read()


def read() -> Resume:
    """With the doubt about the job only."""
    resume = read_resume(read_text(RESUME.encode(), max_characters=10_000), TODAY)
    return dataclasses.replace(resume, doubts=resume.doubts[:1])


def line_of(doubt: Doubt, text: str) -> int:
    return next(number for number, line in enumerate(doubt.lines, start=1) if text in line.text)


def job(doubt: Doubt, **pointers: str) -> Pointed:
    numbers = {name: line_of(doubt, text) for name, text in pointers.items()}
    return Pointed("job", 1, len(doubt.lines), **numbers)


def test_a_doubt_holds_the_lines_of_its_entry_and_of_no_other(resume: Resume) -> None:
    (doubt,) = resume.doubts
    assert (doubt.list, doubt.number) == ("experience", 0)
    assert [line.text for line in doubt.lines] == ["Oak and Reed", "Harbour Lights", "2019 - 2022", "Counted boats"]


def test_doubted_fields_are_read_from_the_lines_that_are_pointed_at(resume: Resume) -> None:
    (doubt,) = resume.doubts
    other = refined(resume, [(doubt, [job(doubt, title="Harbour", organisation="Oak", dates="2019")])], TODAY)
    (told,) = other.experience
    assert (told.title, told.company, told.start_date) == ("Harbour Lights", "Oak and Reed", "2019")
    assert told.highlights == resume.experience[0].highlights
    assert other.provenance["/experience/0/title"].text == "Harbour Lights"
    swapped = refined(resume, [(doubt, [job(doubt, title="Oak", organisation="Harbour")])], TODAY)
    assert (swapped.experience[0].title, swapped.experience[0].company) == ("Oak and Reed", "Harbour Lights")


def test_what_the_rules_are_sure_of_stays(resume: Resume) -> None:
    (doubt,) = resume.doubts
    sure = {pointer: dataclasses.replace(place, confidence=1.0) for pointer, place in resume.provenance.items()}
    certain = dataclasses.replace(resume, provenance=sure)
    pointed = [job(doubt, title="Oak", organisation="Harbour", dates="2019")]
    swapped = [job(doubt, title="Harbour", organisation="Oak", dates="2019")]
    for answer in (pointed, swapped):
        after = refined(certain, [(doubt, answer)], TODAY)
        assert (after.experience, after.provenance) == (certain.experience, certain.provenance)


def test_where_the_model_agrees_the_rules_confidence_stays_and_another_value_gets_what_it_leaves(
    resume: Resume,
) -> None:
    (doubt,) = resume.doubts
    unsure = {pointer: dataclasses.replace(place, confidence=0.7) for pointer, place in resume.provenance.items()}
    (told,) = resume.experience
    before = dataclasses.replace(
        resume,
        experience=(dataclasses.replace(told, title="Harbour Lights", company="Oak and Reed", start_date=""),),
        provenance=unsure,
    )

    def confidences(**pointers: str) -> list[float]:
        after = refined(before, [(doubt, [job(doubt, **pointers)])], TODAY)
        return [after.provenance[f"/experience/0/{name}"].confidence for name in ("title", "company", "start_date")]

    assert confidences(title="Harbour", organisation="Oak", dates="2019") == [0.7, 0.7, 0.5]
    assert confidences(title="Oak", organisation="Harbour", dates="2019") == pytest.approx([0.3, 0.3, 0.5])


def test_an_entry_that_holds_two_jobs_becomes_two_and_those_behind_it_move(resume: Resume) -> None:
    def place(text: str) -> Provenance:
        return Provenance(1, None, text, 0.9)

    jobs = (Experience(title="Clerk"), Experience(title="Cook", company="Inn"))
    lines = tuple(place(text) for text in ("Clerk", "Bank", "2001 - 2003", "Counted", "Porter", "Hotel", "2004 - 2006"))
    doubt = Doubt("experience", 0, lines)
    before = dataclasses.replace(
        resume, experience=jobs, provenance={"/experience/1/title": place("Cook")}, doubts=(doubt,)
    )
    pointed = [
        Pointed("job", 1, 4, title=1, organisation=2, dates=3),
        Pointed("job", 5, 7, title=5, organisation=6, dates=7),
    ]
    after = refined(before, [(doubt, pointed)], TODAY)
    assert [(job.title, job.company, job.start_date) for job in after.experience] == [
        ("Clerk", "Bank", "2001"),
        ("Porter", "Hotel", "2004"),
        ("Cook", "Inn", ""),
    ]
    assert after.experience[0].description == "Counted"
    assert after.provenance["/experience/2/title"].text == "Cook"
    assert after.total_years_experience == 4.0


@pytest.mark.parametrize(
    "pointed",
    [
        [],
        [Pointed("other", 1, 4, title=2, organisation=1)],
        [Pointed("education", 1, 4, title=2, organisation=1)],
        [Pointed("job", 1, 9, title=2, organisation=1)],
        [Pointed("job", 3, 4, title=2, organisation=1)],
        [Pointed("job", 4, 1, title=2, organisation=1)],
        [Pointed("job", 1, 3, title=2, organisation=1), Pointed("job", 3, 4, title=3)],
        [Pointed("job", 1, 4, title=1, organisation=1)],
    ],
    ids=[
        "nothing",
        "other",
        "wrong list",
        "beyond",
        "outside",
        "backwards",
        "overlap",
        "one line for both",
    ],
)
def test_answers_that_cannot_be_right_change_nothing(resume: Resume, pointed: Sequence[Pointed]) -> None:
    after = refined(resume, [(resume.doubts[0], pointed)], TODAY)
    assert (after.experience, after.provenance) == (resume.experience, resume.provenance)


def test_a_title_that_is_the_employers_name_changes_nothing(resume: Resume) -> None:
    pointed = Pointed("job", 1, 4, title=line_of(resume.doubts[0], resume.experience[0].company))
    assert refined(resume, [(resume.doubts[0], [pointed])], TODAY).experience == resume.experience


numbers = st.integers(1, 5)
answers = st.lists(
    st.builds(
        Pointed,
        st.sampled_from(["job", "education", "other"]),
        numbers,
        numbers,
        title=st.none() | numbers,
        organisation=st.none() | numbers,
        dates=st.none() | numbers,
    ),
    max_size=3,
)


@given(answers)
def test_no_answer_brings_in_words_that_the_document_has_not(pointed: list[Pointed]) -> None:
    before = read()
    after = refined(before, [(before.doubts[0], pointed)], TODAY)
    for entry in (*after.experience, *after.education):
        names = [entry.title, entry.company] if isinstance(entry, Experience) else [entry.degree, entry.institution]
        assert all(name in RESUME for name in names)
        assert all(date in ("", "2019", "2022", "2011", "2014") for date in (entry.start_date, entry.end_date))


class ScriptedRefiner:
    """A `Refiner` that answers, fails, or never comes back."""

    def __init__(self, answer: Sequence[Pointed] | Exception | None) -> None:
        self._answer = answer
        self.cancelled = 0
        self.errands: list[Errand] = []

    async def point(self, doubt: Doubt, errand: Errand) -> tuple[Sequence[Pointed], ModelUse]:
        self.errands.append(errand)
        if self._answer is None:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled += 1
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer or (), ModelUse("tiny", 30, 20, 0.5)


def refine(refiner: ScriptedRefiner) -> RefineResume:
    return RefineResume(refiner, timedelta(seconds=0.05 if refiner._answer is None else 10), lambda: date(2026, 3, 1))


async def test_the_result_says_which_model_answered_and_what_it_took(resume: Resume) -> None:
    pointed = job(resume.doubts[0], title="Harbour", organisation="Oak")
    after, used = await refine(ScriptedRefiner([pointed]))(resume)
    assert after.experience[0].title == "Harbour Lights"
    assert (after.reading.engine, after.reading.extractor_version) == (f"{ENGINE}+tiny", f"{EXTRACTOR_VERSION}+refined")
    assert after.reading.warnings == resume.reading.warnings
    assert used == ModelUse("tiny", 30, 20, 0.5)


@pytest.mark.parametrize(
    ("answer", "warning"),
    [
        (NoModel(), "refinement_unavailable"),
        (ServiceUnavailable(service="inference"), "refinement_incomplete"),
        (None, "refinement_incomplete"),
    ],
    ids=["no model", "a fault", "no answer in time"],
)
async def test_the_rules_reading_stands_without_an_answer_and_a_warning_says_so(
    resume: Resume, answer: Exception | None, warning: str
) -> None:
    refiner = ScriptedRefiner(answer)
    after, used = await refine(refiner)(resume)
    assert (after.experience, after.education) == (resume.experience, resume.education)
    assert (after.reading.engine, used) == (ENGINE, ModelUse())
    assert after.reading.warnings == (*resume.reading.warnings, warning)
    assert refiner.cancelled == (answer is None)


async def test_a_caller_that_leaves_ends_the_questions(resume: Resume) -> None:
    refiner = ScriptedRefiner(None)
    asking = asyncio.create_task(RefineResume(refiner, timedelta(minutes=1), lambda: date(2026, 3, 1))(resume))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    assert (asking.cancelled(), refiner.cancelled) == (True, 1)


async def test_a_resume_without_doubts_costs_no_question(resume: Resume) -> None:
    sure = dataclasses.replace(resume, doubts=())
    after, used = await refine(ScriptedRefiner(AssertionError("asked")))(sure)
    assert (after.experience, used) == (sure.experience, ModelUse())


def test_a_degree_is_read_from_its_line_too(resume: Resume) -> None:
    lines = tuple(Provenance(1, None, text, 0.9) for text in ("Example College", "Diploma in Baking, 2009", "Loaves"))
    doubt = Doubt("education", 0, lines)
    before = dataclasses.replace(resume, education=(Education(),), provenance={})
    pointed = Pointed("education", 1, 3, title=2, organisation=1, dates=2)
    (degree,) = refined(before, [(doubt, [pointed])], TODAY).education
    assert (degree.degree, degree.field, degree.institution) == ("Diploma", "Baking", "Example College")
    assert (degree.end_date, degree.year) == ("2009", "2009")
