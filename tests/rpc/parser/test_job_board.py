"""A background parse against gateway's real servicer of work."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from gateway_service.servicer.work import ParseWorkServicer
from gateway_service.usecases import Submitted
from hiremesh.gateway.v1 import parse_work_service_pb2, parse_work_service_pb2_grpc
from meshkit.channels import open_channel
from meshkit.server import Servicer
from meshkit.testing import MESH_TOKEN, listening
from parser_service.adapters.gateway import RemoteJobBoard
from parser_service.adapters.reader import read_bytes
from parser_service.domain.model import Doubt, Errand, ModelUse, Provenance, Resume
from parser_service.domain.refinement import Pointed
from parser_service.ports import Progress
from parser_service.usecases import ParseDocument, RefineResume, WorkOnJob
from tests.support.builders.gateway import USER, upload
from tests.support.fakes.gateway import GatewayOnFakes
from tests.support.fakes.parser import SmallTaxonomy
from tests.unit.gateway.test_batches import submitted, texts
from tests.unit.gateway.test_jobs import caller

WORK = parse_work_service_pb2.DESCRIPTOR.services_by_name["ParseWorkService"]
TODAY = date(2026, 3, 1)


class DoubtfulReader:
    """Reads every document as a resume with one doubt."""

    async def read(self, document: bytes, progress: Progress | None = None) -> Resume:
        doubt = Doubt("experience", 0, (Provenance(1, None, "Oak and Reed", 1.0),))
        return replace(read_bytes(document, TODAY), doubts=(doubt,))


class AskedRefiner:
    """Remembers for whom it was asked."""

    def __init__(self) -> None:
        self.errands: list[Errand] = []

    async def point(self, doubt: Doubt, errand: Errand) -> tuple[Sequence[Pointed], ModelUse]:
        self.errands.append(errand)
        return (), ModelUse("tiny", 30, 20, 0.5)


async def refined_for(gateway: GatewayOnFakes, job_id: str) -> list[Errand]:
    """For whom models are asked while a worker does a job."""
    refiner = AskedRefiner()
    servicer = Servicer(
        WORK,
        parse_work_service_pb2_grpc.add_ParseWorkServiceServicer_to_server,
        ParseWorkServicer(gateway.work, None),  # type: ignore[arg-type]  # nothing is given up
    )
    async with listening(servicer) as target, open_channel(target, WORK, mesh_token=MESH_TOKEN) as channel:
        refine = RefineResume(refiner, timedelta(seconds=10), lambda: TODAY)
        parse = ParseDocument(DoubtfulReader(), SmallTaxonomy(), refine)
        assert await WorkOnJob(parse, RemoteJobBoard(channel), timedelta(seconds=3))(job_id) is None
    return refiner.errands


async def test_models_are_asked_for_the_tenant_of_the_job_and_what_they_took_is_kept_with_the_resume() -> None:
    gateway = GatewayOnFakes()
    accepted = await gateway.submit(upload(), caller())
    assert isinstance(accepted, Submitted)
    assert await refined_for(gateway, accepted.job.id) == [Errand(USER, accepted.job.id)]
    (resume,) = gateway.transactions.committed.resumes.values()
    assert (resume.tokens, resume.cost_usd) == (50, 0.5)


async def test_models_are_told_that_nobody_waits_for_the_files_of_a_batch() -> None:
    gateway = GatewayOnFakes()
    await submitted(gateway, *texts(1))
    ((job_id, _),) = gateway.transactions.committed.jobs.items()
    assert await refined_for(gateway, job_id) == [Errand(USER, job_id, batch=True)]
