"""Wires gateway together."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

import structlog
from obstore.store import ObjectStore
from uuid_utils import uuid7

from gateway_service.adapters import tables
from gateway_service.adapters.batch_upload import BatchLimits, BatchUpload
from gateway_service.adapters.batches import SqlBatchStore
from gateway_service.adapters.broker import BrokerWorkers, StreamDeadLetters, StreamHistory
from gateway_service.adapters.callbacks import SignedCalls
from gateway_service.adapters.docs import PackagedDocs
from gateway_service.adapters.documents import SqlDocumentStore
from gateway_service.adapters.erasures import SqlErasures
from gateway_service.adapters.figures import SqlCounters, SqlFlights
from gateway_service.adapters.form import read_upload
from gateway_service.adapters.gauges import QueueGauges
from gateway_service.adapters.inference import RemoteModelFigures
from gateway_service.adapters.jobs import ListeningWakeups, SqlJobStore
from gateway_service.adapters.parser import RemoteParser
from gateway_service.adapters.publisher import OutboxEvents
from gateway_service.adapters.redactor import RemoteRedactor
from gateway_service.adapters.storage import SealedStorage, local_folder, s3_bucket
from gateway_service.adapters.store import SqlResumeStore
from gateway_service.adapters.webhooks import SqlDeliveries, SqlWebhookStore, WebhookNotices
from gateway_service.consumer import DURABLE, SUBJECTS, Facts
from gateway_service.servicer.batches import ParseBatchServicer
from gateway_service.servicer.docs import DocsServicer
from gateway_service.servicer.jobs import ParseJobServicer
from gateway_service.servicer.redaction import RedactionServicer
from gateway_service.servicer.resumes import ResumeServicer
from gateway_service.servicer.statistics import StatisticsServicer
from gateway_service.servicer.status import StatusServicer
from gateway_service.servicer.webhooks import WebhookServicer
from gateway_service.servicer.work import ParseWorkServicer
from gateway_service.settings import Settings
from gateway_service.usecases import (
    BatchSize,
    CallWebhooks,
    CheckHealth,
    CountModels,
    CountParses,
    DoWork,
    EndJobs,
    EraseOwner,
    FollowBatches,
    FollowJobs,
    KeepResumes,
    KeepWebhooks,
    Limits,
    ParseResume,
    RecentDurations,
    RedactResume,
    Results,
    Retention,
    SettleDeadLetters,
    SubmitBatch,
    SubmitJob,
    Upkeep,
    WatchJob,
)
from hiremesh.auth.v1 import auth_service_pb2
from hiremesh.gateway.v1 import (
    docs_service_pb2,
    docs_service_pb2_grpc,
    parse_batch_service_pb2,
    parse_batch_service_pb2_grpc,
    parse_job_service_pb2,
    parse_job_service_pb2_grpc,
    parse_work_service_pb2,
    parse_work_service_pb2_grpc,
    redaction_service_pb2,
    redaction_service_pb2_grpc,
    resume_service_pb2,
    resume_service_pb2_grpc,
    statistics_service_pb2,
    statistics_service_pb2_grpc,
    status_service_pb2,
    status_service_pb2_grpc,
    webhook_service_pb2,
    webhook_service_pb2_grpc,
)
from hiremesh.inference.v1 import inference_service_pb2
from hiremesh.parser.v1 import parser_service_pb2
from hiremesh.parser.v1 import redaction_service_pb2 as parser_redaction_service_pb2
from meshkit.channels import open_channel
from meshkit.clock import DatabaseClock
from meshkit.database import SqlLooks, SqlTransactions, check_database, open_database
from meshkit.encryption import Cipher
from meshkit.health import check_service
from meshkit.jwks import remote_verifier
from meshkit.lifecycle import background
from meshkit.messaging import EventConsumer, EventPublisher, check_broker, connect_broker, ensure_streams
from meshkit.outbox import Outbox, OutboxRelay
from meshkit.pages import PageTokens
from meshkit.server import Service, Servicer, run_service

_log = structlog.get_logger()

AUTH = auth_service_pb2.DESCRIPTOR.services_by_name["AuthService"]
PARSER = parser_service_pb2.DESCRIPTOR.services_by_name["ParserService"]
PARSER_REDACTION = parser_redaction_service_pb2.DESCRIPTOR.services_by_name["RedactionService"]
INFERENCE = inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"]
HEALTH_TIMEOUT = timedelta(seconds=2)
# Figures of parses are worth having without those of models.
FIGURES_TIMEOUT = timedelta(seconds=1)

# Between looks for webhooks to call.
WEBHOOK_PAUSE = timedelta(seconds=1)
# Well under the time that the edge keeps a silent stream (60 seconds).
WATCH_PULSE = timedelta(seconds=15)


def new_id() -> str:
    """A UUIDv7: unique, and in the order of making."""
    return str(uuid7())


async def build(stack: AsyncExitStack, settings: Settings) -> Service:
    """Settings → adapters → use cases → servicers."""
    database = open_database(settings.database_url.get_secret_value())
    stack.push_async_callback(database.dispose)
    clock = DatabaseClock(database)
    await clock.synchronise()
    await stack.enter_async_context(background("clock", clock.run()))
    broker = await connect_broker(settings.nats_url, name="gateway")
    stack.push_async_callback(broker.close)
    await ensure_streams(broker)
    auth = await stack.enter_async_context(open_channel(settings.auth_target, AUTH, mesh_token=settings.mesh_token))
    parser = await stack.enter_async_context(
        open_channel(settings.parser_target, PARSER, mesh_token=settings.mesh_token)
    )
    redaction = await stack.enter_async_context(
        open_channel(settings.parser_target, PARSER_REDACTION, mesh_token=settings.mesh_token)
    )
    relay = OutboxRelay(database, tables.outbox, EventPublisher(broker))
    await stack.enter_async_context(background("outbox_relay", relay.run()))

    transactions, looks = SqlTransactions(database), SqlLooks(database)
    store = SqlResumeStore(Cipher(settings.encryption_secret, purpose="resumes"))
    documents = SqlDocumentStore(Cipher(settings.encryption_secret, purpose="filenames"))
    storage = SealedStorage(_object_store(settings), Cipher(settings.encryption_secret, purpose="documents"))
    jobs = SqlJobStore(Cipher(settings.encryption_secret, purpose="filenames"))
    batches, flights, counters = SqlBatchStore(), SqlFlights(), SqlCounters()
    webhooks = SqlWebhookStore(Cipher(settings.encryption_secret, purpose="webhooks"))
    deliveries = SqlDeliveries(webhooks, clock, new_id)
    notices = WebhookNotices(webhooks, deliveries)
    calls = SignedCalls(timeout=settings.webhook_timeout, private_addresses=settings.webhook_private_addresses)
    stack.push_async_callback(calls.close)
    events = OutboxEvents(Outbox(tables.outbox), clock)
    workers, letters = BrokerWorkers(broker), StreamDeadLetters(broker)
    await stack.enter_async_context(background("worker_presence", workers.run()))
    gauges = QueueGauges(transactions, jobs, letters, broker, clock)
    results = Results(
        resumes=store,
        documents=documents,
        events=events,
        counters=counters,
        workers=workers,
        clock=clock,
        new_id=new_id,
        cache_lifetime=settings.cache_lifetime,
    )
    end = EndJobs(jobs, batches, documents, flights, results, notices, clock)
    parse = ParseResume(
        transactions=transactions,
        results=results,
        documents=documents,
        storage=storage,
        flights=flights,
        parser=RemoteParser(parser),
        clock=clock,
        new_id=new_id,
        max_document_bytes=settings.max_document_bytes,
    )
    keep = KeepResumes(transactions, store, documents, storage, jobs, events)
    redact = RedactResume(keep, RemoteRedactor(redaction))
    submit = SubmitJob(
        transactions=transactions,
        jobs=jobs,
        documents=documents,
        storage=storage,
        results=results,
        events=events,
        workers=workers,
        parse=parse,
        end=end,
        clock=clock,
        new_id=new_id,
        limits=Limits(
            per_user=settings.max_open_jobs_per_user,
            overall=settings.max_open_jobs,
            retry_after=settings.too_many_jobs_retry_after,
        ),
        durations=RecentDurations(jobs, clock),
        usual_duration=settings.usual_job_duration,
    )
    wakeups = ListeningWakeups(settings.database_url.get_secret_value())
    await stack.enter_async_context(background("job_wakeups", wakeups.run()))
    submit_batch = SubmitBatch(
        transactions=transactions,
        batches=batches,
        jobs=jobs,
        documents=documents,
        storage=storage,
        results=results,
        events=events,
        notices=notices,
        clock=clock,
        new_id=new_id,
        limits=Limits(
            per_user=settings.max_open_batch_files_per_user,
            overall=settings.max_open_batch_files,
            retry_after=settings.too_many_jobs_retry_after,
        ),
        size=BatchSize(settings.max_batch_files, settings.max_batch_bytes, settings.max_document_bytes),
    )
    follow_batches = FollowBatches(transactions, looks, batches, jobs, end, wakeups, WATCH_PULSE)
    keep_webhooks = KeepWebhooks(
        transactions, webhooks, deliveries, calls.check, clock, new_id, settings.max_webhooks_per_user
    )
    call_webhooks = CallWebhooks(
        transactions, deliveries, calls, clock, 3 * settings.webhook_timeout, settings.webhook_retry_delays
    )
    await stack.enter_async_context(background("webhooks", _call_webhooks(call_webhooks)))
    work = DoWork(
        transactions=transactions,
        looks=looks,
        jobs=jobs,
        documents=documents,
        storage=storage,
        results=results,
        flights=flights,
        events=events,
        end=end,
        clock=clock,
        max_attempts=settings.max_job_attempts,
    )
    erase = EraseOwner(
        transactions=transactions,
        erasures=SqlErasures(),
        resumes=store,
        documents=documents,
        storage=storage,
        jobs=jobs,
        batches=batches,
        webhooks=webhooks,
        letters=letters,
        events=events,
        told=StreamHistory(broker),
        keep=keep,
        clock=clock,
    )
    consumer = EventConsumer(broker, durable=DURABLE, subjects=SUBJECTS, handler=Facts(erase), concurrency=1)
    await stack.enter_async_context(background("events", consumer.run()))
    upkeep = Upkeep(
        transactions=transactions,
        jobs=jobs,
        batches=batches,
        deliveries=deliveries,
        resumes=store,
        documents=documents,
        storage=storage,
        flights=flights,
        keep=keep,
        erase=erase,
        events=events,
        clock=clock,
        lost_after=settings.job_lost_after,
        forgotten_after=settings.job_forgotten_after,
        retention=Retention(
            documents=settings.document_retention,
            resumes=settings.resume_retention,
            jobs=settings.job_retention,
            released_documents=settings.released_document_retention,
            deliveries=settings.webhook_delivery_retention,
        ),
    )
    await stack.enter_async_context(background("upkeep", _keep_up(upkeep, gauges, settings.upkeep_interval)))
    check_health = CheckHealth(
        dependencies={
            "database": partial(check_database, database),
            "broker": partial(check_broker, broker),
            "parser": partial(check_service, parser, PARSER),
            "auth": partial(check_service, auth, AUTH),
            "storage": storage.check,
        },
        # Without the broker events wait in the outbox; without the storage originals are not kept; parsing goes on.
        essential=frozenset({"database", "parser", "auth"}),
        timeout=HEALTH_TIMEOUT,
    )
    tokens = PageTokens(settings.encryption_secret)
    read_batch = partial(BatchUpload, BatchLimits(settings.max_batch_files, settings.max_document_bytes))
    return Service(
        servicers=[
            Servicer(
                resume_service_pb2.DESCRIPTOR.services_by_name["ResumeService"],
                resume_service_pb2_grpc.add_ResumeServiceServicer_to_server,
                ResumeServicer(parse, keep, redact, read_upload, tokens),
            ),
            Servicer(
                parse_job_service_pb2.DESCRIPTOR.services_by_name["ParseJobService"],
                parse_job_service_pb2_grpc.add_ParseJobServiceServicer_to_server,
                ParseJobServicer(
                    submit,
                    FollowJobs(transactions, looks, jobs, results, end),
                    WatchJob(looks, jobs, store, wakeups, WATCH_PULSE),
                    read_upload,
                ),
            ),
            Servicer(
                parse_batch_service_pb2.DESCRIPTOR.services_by_name["ParseBatchService"],
                parse_batch_service_pb2_grpc.add_ParseBatchServiceServicer_to_server,
                ParseBatchServicer(submit_batch, follow_batches, read_batch, tokens),
            ),
            Servicer(
                webhook_service_pb2.DESCRIPTOR.services_by_name["WebhookService"],
                webhook_service_pb2_grpc.add_WebhookServiceServicer_to_server,
                WebhookServicer(keep_webhooks, tokens),
            ),
            Servicer(
                parse_work_service_pb2.DESCRIPTOR.services_by_name["ParseWorkService"],
                parse_work_service_pb2_grpc.add_ParseWorkServiceServicer_to_server,
                ParseWorkServicer(
                    work,
                    SettleDeadLetters(transactions, letters, jobs, documents, events, end),
                ),
            ),
            Servicer(
                statistics_service_pb2.DESCRIPTOR.services_by_name["StatisticsService"],
                statistics_service_pb2_grpc.add_StatisticsServiceServicer_to_server,
                StatisticsServicer(
                    CountParses(
                        transactions,
                        counters,
                        flights,
                        store,
                        clock,
                        settings.cache_lifetime,
                        documents_in_s3=settings.storage_type == "s3",
                    ),
                    CountModels(await _open_model_figures(stack, settings)),
                ),
            ),
            Servicer(
                redaction_service_pb2.DESCRIPTOR.services_by_name["RedactionService"],
                redaction_service_pb2_grpc.add_RedactionServiceServicer_to_server,
                RedactionServicer(redact),
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
        stop_consuming=[consumer.stop],
    )


async def _open_model_figures(stack: AsyncExitStack, settings: Settings) -> RemoteModelFigures | None:
    if not settings.inference_target:
        return None
    channel = await stack.enter_async_context(
        open_channel(settings.inference_target, INFERENCE, mesh_token=settings.mesh_token)
    )
    return RemoteModelFigures(channel, timeout=FIGURES_TIMEOUT)


def _object_store(settings: Settings) -> ObjectStore:
    if settings.storage_type == "local":
        return local_folder(settings.storage_folder)
    secret = settings.aws_secret_access_key
    return s3_bucket(
        settings.aws_bucket_name,
        region=settings.aws_region,
        endpoint=settings.aws_endpoint_url,
        access_key_id=settings.aws_access_key_id,
        secret_access_key=secret.get_secret_value() if secret else None,
    )


async def _keep_up(upkeep: Upkeep, gauges: QueueGauges, interval: timedelta) -> None:
    """Rounds of upkeep; one that fails is made up for by the next."""
    while True:
        try:
            await upkeep()
            await gauges.observe()
        except Exception as fault:
            _log.warning("upkeep_delayed", kind=type(fault).__name__)
        await asyncio.sleep(interval.total_seconds())


async def _call_webhooks(call: CallWebhooks) -> None:
    """Calls that are due, until cancelled. A database that is away delays them, and loses none."""
    while True:
        made = 0
        try:
            made = await call()
        except Exception as fault:
            _log.warning("webhooks_delayed", kind=type(fault).__name__)
        if not made:
            await asyncio.sleep(WEBHOOK_PAUSE.total_seconds())


async def serve() -> None:
    """Runs the service with settings from the environment."""
    settings = Settings()
    await run_service("gateway", settings, partial(build, settings=settings))
