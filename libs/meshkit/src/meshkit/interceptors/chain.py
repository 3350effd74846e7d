"""One gRPC interceptor that runs all layers, for the four kinds of RPC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

import grpc

from meshkit.interceptors.call import Call, Layer, ServicerContext
from meshkit.policies import is_operator_method, policy_of


class LayerChain(grpc.aio.ServerInterceptor):
    """Runs every RPC inside its layers, the first one outermost."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = tuple(layers)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Wraps the handler that serves the method; health, reflection and channelz stay as they are."""
        handler = await continuation(handler_call_details)
        method = str(handler_call_details.method)
        if handler is None or is_operator_method(method):
            return handler
        make = _FACTORIES[handler.request_streaming, handler.response_streaming]
        behaviour = self._behaviour(method, handler)
        return make(behaviour, handler.request_deserializer, handler.response_serializer)

    def _behaviour(self, method: str, handler: grpc.RpcMethodHandler[Any, Any]) -> Callable[..., Any]:
        # On an aio server these are coroutine functions and asynchronous generators; the stubs know the synchronous kind.
        inner: Callable[..., Any] = next(
            function
            for function in (handler.unary_unary, handler.unary_stream, handler.stream_unary, handler.stream_stream)
            if function is not None
        )

        async def enter(stack: AsyncExitStack, request: object, context: ServicerContext) -> None:
            call = Call(method, policy_of(method), context, _text_metadata(context))
            if not handler.request_streaming:
                call.request = request
            for layer in self._layers:
                await stack.enter_async_context(layer(call))

        async def answer_once(request: object, context: ServicerContext) -> object:
            async with AsyncExitStack() as stack:
                await enter(stack, request, context)
                return await inner(request, context)

        async def answer_stream(request: object, context: ServicerContext) -> AsyncIterator[object]:
            async with AsyncExitStack() as stack:
                await enter(stack, request, context)
                async for response in inner(request, context):
                    yield response

        return answer_stream if handler.response_streaming else answer_once


_FACTORIES: dict[tuple[bool, bool], Callable[..., grpc.RpcMethodHandler[Any, Any]]] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


def _text_metadata(context: ServicerContext) -> dict[str, str]:
    return {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
