"""Webhooks of users, and the calls to them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway_service.domain.webhooks import (
    Delivery,
    DeliveryPage,
    TooManyWebhooks,
    Webhook,
    WebhookEvent,
    new_secret,
)
from gateway_service.ports import CheckAddress, Clock, Deliveries, NewId, Transactions, Tx, WebhookCaller, WebhookStore
from meshkit.errors import NotFound

_CALLS_AT_A_TIME = 20


@dataclass(frozen=True, slots=True)
class KeepWebhooks:
    """Makes, changes and removes webhooks for their owners. Raises NotFound, also for webhooks of others."""

    transactions: Transactions
    webhooks: WebhookStore
    deliveries: Deliveries
    check_address: CheckAddress
    clock: Clock
    new_id: NewId
    most: int

    async def create(self, *, owner: str, url: str, events: Sequence[str]) -> Webhook:
        """Raises InvalidRequest for an address that is never called, TooManyWebhooks."""
        await self.check_address(url)
        webhook = Webhook(self.new_id(), owner, url, new_secret(), frozenset(events), True, self.clock())
        async with self.transactions() as tx:
            if len(await self.webhooks.of(tx, owner=owner)) >= self.most:
                raise TooManyWebhooks(limit=self.most)
            await self.webhooks.add(tx, webhook)
        return webhook

    async def all(self, *, owner: str) -> Sequence[Webhook]:
        """Oldest first."""
        async with self.transactions() as tx:
            return await self.webhooks.of(tx, owner=owner)

    async def get(self, webhook_id: str, *, owner: str) -> Webhook:
        """One."""
        async with self.transactions() as tx:
            return await self._find(tx, webhook_id, owner=owner)

    async def update(
        self, webhook_id: str, *, owner: str, url: str, events: Sequence[str], enabled: bool | None
    ) -> Webhook:
        """What is empty stays. Raises InvalidRequest for an address that is never called."""
        if url:
            await self.check_address(url)
        async with self.transactions() as tx:
            known = await self._find(tx, webhook_id, owner=owner)
            changed = replace(
                known,
                url=url or known.url,
                events=frozenset(events) or known.events,
                enabled=known.enabled if enabled is None else enabled,
            )
            await self.webhooks.save(tx, changed)
        return changed

    async def rotate_secret(self, webhook_id: str, *, owner: str) -> Webhook:
        """With a new secret; the one before still signs for a day."""
        async with self.transactions() as tx:
            rotated = (await self._find(tx, webhook_id, owner=owner)).rotated(self.clock())
            await self.webhooks.save(tx, rotated)
        return rotated

    async def delete(self, webhook_id: str, *, owner: str) -> None:
        """With its deliveries."""
        async with self.transactions() as tx:
            await self._find(tx, webhook_id, owner=owner)
            await self.webhooks.remove(tx, webhook_id)

    async def ping(self, webhook_id: str, *, owner: str) -> Delivery:
        """A delivery that tells of nothing."""
        async with self.transactions() as tx:
            webhook = await self._find(tx, webhook_id, owner=owner)
            return await self.deliveries.add(tx, webhook, WebhookEvent.PING, {"webhook_id": webhook.id})

    async def page(self, webhook_id: str, *, owner: str, after: str | None, size: int) -> DeliveryPage:
        """Newest first."""
        async with self.transactions() as tx:
            await self._find(tx, webhook_id, owner=owner)
            return await self.deliveries.page(tx, webhook_id, after=after, size=size)

    async def retry(self, webhook_id: str, delivery_id: str, *, owner: str) -> Delivery:
        """Once more, now."""
        async with self.transactions() as tx:
            await self._find(tx, webhook_id, owner=owner)
            known = await self.deliveries.find(tx, webhook_id, delivery_id)
            if known is None:
                raise NotFound(resource="Delivery")
            retried = known.retried(self.clock())
            await self.deliveries.save(tx, retried)
        return retried

    async def _find(self, tx: Tx, webhook_id: str, *, owner: str) -> Webhook:
        webhook = await self.webhooks.find(tx, webhook_id, owner=owner)
        if webhook is None:
            raise NotFound(resource="Webhook")
        return webhook


@dataclass(frozen=True, slots=True)
class CallWebhooks:
    """Makes the calls that are due. Several replicas share them; one that dies in a call leaves it to be made again."""

    transactions: Transactions
    deliveries: Deliveries
    call: WebhookCaller
    clock: Clock
    # Longer than a call takes.
    hold: timedelta
    # Before each next call; after the last the delivery has failed.
    delays: Sequence[timedelta]

    async def __call__(self) -> int:
        """How many calls were made."""
        now = self.clock()
        async with self.transactions() as tx:
            taken = await self.deliveries.take_due(tx, now=now, until=now + self.hold, limit=_CALLS_AT_A_TIME)
        await asyncio.gather(*(self._deliver(webhook, delivery) for webhook, delivery in taken))
        return len(taken)

    async def _deliver(self, webhook: Webhook, delivery: Delivery) -> None:
        outcome = await self.call(webhook, delivery, self.clock())
        async with self.transactions() as tx:
            await self.deliveries.save(tx, delivery.after(outcome, self.clock(), self.delays))
