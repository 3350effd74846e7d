"""Events about resumes and jobs, written to the outbox."""

import sqlalchemy as sa
from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway_service.adapters.tables import outbox
from gateway_service.convert import resume_parsed_event
from gateway_service.domain.jobs import Job
from gateway_service.domain.model import StoredResume
from gateway_service.ports import Clock
from hiremesh.events.v1 import envelope_pb2, parse_job_pb2, resume_pb2
from meshkit.events import envelope
from meshkit.outbox import Outbox

SOURCE = "gateway"
# Carries what a resume says; all other events carry ids only.
RESUME_PARSED_SUBJECT = "hiremesh.resume.v1.parsed"
WORK_SUBJECTS = "work.parse"
DEAD_LETTER_SUBJECT = "dead_letters.parse_jobs"


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

    async def job_queued(self, tx: AsyncConnection, *jobs: Job) -> None:
        """See the port."""
        work = [
            (self._about(job, parse_job_pb2.ParseJobQueued(job_id=job.id)), f"{WORK_SUBJECTS}.{job.priority}")
            for job in jobs
        ]
        await self._outbox.append_all(tx, work)

    async def job_buried(self, tx: AsyncConnection, job: Job) -> None:
        """See the port."""
        letter = parse_job_pb2.ParseJobBuried(
            job_id=job.id,
            document_id=job.document_id or "",
            code=job.failure.code if job.failure else "",
            attempts=job.attempts,
        )
        await self._outbox.append(tx, self._about(job, letter), subject=DEAD_LETTER_SUBJECT)

    async def withdraw(self, tx: AsyncConnection, *, owner: str) -> None:
        """See the port. Owners stand inside the events, which are few: those that the relay has not handed on."""
        waiting = await tx.execute(sa.select(outbox).where(outbox.c.subject == RESUME_PARSED_SUBJECT))
        gone = [row.id for row in waiting if tells_of(row.payload, owner=owner)]
        await tx.execute(outbox.delete().where(outbox.c.id.in_(gone)))

    def _about(self, job: Job, fact: Message) -> envelope_pb2.Envelope:
        return envelope(fact, source=SOURCE, subject=job.id, tenant=job.tenant, now=self._clock())

    async def _append(self, tx: AsyncConnection, resume: StoredResume, fact: Message) -> None:
        event = envelope(fact, source=SOURCE, subject=resume.id, tenant=resume.tenant, now=self._clock())
        await self._outbox.append(tx, event)


def tells_of(payload: bytes, *, owner: str) -> bool:
    """Whether an event tells of a resume of an owner."""
    return bool(envelope_pb2.Envelope.FromString(payload).resume_parsed.owner_id == owner)
