"""Answering with a file: in pieces, resumable, and never whole in memory, under WSGI and ASGI alike."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from modelship.api.problems import problem_response
from modelship.lib.errors import RangeNotSatisfiable

PIECE_BYTES = 256 << 10
RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")
# A file is shown as what it is or saved, and can run nothing even if a browser thinks otherwise.
SHUT_POLICY = "default-src 'none'; sandbox"


@dataclass(frozen=True)
class Served:
    """How a file is answered. `etag` names its bytes; `cache` is the Cache-Control value."""

    content_type: str
    filename: str
    etag: str
    is_inline: bool = False
    cache: str = "private, no-cache"


class FilePart(StreamingHttpResponse):
    """`length` bytes of a file from where it stands; closes the file with the response.

    Django would collect a plain iterator in memory under ASGI and an asynchronous one under WSGI,
    so this answer offers both and the server takes its own.
    """

    def __init__(self, file: IO[bytes], length: int, **options: Any) -> None:
        self._file, self._left = file, length
        super().__init__(self._pieces(), **options)
        self["Content-Length"] = str(length)
        self._resource_closers.append(file.close)  # type: ignore[attr-defined]

    def _pieces(self) -> Iterator[bytes]:
        while piece := self._next_piece():
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = sync_to_async(self._next_piece, thread_sensitive=False)
        while piece := await read():
            yield piece

    def _next_piece(self) -> bytes:
        piece = self._file.read(min(self._left, PIECE_BYTES))
        self._left -= len(piece)
        return piece


def ranged_response(
    request: HttpRequest, file: IO[bytes], size: int, served: Served
) -> HttpResponse | FilePart:
    """Answer GET and HEAD with `file`: 200, 206 for one range, 304 for a known ETag, 416 beyond the end.

    Takes over the open, seekable file and closes it. Several ranges at once are answered whole.
    """
    etag = f'"{served.etag}"'
    if is_known(request, etag):
        file.close()
        return _dressed(HttpResponse(status=304), served)
    try:
        part = _part_of(request, size, etag)
    except RangeNotSatisfiable as problem:
        file.close()
        refusal = problem_response(problem)
        refusal["Content-Range"] = f"bytes */{size}"
        return refusal
    start, length = part or (0, size)
    status = 200 if part is None else 206
    if request.method == "HEAD":
        file.close()
        response: HttpResponse | FilePart = HttpResponse()
        response["Content-Length"] = str(size)
    else:
        file.seek(start)
        response = FilePart(file, length, status=status)
    if part is not None:
        response["Content-Range"] = f"bytes {start}-{start + length - 1}/{size}"
    return _dressed(response, served)


def _dressed(response: HttpResponse | FilePart, served: Served) -> HttpResponse | FilePart:
    disposition = content_disposition_header(not served.is_inline, served.filename)
    response["Content-Type"] = served.content_type
    response["ETag"] = f'"{served.etag}"'
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = served.cache
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SHUT_POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    if disposition:
        response["Content-Disposition"] = disposition
    return response


def is_known(request: HttpRequest, etag: str) -> bool:
    known = request.META.get("HTTP_IF_NONE_MATCH", "")
    return known.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]


def _part_of(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """(start, length) of the one range that is asked for, or None for the whole file."""
    found = RANGE.match(request.META.get("HTTP_RANGE", "").replace(" ", ""))
    if request.method != "GET" or found is None or not any(found.groups()) or not _may_resume(request, etag):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and first and int(last) < int(first):
        return None
    if start >= size or (not first and int(last) == 0):
        raise RangeNotSatisfiable(f"The file has {size} bytes. Ask for a range inside it.", size=size)
    return start, end - start + 1


def _may_resume(request: HttpRequest, etag: str) -> bool:
    """Whether the file is still the one that the client has the beginning of.

    Files are named by their bytes and carry no date, so an If-Range with a date never holds.
    """
    condition = request.META.get("HTTP_IF_RANGE", "").strip()
    return condition in ("", etag)
