from datetime import UTC, datetime

import pytest

from gateway_service.convert import answer_to_proto, health_to_proto, resume_parsed_event, summary_to_proto
from gateway_service.domain.model import Caller, Health, ParseAnswer
from hiremesh.profile.v1 import resume_pb2
from tests.support.builders.gateway import USER, stored

AT = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)


def test_an_answer_keeps_what_the_parser_said_and_adds_what_gateway_knows() -> None:
    resume = stored(created_at=AT)
    answer = answer_to_proto(ParseAnswer(resume, Caller(USER, USER, "http://x.example"), cached=True))
    assert (answer.personal.name, answer.metadata.engine) == ("Ada Example", "rules")
    metadata = answer.metadata
    assert (metadata.resume_id, metadata.user_id, metadata.processing_mode) == (resume.id, USER, "sync")
    assert (metadata.origin, metadata.origin_valid, metadata.cache.hit) == ("http://x.example", True, True)
    assert metadata.cache.computed_at.ToDatetime(tzinfo=UTC) == AT


def test_an_event_carries_what_matching_needs_and_nobodys_name_address_employer_or_school() -> None:
    event = resume_parsed_event(stored(digest="d1"))
    assert (event.owner_id, event.digest) == (USER, "d1")
    assert [skill.id for skill in event.skills] == ["python"]
    assert [(job.title, job.start_date, job.years) for job in event.positions] == [("Engineer", "2020", 2.5)]
    assert [degree.field for degree in event.degrees] == ["Mathematics"]
    content = resume_pb2.Resume()
    content.metadata.document.language = "de"
    assert resume_parsed_event(stored(content=content.SerializeToString())).language == "de"
    wire = event.SerializeToString()
    assert not [word for word in (b"Ada", b"ada@example.org", b"Example Ltd", b"Example College") if word in wire]


def test_the_length_of_a_position_without_dates_stays_absent_in_the_event() -> None:
    content = resume_pb2.Resume(experience=[resume_pb2.Experience(title="Engineer")]).SerializeToString()
    (position,) = resume_parsed_event(stored(content=content)).positions
    assert not position.HasField("years")


@pytest.mark.parametrize(
    ("headline", "titles", "shown"),
    [("Architect", ["Engineer"], "Architect"), ("", ["Engineer", "Intern"], "Engineer"), ("", [], "")],
)
def test_a_summary_is_headed_by_the_headline_or_else_the_newest_title(
    headline: str, titles: list[str], shown: str
) -> None:
    content = resume_pb2.Resume(
        personal=resume_pb2.Personal(headline=headline),
        experience=[resume_pb2.Experience(title=title) for title in titles],
    ).SerializeToString()
    assert summary_to_proto(stored(content=content)).headline == shown


@pytest.mark.parametrize(
    ("up", "able", "status"),
    [
        ({"parser": True, "broker": True}, True, "healthy"),
        ({"parser": True, "broker": False}, True, "degraded"),
        ({"parser": False, "broker": True}, False, "unhealthy"),
    ],
)
def test_health_is_one_of_three_words(up: dict[str, bool], able: bool, status: str) -> None:
    response = health_to_proto(Health(up=up, able_to_parse=able))
    assert response.status == status
    assert dict(response.dependencies) == {name: "up" if answered else "down" for name, answered in up.items()}
