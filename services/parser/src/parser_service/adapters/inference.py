"""A model of the inference service as parser's `Refiner`."""

import json
from collections.abc import Sequence

import grpc

from hiremesh.inference.v1 import inference_service_pb2 as pb
from hiremesh.inference.v1 import inference_service_pb2_grpc
from meshkit.errors import RemoteError
from parser_service.domain.model import Doubt, Errand, ModelUse
from parser_service.domain.refinement import Pointed
from parser_service.ports import NoModel

PROMPT = "parser_refinement/v1"
# An entry takes about 50 tokens; one that is taken for many is no help.
MAX_TOKENS = 400


class ModelRefiner:
    """Sends an entry as numbered lines; the prompt's schema lets the model answer with line numbers and nothing else."""

    def __init__(self, channel: grpc.aio.Channel, *, model: str = "") -> None:
        self._stub: inference_service_pb2_grpc.InferenceServiceAsyncStub = (
            inference_service_pb2_grpc.InferenceServiceStub(channel)
        )
        self._model = model

    async def point(self, doubt: Doubt, errand: Errand) -> tuple[Sequence[Pointed], ModelUse]:
        """See the port."""
        lines = "\n".join(f"{number} {line.text}" for number, line in enumerate(doubt.lines, start=1))
        call = pb.PromptCall(name=PROMPT, documents=[pb.Document(name="lines", text=lines)])
        prompt = pb.GenerateRequest(
            model=self._model,
            prompt_call=call,
            max_tokens=MAX_TOKENS,
            sampling=pb.Sampling(temperature=0),
            tenant=errand.tenant,
            request_id=errand.request_id,
            priority=pb.PRIORITY_BATCH if errand.batch else pb.PRIORITY_INTERACTIVE,
        )
        try:
            response = await self._stub.GenerateObject(pb.GenerateObjectRequest(prompt=prompt))
        except RemoteError as fault:
            if fault.wire_reason == "MODEL_NOT_CONFIGURED":
                raise NoModel from fault
            raise
        usage = response.usage
        entries = [
            Pointed(
                entry["kind"],
                entry["first_line"],
                entry["last_line"],
                title=entry["title_line"],
                organisation=entry["organisation_line"],
                dates=entry["dates_line"],
            )
            for entry in json.loads(response.object_json)["entries"]
        ]
        return entries, ModelUse(response.model, usage.input_tokens, usage.output_tokens, usage.cost_usd)
