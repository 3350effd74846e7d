"""InferenceService on the wire."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import grpc

from hiremesh.inference.v1 import inference_service_pb2 as pb
from hiremesh.inference.v1 import inference_service_pb2_grpc
from inference_service.convert import (
    FINISH_REASONS,
    documents_from_proto,
    embedding_model_to_proto,
    embeddings_to_proto,
    messages_from_proto,
    object_to_struct,
    priority_from_proto,
    sampling_from_proto,
    schema_text,
    text_model_to_proto,
    totals_to_proto,
    usage_to_proto,
)
from inference_service.domain.model import EmbeddingModel
from inference_service.usecases.catalogue import Catalogue, ServedModel
from inference_service.usecases.embedding import EmbedByModel
from inference_service.usecases.generation import GenerateText, TextRequest
from inference_service.usecases.objects import GenerateObject
from inference_service.usecases.prompting import Prompts
from inference_service.usecases.spending import Spending
from meshkit.errors import FieldViolation, InvalidRequest

Context = grpc.aio.ServicerContext[Any, Any]


class InferenceServicer(inference_service_pb2_grpc.InferenceServiceServicer):
    """Embeds, writes, and tells what it took."""

    def __init__(
        self,
        embed_by_model: EmbedByModel,
        generate_text: GenerateText,
        generate_object: GenerateObject,
        prompts: Prompts,
        catalogue: Catalogue,
        spending: Spending,
    ) -> None:
        self._embed_by_model = embed_by_model
        self._generate_text = generate_text
        self._generate_object = generate_object
        self._prompts = prompts
        self._catalogue = catalogue
        self._spending = spending

    async def Embed(self, request: pb.EmbedRequest, context: Context) -> pb.EmbedResponse:
        embed_texts = self._embed_by_model.named(request.model)
        embeddings, usage = await embed_texts.embed(request.texts, tenant=request.tenant)
        return embeddings_to_proto(embeddings, usage, embed_texts.model)

    async def Generate(self, request: pb.GenerateRequest, context: Context) -> AsyncIterator[pb.GenerateResponse]:
        async with aclosing(self._generate_text.stream(self._text_request(request))) as answers:
            async for answer in answers:
                yield pb.GenerateResponse(
                    delta=answer.text,
                    model=answer.model,
                    finish_reason=FINISH_REASONS[answer.finish],
                    usage=usage_to_proto(answer.usage) if answer.finish else None,
                )

    async def GenerateObject(self, request: pb.GenerateObjectRequest, context: Context) -> pb.GenerateObjectResponse:
        asked = self._text_request(request.prompt)
        schema = schema_text(request)
        if not schema and request.prompt.HasField("prompt_call"):
            schema = self._prompts.schema(request.prompt.prompt_call.name)
        if not schema:
            raise InvalidRequest(FieldViolation("schema_json", "is required where the prompt has no schema"))
        answer = await self._generate_object.generate(asked, schema)
        return pb.GenerateObjectResponse(
            object=object_to_struct(answer.value),
            object_json=answer.text,
            usage=usage_to_proto(answer.usage),
            model=answer.model,
            attempts=answer.attempts,
        )

    async def ListModels(self, request: pb.ListModelsRequest, context: Context) -> pb.ListModelsResponse:
        return pb.ListModelsResponse(models=[_model(served) for served in await self._catalogue.all()])

    async def GetModel(self, request: pb.GetModelRequest, context: Context) -> pb.GetModelResponse:
        return pb.GetModelResponse(models=[_model(served) for served in await self._catalogue.named(request.model)])

    async def GetUsage(self, request: pb.GetUsageRequest, context: Context) -> pb.GetUsageResponse:
        of_month = self._spending.totals_by_model if request.by_model else self._spending.totals
        month, totals = of_month(month=request.month, tenant=request.tenant)
        return totals_to_proto(month, totals, self._spending.budget(request.tenant))

    def _text_request(self, request: pb.GenerateRequest) -> TextRequest:
        if bool(request.messages) == request.HasField("prompt_call"):
            raise InvalidRequest(FieldViolation("messages", "send either messages or a prompt_call"))
        messages = messages_from_proto(request.messages)
        if not messages:
            call = request.prompt_call
            messages = self._prompts.render(call.name, dict(call.values), documents_from_proto(call.documents))
        return TextRequest(
            messages,
            model=request.model,
            max_tokens=request.max_tokens,
            sampling=sampling_from_proto(request.sampling),
            adapter=request.adapter,
            priority=priority_from_proto(request.priority),
            tenant=request.tenant,
            request_id=request.request_id,
        )


def _model(served: ServedModel) -> pb.Model:
    if isinstance(served.model, EmbeddingModel):
        return embedding_model_to_proto(served.model, ready=served.ready)
    return text_model_to_proto(served.model, aliases=served.aliases, ready=served.ready)
