"""The engine in the detector service: the same questions over HTTP, answers in the same shape."""

import threading
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError, Future, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import anyio
import msgspec
import structlog

from inference import wire
from inference.client.answers import AWAY
from inference.client.engines import Looked, ModelFile
from inference.client.following import FOLLOW_SECONDS, Following
from inference.client.link import Call, Link
from modelship.lib.errors import NotFound, Unavailable
from modelship.lib.limited import Limits, Listener

PIECE_BYTES = 1 << 20
# Beyond what the work itself may take: waiting for a lane, and the way there and back.
WAY_SECONDS = 60.0
Answer = TypeVar("Answer")


class RemoteEngine:
    """One model at the service, which gets its bytes when it says that it does not have them.

    `group` keeps the pictures of strangers out of the same child.
    """

    def __init__(self, link: Link, model: ModelFile, *, group: str = "") -> None:
        self._link, self._model, self._group = link, model, group
        self._correlation = correlation()
        self._guard = threading.Lock()
        self._running: set[Future[Any]] = set()
        self._is_closed = False

    def inspect(self, limits: Limits) -> Any:
        return self._described(limits).spec

    def is_trainable(self, limits: Limits) -> bool:
        return self._described(limits).is_trainable

    def try_out(self, spec: dict[str, Any], limits: Limits) -> None:
        asked = msgspec.json.encode(wire.TryOptions(spec=spec))
        headers = {"Content-Type": "application/json"}
        self._with_model("POST", f"{self._path}/try", wire.Tried, limits, content=asked, headers=headers)

    def prove(
        self, spec: dict[str, Any], photo: str | None, fixed: list[str], max_pixels: int, limits: Limits
    ) -> Any:
        asked = wire.ProveOptions(spec=spec, fixed=tuple(fixed), max_pixels=max_pixels)
        proof = self._form(f"{self._path}/prove", wire.Proof, asked, photo, limits)
        return msgspec.to_builtins(proof)

    def detect(self, looked: Looked, limits: Limits, listener: Listener | None = None) -> Any:
        options = dict(looked.options)
        # What models run on is the service's own business.
        options.pop("provider", None)
        asked = msgspec.convert(
            {
                **wire.wire_slicing(options.pop("slicing", None)),
                **options,
                "thresholds": dict(options.get("thresholds") or {}),
                "model": self._model.sha256,
                "spec": looked.spec,
                "seconds": limits.wall_seconds,
                "group": self._group,
                "look": uuid4().hex if listener else None,
            },
            wire.DetectOptions,
        )
        following = Following(self._link, str(asked.look), listener, self._id()) if listener else None
        sight = self._form("/api/ml/detect", wire.Sight, asked, looked.picture, limits, following)
        return msgspec.to_builtins(sight)

    @property
    def held_bytes(self) -> int:
        """The memory is the service's."""
        return 0

    def close(self) -> None:
        with self._guard:
            self._is_closed = True
            running = list(self._running)
        for future in running:
            future.cancel()

    @property
    def _path(self) -> str:
        return f"/api/ml/models/{self._model.sha256}"

    def _described(self, limits: Limits) -> wire.Model:
        return self._with_model("GET", self._path, wire.Model, limits)

    def _form(
        self,
        path: str,
        shape: type[Answer],
        asked: msgspec.Struct,
        file: str | None,
        limits: Limits,
        following: "Following | None" = None,
    ) -> Answer:
        """A multipart body; the file is opened anew for each try and read as it is sent."""
        options = (None, msgspec.json.encode(asked), "application/json")
        with ExitStack() as files:

            def content() -> dict[str, Any]:
                if file is None:
                    return {"files": {"options": options}}
                opened = files.enter_context(Path(file).open("rb"))
                return {"files": {"options": options, "file": ("file", opened, "application/octet-stream")}}

            return self._with_model("POST", path, shape, limits, content=content, following=following)

    def _with_model(self, method: str, path: str, shape: type[Answer], limits: Limits, **said: Any) -> Answer:
        """The answer; where the service does not know the model, it gets it, once."""
        content = said.get("content")
        make = content if callable(content) else lambda: dict(said)
        following = said.pop("following", None)
        call = Call(method, path, shape, limits.wall_seconds + WAY_SECONDS, self._id(), make)
        try:
            return self._answer(call, following)
        except NotFound as problem:
            if problem.code != "model_unknown":
                raise
        self._answer(self._upload(limits))
        return self._answer(call, following)

    def _upload(self, limits: Limits) -> Call[wire.Model]:
        path = self._model.path()

        def content() -> dict[str, Any]:
            headers = {"Content-Length": str(path.stat().st_size)}
            return {"content": _pieces(path), "headers": headers}

        return Call("PUT", self._path, wire.Model, limits.wall_seconds + WAY_SECONDS, self._id(), content)

    def _answer(self, call: Call[Answer], following: "Following | None" = None) -> Answer:
        with self._guard:
            if self._is_closed:
                raise _closed()
            future = self._link.begin(call)
            self._running.add(future)
        try:
            while following and not wait([future], FOLLOW_SECONDS).done:
                following.step()
            return future.result()
        except CancelledError as error:
            raise _closed() from error
        finally:
            future.cancel()
            with self._guard:
                self._running.discard(future)

    def _id(self) -> str:
        return correlation() or self._correlation


def correlation() -> str:
    """The id under which this request, or this job, is in the log; the service logs it too."""
    told = structlog.contextvars.get_contextvars()
    return str(told.get("request_id") or told.get("job") or "")


def _closed() -> Unavailable:
    return Unavailable("The work was ended. Start it again.", code=AWAY)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        while piece := await file.read(PIECE_BYTES):
            yield piece
