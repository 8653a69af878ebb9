"""The engine in limited children of this process, which serve no other model."""

from typing import Any

from inference.asking import ask
from inference.client.engines import Looked, ModelFile
from modelship.lib.limited import Limits, Listener, Pool


class LocalEngine:
    """`lanes` calls run side by side. The children start with the first calls and keep the model open."""

    def __init__(self, model: ModelFile, *, lanes: int = 1) -> None:
        self._path = str(model.path())
        self._pool = Pool(children=lanes)

    def inspect(self, limits: Limits) -> Any:
        return ask(self._pool, "inspect_file", self._path, limits=limits)

    def is_trainable(self, limits: Limits) -> bool:
        return ask(self._pool, "is_trainable_file", self._path, limits=limits) is True

    def try_out(self, spec: dict[str, Any], limits: Limits) -> None:
        ask(self._pool, "try_model", self._path, spec, limits=limits)

    def prove(
        self, spec: dict[str, Any], photo: str | None, fixed: list[str], max_pixels: int, limits: Limits
    ) -> Any:
        return ask(self._pool, "prove_model", self._path, spec, photo, fixed, max_pixels, limits=limits)

    def detect(self, looked: Looked, limits: Limits, listener: Listener | None = None) -> Any:
        args = (self._path, looked.spec, looked.picture, looked.options)
        return ask(self._pool, "detect_file", *args, limits=limits, listener=listener)

    @property
    def held_bytes(self) -> int:
        return self._pool.held_bytes

    def close(self) -> None:
        self._pool.close()
