"""Bringing a whole canvas back: the edits that lead from its boxes to those of another moment, exactly.

They are made, not wished for: every value in them was judged when it was first written, so it comes back as
it was, whatever a class or a lock would say about it today.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from annotations.edits.parsing import CHANGEABLE
from annotations.edits.state import BoxState


def edits_back(
    now: Mapping[str, BoxState], then: Mapping[str, BoxState], classes: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """Kind, box and patch of each edit; `now` and `then` are folds of one log, deleted boxes included.

    Boxes that were not there are deleted. `classes` says what became of classes that can't be had back.
    """
    edits: list[dict[str, Any]] = []
    for uid, present in now.items():
        past = then.get(uid)
        if past is None or past.deleted:
            if not present.deleted:
                edits.append({"kind": "delete", "box_id": uid, "patch": {}})
            continue
        if present.deleted:
            edits.append({"kind": "restore", "box_id": uid, "patch": {}})
        if patch := _differences(present, past, classes):
            edits.append({"kind": "update", "box_id": uid, "patch": patch})
    return edits


def _differences(present: BoxState, past: BoxState, classes: Mapping[str, str | None]) -> dict[str, Any]:
    patch = {}
    for key in CHANGEABLE:
        value = getattr(past, key)
        if key == "class_id" and value in classes:
            value = classes[value]
        if not is_same(getattr(present, key), value):
            patch[key] = value
    return patch


def is_same(one: Any, other: Any) -> bool:
    """Equal as JSON, in which true is not 1 and the order of keys shows."""
    return type(one) is type(other) and orjson.dumps(one) == orjson.dumps(other)
