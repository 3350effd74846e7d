"""Events about resumes, written to the outbox."""

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway_service.convert import resume_parsed_event
from gateway_service.domain.model import StoredResume
from gateway_service.ports import Clock
from hiremesh.events.v1 import resume_pb2
from meshkit.events import envelope
from meshkit.outbox import Outbox

SOURCE = "gateway"


class OutboxEvents:
    """The real `Events`."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock

    async def resume_parsed(self, tx: AsyncConnection, resume: StoredResume) -> None:
        """See the port."""
        await self._append(tx, resume, resume_parsed_event(resume))

    async def resume_deleted(self, tx: AsyncConnection, resume: StoredResume) -> None:
        """See the port."""
        await self._append(tx, resume, resume_pb2.ResumeDeleted(resume_id=resume.id, owner_id=resume.owner))

    async def _append(self, tx: AsyncConnection, resume: StoredResume, fact: Message) -> None:
        event = envelope(fact, source=SOURCE, subject=resume.id, tenant=resume.tenant, now=self._clock())
        await self._outbox.append(tx, event)
