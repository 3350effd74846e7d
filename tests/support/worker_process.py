"""Parser as a process of its own that works for a gateway, and the points on the way at which a test can stop or kill it."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc

from hiremesh.parser.v1 import parser_service_pb2
from localmesh.ports import is_free
from localmesh.probes import grpc_serves
from meshkit.testing import MESH_TOKEN
from tests.support.gateway_process import ANY_SIZE, PATIENCE_SECONDS, GatewayProcess

PARSER = parser_service_pb2.DESCRIPTOR.services_by_name["ParserService"].full_name
# Called with the request.
Action = Callable[[bytes], Coroutine[Any, Any, None]]


class FaultPoints(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc ships no base of its own for aio
    """Stands between workers and gateway. Hands every call on as it is, and does what a test wants before it and after it:
    what a worker has not asked for yet has not happened, and what it was not answered it does not know."""

    def __init__(self, gateway: GatewayProcess) -> None:
        self._gateway = gateway
        self._before: dict[str, Action] = {}
        self._after: dict[str, Action] = {}
        self._doing = set[asyncio.Task[None]]()

    def before(self, method: str, action: Action) -> None:
        """Once, at the next call of the method, before gateway gets it."""
        self._before[method] = action

    def after(self, method: str, action: Action) -> None:
        """Once, at the next call of the method, when gateway has done it and the worker does not know yet."""
        self._after[method] = action

    async def close(self) -> None:
        """Nothing more is done at any point."""
        self._before.clear()
        self._after.clear()
        await asyncio.gather(*self._doing)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """See grpc."""
        path = handler_call_details.method

        async def hand_on(request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
            method = path.rpartition("/")[2]
            await self._do(self._before, method, request)
            call = self._gateway.channel.unary_unary(path)(
                request, metadata=context.invocation_metadata(), timeout=context.time_remaining()
            )
            try:
                answer: bytes = await call
            except grpc.aio.AioRpcError as fault:
                context.set_trailing_metadata(fault.trailing_metadata() or ())
                await context.abort(fault.code(), fault.details() or "")
            await self._do(self._after, method, request)
            return answer

        return grpc.unary_unary_rpc_method_handler(hand_on)

    async def _do(self, actions: dict[str, Action], method: str, request: bytes) -> None:
        if action := actions.pop(method, None):
            # The call ends with the worker that made it; what kills the worker goes on.
            doing: asyncio.Task[None] = asyncio.create_task(action(request))
            self._doing.add(doing)
            doing.add_done_callback(self._doing.discard)
            await asyncio.shield(doing)


class WorkerProcess:
    """A worker that is started again after it was killed, as the supervisor does it."""

    def __init__(self, points: FaultPoints, environment: dict[str, str]) -> None:
        self.points = points
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self.kills = 0

    async def start(self) -> None:
        """Returns when it is ready to read."""
        port, metrics_port = [p for p in random.sample(range(19_000, 20_900), 500) if is_free(p)][:2]
        environment = {**self._environment, "PORT": str(port), "METRICS_PORT": str(metrics_port)}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "parser_service"),
            env=os.environ | {f"HIREMESH_PARSER_{name}": value for name, value in environment.items()},
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    return await grpc_serves(port, PARSER)
                except (ConnectionError, grpc.aio.AioRpcError):
                    await asyncio.sleep(0.05)

    async def kill(self, *_: Any) -> None:
        """kill -9: nothing is handed back, nobody is told. Also an action of a fault point."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None
            self.kills += 1

    async def kill_readers(self, *_: Any) -> None:
        """The processes that read documents are killed, as by a document that breaks the code that reads it. Also an action."""
        assert self._process is not None
        kill_readers(self._process.pid)

    async def die_and_come_back(self, *_: Any) -> None:
        """An action of a fault point."""
        await self.kill()
        await self.start()


def kill_readers(parser: int) -> int:
    """Kills (-9) the processes that read documents for a parser, and tells how many there were."""
    readers = [reader for server in _children(parser) for reader in _children(server)]
    for reader in readers:
        os.kill(reader, signal.SIGKILL)
    return len(readers)


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


@asynccontextmanager
async def worker_running(gateway: GatewayProcess, **more: str) -> AsyncIterator[WorkerProcess]:
    """A worker that is ready, with one process that reads; `more` are settings without their prefix."""
    points = FaultPoints(gateway)
    server = grpc.aio.server(options=ANY_SIZE)
    server.add_generic_rpc_handlers((points,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    environment = {
        "MESH_TOKEN": MESH_TOKEN.get_secret_value(),
        "NATS_URL": gateway.server.url,
        "GATEWAY_TARGET": f"127.0.0.1:{port}",
        "WORKERS": "1",
        "DOCUMENT_TIMEOUT": "PT2M",
        # So that nobody waits long for a job of a worker that was killed.
        "JOB_REDELIVERED_AFTER": "PT2S",
        "REPORT_INTERVAL": "PT0.1S",
        **more,
    }
    worker = WorkerProcess(points, environment)
    try:
        await worker.start()
        yield worker
    finally:
        await points.close()
        await worker.kill()
        await server.stop(None)
