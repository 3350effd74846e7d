"""A user is erased: from the tables, the storage and what the broker keeps, while another user notices nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from google.api import httpbody_pb2
from nats.aio.msg import Msg

from hiremesh.events.v1 import envelope_pb2, user_pb2
from hiremesh.gateway.v1 import resume_service_pb2, webhook_service_pb2, webhook_service_pb2_grpc
from meshkit.events import envelope, subject_of
from meshkit.messaging import EVENT_STREAM, EventPublisher
from tests.support.builders.gateway import OTHER_USER, USER
from tests.support.gateway_client import PRESENCE, Client
from tests.support.gateway_process import PATIENCE_SECONDS, GatewayProcess, gateway_running, issuer
from tests.support.nats import NewBroker
from tests.support.postgres import PASSWORD, PostgresUrl


@pytest.fixture
async def gateway(
    postgres_url: PostgresUrl, new_nats_server: NewBroker, tmp_path: Path
) -> AsyncIterator[GatewayProcess]:
    async with gateway_running(
        postgres_url("gateway"), new_nats_server(), tmp_path, UPKEEP_INTERVAL="PT0.5S", MAX_JOB_ATTEMPTS="1"
    ) as running:

        async def answer(question: Msg) -> None:
            await question.respond(PRESENCE)

        await running.broker.subscribe("parse_workers.presence", cb=answer)
        yield running


async def leave_traces(gateway: GatewayProcess, user: str) -> Client:
    """Of everything that gateway keeps."""
    client = Client(gateway, token=issuer.token(user, tenant=user))
    await client.finish(await client.accepted(b"completed"))
    buried = await client.accepted(b"buried")
    await client.do("BeginParseJob", job_id=buried)
    await client.do("FailParseJob", job_id=buried, attempt=1, code="INTERNAL", message="bug", transient=True)
    await client.accepted(b"open")
    await client.submit_batch(b"one of many", b"and another")
    await parse(client, b"at once")
    hooks: Any = webhook_service_pb2_grpc.WebhookServiceStub(gateway.channel)
    request = webhook_service_pb2.CreateWebhookRequest(url="http://127.0.0.1:9/")
    made = await hooks.CreateWebhook(request, metadata=client.user)
    ping = webhook_service_pb2.PingWebhookRequest(webhook_id=made.webhook.id)
    await hooks.PingWebhook(ping, metadata=client.user)
    return client


async def parse(client: Client, data: bytes) -> None:
    document = httpbody_pb2.HttpBody(content_type="text/plain", data=data)
    request = resume_service_pb2.ParseResumeRequest(document=document)
    await client.resumes_of.ParseResume(request, metadata=client.user)


async def rows_of(gateway: GatewayProcess, user: str) -> dict[str, int]:
    """How many rows of each table name the user, wherever a column or an event may; also of tables that this test does not know."""
    connection = await asyncpg.connect(gateway.database.replace("+asyncpg", ""), password=PASSWORD)
    try:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'gateway' AND column_name = 'owner'"
        )
        counts = {
            row["table_name"]: await connection.fetchval(
                f'SELECT count(*) FROM "{row["table_name"]}" WHERE owner = $1',  # noqa: S608  # a table's name
                user,
            )
            for row in tables
        }
        counts["outbox"] = await connection.fetchval(
            "SELECT count(*) FROM outbox WHERE position($1::bytea IN payload) > 0", user.encode()
        )
        counts["webhook_deliveries"] = await connection.fetchval(
            "SELECT count(*) FROM webhook_deliveries JOIN webhooks w ON w.id = webhook_id WHERE w.owner = $1", user
        )
        return counts
    finally:
        await connection.close()


async def events_of(gateway: GatewayProcess, user: str) -> int:
    """Events in the stream that say what is in a resume of the user."""
    js = gateway.broker.jetstream()
    reading = await js.pull_subscribe("hiremesh.resume.v1.parsed", stream=EVENT_STREAM)
    left, found = (await reading.consumer_info()).num_pending or 0, 0
    while left:
        for message in await reading.fetch(left, timeout=5):
            left -= 1
            found += envelope_pb2.Envelope.FromString(message.data).resume_parsed.owner_id == user
    await reading.unsubscribe()
    return found


async def letters(client: Client) -> int:
    return int((await client.do("ListDeadLetters")).total)


def files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


async def erase(gateway: GatewayProcess, user: str) -> None:
    event = envelope(user_pb2.UserErased(user_id=user), source="auth", subject=user, tenant=user, now=datetime.now(UTC))
    await EventPublisher(gateway.broker)(subject_of(event), event.id, event.SerializeToString())


async def until(what: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await what():  # noqa: ASYNC110  # gateway is another process
            await asyncio.sleep(0.1)


async def test_all_that_is_kept_of_an_erased_user_goes_and_nothing_of_anybody_else(
    gateway: GatewayProcess, tmp_path: Path
) -> None:
    mine, theirs = await leave_traces(gateway, USER), await leave_traces(gateway, OTHER_USER)

    async def told() -> bool:
        return (await letters(mine), await events_of(gateway, USER), await events_of(gateway, OTHER_USER)) == (2, 2, 2)

    await until(told)
    kept, before = files(tmp_path), await rows_of(gateway, OTHER_USER)
    assert before.pop("outbox") == 0
    assert before.pop("erased_owners") == 0
    assert all(before.values()), before

    await erase(gateway, USER)
    await erase(gateway, USER)  # the broker may deliver twice

    async def gone() -> bool:
        counts = await rows_of(gateway, USER)
        assert counts.pop("erased_owners") <= 1
        return not any(counts.values()) and not await events_of(gateway, USER)

    await until(gone)
    assert await letters(theirs) == 1
    assert files(tmp_path) * 2 == kept
    assert {name: count for name, count in (await rows_of(gateway, OTHER_USER)).items() if name in before} == before
    assert await events_of(gateway, OTHER_USER) == 2

    # A call that was on its way, or that a token of before makes.
    await parse(mine, b"late")
    await until(gone)
    assert files(tmp_path) * 2 == kept
