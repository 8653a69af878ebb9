"""What can be asked of the engine about one model file, wherever it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from modelship.lib.limited import Limits, Listener


@dataclass(frozen=True)
class ModelFile:
    """The bytes of a model: their name, and where they lie, asked only once somebody needs to read them."""

    sha256: str
    path: Callable[[], Path]


@dataclass(frozen=True)
class Looked:
    """A picture to look at: where it is, how the model is fed, and the settings of the engine's child function."""

    picture: str
    spec: dict[str, Any]
    options: dict[str, Any]


class Engine(Protocol):
    """One model file, ready to be asked. Safe from several threads; close it when done.

    Answers are plain values that nobody has checked yet. All raise ModelFails and the other Problems of
    `inference.asking`, and Unavailable where the engine can't be reached.
    """

    def inspect(self, limits: Limits) -> Any: ...

    def is_trainable(self, limits: Limits) -> bool: ...

    def try_out(self, spec: dict[str, Any], limits: Limits) -> None: ...

    def prove(
        self, spec: dict[str, Any], photo: str | None, fixed: list[str], max_pixels: int, limits: Limits
    ) -> Any: ...

    def detect(self, looked: Looked, limits: Limits, listener: Listener | None = None) -> Any:
        """The listener hears of each slice, in the thread of the caller."""
        ...

    @property
    def held_bytes(self) -> int:
        """Memory that its children take of this machine."""
        ...

    def close(self) -> None:
        """End at once, also in the middle of a picture."""
