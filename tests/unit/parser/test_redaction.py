"""The anonymised view as data: what goes, what stays."""

import itertools
import re
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st

from hiremesh.profile.v1 import resume_pb2
from parser_service.convert import from_json, to_json, to_proto
from parser_service.domain.identity import Identity
from parser_service.domain.model import ParsedDocument
from parser_service.domain.redaction import (
    FIELDS,
    NO_NAME,
    PLACEHOLDER,
    Fate,
    RedactionOptions,
    fate_of,
    redact,
)
from tests.unit.parser.drawing import PdfMaker, one_column

PERSONAL = {
    "name": "Orla Fenwick-Diaz",
    "email": "orla.fenwick@example.org",
    "phone": "020 7946 0958",
    "phone_e164": "+442079460958",
    "location": "Leeds, West Yorkshire",
    "location_details": {"city": "Leeds", "region": "West Yorkshire", "country_code": "GB"},
    "links": ["https://www.linkedin.com/in/orla-fd", "github.com/ofd77", "https://orlafenwick.dev/"],
    "headline": "Hydrologist in Leeds",
}
ORLA = Identity.of(PERSONAL)

PERIODS = ("experience", "volunteering", "education", "projects")

SPELLINGS = {
    "Orla's maps": "[removed] maps",
    "by ORLA FENWICK-DIAZ and Fenwick, O.": "by [removed] and [removed], O.",
    "O R L A   F E N W I C K": "[removed]",
    "Fen-\nwick led": "[removed] led",
    "Órla Fénwick Diaz": "[removed]",
    "Mrs Fenwick led": "[removed] led",
    "call +44 (0)20 7946-0958 now": "call [removed] now",
    "call 0207 946 0958 now": "call [removed] now",
    "mobile: 07700 900 123": "mobile: [removed]",
    "or +49 170 1234567": "or [removed]",
    "orla.fenwick@\nexample.org": "[removed]",
    "orla (at) example (dot) org": "[removed]",
    "referee: j.doe@example.com": "referee: [removed]",
    "see github.com/ofd77/tool, ofd77": "see [removed], [removed]",
    "at orlafenwick.dev and orlafenwick-maps.com": "at [removed] and [removed]",
    "LinkedIn: orla-fd": "[removed]",
    "code at https://example.com/x": "code at [removed]",
    "Nationality: Irish | Licence: B": "[removed] | Licence: B",
    "Date of birth 12 March 1985\nBlue": "[removed]\nBlue",
    "Geburtsdatum: 12.03.1985, Köln": "[removed]",
    "Familienstand: ledig\nBlau": "[removed]\nBlau",
    "Né le 12 mars 1985 à Lyon": "[removed]",
    "Estado civil: casada": "[removed]",
    "34 years old": "[removed]",
    "Age: 34": "[removed]",
    "Hydrologist | She/Her": "Hydrologist | [removed]",
    "female | married": "[removed] | [removed]",
    "12 Elm Tree Road, Leeds LS6 2AB, United Kingdom | x": "[removed] | x",
    "Musterstraße 12, 10115 Berlin\nx": "[removed]\nx",
    "12 rue de la Paix, 75002 Paris": "[removed]",
    "Calle Mayor 5, 3º B, 28013 Madrid": "[removed]",
}

HARMLESS = [
    "served 10 000 000 requests in 2015 - 2018",
    "1200000 users, 2019-03-01, v1.2.3",
    "Node.js, ASP.NET, Vue.js, C++",
    "Leeds United",
    "10 years of experience",
    "Managed a 12 person team on the road",
    "Language: English",
    "female leadership network",
    "single page apps",
    "message: hello",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_what_identifies_is_found_in_any_spelling(text: str) -> None:
    assert ORLA.scrub(text, PLACEHOLDER) == SPELLINGS[text]


@pytest.mark.parametrize("text", HARMLESS)
def test_texts_that_only_look_alike_stay(text: str) -> None:
    assert ORLA.scrub(text, PLACEHOLDER) == text


def test_a_town_goes_only_from_the_block_with_the_contact_data() -> None:
    assert ORLA.scrub("LS6, Leeds", PLACEHOLDER, contact=True) == "LS6, [removed]"
    assert ORLA.scrub("Bridge engineer in Leeds", PLACEHOLDER) == "Bridge engineer in Leeds"


@pytest.mark.parametrize(
    ("name", "text"), [("王小明", "我叫王小明。"), ("김민수", "김민수는 서울에"), ("Мария Иванова", "МАРИЯ ИВАНОВА")]
)
def test_names_in_other_scripts_are_found(name: str, text: str) -> None:
    assert name.casefold() not in Identity.of({"name": name}).scrub(text, PLACEHOLDER).casefold()


LETTERS = st.characters(categories=["Lu", "Ll"], max_codepoint=0x17F)
NAMES = st.lists(st.text(LETTERS, min_size=3, max_size=9), min_size=1, max_size=3).map(" ".join)


@given(NAMES, st.text(max_size=40), st.text(max_size=40), st.sampled_from([str.upper, str.lower, str.title, " ".join]))
def test_no_word_of_a_name_survives(name: str, before: str, after: str, spelled: Any) -> None:
    scrubbed = Identity.of({"name": name}).scrub(f"{before} {spelled(name)} {after}", "")
    assert Identity.of({"name": name}).find(f"{before} {name} {after}")
    for word in name.split():
        assert not re.search(rf"(?<![^\W\d_]){re.escape(word)}(?![^\W\d_])", scrubbed)


@given(st.text(max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    ranges = ORLA.find(text)
    assert all(0 <= start < end <= len(text) for start, end in ranges)
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(ranges))


def _resume(read: Any, pdf: PdfMaker) -> dict[str, Any]:
    message = to_proto(ParsedDocument(read(pdf(one_column())), (), digest="ab12", size=9, seconds=0.1))
    message.metadata.user_id = "user-1"
    message.metadata.resume_id = "resume-1"
    message.summary = "Orla Fenwick maps rivers; reach me at +44 20 7946 0958."
    message.projects.add(name="Gauges by orla.fenwick", url="https://github.com/ofd77/gauges")
    return dict(to_json(message))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


def test_nothing_of_the_person_is_left_anywhere_in_the_resume(read: Any, pdf: PdfMaker) -> None:
    redacted = redact(_resume(read, pdf), RedactionOptions())
    everything = "\n".join(_texts(redacted)).casefold()
    for value in ("orla", "fenwick", "diaz", "example.org", "7946", "0958", "leeds", "ofd77", "user-1", "ab12"):
        assert value not in everything
    assert redacted["summary"] == "[removed] maps rivers; reach me at [removed]."
    assert redacted["projects"] == [{"name": "Gauges by [removed]", "url": ""}]
    assert not any(pointer.startswith("/personal/") for pointer in redacted["provenance"])


def test_what_the_person_did_stays_and_the_structure_is_valid(read: Any, pdf: PdfMaker) -> None:
    whole = _resume(read, pdf)
    redacted = redact(whole, RedactionOptions())
    for kept in ("experience", "education", "skills", "languages", "total_years_experience"):
        assert redacted[kept] == whole[kept]
    message = from_json(redacted)
    assert message.personal == resume_pb2.Personal(location_details=resume_pb2.Location())
    assert message.metadata.resume_id == "resume-1"


def test_the_resume_that_was_given_stays_whole(read: Any, pdf: PdfMaker) -> None:
    whole = _resume(read, pdf)
    redact(whole, RedactionOptions(schools=True))
    assert whole == _resume(read, pdf)


def test_schools_and_years_of_education_go_when_asked(read: Any, pdf: PdfMaker) -> None:
    redacted = redact(_resume(read, pdf), RedactionOptions(schools=True))
    (degree,) = redacted["education"]
    assert degree["degree"] == "BSc"
    assert not any(degree.get(name) for name in ("institution", "start_date", "end_date", "year"))
    everything = "\n".join(_texts(redacted))
    assert "Lancaster" not in everything
    assert "2012" not in everything
    assert redacted["experience"][0]["start_date"] == "2020-03"


def test_a_resume_without_a_known_name_says_so() -> None:
    assert redact({"summary": "Maps rivers."}, RedactionOptions())["metadata"]["warnings"] == [NO_NAME]


def test_every_text_field_of_a_person_is_emptied_unless_listed() -> None:
    kept = [p for p in _pointers(resume_pb2.Personal.DESCRIPTOR, "/personal") if fate_of(p, FIELDS) is not Fate.EMPTY]
    assert kept == ["/personal/headline"]


def test_only_what_we_derived_is_kept_unread() -> None:
    kept = {p for p in _pointers(resume_pb2.Resume.DESCRIPTOR, "") if fate_of(p, FIELDS) is Fate.KEEP}
    own = {pointer for pointer in kept if not pointer.startswith("/metadata/")}
    assert own == {
        *(f"/{section}/0/{end}" for section in PERIODS for end in ("start_date", "end_date")),
        *(f"/{section}/0/date" for section in ("certifications", "awards", "publications")),
        *("/education/0/year", "/skill_details/0/id", "/skill_details/0/taxonomy", "/languages/0/code"),
    }


def _pointers(message: Descriptor, base: str) -> list[str]:
    """Pointers of all text fields, in lists those of the first element."""
    pointers: list[str] = []
    for field in message.fields:
        pointer = f"{base}/{field.name}"
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            continue
        here = f"{pointer}/0" if field.is_repeated else pointer
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            pointers += _pointers(field.message_type, here)
        elif field.type == FieldDescriptor.TYPE_STRING:
            pointers.append(here)
    return pointers
