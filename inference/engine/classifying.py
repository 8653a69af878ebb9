"""An opened classifier: a picture in, how sure it is of each class out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inference.engine.graph import read_model
from inference.engine.heads import classifier_named
from inference.engine.heads.classifier import Classifier
from inference.engine.letterbox import Picture, to_tensor
from inference.engine.providers import CPU
from inference.engine.sessions import Sessions
from inference.engine.spec import ModelSpec


def open_classifier(source: Path | str | bytes, spec: ModelSpec, *, provider: str = CPU) -> PictureClassifier:
    """Open a model from its file or its bytes; raises ModelRefused as `open_detector` does."""
    cv2.setNumThreads(1)
    family = classifier_named(spec.head)
    opened = Sessions(read_model(source), spec, family, count=1, provider=provider)
    return PictureClassifier(spec, family, opened)


class PictureClassifier:
    """Names what a picture shows. Safe to use from several threads."""

    def __init__(self, spec: ModelSpec, family: Classifier, sessions: Sessions) -> None:
        self.spec = spec
        self._family = family
        self._sessions = sessions

    def classify(self, picture: Picture) -> npt.NDArray[np.float64]:
        """A share for each class, of an upright BGR picture. Raises ModelRefused for an answer that is none."""
        tensor, _ = to_tensor(picture, self.spec)
        return self._family.shares(self._sessions.run(tensor), self.spec)
