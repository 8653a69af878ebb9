"""Two lists of classes compared: a class is the same one where its id is the same."""

from collections.abc import Mapping, Sequence
from typing import Any

Label = Mapping[str, Any]
LOOKS = ("color", "hotkey", "attributes", "use", "skeleton")


def diff_classes(before: Sequence[Label], after: Sequence[Label]) -> list[dict[str, Any]]:
    """Each class that came, went, has another name, another place or another look, with `was` and `name`."""
    old = {label["id"]: (place, label) for place, label in enumerate(before)}
    new = {label["id"]: (place, label) for place, label in enumerate(after)}
    found = []
    for uid in dict.fromkeys([*old, *new]):
        (was_at, was), (is_at, now) = old.get(uid, (None, None)), new.get(uid, (None, None))
        if words := _words(was_at, was, is_at, now):
            names = {"was": was["name"] if was else None, "name": now["name"] if now else None}
            found.append({"id": str(uid), "words": words, **names})
    return found


def _words(was_at: int | None, was: Label | None, is_at: int | None, now: Label | None) -> list[str]:
    if was is None or now is None:
        return ["added"] if was is None else ["removed"]
    words = ["renamed"] if was["name"] != now["name"] else []
    if any(was[key] != now[key] for key in LOOKS):
        words.append("changed")
    return words + (["reordered"] if was_at != is_at else [])
