"""What waits to be sent on one connection: in order, and never more than a slow reader may cost."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

MAX_WAITING = 1_000
# One message may be larger, a snapshot say; nothing is put behind more than this.
MAX_WAITING_BYTES = 8 << 20

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Flow:
    """What has to be known of daphne to send well; other servers wait inside `send` by themselves.

    daphne's `send` returns at once and buffers without limit. Registered as the transport's
    producer, this hears when the reader's end is full. And the limit on the size of messages that
    daphne takes in would also stop a snapshot that goes out, so it is lifted while sending.
    """

    def __init__(self, send: Send) -> None:
        self.open = asyncio.Event()
        self.open.set()
        # daphne's send is a partial of its connection's protocol.
        arguments = getattr(send, "args", ())
        self._protocol: Any = arguments[0] if arguments else None
        transport = getattr(self._protocol, "transport", None)
        if transport is not None:
            transport.unregisterProducer()
            transport.registerProducer(self, True)

    @contextmanager
    def sending(self) -> Iterator[None]:
        limit = getattr(self._protocol, "maxMessagePayloadSize", None)
        if limit is None:
            yield
            return
        self._protocol.maxMessagePayloadSize = 0
        try:
            yield
        finally:
            self._protocol.maxMessagePayloadSize = limit

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
            await self._send_now(text)

    async def flush(self, last: str) -> None:
        """Send what is still waiting, and a last word, whatever the reader does."""
        rest = [*self._waiting, last]
        self._waiting.clear()
        for text in rest:
            await self._send_now(text)

    async def _send_now(self, text: str) -> None:
        with self._flow.sending():
            await self._send({"type": "websocket.send", "text": text})
