"""Composition root."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from hiremesh.inference.v1 import inference_service_pb2, inference_service_pb2_grpc
from inference_service.adapters.llama_cpp import LlamaCppEngine
from inference_service.adapters.memory_ledger import MemoryLedger
from inference_service.adapters.model_folder import read_model_folder
from inference_service.adapters.nats_ledger import NatsLedger
from inference_service.adapters.onnx_embedder import OnnxEmbedder
from inference_service.adapters.openai import OpenAiEngine
from inference_service.adapters.presence import require_files, require_package
from inference_service.adapters.prometheus import PrometheusGenerationMeter, PrometheusMeter
from inference_service.adapters.prompt_files import read_prompts
from inference_service.adapters.tracing import TracedEngine
from inference_service.adapters.vllm import VllmEngine
from inference_service.domain.breaker import Breaker, BreakerLimits
from inference_service.domain.generation import TextModel
from inference_service.domain.schema import SchemaCache
from inference_service.domain.usage import Budgets, Price
from inference_service.ports import TextEngine, UsageLedger
from inference_service.servicer import InferenceServicer
from inference_service.settings import EngineSettings, LlamaCppSettings, OpenAiSettings, Settings, VllmSettings
from inference_service.usecases.catalogue import Catalogue
from inference_service.usecases.embedding import BatchLimits, EmbedByModel, EmbedTexts
from inference_service.usecases.gate import Gate, GateLimits
from inference_service.usecases.generation import GenerateText, Models, ServedEngine
from inference_service.usecases.objects import GenerateObject
from inference_service.usecases.prompting import Prompts
from inference_service.usecases.spending import Spending
from meshkit.lifecycle import background
from meshkit.server import Service, Servicer


def utc_now() -> datetime:
    """The clock of breakers and months."""
    return datetime.now(UTC)


async def build(settings: Settings, stack: AsyncExitStack) -> Service:
    """The service; it is ready once its models are loaded and warm."""
    spending = Spending(
        await _open_ledger(settings, stack),
        Budgets(settings.monthly_budget_usd, settings.tenant_budgets_usd),
        utc_now,
    )
    embedders = await _open_embedders(settings, stack)
    embed_by_model = EmbedByModel([await _embedding(embedder, settings, spending, stack) for embedder in embedders])
    models = await _open_models(settings, stack)
    schemas = SchemaCache()
    generate_text = GenerateText(
        models, spending, PrometheusGenerationMeter(), utc_now, stream_interval=settings.stream_interval
    )
    servicer = InferenceServicer(
        embed_by_model,
        generate_text,
        GenerateObject(generate_text, schemas),
        Prompts(read_prompts(settings.prompts_path, schemas)),
        Catalogue(embedders, models, utc_now),
        spending,
    )
    return Service(
        servicers=[
            Servicer(
                inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"],
                inference_service_pb2_grpc.add_InferenceServiceServicer_to_server,
                servicer,
            )
        ],
        checks={embedder.model.id: embedder.check_ready for embedder in embedders}
        | {served.engine.model.id: served.engine.check_ready for served in models.engines},
    )


async def _open_ledger(settings: Settings, stack: AsyncExitStack) -> UsageLedger:
    url = settings.nats_url.get_secret_value()
    if not url:
        return MemoryLedger()
    ledger = NatsLedger(url)
    await stack.enter_async_context(background("share_usage", ledger.run()))
    return ledger


async def _open_embedders(settings: Settings, stack: AsyncExitStack) -> list[OnnxEmbedder]:
    # A missing or damaged model ends the start here, with a message; loading it takes place while health already answers.
    folders = [read_model_folder(path) for path in (settings.embedder_path, *settings.more_embedders)]
    # One pool: however many models there are, embedding takes as many CPUs as the settings say.
    pool = stack.enter_context(ThreadPoolExecutor(settings.threads, thread_name_prefix="embed"))
    embedders = []
    for folder in folders:
        embedder = OnnxEmbedder(folder.manifest, pool)
        await stack.enter_async_context(background("load_embedder", embedder.load(folder)))
        embedders.append(embedder)
    return embedders


async def _embedding(
    embedder: OnnxEmbedder, settings: Settings, spending: Spending, stack: AsyncExitStack
) -> EmbedTexts:
    """Batches for one model, fed while the service runs."""
    limits = BatchLimits(
        texts=settings.batch_texts,
        parallel=settings.threads,
        window=settings.batch_window,
        pending=settings.pending_texts,
    )
    price = Price(**settings.embedder_price.model_dump())
    embed_texts = EmbedTexts(embedder, PrometheusMeter(), limits, spending, price)
    await stack.enter_async_context(background(f"embed_batches_{embedder.model.id}", embed_texts.run()))
    return embed_texts


async def _open_models(settings: Settings, stack: AsyncExitStack) -> Models:
    meter = PrometheusGenerationMeter()
    breaker = BreakerLimits(settings.breaker_failures, settings.breaker_rest)
    served = []
    for asked in settings.engines:
        engine = _open_engine(asked)
        await stack.enter_async_context(background(f"run_{asked.id}", engine.run()))
        gate = Gate(asked.id, GateLimits(asked.max_running, asked.max_waiting), meter)
        served.append(ServedEngine(TracedEngine(engine), gate, Breaker(breaker)))
    return Models(served, settings.routes)


def _open_engine(asked: EngineSettings) -> TextEngine:
    """An engine that has not begun to load. Raises EngineMissing."""
    model = TextModel(
        id=asked.id,
        engine=asked.engine,
        context_tokens=asked.context_tokens,
        default_max_tokens=asked.default_max_tokens,
        adapters=tuple(asked.adapters),
        price=Price(**asked.price.model_dump()),
    )
    match asked:
        case LlamaCppSettings():
            require_package(asked.id, "xllamacpp", brought_by="hiremesh-inference[llama-cpp]")
            require_files(asked.id, asked.path, *asked.adapters.values())
            return LlamaCppEngine(
                model,
                path=asked.path,
                slots=asked.max_running,
                threads=asked.threads,
                gpu_layers=asked.gpu_layers,
                adapters=asked.adapters,
            )
        case OpenAiSettings():
            return OpenAiEngine(
                model,
                base_url=asked.base_url,
                remote_model=asked.model or asked.id,
                api_key_file=asked.api_key_file,
                connect_timeout=asked.connect_timeout,
                silence_timeout=asked.silence_timeout,
            )
        case VllmSettings():
            require_package(asked.id, "vllm", brought_by="requirements/inference-gpu.lock")
            # The model itself may be a name in vLLM's cache.
            require_files(asked.id, *asked.adapters.values())
            return VllmEngine(
                model,
                path=asked.path,
                max_running=asked.max_running,
                adapters=asked.adapters,
                options=asked.engine_options(),
            )
