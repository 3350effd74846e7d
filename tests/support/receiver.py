"""Where webhooks of tests lead."""

import asyncio


class Receiver:
    """A client's server; answers with `status`."""

    def __init__(self, status: str = "204 No Content", location: str = "") -> None:
        self.status = status
        self.location = location
        self.seen: list[tuple[dict[str, str], bytes]] = []
        # Chosen when it is first there; the same when it comes back.
        self.port = 0

    async def __aenter__(self) -> "Receiver":
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        self.seen.append((headers, await reader.readexactly(int(headers["content-length"]))))
        extra = f"location: {self.location}\r\n" if self.location else ""
        writer.write(f"HTTP/1.1 {self.status}\r\ncontent-length: 0\r\n{extra}\r\n".encode())
        await writer.drain()
        writer.close()
