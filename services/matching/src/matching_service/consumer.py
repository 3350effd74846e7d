"""NATS in: envelope → use case. Events that this version does not know are none of its business."""

from dataclasses import dataclass
from datetime import UTC

from hiremesh.events.v1 import envelope_pb2
from matching_service.convert.candidate import profile_from_event
from matching_service.usecases.matches import MatchJob
from matching_service.usecases.ranking import IndexJob
from matching_service.usecases.resumes import EraseCandidate, EraseUser, StoreCandidate

DURABLE = "matching"
SUBJECTS = (
    "hiremesh.resume.v1.parsed",
    "hiremesh.resume.v1.deleted",
    "hiremesh.user.v1.erased",
    "hiremesh.job.v1.posted",
    "hiremesh.job.v1.updated",
    "hiremesh.job.v1.closed",
    "hiremesh.job.v1.due",
    "hiremesh.preferences.v1.changed",
    "hiremesh.matches.v1.due",
)


@dataclass(frozen=True, slots=True)
class Events:
    """Handles events about resumes, users, jobs and people. What follows from one is made anew each time, so that it may come again."""

    store: StoreCandidate
    erase: EraseCandidate
    erase_user: EraseUser
    index: IndexJob
    match_job: MatchJob

    async def __call__(self, event: envelope_pb2.Envelope) -> None:
        """Raises when the event has to come again."""
        match event.WhichOneof("data"):
            case "resume_parsed":
                parsed = event.resume_parsed
                await self.store(
                    event_id=event.id,
                    resume_id=parsed.resume_id,
                    owner_id=parsed.owner_id,
                    tenant=event.tenant,
                    parsed_at=event.time.ToDatetime(UTC),
                    profile=profile_from_event(parsed),
                )
            case "resume_deleted":
                deleted = event.resume_deleted
                await self.erase(
                    event_id=event.id, resume_id=deleted.resume_id, owner_id=deleted.owner_id, tenant=event.tenant
                )
            case "user_erased":
                await self.erase_user(event_id=event.id, user_id=event.user_erased.user_id)
            case "job_posted":
                await self._index(event.id, event.job_posted.job_id)
            case "job_updated":
                await self._index(event.id, event.job_updated.job_id)
            case "job_due":
                await self._index(event.id, event.job_due.job_id)
            case "job_closed":
                await self.match_job.gone(event.job_closed.job_id)
            case "preferences_changed":
                await self.store.bring_up_to_date(event.preferences_changed.owner_id, event.tenant)
            case "matches_due":
                await self.store.bring_up_to_date(event.matches_due.owner_id, event.tenant)

    async def _index(self, event_id: str, job_id: str) -> None:
        await self.index(event_id=event_id, job_id=job_id)
        await self.match_job.changed(job_id)
