"""Telling a resume that is on its way from one that does not exist."""

from datetime import UTC, datetime, timedelta
from uuid import UUID


def may_be_on_its_way(resume_id: str, *, now: datetime, grace: timedelta) -> bool:
    """Whether an unknown resume may have been stored so recently that its event is still to come.

    Ids are UUIDv7, which begin with their time in milliseconds. A made-up id says what its maker wanted: the answer
    tells them nothing.
    """
    value = UUID(resume_id)
    if value.version != 7:
        return False
    made = datetime.fromtimestamp((value.int >> 80) / 1000, UTC)
    return abs(now - made) < grace
