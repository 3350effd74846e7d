"""Matching's `Embedder` against inference's real servicer."""

from datetime import timedelta

import pytest

from hiremesh.inference.v1 import inference_service_pb2
from inference_service.domain.usage import Budgets, Price
from matching_service.adapters.inference import RemoteEmbedder
from meshkit.channels import open_channel
from meshkit.errors import ServiceUnavailable
from meshkit.lifecycle import background
from meshkit.testing import MESH_TOKEN, listening
from tests.rpc.inference.service import InferenceUnderTest

INFERENCE = inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"]


async def test_vectors_come_in_the_order_of_the_texts_are_paid_by_their_tenant_and_wait_for_its_next_budget() -> None:
    inference = InferenceUnderTest(budgets=Budgets(default=7.0), embedding_price=Price(input=1_000_000))
    async with (
        background("embed_batches", inference.embed_texts.run()),
        listening(inference.servicer()) as target,
        open_channel(target, INFERENCE, mesh_token=MESH_TOKEN) as channel,
    ):
        embedder = RemoteEmbedder(channel, timeout=timedelta(seconds=10))
        one, other = await embedder.embed(["a", "b"], tenant="acme")
        assert (one.model, one.vector == other.vector) == ("hashed-words", False)
        with pytest.raises(ServiceUnavailable):
            await embedder.embed(["one more text"], tenant="acme")
        await embedder.embed(["b"], tenant="other")
    assert {account.tenant for account in inference.spending.totals()[1]} == {"acme", "other"}
