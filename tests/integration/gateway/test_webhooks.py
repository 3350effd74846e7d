"""Webhooks on a real database, through a gateway that may die: what is told, how often, and to whom."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api import httpbody_pb2
from nats.aio.msg import Msg
from pydantic import SecretStr

from gateway_service.adapters.webhooks import SqlDeliveries, SqlWebhookStore
from gateway_service.domain.webhooks import Webhook, WebhookEvent, new_secret
from hiremesh.events.v1 import parse_job_pb2
from hiremesh.gateway.v1 import (
    parse_batch_service_pb2,
    parse_batch_service_pb2_grpc,
    parse_job_service_pb2,
    parse_job_service_pb2_grpc,
    parse_work_service_pb2,
    parse_work_service_pb2_grpc,
    webhook_service_pb2,
    webhook_service_pb2_grpc,
)
from hiremesh.profile.v1 import resume_pb2
from meshkit.database import SqlTransactions, open_database
from meshkit.encryption import Cipher
from meshkit.testing import mesh_metadata, user_metadata
from tests.support.builders.gateway import FORM, OTHER_USER, USER, Part, form, next_id, resume_content
from tests.support.gateway_process import PATIENCE_SECONDS, GatewayProcess, issuer
from tests.support.postgres import PostgresUrl
from tests.support.receiver import Receiver

PRESENCE = parse_job_pb2.ParseWorkerPresence(extractor_version="1", places=2).SerializeToString()
RESUME = resume_pb2.Resume.FromString(resume_content())
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Client:
    def __init__(self, gateway: GatewayProcess) -> None:
        self.jobs: Any = parse_job_service_pb2_grpc.ParseJobServiceStub(gateway.channel)
        self.batches: Any = parse_batch_service_pb2_grpc.ParseBatchServiceStub(gateway.channel)
        self.work: Any = parse_work_service_pb2_grpc.ParseWorkServiceStub(gateway.channel)
        self.hooks: Any = webhook_service_pb2_grpc.WebhookServiceStub(gateway.channel)
        self.user = user_metadata(issuer.token(USER))

    async def hook(self, method: str, **request: Any) -> Any:
        message = getattr(webhook_service_pb2, f"{method}Request")(**request)
        return await getattr(self.hooks, method)(message, metadata=self.user)

    async def finish(self, job_id: str) -> None:
        begin = parse_work_service_pb2.BeginParseJobRequest(job_id=job_id)
        attempt = (await self.work.BeginParseJob(begin, metadata=mesh_metadata())).attempt
        complete = parse_work_service_pb2.CompleteParseJobRequest(job_id=job_id, attempt=attempt, resume=RESUME)
        await self.work.CompleteParseJob(complete, metadata=mesh_metadata())

    async def completed_job(self, data: bytes = b"Ada Example") -> str:
        document = httpbody_pb2.HttpBody(content_type="text/plain", data=data)
        request = parse_job_service_pb2.SubmitParseJobRequest(document=document)
        job_id: str = (await self.jobs.SubmitParseJob(request, metadata=self.user)).jobId.string_value
        await self.finish(job_id)
        return job_id

    async def submit_batch(self, *names: str) -> Any:
        parts = [
            Part(f'Content-Disposition: form-data; name="files"; filename="{n}"'.encode(), n.encode()) for n in names
        ]
        body = httpbody_pb2.HttpBody(content_type=FORM, data=form(*parts))

        async def pieces() -> AsyncIterator[Any]:
            yield parse_batch_service_pb2.SubmitParseBatchRequest(document=body)

        return (await self.batches.SubmitParseBatch(pieces(), metadata=self.user)).batch

    async def files(self, batch_id: str) -> Any:
        request = parse_batch_service_pb2.ListParseBatchFilesRequest(batch_id=batch_id)
        return (await self.batches.ListParseBatchFiles(request, metadata=self.user)).files


@pytest.fixture
async def client(gateway_process: GatewayProcess) -> Client:
    async def answer(question: Msg) -> None:
        await question.respond(PRESENCE)

    await gateway_process.broker.subscribe("parse_workers.presence", cb=answer)
    await gateway_process.broker.flush()
    return Client(gateway_process)


async def arrived(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(receiver.seen) < count:  # noqa: ASYNC110  # another process sets no event of ours
            await asyncio.sleep(0.05)
    return [json.loads(body) for _, body in receiver.seen]


async def test_the_end_of_a_job_and_of_a_batch_is_told_in_ids_and_paths_only(client: Client) -> None:
    async with Receiver() as receiver:
        made = await client.hook("CreateWebhook", url=f"http://127.0.0.1:{receiver.port}/")
        assert made.secret.startswith("whsec_")
        assert not [hook for hook in (await client.hook("ListWebhooks")).webhooks if made.secret in str(hook)]
        job_id = await client.completed_job()
        batch = await client.submit_batch("a", "b")
        for file in await client.files(batch.id):
            await client.finish(file.job_id)
        whole, job = sorted(await arrived(receiver, 2), key=lambda told: str(told["type"]))
    assert (job["type"], job["data"]["job_id"], job["data"]["status"]) == ("parse_job.completed", job_id, "completed")
    assert job["data"].keys() == {"job_id", "status", "status_url", "resume_id", "resume_url"}
    assert (whole["type"], whole["data"]["batch_id"]) == ("batch.completed", batch.id)
    assert (whole["data"]["completed"], whole["data"]["total"]) == (2, 2)
    assert "Ada" not in json.dumps([job, whole])


async def test_an_event_waits_for_a_receiver_that_is_away_and_the_log_tells_how_often_it_was_called(
    client: Client,
) -> None:
    receiver = Receiver()
    async with receiver:
        pass  # it has an address now, and is away
    hook = (await client.hook("CreateWebhook", url=f"http://127.0.0.1:{receiver.port}/")).webhook
    await client.completed_job()

    async def log() -> Any:
        return (await client.hook("ListWebhookDeliveries", webhook_id=hook.id)).deliveries

    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (seen := await log())[0].fault:  # noqa: ASYNC110  # another process sets no event of ours
            await asyncio.sleep(0.05)
    assert (seen[0].event, seen[0].state, seen[0].fault) == ("parse_job.completed", "pending", "connection")
    async with receiver:
        await arrived(receiver, 1)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await log())[0].state != "delivered":  # noqa: ASYNC110  # another process sets no event of ours
                await asyncio.sleep(0.05)
        ping = (await client.hook("PingWebhook", webhook_id=hook.id)).delivery
        assert [event["type"] for event in await arrived(receiver, 2)] == ["parse_job.completed", "ping"]
        again = await client.hook("RetryWebhookDelivery", webhook_id=hook.id, delivery_id=seen[0].id)
        assert again.delivery.state == "pending"
        assert (await arrived(receiver, 3))[2]["type"] == "parse_job.completed"
    assert [entry.id for entry in await log()] == [ping.id, seen[0].id]


async def test_a_webhook_can_be_changed_switched_off_and_deleted(client: Client) -> None:
    async with Receiver() as receiver:
        url = f"http://127.0.0.1:{receiver.port}/"
        hook = (await client.hook("CreateWebhook", url=url, events=["batch.completed"])).webhook
        await client.completed_job(b"one")
        secret = (await client.hook("RotateWebhookSecret", webhook_id=hook.id)).secret
        changed = await client.hook("UpdateWebhook", webhook_id=hook.id, events=["parse_job.completed"])
        assert list(changed.webhook.events) == ["parse_job.completed"]
        told = await client.completed_job(b"two")
        assert [event["data"]["job_id"] for event in await arrived(receiver, 1)] == [told]
        headers, _ = receiver.seen[0]
        assert len(headers["webhook-signature"].split()) == 2
        assert secret not in str(changed)
        await client.hook("UpdateWebhook", webhook_id=hook.id, enabled=False)
        await client.completed_job(b"three")
        await client.hook("DeleteWebhook", webhook_id=hook.id)
        assert not (await client.hook("ListWebhooks")).webhooks
    assert len(receiver.seen) == 1


async def test_a_delivery_whose_caller_died_is_taken_again_and_never_by_two_at_once(postgres_url: PostgresUrl) -> None:
    engine = open_database(postgres_url("gateway"))
    transactions = SqlTransactions(engine)
    webhooks = SqlWebhookStore(Cipher(SecretStr("secret"), purpose="webhooks"))
    deliveries = SqlDeliveries(webhooks, lambda: NOW, next_id)
    hook = Webhook(next_id(), USER, "https://example.com/", new_secret(), frozenset(), True, NOW)
    async with transactions() as tx:
        await webhooks.add(tx, hook)
        await webhooks.add(tx, Webhook(next_id(), OTHER_USER, hook.url, new_secret(), frozenset(), True, NOW))
        await deliveries.add(tx, hook, WebhookEvent.PING, {})

    async def take(now: datetime) -> list[int]:
        async with transactions() as tx:
            taken = await deliveries.take_due(tx, now=now, until=now + timedelta(seconds=30), limit=5)
        assert all(webhook == hook for webhook, _ in taken)
        return [delivery.attempts for _, delivery in taken]

    assert sorted(await asyncio.gather(take(NOW), take(NOW))) == [[], [1]]
    assert await take(NOW + timedelta(seconds=29)) == []
    assert await take(NOW + timedelta(seconds=30)) == [2]
    async with transactions() as tx:
        await deliveries.remove_old(tx, before=NOW + timedelta(seconds=1), limit=5)
        assert (await deliveries.page(tx, hook.id, after=None, size=5)).deliveries == ()
        assert await webhooks.of(tx, owner=USER) == [hook]
    await engine.dispose()
