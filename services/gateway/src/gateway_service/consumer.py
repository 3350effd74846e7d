"""NATS in: what other services tell. Events that this version does not know are none of its business."""

from gateway_service.usecases import EraseOwner
from hiremesh.events.v1 import envelope_pb2

DURABLE = "gateway"
SUBJECTS = ("hiremesh.user.v1.erased",)


class Facts:
    """Handles events about users."""

    def __init__(self, erase: EraseOwner) -> None:
        self._erase = erase

    async def __call__(self, event: envelope_pb2.Envelope) -> None:
        """Raises when the event has to come again."""
        match event.WhichOneof("data"):
            case "user_erased":
                await self._erase(event.user_erased.user_id)
