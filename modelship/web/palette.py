"""Colours that new classes get: eight that stay apart for colour-blind eyes (Okabe and Ito)."""

from collections.abc import Iterable

PALETTE = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#9a9a9a")
HOTKEYS = "1234567890"


def free_color(used: Iterable[str]) -> str:
    """The colour that is used least, in the order of the palette."""
    seen = list(used)
    return min(PALETTE, key=seen.count)


def free_hotkey(used: Iterable[str]) -> str:
    """The first free digit, or no key once all ten are taken."""
    seen = set(used)
    return next((key for key in HOTKEYS if key not in seen), "")
