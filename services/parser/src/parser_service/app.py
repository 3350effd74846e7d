"""Wires parser together."""

from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from functools import partial

from hiremesh.gateway.v1 import parse_work_service_pb2
from hiremesh.inference.v1 import inference_service_pb2
from hiremesh.parser.v1 import (
    parser_service_pb2,
    parser_service_pb2_grpc,
    redaction_service_pb2,
    redaction_service_pb2_grpc,
)
from meshkit.channels import open_channel
from meshkit.lifecycle import background
from meshkit.server import Service, Servicer, run_service
from parser_service.adapters.gateway import RemoteJobBoard
from parser_service.adapters.inference import ModelRefiner
from parser_service.adapters.skills import TaxonomyLinker
from parser_service.adapters.workers import WorkerPool
from parser_service.consumer import JobConsumer
from parser_service.domain.reading import EXTRACTOR_VERSION
from parser_service.domain.refinement import VERSION_SUFFIX
from parser_service.servicer import ParserServicer, RedactionServicer
from parser_service.settings import Settings
from parser_service.usecases import ParseDocument, Redact, RefineResume, WorkOnJob
from taxonomy import skills

GATEWAY = parse_work_service_pb2.DESCRIPTOR.services_by_name["ParseWorkService"]
INFERENCE = inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"]


def utc_today() -> date:
    """The real calendar; a position still held lasts until today."""
    return datetime.now(UTC).date()


async def build(stack: AsyncExitStack, settings: Settings) -> Service:
    """Settings → adapters → use cases → servicers."""
    workers = WorkerPool(
        workers=settings.workers,
        queue=settings.queue,
        timeout=settings.document_timeout,
        memory_bytes=settings.worker_memory_bytes,
        documents_per_worker=settings.documents_per_worker,
        today=utc_today,
    )
    stack.callback(workers.close)
    await workers.warm_up()
    refine = await _open_refinement(stack, settings) if settings.refine else None
    parse = ParseDocument(workers, TaxonomyLinker(skills()), refine)
    stop_consuming = []
    if settings.nats_url:
        gateway = await stack.enter_async_context(
            open_channel(settings.gateway_target, GATEWAY, mesh_token=settings.mesh_token)
        )
        consumer = JobConsumer(
            settings.nats_url,
            WorkOnJob(parse, RemoteJobBoard(gateway), settings.report_interval),
            extractor_version=EXTRACTOR_VERSION + (VERSION_SUFFIX if settings.refine else ""),
            places=settings.workers,
            redelivered_after=settings.job_redelivered_after,
        )
        await stack.enter_async_context(background("parse_jobs", consumer.run()))
        stop_consuming.append(consumer.stop)
    return Service(
        servicers=[
            Servicer(
                parser_service_pb2.DESCRIPTOR.services_by_name["ParserService"],
                parser_service_pb2_grpc.add_ParserServiceServicer_to_server,
                ParserServicer(parse),
            ),
            Servicer(
                redaction_service_pb2.DESCRIPTOR.services_by_name["RedactionService"],
                redaction_service_pb2_grpc.add_RedactionServiceServicer_to_server,
                RedactionServicer(Redact(workers)),
            ),
        ],
        stop_consuming=stop_consuming,
    )


async def _open_refinement(stack: AsyncExitStack, settings: Settings) -> RefineResume:
    channel = await stack.enter_async_context(
        open_channel(settings.inference_target, INFERENCE, mesh_token=settings.mesh_token)
    )
    refiner = ModelRefiner(channel, model=settings.refine_model)
    return RefineResume(refiner, settings.refine_timeout, utc_today)


async def serve() -> None:
    """Runs the service with settings from the environment."""
    settings = Settings()
    await run_service("parser", settings, partial(build, settings=settings))
