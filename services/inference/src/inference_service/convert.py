"""Between the contract and the domain."""

from collections.abc import Sequence

from hiremesh.inference.v1 import inference_service_pb2 as pb
from inference_service.domain.model import Embedding, EmbeddingModel


def embeddings_to_proto(embeddings: Sequence[Embedding], model: EmbeddingModel) -> pb.EmbedResponse:
    """The answer to Embed, with its usage."""
    return pb.EmbedResponse(
        embeddings=[pb.Embedding(values=embedding.values) for embedding in embeddings],
        model=model.id,
        usage=pb.Usage(input_tokens=sum(embedding.tokens for embedding in embeddings)),
    )


def model_to_proto(model: EmbeddingModel) -> pb.Model:
    """A model, as listed."""
    return pb.Model(
        id=model.id,
        aliases=model.aliases,
        capabilities=[pb.CAPABILITY_EMBED],
        engine=model.engine,
        dimensions=model.dimensions,
        context_tokens=model.context_tokens,
    )
