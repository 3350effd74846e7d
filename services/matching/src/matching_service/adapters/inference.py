"""The inference service as matching's `Embedder`."""

from collections.abc import Sequence
from datetime import timedelta

import grpc

from hiremesh.inference.v1 import inference_service_pb2, inference_service_pb2_grpc
from matching_service.domain.model import Embedding
from meshkit.errors import DeadlineExceeded, RemoteError, ServiceUnavailable
from taxonomy.titles import MULTILINGUAL

_NOT_SERVED = "MODEL_NOT_CONFIGURED"
# Faults that pass: the model is away, busy, slow, not there yet, or too dear until the month ends. Others are ours, and are not hidden.
_PASSING = frozenset({"SERVICE_UNAVAILABLE", "OVERLOADED", "DEADLINE_EXCEEDED", "BUDGET_EXHAUSTED", _NOT_SERVED})


class _ModelNotServed(ServiceUnavailable):
    """Inference answers, but has no such model."""


class RemoteEmbedder:
    """Calls `Embed`."""

    def __init__(self, channel: grpc.aio.Channel, *, timeout: timedelta) -> None:
        self._stub: inference_service_pb2_grpc.InferenceServiceAsyncStub = (
            inference_service_pb2_grpc.InferenceServiceStub(channel)
        )
        self._timeout = timeout.total_seconds()

    async def embed(self, texts: Sequence[str], *, tenant: str) -> Sequence[Embedding]:
        """See the port."""
        return await self._embed(inference_service_pb2.EmbedRequest(texts=texts, tenant=tenant))

    async def embed_titles(self, titles: Sequence[str], *, tenant: str) -> Sequence[Embedding]:
        """See the port."""
        request = inference_service_pb2.EmbedRequest(texts=titles, tenant=tenant, model=MULTILINGUAL)
        try:
            return await self._embed(request)
        except _ModelNotServed:
            return await self.embed(titles, tenant=tenant)

    async def _embed(self, request: inference_service_pb2.EmbedRequest) -> Sequence[Embedding]:
        try:
            response = await self._stub.Embed(request, timeout=self._timeout)
        except DeadlineExceeded as fault:
            raise ServiceUnavailable(service="inference") from fault
        except RemoteError as fault:
            if fault.wire_reason not in _PASSING:
                raise
            kind = _ModelNotServed if fault.wire_reason == _NOT_SERVED else ServiceUnavailable
            raise kind(service="inference", retry_after=fault.retry_after) from fault
        return [Embedding(response.model, tuple(embedding.values)) for embedding in response.embeddings]
