"""The OpenAI client against a server that follows a script."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from inference_service.adapters.chat_completions import Retries
from inference_service.adapters.openai import OpenAiEngine
from inference_service.domain.errors import EngineFailed, PromptTooLong
from inference_service.domain.generation import FinishReason, Piece, Prompt, Sampling, TextModel, Turn
from meshkit.errors import InvalidRequest, Overloaded

MODEL = TextModel("small", "openai", 1000, adapters=("formal",))
SECRET = "sk-do-not-log-me"
AT_ONCE = Retries(attempts=3, first_delay=timedelta(0), longest_delay=timedelta(0))
Answer = httpx.Response | Exception


def stream(*events: Any, done: bool = True) -> httpx.Response:
    lines = [f"data: {json.dumps(event)}\n\n" for event in events] + ["data: [DONE]\n\n"] * done
    return httpx.Response(200, content="".join(lines))


def delta(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}


USAGE = {
    "choices": [],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
}


def complete() -> httpx.Response:
    return stream(delta("Hel"), delta("lo", "stop"), USAGE)


class Server:
    """Gives its answers one by one and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]


def engine(server: Callable[[httpx.Request], httpx.Response], key: Path | None = None) -> OpenAiEngine:
    return OpenAiEngine(
        MODEL,
        base_url="http://models.example/v1",
        remote_model="small-2026",
        api_key_file=key,
        retries=AT_ONCE,
        transport=httpx.MockTransport(server),
    )


async def pieces(asked: OpenAiEngine, **changes: Any) -> list[Piece]:
    prompt = replace(Prompt([Turn("user", "Hello")], max_tokens=5), **changes)
    async with aclosing(asked.generate(prompt)) as stream_of_pieces:
        return [piece async for piece in stream_of_pieces]


async def test_an_answer_is_read_with_its_usage() -> None:
    *texts, last = await pieces(engine(Server(complete())))
    assert [piece.text for piece in texts] == ["Hel", "lo"]
    assert last.ending is not None
    assert last.ending.finish is FinishReason.STOP
    assert (last.ending.tokens.input, last.ending.tokens.cached, last.ending.tokens.output) == (9, 4, 2)


async def test_the_request_says_what_was_asked_and_nothing_that_was_not() -> None:
    server = Server(complete(), complete())
    await pieces(engine(server))
    schema = {"type": "object", "properties": {"b": {}, "a": {}}}
    await pieces(engine(server), sampling=Sampling(temperature=0, seed=1), schema=schema, adapter="formal")
    plain, full = server.bodies
    assert (plain["model"], plain["max_tokens"], plain["messages"]) == (
        "small-2026",
        5,
        [{"role": "user", "content": "Hello"}],
    )
    assert not {"temperature", "top_p", "seed", "response_format"} & plain.keys()
    assert (full["model"], full["temperature"], full["seed"]) == ("formal", 0, 1)
    assert list(full["response_format"]["json_schema"]["schema"]["properties"]) == ["b", "a"]


@pytest.mark.parametrize("trouble", [httpx.ConnectError("refused"), httpx.Response(503), httpx.Response(429)])
async def test_a_call_that_failed_before_its_first_byte_is_tried_again(trouble: Answer) -> None:
    server = Server(trouble, trouble, complete())
    assert len(await pieces(engine(server))) == 3
    assert len(server.requests) == 3


async def test_a_call_is_not_tried_for_ever() -> None:
    server = Server(*[httpx.Response(503)] * 5)
    with pytest.raises(EngineFailed):
        await pieces(engine(server))
    assert len(server.requests) == AT_ONCE.attempts


async def test_a_server_without_room_is_overload_with_its_own_hint() -> None:
    server = Server(*[httpx.Response(429, headers={"retry-after": "7"})] * 3)
    with pytest.raises(Overloaded) as refusal:
        await pieces(engine(server))
    assert refusal.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("status", [401, 403, 404, 500])
async def test_refusals_and_faults_of_the_server_are_failures_of_the_engine(status: int) -> None:
    with pytest.raises(EngineFailed):
        await pieces(engine(Server(*[httpx.Response(status)] * 3)))


async def test_a_prompt_that_the_server_finds_too_long_is_the_callers_fault() -> None:
    answer = httpx.Response(400, json={"error": {"code": "context_length_exceeded"}})
    with pytest.raises(PromptTooLong):
        await pieces(engine(Server(answer)))


async def test_a_request_that_the_server_cannot_take_is_the_callers_fault_and_is_not_repeated() -> None:
    server = Server(httpx.Response(400, json={"error": "unsupported schema"}))
    with pytest.raises(InvalidRequest) as refusal:
        await pieces(engine(server), schema={"type": "object"})
    assert refusal.value.violations[0].field == "schema"


@pytest.mark.parametrize(
    "broken",
    [
        stream(delta("Hel"), done=False),
        stream(delta("Hel"), {"error": {"message": "out of memory"}}),
        stream(delta("Hel"), delta("", "content_filter")),
        httpx.Response(200, content="data: {half\n\n"),
        httpx.Response(200, content="data: [1]\n\n"),
        httpx.Response(200, content=""),
    ],
    ids=["cut off", "an error half-way", "a filter", "no JSON", "no object", "nothing"],
)
async def test_an_answer_that_does_not_end_well_is_a_failure_and_is_not_repeated(broken: httpx.Response) -> None:
    server = Server(broken)
    with pytest.raises(EngineFailed):
        await pieces(engine(server))
    assert len(server.requests) == 1


async def test_the_key_comes_from_its_file_for_each_call(tmp_path: Path) -> None:
    key = tmp_path / "key"
    server = Server(complete(), complete())
    asked = engine(server, key)
    for value in (SECRET, "sk-rotated"):
        key.write_text(f"{value}\n")
        await pieces(asked)
    assert [request.headers["authorization"] for request in server.requests] == [
        f"Bearer {SECRET}",
        "Bearer sk-rotated",
    ]


async def test_a_missing_key_is_a_failure_before_anything_is_sent(tmp_path: Path) -> None:
    server = Server()
    with pytest.raises(EngineFailed):
        await pieces(engine(server, tmp_path / "missing"))
    assert server.requests == []


async def test_logs_hold_neither_key_nor_prompt_nor_what_the_server_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").write_text(SECRET)
    answer = httpx.Response(400, text="cannot take: my secret resume")
    with pytest.raises(InvalidRequest):
        await pieces(engine(Server(answer), tmp_path / "key"), turns=[Turn("user", "my secret resume")])
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    assert "resume" not in said.out + said.err


async def test_closing_the_stream_closes_the_connection() -> None:
    closed = []

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield f"data: {json.dumps(delta('more '))}\n\n".encode()

        async def aclose(self) -> None:
            closed.append(True)

    asked = engine(lambda _: httpx.Response(200, stream=Endless()))
    stream_of_pieces = asked.generate(Prompt([Turn("user", "Hello")], 5))
    await anext(stream_of_pieces)
    await stream_of_pieces.aclose()
    assert closed
