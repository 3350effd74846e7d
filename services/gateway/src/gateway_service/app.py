"""Wires gateway together."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial

from uuid_utils import uuid7

from gateway_service.adapters import tables
from gateway_service.adapters.docs import PackagedDocs
from gateway_service.adapters.form import read_upload
from gateway_service.adapters.parser import RemoteParser
from gateway_service.adapters.publisher import OutboxEvents
from gateway_service.adapters.store import SqlResumeStore
from gateway_service.servicer.docs import DocsServicer
from gateway_service.servicer.resumes import ResumeServicer
from gateway_service.servicer.status import StatusServicer
from gateway_service.settings import Settings
from gateway_service.usecases import CheckHealth, KeepResumes, ParseResume
from hiremesh.auth.v1 import auth_service_pb2
from hiremesh.gateway.v1 import (
    docs_service_pb2,
    docs_service_pb2_grpc,
    resume_service_pb2,
    resume_service_pb2_grpc,
    status_service_pb2,
    status_service_pb2_grpc,
)
from hiremesh.parser.v1 import parser_service_pb2
from meshkit.channels import open_channel
from meshkit.database import SqlTransactions, check_database, open_database
from meshkit.encryption import Cipher
from meshkit.health import check_service
from meshkit.jwks import remote_verifier
from meshkit.lifecycle import background
from meshkit.messaging import EventPublisher, check_broker, connect_broker, ensure_streams
from meshkit.outbox import Outbox, OutboxRelay
from meshkit.pages import PageTokens
from meshkit.server import Service, Servicer, run_service

AUTH = auth_service_pb2.DESCRIPTOR.services_by_name["AuthService"]
PARSER = parser_service_pb2.DESCRIPTOR.services_by_name["ParserService"]
HEALTH_TIMEOUT = timedelta(seconds=2)


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


def new_id() -> str:
    """A UUIDv7: unique, and in the order of making."""
    return str(uuid7())


async def build(stack: AsyncExitStack, settings: Settings) -> Service:
    """Settings → adapters → use cases → servicers."""
    database = open_database(settings.database_url.get_secret_value())
    stack.push_async_callback(database.dispose)
    broker = await connect_broker(settings.nats_url, name="gateway")
    stack.push_async_callback(broker.close)
    await ensure_streams(broker)
    auth = await stack.enter_async_context(open_channel(settings.auth_target, AUTH, mesh_token=settings.mesh_token))
    parser = await stack.enter_async_context(
        open_channel(settings.parser_target, PARSER, mesh_token=settings.mesh_token)
    )
    relay = OutboxRelay(database, tables.outbox, EventPublisher(broker))
    await stack.enter_async_context(background("outbox_relay", relay.run()))

    transactions = SqlTransactions(database)
    store = SqlResumeStore(Cipher(settings.encryption_secret, purpose="resumes"))
    events = OutboxEvents(Outbox(tables.outbox), utc_now)
    parse = ParseResume(
        transactions=transactions,
        store=store,
        parser=RemoteParser(parser),
        events=events,
        clock=utc_now,
        new_id=new_id,
        max_document_bytes=settings.max_document_bytes,
        cache_lifetime=settings.cache_lifetime,
    )
    check_health = CheckHealth(
        dependencies={
            "database": partial(check_database, database),
            "broker": partial(check_broker, broker),
            "parser": partial(check_service, parser, PARSER),
            "auth": partial(check_service, auth, AUTH),
        },
        # Without the broker events wait in the outbox; parsing goes on.
        essential=frozenset({"database", "parser", "auth"}),
        timeout=HEALTH_TIMEOUT,
    )
    return Service(
        servicers=[
            Servicer(
                resume_service_pb2.DESCRIPTOR.services_by_name["ResumeService"],
                resume_service_pb2_grpc.add_ResumeServiceServicer_to_server,
                ResumeServicer(
                    parse,
                    KeepResumes(transactions, store, events),
                    read_upload,
                    PageTokens(settings.encryption_secret),
                ),
            ),
            Servicer(
                status_service_pb2.DESCRIPTOR.services_by_name["StatusService"],
                status_service_pb2_grpc.add_StatusServiceServicer_to_server,
                StatusServicer(check_health),
            ),
            Servicer(
                docs_service_pb2.DESCRIPTOR.services_by_name["DocsService"],
                docs_service_pb2_grpc.add_DocsServiceServicer_to_server,
                DocsServicer(PackagedDocs()),
            ),
        ],
        verifier=remote_verifier(auth, settings),
        checks={"database": partial(check_database, database)},
    )


async def serve() -> None:
    """Runs the service with settings from the environment."""
    settings = Settings()
    await run_service("gateway", settings, partial(build, settings=settings))
