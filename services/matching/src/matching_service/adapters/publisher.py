"""Events about jobs and matches, written to the outbox."""

from datetime import datetime

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from hiremesh.events.v1 import job_pb2, match_pb2
from matching_service.adapters.tables import outbox
from matching_service.domain.posting import JobPosting
from matching_service.ports import JobFact
from meshkit.events import envelope
from meshkit.outbox import Outbox

SOURCE = "matching"
_MESSAGES = {
    JobFact.POSTED: job_pb2.JobPosted,
    JobFact.UPDATED: job_pb2.JobUpdated,
    JobFact.CLOSED: job_pb2.JobClosed,
    JobFact.DUE: job_pb2.JobDue,
}


class OutboxJobEvents:
    """The real `JobEvents`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._outbox = Outbox(outbox)

    async def tell(self, fact: JobFact, job: JobPosting, now: datetime) -> None:
        """See the port."""
        message = _MESSAGES[fact](job_id=job.id, owner_id=job.owner_id)
        event = envelope(message, source=SOURCE, subject=job.id, tenant=job.tenant, now=now)
        await self._outbox.append(self._connection, event)


class OutboxMatchEvents:
    """The real `MatchEvents`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._outbox = Outbox(outbox)

    async def preferences_changed(self, owner_id: str, tenant: str, now: datetime) -> None:
        """See the port."""
        await self._append(match_pb2.PreferencesChanged(owner_id=owner_id), owner_id, tenant, now)

    async def matches_due(self, owner_id: str, tenant: str, now: datetime) -> None:
        """See the port."""
        await self._append(match_pb2.MatchesDue(owner_id=owner_id), owner_id, tenant, now)

    async def _append(self, message: Message, owner_id: str, tenant: str, now: datetime) -> None:
        event = envelope(message, source=SOURCE, subject=owner_id, tenant=tenant, now=now)
        await self._outbox.append(self._connection, event)
