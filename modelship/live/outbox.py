"""What waits to be sent on one connection: in order, and never more than a slow reader may cost."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

MAX_WAITING = 1_000
MAX_WAITING_BYTES = 32 << 20

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Flow:
    """Tells when the reader's end is full. It is registered with daphne's transport as its producer.

    daphne's `send` returns at once and buffers without limit; this is how the buffer shows.
    """

    def __init__(self, send: Send) -> None:
        self.open = asyncio.Event()
        self.open.set()
        # daphne's send is a partial of its protocol; other servers wait inside `send` by themselves.
        arguments = getattr(send, "args", ())
        transport = getattr(arguments[0], "transport", None) if arguments else None
        if transport is not None:
            transport.unregisterProducer()
            transport.registerProducer(self, True)

    def pauseProducing(self) -> None:
        self.open.clear()

    def resumeProducing(self) -> None:
        self.open.set()

    def stopProducing(self) -> None:
        self.open.set()


class Outbox:
    def __init__(self, send: Send, overflowed: Callable[[], None]) -> None:
        self._send = send
        self._flow = Flow(send)
        self._overflowed = overflowed
        self._waiting: deque[str] = deque()
        self._size = 0
        self._more = asyncio.Event()

    def put(self, text: str) -> None:
        """Queue a message; a reader that is too far behind is reported once and gets nothing more."""
        if self._size > MAX_WAITING_BYTES or len(self._waiting) >= MAX_WAITING:
            self._waiting.clear()
            self._overflowed()
            return
        self._waiting.append(text)
        self._size += len(text)
        self._more.set()

    async def run(self) -> None:
        """Send what is queued, as fast as the reader takes it, until cancelled."""
        while True:
            await self._more.wait()
            await self._flow.open.wait()
            if not self._waiting:
                self._more.clear()
                continue
            text = self._waiting.popleft()
            self._size -= len(text)
            await self._send({"type": "websocket.send", "text": text})

    def flush(self) -> list[str]:
        """What is still waiting, for a last word in order before the connection closes."""
        rest = list(self._waiting)
        self._waiting.clear()
        return rest
