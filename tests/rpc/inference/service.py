"""The servicer with fakes behind its ports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from hiremesh.inference.v1 import inference_service_pb2 as pb
from hiremesh.inference.v1 import inference_service_pb2_grpc
from inference_service.adapters.memory_ledger import MemoryLedger
from inference_service.domain.breaker import Breaker, BreakerLimits
from inference_service.domain.schema import SchemaCache
from inference_service.domain.templates import PromptTemplate
from inference_service.domain.usage import Budgets, Price
from inference_service.ports import Embedder, TextEngine
from inference_service.servicer import InferenceServicer
from inference_service.usecases.catalogue import Catalogue
from inference_service.usecases.embedding import BatchLimits, EmbedByModel, EmbedTexts
from inference_service.usecases.gate import Gate, GateLimits
from inference_service.usecases.generation import GenerateText, Models, ServedEngine
from inference_service.usecases.objects import GenerateObject
from inference_service.usecases.prompting import Prompts
from inference_service.usecases.spending import Spending
from meshkit.server import Servicer
from meshkit.testing import FixedClock, mesh_metadata
from tests.unit.inference.fakes import HashedWords, RecordingGenerationMeter, RecordingMeter

Stub: TypeAlias = "inference_service_pb2_grpc.InferenceServiceAsyncStub"  # only the stub file has this class
MESH = mesh_metadata()


@dataclass
class InferenceUnderTest:
    """Change its parts before `servicer` wires them."""

    engines: Sequence[TextEngine] = ()
    routes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    gate: GateLimits = field(default_factory=lambda: GateLimits(places=2, waiting=2))
    breaker: BreakerLimits = field(default_factory=BreakerLimits)
    budgets: Budgets = field(default_factory=Budgets)
    templates: Mapping[str, PromptTemplate] = field(default_factory=dict)
    embedder: Embedder = field(default_factory=HashedWords)
    embedding_price: Price = field(default_factory=Price)
    meter: RecordingGenerationMeter = field(default_factory=RecordingGenerationMeter)
    embedding_meter: RecordingMeter = field(default_factory=RecordingMeter)
    clock: FixedClock = field(default_factory=FixedClock)
    stream_interval: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        self.spending = Spending(MemoryLedger(), self.budgets, self.clock)
        served = [
            ServedEngine(engine, Gate(engine.model.id, self.gate, self.meter), Breaker(self.breaker))
            for engine in self.engines
        ]
        self.models = Models(served, self.routes)
        limits = BatchLimits(texts=32, parallel=1, window=timedelta(milliseconds=1), pending=256)
        self.embed_texts = EmbedTexts(self.embedder, self.embedding_meter, limits, self.spending, self.embedding_price)
        self.generate_text = GenerateText(
            self.models, self.spending, self.meter, self.clock, stream_interval=self.stream_interval
        )
        self.generate_object = GenerateObject(self.generate_text, SchemaCache())

    def servicer(self) -> Servicer:
        return Servicer(
            pb.DESCRIPTOR.services_by_name["InferenceService"],
            inference_service_pb2_grpc.add_InferenceServiceServicer_to_server,
            InferenceServicer(
                EmbedByModel([self.embed_texts]),
                self.generate_text,
                self.generate_object,
                Prompts(self.templates),
                Catalogue([self.embedder], self.models, self.clock),
                self.spending,
            ),
        )
