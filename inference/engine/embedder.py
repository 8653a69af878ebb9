"""The embedder: an opened model that turns a picture into a vector."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inference.engine.errors import ModelRefused
from inference.engine.graph import read_model
from inference.engine.heads import embedder_named
from inference.engine.letterbox import Picture, to_tensor
from inference.engine.sessions import Sessions
from inference.engine.spec import ModelSpec

Vector = npt.NDArray[np.float32]


def open_embedder(source: Path | str | bytes, spec: ModelSpec) -> Embedder:
    """Open a model from its file or its bytes; raises ModelRefused as `open_detector` does."""
    cv2.setNumThreads(1)
    family = embedder_named(spec.head)
    return Embedder(spec, Sessions(read_model(source), spec, family, count=1))


class Embedder:
    """Turns pictures into vectors. Safe to use from several threads."""

    def __init__(self, spec: ModelSpec, sessions: Sessions) -> None:
        self.spec = spec
        self._sessions = sessions

    def embed(self, picture: Picture) -> Vector:
        """The vector of a BGR picture, which has been aligned as the model wants it.

        Raises ModelRefused for an answer that is no vector of finite numbers.
        """
        tensor, _ = to_tensor(picture, self.spec)
        [answer] = self._sessions.run(tensor)
        if answer.ndim != 2 or len(answer) != 1 or not np.isfinite(answer).all():
            raise ModelRefused(
                "unexpected_output", "The model answered no vector of finite numbers. Check its settings."
            )
        return answer[0]
