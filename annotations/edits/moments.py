"""What each batch of the log did, in counts: the moments of an image's history."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from annotations.edits.fields import GEOMETRY

KINDS = {"add": "added", "delete": "deleted", "restore": "restored"}
JUDGEMENTS = {"accepted": "accepted", "rejected": "rejected", "proposed": "reopened"}


def moment_of(batch: Mapping[str, Any]) -> dict[str, Any]:
    """The moment after a batch: who, when, and how many boxes were added, moved and so on.

    `step` is the state that a review brought the image to, null for edits of boxes.
    """
    counts: Counter[str] = Counter()
    step = None
    for edit in batch["edits"]:
        if edit["kind"] == "canvas":
            step = edit["patch"].get("review_state")
        else:
            counts[_kind_of(edit)] += 1
    return {
        "seq": batch["seq"],
        "at": batch["at"],
        "actor": batch["actor"],
        "counts": dict(counts),
        "step": step,
    }


def _kind_of(edit: Mapping[str, Any]) -> str:
    """One word for an edit; of several changes the one that is seen most."""
    patch = edit["patch"]
    if edit["kind"] in KINDS:
        return KINDS[edit["kind"]]
    if any(key in patch for key in GEOMETRY):
        return "moved"
    if "class_id" in patch:
        return "relabelled"
    if "attributes" in patch:
        return "described"
    return JUDGEMENTS.get(patch.get("state", ""), "changed")
