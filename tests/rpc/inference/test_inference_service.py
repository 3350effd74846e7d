import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import grpc
import pytest
from grpc_status import rpc_status

from hiremesh.inference.v1 import inference_service_pb2 as pb
from hiremesh.inference.v1 import inference_service_pb2_grpc
from meshkit.channels import to_remote_error
from meshkit.errors import RemoteError
from meshkit.lifecycle import background
from meshkit.testing import serving
from tests.rpc.inference.service import MESH, InferenceUnderTest, Stub
from tests.unit.inference.fakes import HashedWords, HeldEmbedder, RecordingMeter


@pytest.fixture
def embedder() -> HeldEmbedder:
    return HeldEmbedder()


@pytest.fixture
def meter() -> RecordingMeter:
    return RecordingMeter()


@pytest.fixture
async def stub(embedder: HeldEmbedder, meter: RecordingMeter) -> AsyncIterator[Stub]:
    service = InferenceUnderTest(embedder=embedder, embedding_meter=meter)
    async with background("embed_batches", service.embed_texts.run()), serving(service.servicer()) as channel:
        yield inference_service_pb2_grpc.InferenceServiceStub(channel)


def remote(failure: pytest.ExceptionInfo[grpc.aio.AioRpcError]) -> RemoteError:
    return to_remote_error(rpc_status.from_call(failure.value), failure.value)


async def test_embed_answers_in_order_with_model_and_tokens(stub: Stub, embedder: HeldEmbedder) -> None:
    embedder.let_go()
    texts = ["a long text of six words", "short", "two words"]
    response = await stub.Embed(pb.EmbedRequest(texts=texts), metadata=MESH)
    expected = await HashedWords().embed(texts)
    assert [list(embedding.values) for embedding in response.embeddings] == [
        pytest.approx(list(embedding.values)) for embedding in expected
    ]
    assert (response.model, response.usage.input_tokens, response.usage.output_tokens) == ("hashed-words", 9, 0)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.EmbedRequest(), "texts"),
        (pb.EmbedRequest(texts=["fine", ""]), "texts[1]"),
        (pb.EmbedRequest(texts=["x"] * 257), "texts"),
        (pb.EmbedRequest(texts=["x" * 65537]), "texts[0]"),
    ],
    ids=["no texts", "an empty text", "too many texts", "a text too long"],
)
async def test_requests_outside_the_contract_are_refused(stub: Stub, request_: pb.EmbedRequest, field: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await stub.Embed(request_, metadata=MESH)
    assert failure.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert [violation.field for violation in remote(failure).violations] == [field]


async def test_callers_outside_of_the_mesh_are_refused(stub: Stub) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await stub.Embed(pb.EmbedRequest(texts=["one"]))
    assert failure.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_overload_is_resource_exhausted_with_a_hint_when_to_retry(stub: Stub, embedder: HeldEmbedder) -> None:
    admitted = stub.Embed(pb.EmbedRequest(texts=["x"] * 256), metadata=MESH)
    await embedder.entered(1)
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await stub.Embed(pb.EmbedRequest(texts=["one more"]), metadata=MESH)
    embedder.let_go()
    assert len((await admitted).embeddings) == 256
    assert failure.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert remote(failure).wire_reason == "OVERLOADED"
    assert remote(failure).retry_after == timedelta(seconds=1)


async def test_a_call_cancelled_by_its_caller_frees_its_room(
    stub: Stub, embedder: HeldEmbedder, meter: RecordingMeter
) -> None:
    leaving = stub.Embed(pb.EmbedRequest(texts=["x"] * 256), metadata=MESH)
    await embedder.entered(1)
    leaving.cancel()
    async with asyncio.timeout(10):
        await meter.reached(0)
    embedder.let_go()
    response = await stub.Embed(pb.EmbedRequest(texts=["y"] * 256), metadata=MESH)
    assert len(response.embeddings) == 256


async def test_64_callers_of_one_text_each_share_full_batches(
    stub: Stub, embedder: HeldEmbedder, meter: RecordingMeter
) -> None:
    first = stub.Embed(pb.EmbedRequest(texts=["first"]), metadata=MESH)
    await embedder.entered(1)
    calls = [stub.Embed(pb.EmbedRequest(texts=[f"caller {number}"]), metadata=MESH) for number in range(64)]
    async with asyncio.timeout(10):
        await meter.reached(65)
    embedder.let_go()
    await asyncio.gather(first, *calls)
    assert [len(batch) for batch in embedder.batches] == [1, 32, 32]


@pytest.mark.parametrize("name", ["", "gemma-3"])
async def test_generation_says_that_no_model_is_configured(stub: Stub, name: str) -> None:
    prompt = pb.GenerateRequest(model=name, messages=[pb.Message(role="user", content="Hello")])
    request = pb.GenerateObjectRequest(prompt=prompt)
    request.schema.update({"type": "object"})

    async def stream() -> None:
        async for _ in stub.Generate(prompt, metadata=MESH):
            raise AssertionError("no model, no text")

    async def unary() -> None:
        await stub.GenerateObject(request, metadata=MESH)

    for call in (stream, unary):
        with pytest.raises(grpc.aio.AioRpcError) as failure:
            await call()
        assert failure.value.code() is grpc.StatusCode.UNAVAILABLE
        assert remote(failure).wire_reason == "MODEL_NOT_CONFIGURED"
        assert remote(failure).fields == {"model": name or "default"}


async def test_embedding_with_a_model_that_is_not_there_says_so(stub: Stub) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await stub.Embed(pb.EmbedRequest(texts=["one"], model="bge-m3"), metadata=MESH)
    assert remote(failure).wire_reason == "MODEL_NOT_CONFIGURED"


async def test_models_are_listed_as_they_are(stub: Stub) -> None:
    response = await stub.ListModels(pb.ListModelsRequest(), metadata=MESH)
    assert list(response.models) == [
        pb.Model(
            id="hashed-words",
            aliases=["fake"],
            capabilities=[pb.CAPABILITY_EMBED],
            engine="test",
            dimensions=128,
            context_tokens=32,
            ready=True,
        )
    ]
