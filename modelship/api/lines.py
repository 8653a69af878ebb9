"""Answering in lines of JSON, each sent as soon as it is there, to somebody who may leave before the last."""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

from modelship.api.problems import request_id
from modelship.api.rendering import to_json
from modelship.lib.errors import Problem

CONTENT_TYPE = "application/x-ndjson"
# What the work has to say next; None is a sign of life, sent as an empty line.
Told = dict[str, Any] | None


class Lines(StreamingHttpResponse):
    """What a generator yields, one line each. A Problem that it raises is the last line, `{"problem": {...}}`.

    When the client leaves the generator is closed, so it can bring to an end what it does. All of it runs in the
    thread of the request.
    """

    def __init__(self, work: Generator[Told]) -> None:
        self._work = work
        super().__init__(self._pieces(), content_type=CONTENT_TYPE)
        self["Cache-Control"] = "no-store"
        # A proxy that collects lines would take the sense out of them.
        self["X-Accel-Buffering"] = "no"
        self._resource_closers.append(work.close)  # type: ignore[attr-defined]

    def _pieces(self) -> Iterator[bytes]:
        while piece := self._next_piece():
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = sync_to_async(self._next_piece)
        try:
            while piece := await read():
                yield piece
        finally:
            # Asked to leave, it still waits its turn in the thread of the request.
            await asyncio.shield(sync_to_async(self._work.close)())

    def _next_piece(self) -> bytes:
        try:
            told = next(self._work)
        except StopIteration:
            return b""
        except Problem as problem:
            told = {"problem": {**problem.as_dict(), "request_id": request_id()}}
        return (b"" if told is None else to_json(told)) + b"\n"
