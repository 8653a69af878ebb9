"""What has to be known of daphne to send and receive well; other servers are used as ASGI says.

On the way from the wire to an application and back, daphne and autobahn do more about a message
than an edit costs. While nothing is unusual, messages go past them: what is sent is put on the wire
as a frame, what comes is read off it. Handshakes, pings, fragments, bad frames, closing and all that
comes in pieces stay theirs.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.tcp import Connection

from modelship.live.frames import frame_of, texts_in

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Flow:
    """One connection.

    daphne's `send` returns at once and buffers without limit. Registered as the transport's
    producer, this hears when the reader's end is full. A limit on the size of messages that come
    in, which would also stop a snapshot that goes out, has no say.
    """

    def __init__(self, send: Send) -> None:
        self.open = asyncio.Event()
        self.open.set()
        # daphne's send is a partial of its connection's protocol.
        arguments = getattr(send, "args", ())
        self._protocol: Any = arguments[0] if arguments else None
        transport = getattr(self._protocol, "transport", None)
        # Whether `write` and `listen` are there to be used.
        self.is_direct = transport is not None
        if transport is not None:
            transport.unregisterProducer()
            transport.registerProducer(self, True)

    def write(self, text: str) -> None:
        """Send a text message now, after all before it; nothing happens where the connection has closed."""
        protocol = self._protocol
        if protocol.state == protocol.STATE_OPEN:
            _write(protocol.transport, frame_of(text))

    def listen(self, hear: Callable[[bytes], dict[str, Any] | None]) -> None:
        """Give texts to `hear` as they come, instead of queueing them, while no others wait before them.

        What `hear` returns is queued as a frame.
        """
        protocol = self._protocol
        usual, queue = protocol.dataReceived, protocol.application_queue

        def received(data: bytes) -> None:
            texts = texts_in(data) if _is_at_rest(protocol) else None
            if texts is None:
                usual(data)
                return
            protocol.last_ping = time.time()
            for text in texts:
                frame = hear(text) if queue.empty() else {"type": "websocket.receive", "text": text.decode()}
                if frame is not None:
                    queue.put_nowait(frame)

        protocol.dataReceived = received

    def pauseProducing(self) -> None:
        self.open.clear()

    def resumeProducing(self) -> None:
        self.open.set()

    def stopProducing(self) -> None:
        self.open.set()


def _is_at_rest(protocol: Any) -> bool:
    """Whether the connection is open, and autobahn in the middle of nothing."""
    return not (
        protocol.data or protocol.current_frame or protocol.inside_message or protocol.muted
    ) and bool(protocol.state == protocol.STATE_OPEN)


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
