"""Reading what a client sends: never more than allowed, never for longer than a slow line needs."""

import asyncio
import hashlib
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from inference.service.gate import ClientGone
from inference.service.problems import Slow
from modelship.lib.errors import BadRequest, TooLarge, UnsupportedType

MOST_OPTIONS_BYTES = 1 << 20
# What the borders and the options of a multipart body may add to its file.
FRAME_BYTES = MOST_OPTIONS_BYTES + (64 << 10)
Shape = TypeVar("Shape")


@dataclass(frozen=True)
class Allowance:
    """Bytes of a whole body, seconds between two pieces of it, and seconds in all."""

    most: int
    idle: float
    total: float


@dataclass(frozen=True)
class Sent:
    """A multipart body: the file on disk, None where none was sent, and the text of `options`."""

    path: Path | None
    options: bytes


class Metered:
    """A connection's `receive` that refuses too much and too slow. Raises TooLarge, Slow and ClientGone."""

    def __init__(self, receive: Receive, allowed: Allowance) -> None:
        self._receive, self._allowed = receive, allowed
        self._received = 0
        self._deadline = time.monotonic() + allowed.total

    async def __call__(self) -> Message:
        left = min(self._allowed.idle, self._deadline - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, left))
        except TimeoutError:
            raise Slow("The request came too slowly. Send it again over a better line.") from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        self._received += len(message.get("body", b""))
        if self._received > self._allowed.most:
            raise too_large(self._allowed.most)
        return message


def too_large(most: int) -> TooLarge:
    return TooLarge(f"The service takes {most:,} bytes at once. Send a smaller file.", limit=most)


def check_length(request: Request, most: int) -> None:
    """Raises TooLarge before a byte is read where the length that was announced is too much."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise too_large(most)


@asynccontextmanager
async def form_of(request: Request, allowed: Allowance) -> AsyncIterator[Sent]:
    """The multipart body of a request, its file in a folder that goes with the with block."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedType("Send multipart/form-data with the fields 'file' and 'options'.")
    check_length(request, allowed.most)
    metered = Request(request.scope, Metered(request.receive, allowed))
    try:
        form = await metered.form(max_files=1, max_fields=1, max_part_size=MOST_OPTIONS_BYTES)
    except HTTPException as error:
        raise BadRequest(f"The multipart body could not be read: {error.detail}") from error
    with tempfile.TemporaryDirectory(prefix="modelship-ml-") as folder:
        try:
            yield await _sent(form, Path(folder) / "file")
        finally:
            await form.close()


async def _sent(form: FormData, path: Path) -> Sent:
    strangers = sorted(set(form) - {"file", "options"})
    if strangers:
        raise BadRequest(f"The field '{strangers[0]}' is not known here. Send 'file' and 'options'.")
    file, options = form.get("file"), form.get("options", "{}")
    if isinstance(options, UploadFile):
        options = (await options.read(MOST_OPTIONS_BYTES)).decode("utf-8", "replace")
    if isinstance(file, str):
        raise BadRequest("'file' must be a file.", field="file")
    if file is None:
        return Sent(None, options.encode())
    await asyncio.to_thread(_copy, file, path)
    return Sent(path, options.encode())


def _copy(file: UploadFile, path: Path) -> None:
    file.file.seek(0)
    with path.open("wb") as copy:
        shutil.copyfileobj(file.file, copy, 1 << 20)


async def received_file(request: Request, path: Path, allowed: Allowance) -> str:
    """Write a raw body to `path` and return its SHA-256, which is made on the way."""
    check_length(request, allowed.most)
    metered = Request(request.scope, Metered(request.receive, allowed))
    digest = hashlib.sha256()
    with path.open("wb") as file:
        async for piece in metered.stream():
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


async def json_of(request: Request, shape: type[Shape], allowed: Allowance) -> Shape:
    check_length(request, MOST_OPTIONS_BYTES)
    limit = Allowance(MOST_OPTIONS_BYTES, allowed.idle, allowed.total)
    return read(await Request(request.scope, Metered(request.receive, limit)).body(), shape)


def read(data: bytes, shape: type[Shape]) -> Shape:
    """JSON of exactly that shape. Raises BadRequest that names the field."""
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadRequest(f"The options could not be read: {str(error)[:300]}.") from error
