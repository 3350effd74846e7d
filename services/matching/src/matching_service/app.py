"""Wires matching together."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from pydantic import SecretStr
from uuid_utils import uuid7

from hiremesh.auth.v1 import auth_service_pb2
from hiremesh.gateway.v1 import resume_service_pb2
from hiremesh.inference.v1 import inference_service_pb2
from hiremesh.matching.v1 import (
    analysis_service_pb2,
    analysis_service_pb2_grpc,
    job_service_pb2,
    job_service_pb2_grpc,
    match_service_pb2,
    match_service_pb2_grpc,
    matching_service_pb2,
    matching_service_pb2_grpc,
    preferences_service_pb2,
    preferences_service_pb2_grpc,
    resume_analysis_service_pb2,
    resume_analysis_service_pb2_grpc,
)
from hiremesh.parser.v1 import parser_service_pb2
from matching_service.adapters.form import read_analysis_upload, read_job_upload
from matching_service.adapters.inference import RemoteEmbedder
from matching_service.adapters.parser import RemoteReader, RemoteRedactor
from matching_service.adapters.resumes import RemoteResumes
from matching_service.adapters.store import SqlTransactions
from matching_service.adapters.tables import outbox
from matching_service.adapters.writer import RemoteWriter
from matching_service.consumer import DURABLE, SUBJECTS, Events
from matching_service.convert.kept import report_to_bytes
from matching_service.ports import Clock, Embedder, ResumeReader, ResumeSource, Transactions, Writer
from matching_service.servicer.analysis import AnalysisServicer
from matching_service.servicer.jobs import JobServicer
from matching_service.servicer.matches import MatchServicer
from matching_service.servicer.preferences import PreferencesServicer
from matching_service.servicer.resume_analyses import ResumeAnalysisServicer
from matching_service.servicer.resumes import MatchingServicer
from matching_service.settings import Settings
from matching_service.usecases.analyses import (
    Analyst,
    AnalyzeForJob,
    AnalyzeResume,
    EraseAnalyses,
    FindAnalyses,
)
from matching_service.usecases.jobs import ChangeJobs, FindJobs, PostJob
from matching_service.usecases.matches import (
    FindCandidates,
    KeepPreferences,
    MatchJob,
    RefreshMatches,
    UseMatches,
)
from matching_service.usecases.ranking import IndexJob, RankJobs, RankPeople, Vocabularies
from matching_service.usecases.resumes import EraseCandidate, EraseUser, MatchResume, StoreCandidate
from matching_service.usecases.sweep import Sweep
from matching_service.usecases.vectors import Vectors
from meshkit.channels import open_channel
from meshkit.database import check_database, open_database
from meshkit.errors import DomainError
from meshkit.jwks import remote_verifier
from meshkit.lifecycle import background
from meshkit.messaging import EventConsumer, EventPublisher, connect_broker, ensure_streams
from meshkit.outbox import OutboxRelay
from meshkit.pages import PageTokens
from meshkit.server import Service, Servicer, run_service
from taxonomy import skills

_log = structlog.get_logger()

RESUMES = resume_service_pb2.DESCRIPTOR.services_by_name["ResumeService"]
AUTH = auth_service_pb2.DESCRIPTOR.services_by_name["AuthService"]
INFERENCE = inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"]
PARSER = parser_service_pb2.DESCRIPTOR.services_by_name["ParserService"]
ANALYSIS = analysis_service_pb2.DESCRIPTOR.services_by_name["AnalysisService"]
RESUME_ANALYSIS = resume_analysis_service_pb2.DESCRIPTOR.services_by_name["ResumeAnalysisService"]
JOBS = job_service_pb2.DESCRIPTOR.services_by_name["JobService"]
MATCHES = match_service_pb2.DESCRIPTOR.services_by_name["MatchService"]
MATCHING = matching_service_pb2.DESCRIPTOR.services_by_name["MatchingService"]
PREFERENCES = preferences_service_pb2.DESCRIPTOR.services_by_name["PreferencesService"]


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


def new_id() -> str:
    """A UUIDv7: unique, and in the order of making."""
    return str(uuid7())


@dataclass(frozen=True, slots=True)
class Matching:
    """The service without its outside: tests wire it to fakes."""

    servicers: tuple[Servicer, ...]
    events: Events
    sweep: Sweep


def compose(
    transactions: Transactions,
    embedder: Embedder,
    writer: Writer,
    reader: ResumeReader,
    resumes: ResumeSource,
    clock: Clock,
    *,
    arrival_grace: timedelta,
    tokens: PageTokens,
    secret: SecretStr,
) -> Matching:
    """Wires the use cases. `secret` makes the names of people who are shown without one."""
    vocabularies, vectors = Vocabularies(), Vectors(transactions, embedder)
    refresh = RefreshMatches(transactions, RankJobs(transactions, vocabularies, clock), clock)
    rank_people = RankPeople(transactions, vocabularies, clock)
    store = StoreCandidate(transactions, vectors, vocabularies, skills(), refresh, clock)
    matches = MatchServicer(
        UseMatches(transactions, clock),
        refresh,
        FindCandidates(transactions, rank_people, clock, secret=secret.get_secret_value().encode()),
        tokens,
    )
    match = MatchResume(transactions, embedder, skills(), clock, arrival_grace=arrival_grace)
    analyst = Analyst(embedder, writer, skills())
    analyze = AnalyzeResume(reader, analyst)
    analyses = ResumeAnalysisServicer(
        AnalyzeForJob(transactions, reader, resumes, analyst, report_to_bytes, clock, new_id),
        FindAnalyses(transactions),
        EraseAnalyses(transactions),
        read_job_upload,
        tokens,
    )
    jobs = JobServicer(
        PostJob(transactions, skills(), clock, new_id),
        ChangeJobs(transactions, skills(), clock),
        FindJobs(transactions, embedder, skills()),
        skills(),
        tokens,
    )
    return Matching(
        (
            Servicer(
                MATCHING, matching_service_pb2_grpc.add_MatchingServiceServicer_to_server, MatchingServicer(match)
            ),
            Servicer(
                ANALYSIS,
                analysis_service_pb2_grpc.add_AnalysisServiceServicer_to_server,
                AnalysisServicer(analyze, read_analysis_upload),
            ),
            Servicer(
                RESUME_ANALYSIS,
                resume_analysis_service_pb2_grpc.add_ResumeAnalysisServiceServicer_to_server,
                analyses,
            ),
            Servicer(JOBS, job_service_pb2_grpc.add_JobServiceServicer_to_server, jobs),
            Servicer(MATCHES, match_service_pb2_grpc.add_MatchServiceServicer_to_server, matches),
            Servicer(
                PREFERENCES,
                preferences_service_pb2_grpc.add_PreferencesServiceServicer_to_server,
                PreferencesServicer(KeepPreferences(transactions, clock)),
            ),
        ),
        Events(
            store,
            EraseCandidate(transactions, store, clock),
            EraseUser(transactions, clock),
            IndexJob(transactions, vectors, vocabularies, skills(), clock),
            MatchJob(transactions, rank_people),
        ),
        Sweep(transactions, clock),
    )


async def build(stack: AsyncExitStack, settings: Settings) -> Service:
    """Settings → adapters → use cases → servicer and consumer."""
    database = open_database(settings.database_url.get_secret_value(), pool_size=settings.database_pool_size)
    stack.push_async_callback(database.dispose)
    broker = await connect_broker(settings.nats_url, name="matching")
    stack.push_async_callback(broker.close)
    await ensure_streams(broker)
    auth = await stack.enter_async_context(open_channel(settings.auth_target, AUTH, mesh_token=settings.mesh_token))
    inference = await stack.enter_async_context(
        open_channel(settings.inference_target, INFERENCE, mesh_token=settings.mesh_token)
    )
    parser = await stack.enter_async_context(
        open_channel(
            settings.parser_target,
            PARSER,
            mesh_token=settings.mesh_token,
            max_message_bytes=settings.max_message_bytes,
        )
    )
    resumes = await stack.enter_async_context(
        open_channel(settings.gateway_target, RESUMES, mesh_token=settings.mesh_token)
    )
    anonymise = RemoteRedactor(parser)
    matching = compose(
        SqlTransactions(database, settings.encryption_secret),
        RemoteEmbedder(inference, timeout=settings.embedding_timeout),
        RemoteWriter(inference, timeout=settings.wording_timeout),
        RemoteReader(parser, anonymise),
        RemoteResumes(resumes, anonymise),
        utc_now,
        arrival_grace=settings.arrival_grace,
        tokens=PageTokens(settings.encryption_secret),
        secret=settings.encryption_secret,
    )
    relay = OutboxRelay(database, outbox, EventPublisher(broker))
    await stack.enter_async_context(background("outbox_relay", relay.run()))
    consumer = EventConsumer(
        broker,
        durable=DURABLE,
        subjects=SUBJECTS,
        handler=matching.events,
        concurrency=settings.consumer_concurrency,
    )
    await stack.enter_async_context(background("events", consumer.run()))
    await stack.enter_async_context(background("sweep", sweeping(matching.sweep, settings.sweep_interval)))
    return Service(
        servicers=matching.servicers,
        verifier=remote_verifier(auth, settings),
        # Without the broker or inference it still answers; events wait, and the semantic component is left out.
        checks={"database": partial(check_database, database)},
        stop_consuming=[consumer.stop],
    )


async def sweeping(sweep: Sweep, interval: timedelta) -> None:
    """Sweeps at once, and again and again; a database that is away is waited for."""
    while True:
        try:
            due = await sweep()
            if due:
                _log.info("matches_due", events=due)
        except DomainError as fault:
            _log.warning("sweep_delayed", kind=type(fault).__name__)
        await asyncio.sleep(interval.total_seconds())


async def serve() -> None:
    """Runs the service with settings from the environment."""
    settings = Settings()
    await run_service("matching", settings, partial(build, settings=settings))
