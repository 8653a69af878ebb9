"""The registry of model families: a new one is one module and one line here."""

from __future__ import annotations

from typing import TypeVar

from inference.engine.errors import ModelRefused
from inference.engine.heads.classifier import Classifier
from inference.engine.heads.detr import DetrHead
from inference.engine.heads.face_embedding import FaceEmbedding
from inference.engine.heads.nanodet import NanodetHead, PicodetHead
from inference.engine.heads.yolo import COLUMNS, ENDS, ROWS, YoloHead
from inference.engine.heads.yolox import YoloxHead
from inference.engine.heads.yunet import YunetHead
from inference.engine.protocols import Family, Head

Known = TypeVar("Known", bound=Family)
# The first that knows a graph has it: those that look closer come before those that are content with less.
HEADS: tuple[Head, ...] = (
    DetrHead(),
    YunetHead(),
    PicodetHead(),
    NanodetHead(),
    YoloHead(ROWS),
    YoloHead(COLUMNS),
    YoloHead(ENDS),
    YoloxHead(),
)
EMBEDDERS: tuple[Family, ...] = (FaceEmbedding(),)
CLASSIFIERS: tuple[Classifier, ...] = (Classifier(),)
FAMILIES: tuple[Family, ...] = (*HEADS, *EMBEDDERS, *CLASSIFIERS)


def head_named(name: str) -> Head:
    """The detector head of that name; raises ModelRefused when there is none."""
    return _named(HEADS, name)


def embedder_named(name: str) -> Family:
    """The embedder family of that name; raises ModelRefused when there is none."""
    return _named(EMBEDDERS, name)


def classifier_named(name: str) -> Classifier:
    """The classifier family of that name; raises ModelRefused when there is none."""
    return _named(CLASSIFIERS, name)


def _named(families: tuple[Known, ...], name: str) -> Known:
    for family in families:
        if family.name == name:
            return family
    raise ModelRefused("unknown_head", f"No model family is called {name!r} here. Inspect the model again.")
