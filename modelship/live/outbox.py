"""What waits to be sent on one connection: in order, and never more than a slow reader may cost."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.tcp import Connection

MAX_WAITING = 1_000
# One message may be larger, a snapshot say; nothing is put behind more than this.
MAX_WAITING_BYTES = 8 << 20

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Flow:
    """What has to be known of daphne to send well; other servers wait inside `send` by themselves.

    daphne's `send` returns at once and buffers without limit. Registered as the transport's
    producer, this hears when the reader's end is full. On the way daphne and autobahn do more
    about a message than an edit costs, so `write` puts its frame on the wire directly. A limit on
    the size of messages that come in, which would also stop a snapshot that goes out, has no say.
    """

    def __init__(self, send: Send) -> None:
        self.open = asyncio.Event()
        self.open.set()
        # daphne's send is a partial of its connection's protocol.
        arguments = getattr(send, "args", ())
        self._protocol: Any = arguments[0] if arguments else None
        transport = getattr(self._protocol, "transport", None)
        # Whether `write` is there to be used.
        self.is_direct = transport is not None
        if transport is not None:
            transport.unregisterProducer()
            transport.registerProducer(self, True)

    def write(self, text: str) -> None:
        """Send a text message now, after all before it; nothing happens where the connection has closed."""
        protocol = self._protocol
        if protocol.state == protocol.STATE_OPEN:
            _write(protocol.transport, frame_of(text))

    def pauseProducing(self) -> None:
        self.open.clear()

    def resumeProducing(self) -> None:
        self.open.set()

    def stopProducing(self) -> None:
        self.open.set()


def _write(transport: Any, frame: bytes) -> None:
    """Give the frame to the kernel at once where nothing waits before it.

    Twisted's `write` asks its loop to call back when the socket can take more, which for a small
    frame it nearly always can: that costs two system calls and a turn of the loop a message.
    """
    is_idle = isinstance(transport, Connection) and not (
        transport.TLS or transport.dataBuffer or transport._tempDataLen or transport.disconnecting
    )
    sent = transport.writeSomeData(frame) if is_idle else 0
    # An error is left to Twisted, which meets it again and ends the connection.
    rest = frame[sent:] if isinstance(sent, int) else frame
    if rest:
        transport.write(rest)


def frame_of(text: str) -> bytes:
    """A text message as RFC 6455 has it: one final frame, unmasked as from every server, not compressed."""
    body = text.encode()
    size = len(body)
    if size < 126:
        return bytes((0x81, size)) + body
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2) + body
    return b"\x81\x7f" + size.to_bytes(8) + body


class Outbox:
    def __init__(self, send: Send, overflowed: Callable[[], None]) -> None:
        self._send = send
        self._flow = Flow(send)
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
