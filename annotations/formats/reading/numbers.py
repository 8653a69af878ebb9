"""Numbers and texts out of files that may hold anything in their place."""

import math
from collections.abc import Sequence
from typing import Any

LARGEST = 1e9
PLAIN = {int, float}


def number(value: Any) -> float | None:
    """A finite number of a size that pictures have, also from text; None for anything else."""
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Compared before it becomes a float, which the largest integers can't.
    return float(value) if -LARGEST <= value <= LARGEST and math.isfinite(value) else None


def numbers(values: Any, count: int | None = None) -> list[float] | None:
    """All of them as numbers, `count` of them if it is given; None where one is none."""
    if not isinstance(values, list | tuple) or (count is not None and len(values) != count):
        return None
    if values and {*map(type, values)} <= PLAIN and _are_placed(values):
        return list(map(float, values))
    found = [number(value) for value in values]
    return None if any(value is None for value in found) else [value for value in found if value is not None]


def _are_placed(values: Sequence[float]) -> bool:
    """The same for many at once; one that is none makes their sum none."""
    return min(values) >= -LARGEST and max(values) <= LARGEST and math.isfinite(sum(values))


def whole(value: Any) -> int | None:
    found = number(value)
    return int(found) if found is not None and found == int(found) else None


def side(value: Any) -> int | None:
    """The width or height of a picture; None for what can't be one."""
    found = whole(value)
    return found if found is not None and 0 < found < 1 << 24 else None


def score(value: Any) -> float | None:
    found = number(value)
    return found if found is not None and 0 <= found <= 1 else None


def line(value: Any, most: int = 200) -> str:
    """One line of text, for a name; numbers become text, anything else nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    shown = "".join(char if char.isprintable() else " " for char in str(value)[: most * 4])
    return " ".join(shown.split())[:most]


def storable(text: str) -> str:
    """Without half characters and zero bytes, which no database takes."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _parsed(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        return None
