"""vLLM on a GPU, bare and through the service: `bench/gpu/run.sh`."""

import argparse
import asyncio
import tempfile
from pathlib import Path

from prometheus_client import generate_latest

from bench.gpu.shapes import CONTEXT_TOKENS, SHAPES, parameters, tokenizer, write_model
from bench.inference import bench_generation, observe_as_in_production
from inference_service.adapters.vllm import VllmEngine
from inference_service.domain.generation import TextModel

CONCURRENCY = (1, 8, 32, 128, 256)
# Metrics that dashboards and autoscaling read.
SCRAPED = (
    "vllm_num_requests_waiting",
    "vllm_num_requests_running",
    "vllm_kv_cache_usage_perc",
    "vllm_generation_tokens_total",
)


async def bench(shape: str, folder: Path, *, tokens: int, rounds: int, concurrency: list[int]) -> None:
    model = TextModel(shape, "vllm", CONTEXT_TOKENS)
    options = {"load_format": "dummy", "dtype": "bfloat16"}
    engine = VllmEngine(model, path=str(folder), max_running=max(CONCURRENCY), options=options)
    print(f"\n{shape}: {parameters(SHAPES[shape]) / 1e9:.2f} billion random weights")
    await bench_generation(engine, places=max(CONCURRENCY), tokens=tokens, rounds=rounds, concurrency=concurrency)
    scraped = [line for line in generate_latest().decode().splitlines() if line.startswith(SCRAPED)]
    print("\n".join(["scraped:", *scraped]))


def check(shape: str, folder: Path) -> None:
    """What can be checked without vLLM and without a GPU."""
    read = tokenizer().from_file(str(folder / "tokenizer.json"))
    ids = read.encode("Grüße <|im_end|>").ids
    if read.decode(ids, skip_special_tokens=False) != "Grüße <|im_end|>":
        raise SystemExit(f"{shape}: the tokenizer does not give back what it read")
    print(
        f"{shape}: {parameters(SHAPES[shape]) / 1e9:.2f} billion weights, configuration and tokenizer written and read"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=sorted(SHAPES), action="append")
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--concurrent", type=int, nargs="+", default=list(CONCURRENCY))
    parser.add_argument("--check", action="store_true", help="stop before the engine starts")
    arguments = parser.parse_args()
    observe_as_in_production()
    for shape in arguments.shape or sorted(SHAPES):
        with tempfile.TemporaryDirectory() as scratch:
            folder = write_model(shape, Path(scratch) / shape)
            if arguments.check:
                check(shape, folder)
                continue
            numbers = {"tokens": arguments.tokens, "rounds": arguments.rounds, "concurrency": arguments.concurrent}
            asyncio.run(bench(shape, folder, **numbers))


if __name__ == "__main__":
    main()
