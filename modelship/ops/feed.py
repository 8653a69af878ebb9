"""A body between the connection that brings it and the application that takes it: a few megabytes, no more.

Both kinds stand where daphne has a queue, which would hold the whole body in memory.
"""

import asyncio
from typing import Any, BinaryIO

HOLD_BYTES = 4 << 20
SPOOL_BYTES = 256 << 10


class Spool:
    """A body that has arrived whole and lies in a file: read as the application asks for it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._is_told = False
        self._gone = asyncio.Event()

    def put_nowait(self, message: dict[str, Any]) -> None:
        """Where daphne says that the client is gone; its own account of the body is that of an empty file."""
        if message["type"] == "http.disconnect":
            self._gone.set()

    async def receive(self) -> dict[str, Any]:
        if self._is_told:
            self._file.close()
            await self._gone.wait()
            return {"type": "http.disconnect"}
        body = self._file.read(SPOOL_BYTES)
        self._is_told = len(body) < SPOOL_BYTES
        return {"type": "http.request", "body": body, "more_body": not self._is_told}


class Feed:
    """The body of one request whose application runs while it arrives.

    When the application is slow the connection is not read on, and its idle timer rests.
    """

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._pieces: list[bytes] = []
        self._held = 0
        self._is_paused = False
        self._is_gone = False
        self._is_told = False
        self._moved = asyncio.Event()
        self.has_ended = False

    def put_nowait(self, message: dict[str, Any]) -> None:
        """Where daphne says that the client is gone; its own account of the body is that of an empty spool."""
        if message["type"] == "http.disconnect":
            self._is_gone = True
            self._moved.set()

    def push(self, data: bytes) -> None:
        self._pieces.append(data)
        self._held += len(data)
        self._moved.set()
        if self._held >= HOLD_BYTES and not self._is_paused:
            self._is_paused = True
            self._channel._networkProducer.pauseProducing()
            self._channel.setTimeout(None)

    def end(self) -> None:
        self.has_ended = True
        self._moved.set()

    def drop(self) -> None:
        """Nobody reads on: let the rest of the body pass by."""
        self._pieces, self._held = [], 0
        self._resume()

    async def receive(self) -> dict[str, Any]:
        """The next part of the body; what had arrived comes before the news that the client is gone."""
        while not (self._pieces or self._is_gone or (self.has_ended and not self._is_told)):
            self._moved.clear()
            await self._moved.wait()
        if not self._pieces and not (self.has_ended and not self._is_told):
            return {"type": "http.disconnect"}
        body = b"".join(self._pieces)
        self._pieces, self._held = [], 0
        self._is_told = self.has_ended
        self._resume()
        return {"type": "http.request", "body": body, "more_body": not self.has_ended}

    def _resume(self) -> None:
        if self._is_paused and not self.has_ended:
            self._is_paused = False
            self._channel.setTimeout(self._channel.timeOut)
            self._channel._networkProducer.resumeProducing()
