"""Composition root."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

from hiremesh.inference.v1 import inference_service_pb2, inference_service_pb2_grpc
from inference_service.adapters.minilm_onnx import MinilmEmbedder
from inference_service.adapters.model_folder import read_model_folder
from inference_service.adapters.prometheus import PrometheusMeter
from inference_service.servicer import InferenceServicer
from inference_service.settings import Settings
from inference_service.usecases import BatchLimits, EmbedTexts
from meshkit.lifecycle import background
from meshkit.server import Service, Servicer


async def build(settings: Settings, stack: AsyncExitStack) -> Service:
    """The service; it is ready once its model is loaded and warm."""
    # A missing or damaged model ends the start here, with a message; loading it takes place while health already answers.
    folder = read_model_folder(settings.embedder_path)
    pool = stack.enter_context(ThreadPoolExecutor(settings.threads, thread_name_prefix="embed"))
    embedder = MinilmEmbedder(folder.manifest, pool)
    await stack.enter_async_context(background("load_embedder", embedder.load(folder)))
    embed_texts = EmbedTexts(
        embedder,
        PrometheusMeter(),
        BatchLimits(
            texts=settings.batch_texts,
            parallel=settings.threads,
            window=settings.batch_window,
            pending=settings.pending_texts,
        ),
    )
    await stack.enter_async_context(background("embed_batches", embed_texts.run()))
    return Service(
        servicers=[
            Servicer(
                inference_service_pb2.DESCRIPTOR.services_by_name["InferenceService"],
                inference_service_pb2_grpc.add_InferenceServiceServicer_to_server,
                InferenceServicer(embed_texts),
            )
        ],
        checks={"embedder": embedder.check_loaded},
    )
