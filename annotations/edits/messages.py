"""A batch of the log as the socket and REST write it."""

from collections.abc import Mapping, Sequence
from typing import Any


def log_entry(batch: Mapping[str, Any]) -> dict[str, Any]:
    """One accepted batch: its box edits, and the review step if it was one."""
    canvas = [edit["patch"] for edit in batch["edits"] if edit["kind"] == "canvas"]
    entry = {
        "seq": batch["seq"],
        "ref": batch["ref"],
        "actor": batch["actor"],
        "at": batch["at"],
        "edits": [edit for edit in batch["edits"] if edit["kind"] != "canvas"],
    }
    return entry | {"canvas": canvas[-1]} if canvas else entry


def edits_message(batch: Mapping[str, Any], restored: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """What everybody in the room receives. Restored boxes travel whole: a snapshot left them out."""
    message = {"type": "edits", **log_entry(batch)}
    return message | {"boxes": list(restored)} if restored else message
