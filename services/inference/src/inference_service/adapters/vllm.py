"""vLLM in this process: continuous batching on GPUs. Its engine core runs in child processes, which are started again when they die."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog

from inference_service.adapters.colon_free import rename_vllm_metrics
from inference_service.domain.errors import EngineFailed, PromptTooLong
from inference_service.domain.generation import Ending, FinishReason, Piece, Prompt, Sampling, TextModel, Turn
from inference_service.domain.usage import Tokens
from meshkit.errors import FieldViolation, InvalidRequest

_log = structlog.get_logger()

ENGINE = "vllm"
LOADING_REPORT_SECONDS = 10.0
# After a crash; doubled for each crash before the model was ready.
RESTART_SECONDS = (1.0, 60.0)
HEALTH_SECONDS = 0.25
_WARM_UP = Prompt([Turn("user", "Hello")], max_tokens=2, sampling=Sampling(temperature=0))
# Weights come from where the settings say, never from a hub; nothing is reported to anybody.
_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    # gRPC runs threads in this process: a fork would copy their locks.
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
    # Its log may quote prompts.
    "VLLM_LOGGING_LEVEL": "WARNING",
}
_FINISH_REASONS = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}


class VllmEngine:
    """An AsyncLLM, and whoever starts it again."""

    def __init__(
        self,
        model: TextModel,
        *,
        path: str,
        max_running: int,
        adapters: Mapping[str, Path] | None = None,
        options: Mapping[str, object] | None = None,
    ) -> None:
        self._adapters = dict(adapters or {})
        self.model = replace(model, adapters=tuple(self._adapters))
        self._path = path
        self._max_running = max_running
        self._options = dict(options or {})
        self._engine: Any = None  # vllm.v1.engine.async_llm.AsyncLLM, once it is warm

    async def run(self) -> None:
        """As the port says."""
        delay, longest = RESTART_SECONDS
        while True:
            engine = None
            try:
                engine = await self._load()
                await self._warm(engine)
                self._engine, delay = engine, RESTART_SECONDS[0]
                while not engine.errored:  # noqa: ASYNC110  # vLLM tells by a flag only
                    await asyncio.sleep(HEALTH_SECONDS)
                _log.error("model_engine_died", model=self.model.id, restart_seconds=delay)
            except Exception as fault:
                _log.error("model_not_loaded", model=self.model.id, kind=type(fault).__name__, restart_seconds=delay)
            finally:
                self._engine = None
                if engine is not None:
                    await asyncio.to_thread(engine.shutdown)
            await asyncio.sleep(delay)
            delay = min(2 * delay, longest)

    async def check_ready(self) -> None:
        """As the port says."""
        self._ready()

    async def count_tokens(self, prompt: Prompt) -> int:
        """Exact."""
        return len(_token_ids(self._ready(), prompt.turns))

    async def generate(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """As the port says."""
        async with aclosing(self._pieces(self._ready(), prompt)) as pieces:
            async for piece in pieces:
                yield piece

    def _ready(self) -> Any:
        if self._engine is None:
            raise EngineFailed(service=self.model.id)
        return self._engine

    async def _load(self) -> Any:
        """Takes seconds to minutes, off the event loop, with a line in the log now and then."""
        started = time.monotonic()
        loading = asyncio.create_task(asyncio.to_thread(self._start))
        try:
            while not (await asyncio.wait([loading], timeout=LOADING_REPORT_SECONDS))[0]:
                _log.info("model_loading", model=self.model.id, seconds=round(time.monotonic() - started))
        except asyncio.CancelledError:
            # A thread cannot be cancelled: wait for the engine, so that its processes can be ended.
            (await loading).shutdown()
            raise
        engine = loading.result()
        rename_vllm_metrics()
        _log.info("model_loaded", model=self.model.id, seconds=round(time.monotonic() - started, 3))
        return engine

    def _start(self) -> Any:
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM

        lora = {"enable_lora": True, "max_loras": len(self._adapters)} if self._adapters else {}
        arguments = AsyncEngineArgs(
            model=self._path,
            served_model_name=self.model.id,
            max_model_len=self.model.context_tokens,
            max_num_seqs=self._max_running,
            enable_prefix_caching=True,
            enable_log_requests=False,
            **lora,
            **self._options,
        )
        return AsyncLLM.from_engine_args(arguments)

    async def _warm(self, engine: Any) -> None:
        async with aclosing(self._pieces(engine, _WARM_UP)) as pieces:
            async for _ in pieces:
                pass

    async def _pieces(self, engine: Any, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        from vllm.exceptions import VLLMServerError

        token_ids = _token_ids(engine, prompt.turns)
        if len(token_ids) + prompt.max_tokens > self.model.context_tokens:
            raise PromptTooLong(
                model=self.model.id,
                input_tokens=len(token_ids),
                max_tokens=prompt.max_tokens,
                context_tokens=self.model.context_tokens,
            )
        output_tokens = 0
        outputs = engine.generate(
            {"prompt_token_ids": token_ids},
            _sampling_params(prompt),
            # Unique, whatever callers send; what vLLM logs of it can be found by theirs.
            f"{prompt.request_id}-{uuid4().hex}".removeprefix("-"),
            lora_request=self._lora_request(prompt.adapter),
        )
        try:
            async with aclosing(outputs):
                async for output in outputs:
                    completion = output.outputs[0]
                    output_tokens += len(completion.token_ids)
                    if completion.finish_reason is None:
                        yield Piece(completion.text)
                    else:
                        tokens = Tokens(len(token_ids), output.num_cached_tokens or 0, output_tokens)
                        yield Piece(completion.text, Ending(_finish(completion.finish_reason, self.model), tokens))
        except VLLMServerError:  # the engine died, or this request broke it
            raise EngineFailed(service=self.model.id) from None
        except ValueError:  # vLLM's word for a request that it cannot take; its text may quote the prompt
            field = "schema" if prompt.schema is not None else "messages"
            raise InvalidRequest(FieldViolation(field, "was refused by the engine")) from None

    def _lora_request(self, name: str) -> Any:
        if not name:
            return None
        from vllm.lora.request import LoRARequest

        number = list(self._adapters).index(name) + 1
        return LoRARequest(name, number, str(self._adapters[name]))


def _token_ids(engine: Any, turns: Sequence[Turn]) -> list[int]:
    tokenizer = engine.get_tokenizer()
    messages = [{"role": turn.role, "content": turn.content} for turn in turns]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False)
    return ids


def _sampling_params(prompt: Prompt) -> Any:
    from vllm.sampling_params import RequestOutputKind, SamplingParams, StructuredOutputsParams

    sampling = prompt.sampling
    given = {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": sampling.seed}
    return SamplingParams(
        max_tokens=prompt.max_tokens,
        output_kind=RequestOutputKind.DELTA,
        structured_outputs=StructuredOutputsParams(json=dict(prompt.schema)) if prompt.schema is not None else None,
        **{name: value for name, value in given.items() if value is not None},
    )


def _finish(reason: str, model: TextModel) -> FinishReason:
    if reason not in _FINISH_REASONS:  # aborted by the engine
        raise EngineFailed(service=model.id)
    return _FINISH_REASONS[reason]
