"""Two states of one canvas compared box by box: a box is the same one where its id is the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotations.edits import BoxState
from annotations.edits.fields import GEOMETRY
from annotations.edits.returning import is_same
from annotations.geometry import overlap

IOU_DIGITS = 4
# One word for each group of fields that can differ.
WORDS = {
    "moved": GEOMETRY,
    "relabelled": ("class_id",),
    "described": ("attributes",),
    "judged": ("state",),
    "arranged": ("z", "locked"),
}
OPPOSITES = {"added": "removed", "removed": "added"}


@dataclass(frozen=True, slots=True)
class BoxChange:
    """A box that differs: what is different, and how it was and is; None where it is not there.

    `iou` says of a moved box how far the rectangles around both places cover each other.
    """

    box_id: str
    words: tuple[str, ...]
    before: BoxState | None
    after: BoxState | None
    iou: float | None = None

    def turned(self) -> "BoxChange":
        """The same difference, seen from the other side."""
        words = tuple(OPPOSITES.get(word, word) for word in self.words)
        return BoxChange(self.box_id, words, self.after, self.before, self.iou)


def diff_boxes(before: Mapping[str, BoxState], after: Mapping[str, BoxState]) -> list[BoxChange]:
    """The boxes that differ, in the order of their ids. Deleted boxes are boxes that are not there."""
    changes = []
    for uid in sorted(before.keys() | after.keys()):
        was, is_now = _alive(before.get(uid)), _alive(after.get(uid))
        if was is None and is_now is None:
            continue
        change = _change(uid, was, is_now)
        if change.words:
            changes.append(change)
    return changes


def _alive(box: BoxState | None) -> BoxState | None:
    return None if box is None or box.deleted else box


def _change(uid: str, was: BoxState | None, now: BoxState | None) -> BoxChange:
    if was is None or now is None:
        return BoxChange(uid, ("added",) if was is None else ("removed",), was, now)
    words = tuple(
        word
        for word, keys in WORDS.items()
        if not all(is_same(getattr(was, key), getattr(now, key)) for key in keys)
    )
    iou = round(overlap(was, now), IOU_DIGITS) if "moved" in words else None
    return BoxChange(uid, words, was, now, iou)


def plain(box: BoxState | None) -> dict[str, Any] | None:
    """What a comparison shows of a box."""
    if box is None:
        return None
    keys = ("class_id", "shape", *GEOMETRY, "attributes", "source", "score", "state", "z", "locked")
    return {"id": box.id, **{key: getattr(box, key) for key in keys}}
