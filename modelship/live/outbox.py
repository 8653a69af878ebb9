"""What waits to be sent on one connection: in order, and never more than a slow reader may cost."""

import asyncio
from collections import deque
from collections.abc import Callable

from modelship.live.flow import Flow, Send

MAX_WAITING = 1_000
# One message may be larger, a snapshot say; nothing is put behind more than this.
MAX_WAITING_BYTES = 8 << 20


class Outbox:
    def __init__(self, send: Send, flow: Flow, overflowed: Callable[[], None]) -> None:
        self._send = send
        self._flow = flow
        self._overflowed = overflowed
        self._waiting: deque[str] = deque()
        self._size = 0
        self._more = asyncio.Event()

    def put(self, text: str) -> None:
        """Send a message, or queue it behind others; a reader that is too far behind is reported once and gets nothing more."""
        if self._size > MAX_WAITING_BYTES or len(self._waiting) >= MAX_WAITING:
            self._waiting.clear()
            self._overflowed()
            return
        if self._flow.is_direct and self._flow.open.is_set() and not self._waiting:
            self._flow.write(text)
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
        if self._flow.is_direct:
            self._flow.write(text)
        else:
            await self._send({"type": "websocket.send", "text": text})
