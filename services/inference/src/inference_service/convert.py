"""Between the contract and the domain."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format, struct_pb2

from hiremesh.inference.v1 import inference_service_pb2 as pb
from inference_service.domain.fencing import Document, Message
from inference_service.domain.generation import FinishReason, Priority, Sampling, TextModel
from inference_service.domain.model import Embedding, EmbeddingModel
from inference_service.domain.usage import Account, Total, Usage

FINISH_REASONS: Mapping[FinishReason | None, pb.FinishReason.ValueType] = {
    None: pb.FINISH_REASON_UNSPECIFIED,
    FinishReason.STOP: pb.FINISH_REASON_STOP,
    FinishReason.LENGTH: pb.FINISH_REASON_LENGTH,
}


def embeddings_to_proto(embeddings: Sequence[Embedding], usage: Usage, model: EmbeddingModel) -> pb.EmbedResponse:
    """The answer to Embed."""
    return pb.EmbedResponse(
        embeddings=[pb.Embedding(values=embedding.values) for embedding in embeddings],
        model=model.id,
        usage=usage_to_proto(usage),
    )


def embedding_model_to_proto(model: EmbeddingModel, *, ready: bool) -> pb.Model:
    """A model that embeds, as listed."""
    return pb.Model(
        id=model.id,
        aliases=model.aliases,
        capabilities=[pb.CAPABILITY_EMBED],
        engine=model.engine,
        dimensions=model.dimensions,
        context_tokens=model.context_tokens,
        ready=ready,
    )


def text_model_to_proto(model: TextModel, *, aliases: Sequence[str], ready: bool) -> pb.Model:
    """A model that writes, as listed."""
    return pb.Model(
        id=model.id,
        aliases=aliases,
        capabilities=[pb.CAPABILITY_GENERATE],
        engine=model.engine,
        context_tokens=model.context_tokens,
        adapters=model.adapters,
        ready=ready,
    )


def messages_from_proto(messages: Sequence[pb.Message]) -> list[Message]:
    """A conversation as the caller sent it."""
    return [Message(message.role, message.content, documents_from_proto(message.documents)) for message in messages]


def documents_from_proto(documents: Sequence[pb.Document]) -> list[Document]:
    """Documents as the caller sent them."""
    return [Document(document.name, document.text) for document in documents]


def sampling_from_proto(sampling: pb.Sampling) -> Sampling:
    """Absent fields are None."""
    return Sampling(
        temperature=sampling.temperature if sampling.HasField("temperature") else None,
        top_p=sampling.top_p if sampling.HasField("top_p") else None,
        seed=sampling.seed if sampling.HasField("seed") else None,
    )


def priority_from_proto(priority: pb.Priority.ValueType) -> Priority:
    """Calls that say nothing are interactive."""
    return Priority.BATCH if priority == pb.PRIORITY_BATCH else Priority.INTERACTIVE


def schema_text(request: pb.GenerateObjectRequest) -> str:
    """The schema of a request as JSON text; empty when it has none."""
    if request.schema_json or not request.HasField("schema"):
        return request.schema_json
    return json.dumps(_whole_numbers(json_format.MessageToDict(request.schema)), sort_keys=True)


def object_to_struct(value: Mapping[str, Any]) -> struct_pb2.Struct:
    """For readers of the structured field."""
    struct = struct_pb2.Struct()
    struct.update(value)
    return struct


def usage_to_proto(usage: Usage) -> pb.Usage:
    """Figures of a call or a sum."""
    return pb.Usage(
        input_tokens=usage.tokens.input,
        cached_tokens=usage.tokens.cached,
        output_tokens=usage.tokens.output,
        cost_usd=usage.cost_usd,
        seconds=usage.seconds,
        queue_seconds=usage.queue_seconds,
    )


def totals_to_proto(month: str, totals: Mapping[Account, Total], budget_usd: float | None) -> pb.GetUsageResponse:
    """The answer to GetUsage, by tenant and model."""
    return pb.GetUsageResponse(
        month=month,
        totals=[
            pb.UsageTotal(
                tenant=account.tenant, model=account.model, calls=total.calls, usage=usage_to_proto(total.usage)
            )
            for account, total in sorted(totals.items(), key=lambda entry: (entry[0].tenant, entry[0].model))
        ],
        budget_usd=budget_usd,
    )


def _whole_numbers(node: Any) -> Any:
    """A Struct holds 5 as 5.0, which is no `maxItems`."""
    if isinstance(node, dict):
        return {key: _whole_numbers(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_whole_numbers(value) for value in node]
    if isinstance(node, float) and node.is_integer():
        return int(node)
    return node
