"""Colours and keys that new rows of the class editor get."""

from collections.abc import Iterable

from annotations.actions.labels import COLORS

HOTKEYS = "1234567890"


def free_color(used: Iterable[str]) -> str:
    """The colour that is used least, in the order of the palette."""
    seen = list(used)
    return min(COLORS, key=seen.count)


def free_hotkey(used: Iterable[str]) -> str:
    """The first free digit, or no key once all ten are taken."""
    seen = set(used)
    return next((key for key in HOTKEYS if key not in seen), "")
