from datetime import UTC, datetime, timedelta
from uuid import UUID

from matching_service.domain.arrival import may_be_on_its_way

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
GRACE = timedelta(seconds=30)


def id_made_at(moment: datetime) -> str:
    return str(UUID(int=(int(moment.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | 1))


def test_a_young_id_may_be_on_its_way() -> None:
    assert may_be_on_its_way(id_made_at(NOW - timedelta(seconds=5)), now=NOW, grace=GRACE)


def test_an_old_id_is_not() -> None:
    assert not may_be_on_its_way(id_made_at(NOW - timedelta(minutes=5)), now=NOW, grace=GRACE)


def test_an_id_from_the_far_future_is_not() -> None:
    assert not may_be_on_its_way(id_made_at(NOW + timedelta(days=5)), now=NOW, grace=GRACE)


def test_an_id_without_a_time_is_not() -> None:
    assert not may_be_on_its_way("6f1f5a3e-7f0e-4a52-9d26-0c8a5f1f7a11", now=NOW, grace=GRACE)
