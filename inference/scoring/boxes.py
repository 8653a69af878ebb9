"""What is scored: boxes of numbered classes, in pixels, picture by picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Spot(NamedTuple):
    """A box of a class; of a true one the score means nothing."""

    kind: int
    x: float
    y: float
    w: float
    h: float
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Picture:
    """What is really in one picture, and what was found there, in any order.

    `sure` says, for each box of `found`, whether the model would propose it; the others only say how
    far down a lower confidence would get. Without `sure` all are.
    """

    truth: Sequence[Spot]
    found: Sequence[Spot]
    sure: Sequence[bool] | None = None

    @property
    def proposed(self) -> list[Spot]:
        """What the model would propose, best first."""
        if self.sure is None:
            return best_first(self.found)
        return best_first([spot for spot, is_sure in zip(self.found, self.sure, strict=True) if is_sure])


def best_first(found: Sequence[Spot]) -> list[Spot]:
    """Of equal scores the earlier one stays the earlier one."""
    return sorted(found, key=lambda spot: -spot.score)


def overlap(one: Spot, other: Spot) -> float:
    """Intersection over union: 1 for the same place, 0 for what does not meet."""
    across = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    if across <= 0:
        return 0.0
    down = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    if down <= 0:
        return 0.0
    shared = across * down
    return shared / (one.w * one.h + other.w * other.h - shared)
