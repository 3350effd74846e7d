"""Webhooks and their deliveries in Postgres; addresses and secrets are encrypted."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway_service.adapters.tables import webhook_deliveries, webhooks
from gateway_service.domain.batches import Batch
from gateway_service.domain.jobs import Job, JobState
from gateway_service.domain.webhooks import Delivery, DeliveryPage, DeliveryState, Webhook, WebhookEvent
from gateway_service.ports import Clock, NewId
from meshkit.encryption import Cipher

_JOBS = "/api/v1/parse-resume-async/status"
_RESUMES = "/api/v1/resumes"
_BATCHES = "/api/v1/batches"


class SqlWebhookStore:
    """The real `WebhookStore`."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    async def add(self, tx: AsyncConnection, webhook: Webhook) -> None:
        """See the port."""
        await tx.execute(webhooks.insert(), self._row(webhook))

    async def save(self, tx: AsyncConnection, webhook: Webhook) -> None:
        """See the port."""
        await tx.execute(webhooks.update().where(webhooks.c.id == webhook.id).values(self._row(webhook)))

    async def find(self, tx: AsyncConnection, webhook_id: str, *, owner: str) -> Webhook | None:
        """See the port."""
        if not _is_uuid(webhook_id):
            return None
        row = (await tx.execute(_of(owner).where(webhooks.c.id == webhook_id))).first()
        return None if row is None else self.webhook(row)

    async def of(self, tx: AsyncConnection, *, owner: str) -> Sequence[Webhook]:
        """See the port."""
        return [self.webhook(row) for row in await tx.execute(_of(owner).order_by(webhooks.c.id))]

    async def remove(self, tx: AsyncConnection, webhook_id: str) -> None:
        """See the port."""
        await tx.execute(webhooks.delete().where(webhooks.c.id == webhook_id))

    async def remove_of(self, tx: AsyncConnection, *, owner: str) -> None:
        """See the port."""
        await tx.execute(webhooks.delete().where(webhooks.c.owner == owner))

    def webhook(self, row: sa.Row[Any]) -> Webhook:
        """Of a row of the table."""
        old = self._cipher.decrypt(row.old_secret, context=f"{row.id} old secret").decode() if row.old_secret else ""
        return Webhook(
            id=row.id,
            owner=row.owner,
            url=self._cipher.decrypt(row.url, context=f"{row.id} url").decode(),
            secret=self._cipher.decrypt(row.secret, context=f"{row.id} secret").decode(),
            events=frozenset(row.events),
            enabled=row.enabled,
            created_at=row.created_at,
            old_secret=old,
            old_secret_until=row.old_secret_until,
        )

    def _row(self, webhook: Webhook) -> dict[str, Any]:
        def sealed(text: str, what: str) -> bytes:
            return self._cipher.encrypt(text.encode(), context=f"{webhook.id} {what}")

        return {
            "id": webhook.id,
            "owner": webhook.owner,
            "url": sealed(webhook.url, "url"),
            "secret": sealed(webhook.secret, "secret"),
            "old_secret": sealed(webhook.old_secret, "old secret") if webhook.old_secret else None,
            "old_secret_until": webhook.old_secret_until,
            "events": sorted(webhook.events),
            "enabled": webhook.enabled,
            "created_at": webhook.created_at,
        }


class SqlDeliveries:
    """The real `Deliveries`."""

    def __init__(self, store: SqlWebhookStore, clock: Clock, new_id: NewId) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id

    async def add(
        self, tx: AsyncConnection, webhook: Webhook, event: WebhookEvent, data: Mapping[str, Any]
    ) -> Delivery:
        """See the port."""
        now = self._clock()
        body = json.dumps({"type": event.value, "timestamp": now.isoformat(), "data": data}).encode()
        delivery = Delivery(self._new_id(), webhook.id, event, body, now, next_attempt_at=now)
        await tx.execute(webhook_deliveries.insert(), _row(delivery))
        return delivery

    async def find(self, tx: AsyncConnection, webhook_id: str, delivery_id: str) -> Delivery | None:
        """See the port."""
        if not _is_uuid(delivery_id):
            return None
        query = sa.select(webhook_deliveries).where(webhook_deliveries.c.webhook_id == webhook_id)
        row = (await tx.execute(query.where(webhook_deliveries.c.id == delivery_id))).first()
        return None if row is None else _delivery(row)

    async def page(self, tx: AsyncConnection, webhook_id: str, *, after: str | None, size: int) -> DeliveryPage:
        """See the port."""
        query = sa.select(webhook_deliveries).where(webhook_deliveries.c.webhook_id == webhook_id)
        if after is not None:
            query = query.where(webhook_deliveries.c.id < after)
        rows = (await tx.execute(query.order_by(webhook_deliveries.c.id.desc()).limit(size + 1))).all()
        found = tuple(_delivery(row) for row in rows[:size])
        return DeliveryPage(found, next_cursor=found[-1].id if len(rows) > size else None)

    async def take_due(
        self, tx: AsyncConnection, *, now: datetime, until: datetime, limit: int
    ) -> Sequence[tuple[Webhook, Delivery]]:
        """See the port."""
        table = webhook_deliveries
        due = sa.select(table.c.id).where(table.c.state == DeliveryState.PENDING, table.c.next_attempt_at <= now)
        due = due.order_by(table.c.next_attempt_at).limit(limit).with_for_update(skip_locked=True)
        taken = table.update().where(table.c.id.in_(due)).values(attempts=table.c.attempts + 1, next_attempt_at=until)
        deliveries = [_delivery(row) for row in await tx.execute(taken.returning(table))]
        if not deliveries:
            return []
        wanted = sa.select(webhooks).where(webhooks.c.id.in_({delivery.webhook_id for delivery in deliveries}))
        known = {row.id: self._store.webhook(row) for row in await tx.execute(wanted)}
        return [(known[delivery.webhook_id], delivery) for delivery in deliveries]

    async def save(self, tx: AsyncConnection, delivery: Delivery) -> None:
        """See the port."""
        table = webhook_deliveries
        await tx.execute(table.update().where(table.c.id == delivery.id).values(_row(delivery)))

    async def remove_old(self, tx: AsyncConnection, *, before: datetime, limit: int) -> None:
        """See the port."""
        table = webhook_deliveries
        old = sa.select(table.c.id).where(table.c.created_at < before).limit(limit).with_for_update(skip_locked=True)
        await tx.execute(table.delete().where(table.c.id.in_(old)))


class WebhookNotices:
    """The real `Notices`: deliveries stand beside what they tell of, and leave with its commit."""

    def __init__(self, store: SqlWebhookStore, deliveries: SqlDeliveries) -> None:
        self._store = store
        self._deliveries = deliveries

    async def job_ended(self, tx: AsyncConnection, job: Job) -> None:
        """See the port."""
        data: dict[str, Any] = {"job_id": job.id, "status": job.state.value, "status_url": f"{_JOBS}/{job.id}"}
        if job.state is JobState.COMPLETED:
            data |= {"resume_id": job.resume_id, "resume_url": f"{_RESUMES}/{job.resume_id}"}
            await self._tell(tx, job.owner, WebhookEvent.JOB_COMPLETED, data)
        else:
            data |= {"code": job.failure.code if job.failure else ""}
            await self._tell(tx, job.owner, WebhookEvent.JOB_FAILED, data)

    async def batch_ended(self, tx: AsyncConnection, batch: Batch) -> None:
        """See the port."""
        data = {
            "batch_id": batch.id,
            "status": batch.status.value,
            "total": batch.total,
            "completed": batch.completed,
            "failed": batch.failed,
            "status_url": f"{_BATCHES}/{batch.id}",
            "files_url": f"{_BATCHES}/{batch.id}/files",
        }
        await self._tell(tx, batch.owner, WebhookEvent.BATCH_COMPLETED, data)

    async def _tell(self, tx: AsyncConnection, owner: str, event: WebhookEvent, data: Mapping[str, Any]) -> None:
        for row in await tx.execute(_ENABLED, {"owner": owner}):
            webhook = self._store.webhook(row)
            if webhook.wants(event):
                await self._deliveries.add(tx, webhook, event, data)


_ENABLED = sa.select(webhooks).where(webhooks.c.owner == sa.bindparam("owner"), webhooks.c.enabled)


def _of(owner: str) -> sa.Select[Any]:
    """The one place that scopes queries to an owner."""
    return sa.select(webhooks).where(webhooks.c.owner == owner)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _row(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "webhook_id": delivery.webhook_id,
        "event": delivery.event,
        "body": delivery.body,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "response_status": delivery.response_status,
        "fault": delivery.fault,
        "created_at": delivery.created_at,
        "last_attempt_at": delivery.last_attempt_at,
        "next_attempt_at": delivery.next_attempt_at,
    }


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        event=WebhookEvent(row.event),
        body=row.body,
        created_at=row.created_at,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        response_status=row.response_status,
        fault=row.fault,
        last_attempt_at=row.last_attempt_at,
        next_attempt_at=row.next_attempt_at,
    )
