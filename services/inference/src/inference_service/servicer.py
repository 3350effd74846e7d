"""InferenceService on the wire."""

from collections.abc import AsyncIterator
from typing import Any

import grpc

from hiremesh.inference.v1 import inference_service_pb2 as pb
from hiremesh.inference.v1 import inference_service_pb2_grpc
from inference_service.convert import embeddings_to_proto, model_to_proto
from inference_service.domain.errors import ModelNotConfigured
from inference_service.usecases import EmbedTexts

Context = grpc.aio.ServicerContext[Any, Any]


class InferenceServicer(inference_service_pb2_grpc.InferenceServiceServicer):
    """Embeds; has no engine that generates, and says so."""

    def __init__(self, embed_texts: EmbedTexts) -> None:
        self._embed_texts = embed_texts

    async def Embed(self, request: pb.EmbedRequest, context: Context) -> pb.EmbedResponse:
        embeddings = await self._embed_texts.embed(request.texts, model=request.model)
        return embeddings_to_proto(embeddings, self._embed_texts.model)

    def Generate(self, request: pb.GenerateRequest, context: Context) -> AsyncIterator[pb.GenerateResponse]:
        raise ModelNotConfigured(model=request.model or "default")

    async def GenerateObject(self, request: pb.GenerateObjectRequest, context: Context) -> pb.GenerateObjectResponse:
        raise ModelNotConfigured(model=request.prompt.model or "default")

    async def ListModels(self, request: pb.ListModelsRequest, context: Context) -> pb.ListModelsResponse:
        return pb.ListModelsResponse(models=[model_to_proto(self._embed_texts.model)])
