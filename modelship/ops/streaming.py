"""Bodies that are worked on while they arrive: the pieces of resumable uploads, of any size, in flat memory.

Every other body is spooled whole before its view runs. A view reads a streamed one from the request as
from a file; where the client goes away, reading raises UnreadablePostError after the last byte that came.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any

from django.core.handlers.asgi import ASGIHandler

STREAMED_PREFIX = "/api/v1/uploads/tus/"
STREAMED_METHODS = ("PATCH", "POST")
# So often a view that waits for bytes looks whether its request is still going on.
LOOK_SECONDS = 0.5
Receive = Callable[[], Awaitable[dict[str, Any]]]


def is_streamed(method: str, path: str) -> bool:
    return method in STREAMED_METHODS and path.startswith(STREAMED_PREFIX)


class StreamedBody:
    """The body of one request as a file that is read from the view's thread while the loop receives it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._rest = memoryview(b"")
        self._has_more = True
        self._is_open = True

    async def __call__(self) -> dict[str, Any]:
        """What Django awaits to hear that the client is gone. It never does: the view hears of it by reading,
        and is not cancelled in the middle of keeping what came.
        """
        return await asyncio.Future()

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes as soon as there are some; none at the end."""
        while not self._rest and self._has_more:
            self._rest = memoryview(self._next())
        piece = self._rest[:size] if size >= 0 else self._rest
        self._rest = self._rest[len(piece) :]
        return bytes(piece)

    def close(self) -> None:
        """Nothing more comes: a view that waits for bytes hears of it as of a client that went away."""
        self._is_open = False

    def _next(self) -> bytes:
        message = self._awaited(asyncio.run_coroutine_threadsafe(self._received(), self._loop))
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError("The client went away.")
        self._has_more = message.get("more_body", False)
        return message.get("body", b"")

    def _awaited(self, arriving: Future) -> dict[str, Any]:
        while self._is_open:
            try:
                return arriving.result(LOOK_SECONDS)
            except TimeoutError:
                continue
        raise ConnectionAbortedError("The request is over.")

    async def _received(self) -> dict[str, Any]:
        return await self._receive()


class StreamingHandler(ASGIHandler):
    """Django's handler, but for the bodies that must not be spooled."""

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        if not is_streamed(scope["method"], scope["path"]):
            await super().handle(scope, receive, send)
            return
        body = StreamedBody(receive)
        try:
            await super().handle(scope, body, send)
        finally:
            # A server that stops cancels this, and then waits in its loop for the view, which would wait for the loop.
            body.close()

    async def read_body(self, receive: Any) -> Any:
        if isinstance(receive, StreamedBody):
            return receive
        return await super().read_body(receive)
