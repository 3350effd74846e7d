"""Matching's embedder against inference: which model embeds what."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from hiremesh.inference.v1 import inference_service_pb2
from inference_service.domain.model import EmbeddingModel
from matching_service.adapters.inference import RemoteEmbedder
from meshkit.channels import open_channel
from meshkit.errors import ServiceUnavailable
from meshkit.lifecycle import background
from meshkit.testing import MESH_TOKEN, listening
from taxonomy.titles import MULTILINGUAL
from tests.rpc.inference.service import InferenceUnderTest
from tests.unit.inference.fakes import HashedWords

INFERENCE = inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"]

# An embedder whose inference serves these models beside its default.
MakeEmbedder = Callable[..., Awaitable[RemoteEmbedder]]


class Multilingual(HashedWords):
    model = EmbeddingModel(id=MULTILINGUAL, aliases=(), engine="test", dimensions=512, context_tokens=32)


@pytest.fixture
async def make_embedder() -> AsyncIterator[MakeEmbedder]:
    async with AsyncExitStack() as stack:

        async def make(*more: HashedWords) -> RemoteEmbedder:
            service = InferenceUnderTest(more_embedders=more)
            for one in (service.embed_texts, *service.embed_others):
                await stack.enter_async_context(background("embed_batches", one.run()))
            target = await stack.enter_async_context(listening(service.servicer()))
            channel = await stack.enter_async_context(open_channel(target, INFERENCE, mesh_token=MESH_TOKEN))
            return RemoteEmbedder(channel, timeout=timedelta(seconds=10))

        yield make


async def test_titles_are_embedded_by_the_multilingual_model_and_texts_by_the_default(
    make_embedder: MakeEmbedder,
) -> None:
    embedder = await make_embedder(Multilingual())
    (title,) = await embedder.embed_titles(["nurse"], tenant="somebody")
    (text,) = await embedder.embed(["nurse"], tenant="somebody")
    assert (title.model, len(title.vector)) == (MULTILINGUAL, 512)
    assert (text.model, len(text.vector)) == ("hashed-words", 128)


async def test_titles_are_embedded_by_the_default_where_the_multilingual_model_is_not_served(
    make_embedder: MakeEmbedder,
) -> None:
    embedder = await make_embedder()
    assert await embedder.embed_titles(["nurse"], tenant="somebody") == await embedder.embed(
        ["nurse"], tenant="somebody"
    )


async def test_titles_are_not_embedded_by_another_model_while_inference_is_away() -> None:
    async with open_channel("127.0.0.1:1", INFERENCE, mesh_token=MESH_TOKEN) as channel:
        embedder = RemoteEmbedder(channel, timeout=timedelta(seconds=0.5))
        with pytest.raises(ServiceUnavailable):
            await embedder.embed_titles(["nurse"], tenant="somebody")
