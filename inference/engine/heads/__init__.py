"""The registry of model families: a new one is one module and one line here."""

from __future__ import annotations

from inference.engine.errors import ModelRefused
from inference.engine.heads.detr import DetrHead
from inference.engine.heads.face_embedding import FaceEmbedding
from inference.engine.heads.yolox import YoloxHead
from inference.engine.heads.yunet import YunetHead
from inference.engine.protocols import Family, Head

HEADS: tuple[Head, ...] = (YoloxHead(), DetrHead(), YunetHead())
EMBEDDERS: tuple[Family, ...] = (FaceEmbedding(),)
FAMILIES: tuple[Family, ...] = (*HEADS, *EMBEDDERS)


def head_named(name: str) -> Head:
    """The detector head of that name; raises ModelRefused when there is none."""
    for head in HEADS:
        if head.name == name:
            return head
    raise ModelRefused("unknown_head", f"No detector family is called {name!r}. Inspect the model again.")


def embedder_named(name: str) -> Family:
    """The embedder family of that name; raises ModelRefused when there is none."""
    for family in EMBEDDERS:
        if family.name == name:
            return family
    raise ModelRefused("unknown_head", f"No embedder family is called {name!r}. Inspect the model again.")
