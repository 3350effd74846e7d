"""NATS in: envelope → use case. Events that this version does not know are none of its business."""

from datetime import UTC

from hiremesh.events.v1 import envelope_pb2
from matching_service.convert.candidate import profile_from_event
from matching_service.usecases.jobs import EmbedJob
from matching_service.usecases.resumes import EraseCandidate, EraseUser, StoreCandidate

DURABLE = "matching"
SUBJECTS = (
    "hiremesh.resume.v1.parsed",
    "hiremesh.resume.v1.deleted",
    "hiremesh.user.v1.erased",
    "hiremesh.job.v1.posted",
    "hiremesh.job.v1.updated",
)


class Events:
    """Handles events about resumes, users and jobs."""

    def __init__(self, store: StoreCandidate, erase: EraseCandidate, erase_user: EraseUser, embed: EmbedJob) -> None:
        self._store = store
        self._erase = erase
        self._erase_user = erase_user
        self._embed = embed

    async def __call__(self, event: envelope_pb2.Envelope) -> None:
        """Raises when the event has to come again."""
        match event.WhichOneof("data"):
            case "resume_parsed":
                parsed = event.resume_parsed
                await self._store(
                    event_id=event.id,
                    resume_id=parsed.resume_id,
                    owner_id=parsed.owner_id,
                    tenant=event.tenant,
                    parsed_at=event.time.ToDatetime(UTC),
                    profile=profile_from_event(parsed),
                )
            case "resume_deleted":
                await self._erase(event_id=event.id, resume_id=event.resume_deleted.resume_id)
            case "user_erased":
                await self._erase_user(event_id=event.id, user_id=event.user_erased.user_id)
            case "job_posted":
                await self._embed(event_id=event.id, job_id=event.job_posted.job_id)
            case "job_updated":
                await self._embed(event_id=event.id, job_id=event.job_updated.job_id)
