"""Reading edits from the wire: exact keys, exact types, nothing guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotations.edits.fields import GEOMETRY, READERS, BadField, read_id
from annotations.edits.state import Dropped
from modelship.lib.errors import BadRequest

MAX_EDITS = 500
FRAME = ("x", "y", "w", "h")
CHANGEABLE = ("class_id", *GEOMETRY, "attributes", "state", "z", "locked")
# What the patch of each kind may say.
PATCHES: dict[str, tuple[str, ...]] = {
    "add": tuple(READERS),
    "update": CHANGEABLE,
    "review": ("state",),
    "delete": (),
    "restore": (),
}
KEYS = {"op_id", "kind", "box_id", "patch", "expect"}


@dataclass(frozen=True, slots=True)
class Edit:
    """One wish: every value has its type, nothing is said yet about whether it can come true."""

    op_id: str
    kind: str
    box_id: str
    patch: Mapping[str, Any]
    expect: Mapping[str, Any]

    def renamed(self, classes: Mapping[str, str]) -> "Edit":
        """The same wish where some classes have become others."""

        def told(values: Mapping[str, Any]) -> Mapping[str, Any]:
            known = classes.get(values.get("class_id") or "")
            return {**values, "class_id": known} if known else values

        return replace(self, patch=told(self.patch), expect=told(self.expect))


def parse_batch(raw: Any) -> tuple[list[Edit], list[Dropped]]:
    """The edits that can be read, in order, and the others with the reason.

    Raises BadRequest where the batch itself can't be answered edit by edit: it is no list, has
    none or too many, or one carries no op id to answer to.
    """
    if not isinstance(raw, Sequence) or isinstance(raw, str | bytes) or not 1 <= len(raw) <= MAX_EDITS:
        raise BadRequest(f"Send a list of 1 to {MAX_EDITS} edits.")
    edits: dict[str, Edit] = {}
    dropped: list[Dropped] = []
    for item in raw:
        op_id = _op_id(item)
        if op_id in edits:
            continue
        try:
            edits[op_id] = _parse(op_id, item)
        except BadField as problem:
            dropped.append(Dropped(op_id, "bad", str(problem)))
    return list(edits.values()), dropped


def _op_id(item: Any) -> str:
    if not isinstance(item, Mapping):
        raise BadRequest("Each edit is an object.")
    try:
        return read_id(item.get("op_id"))
    except BadField as problem:
        raise BadRequest("Each edit needs an op_id, a UUID of its own.") from problem


def _parse(op_id: str, item: Mapping[str, Any]) -> Edit:
    if unknown := set(item) - KEYS:
        raise BadField(f"Unknown key {min(map(str, unknown))}.")
    kind = item.get("kind")
    if not isinstance(kind, str) or kind not in PATCHES:
        raise BadField(f"kind must be one of {', '.join(PATCHES)}.")
    box_id = _read("box_id", read_id, item.get("box_id"))
    patch = _read_patch("patch", item.get("patch"), PATCHES[kind])
    expect = _read_patch("expect", item.get("expect"), () if kind == "add" else tuple(READERS))
    _complete(kind, patch)
    return Edit(op_id, kind, box_id, patch, expect)


def _read_patch(name: str, raw: Any, allowed: tuple[str, ...]) -> dict[str, Any]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise BadField(f"{name} must be an object.")
    if unknown := set(raw) - set(allowed):
        raise BadField(f"{name} can't hold {min(map(str, unknown))} here.")
    return {key: _read(f"{name}.{key}", READERS[key], value) for key, value in raw.items()}


def _read(name: str, reader: Any, value: Any) -> Any:
    try:
        return reader(value)
    except BadField as problem:
        raise BadField(f"{name} {problem}.") from problem


def _complete(kind: str, patch: Mapping[str, Any]) -> None:
    """Geometry is one field: who sends a part of it sends the frame, or the points of a pointed shape."""
    if kind in ("update", "review") and not patch:
        raise BadField("patch must change something.")
    if kind == "add" and "class_id" not in patch:
        raise BadField("patch needs class_id, which may be null.")
    if kind == "add" and patch.get("shape") == "tag":
        return
    if (kind == "add" or any(key in patch for key in GEOMETRY)) and not patch.get("points"):
        missing = [key for key in FRAME if key not in patch]
        if missing:
            raise BadField(f"patch needs {', '.join(missing)} too.")
