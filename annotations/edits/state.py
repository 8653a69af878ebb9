"""A box as a value, and the fold that makes it: the same steps for the rows, the log and history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Dropped:
    """An edit that was not applied. Codes: gone exists unknown bad locked denied quota changed."""

    op_id: str
    code: str
    detail: str

    def wire(self) -> dict[str, str]:
        return {"op_id": self.op_id, "code": self.code, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class BoxState:
    id: str
    class_id: str | None
    shape: str
    x: float
    y: float
    w: float
    h: float
    rotation: float = 0.0
    points: list[list[float]] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    source: str = "human"
    score: float | None = None
    model: str | None = None
    provenance: dict[str, Any] | None = None
    state: str = "accepted"
    created_by: str | None = None
    updated_by: str | None = None
    created_seq: int = 0
    seq: int = 0
    deleted: bool = False
    z: int = 0
    locked: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether it counts as a box of the image: neither deleted nor rejected."""
        return not self.deleted and self.state != "rejected"

    @property
    def standing(self) -> tuple[bool, str]:
        """All that the counters and the state of the image depend on."""
        return self.deleted, self.state

    @property
    def people(self) -> set[str]:
        return {person for person in (self.created_by, self.updated_by) if person}

    def wire(self, names: Mapping[str, str]) -> dict[str, Any]:
        """The box as every door writes it, in a fixed order of keys; `names` are those of `people`."""
        return {
            "id": self.id,
            "class_id": self.class_id,
            "shape": self.shape,
            "x": self.x,
            "y": self.y,
            "w": self.w,
            "h": self.h,
            "rotation": self.rotation,
            "points": self.points,
            "attributes": self.attributes,
            "source": self.source,
            "score": self.score,
            "model": self.model,
            "provenance": self.provenance,
            "state": self.state,
            "z": self.z,
            "locked": self.locked,
            "created_by": _person(self.created_by, names),
            "updated_by": _person(self.updated_by, names),
            "seq": self.seq,
        }


def _person(person: str | None, names: Mapping[str, str]) -> dict[str, str] | None:
    """None for what a machine did."""
    return None if person is None else {"id": person, "name": names.get(person, "Somebody")}


def fold(box: BoxState | None, edit: Mapping[str, Any], seq: int, person: str | None) -> BoxState:
    """The box after one accepted edit. `edit` is as the log keeps it: its patch is final."""
    kind, patch = edit["kind"], edit["patch"]
    if kind == "add":
        made = BoxState(id=edit["box_id"], **patch)
        return replace(made, created_by=person, updated_by=person, created_seq=seq, seq=seq)
    if box is None:
        raise ValueError(f"The log changes box {edit['box_id']} before it adds it.")
    if kind in ("delete", "restore"):
        return replace(box, deleted=kind == "delete", updated_by=person, seq=seq)
    return replace(box, **patch, updated_by=person, seq=seq)


def fold_log(
    batches: Iterable[Mapping[str, Any]], start: Mapping[str, BoxState] | None = None
) -> dict[str, BoxState]:
    """Every box, deleted ones included, after the batches `{"seq", "actor", "edits"}` in order.

    `start` is the state before the first of them, where that is not the beginning.
    """
    boxes = dict(start or {})
    for batch in batches:
        for edit in batch["edits"]:
            if edit["kind"] != "canvas":
                key = edit["box_id"]
                boxes[key] = fold(boxes.get(key), edit, batch["seq"], batch["actor"].get("user"))
    return boxes
