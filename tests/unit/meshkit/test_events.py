from datetime import UTC, datetime

from hiremesh.events.v1 import resume_pb2
from meshkit.events import envelope, subject_of


def test_an_event_travels_on_a_subject_made_of_noun_version_and_fact() -> None:
    fact = resume_pb2.ResumeParsed(resume_id="r1")
    event = envelope(fact, source="gateway", subject="r1", tenant="t1", now=datetime(2026, 1, 1, tzinfo=UTC))
    assert subject_of(event) == "hiremesh.resume.v1.parsed"


def test_an_envelope_carries_its_fact_and_a_time_ordered_id() -> None:
    fact = resume_pb2.ResumeDeleted(resume_id="r1", owner_id="u1")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    first, second = (envelope(fact, source="gateway", subject="r1", tenant="u1", now=now) for _ in range(2))
    assert first.resume_deleted == fact
    assert first.WhichOneof("data") == "resume_deleted"
    assert first.id < second.id
    assert first.time.ToDatetime(tzinfo=UTC) == now
