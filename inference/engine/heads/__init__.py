"""The registry of model heads: a new family is one module and one line here."""

from __future__ import annotations

from inference.engine.errors import ModelRefused
from inference.engine.heads.yolox import YoloxHead
from inference.engine.protocols import Head

HEADS: tuple[Head, ...] = (YoloxHead(),)


def head_named(name: str) -> Head:
    """The head of that name; raises ModelRefused when there is none."""
    for head in HEADS:
        if head.name == name:
            return head
    raise ModelRefused("unknown_head", f"No detector family is called {name!r}. Inspect the model again.")
