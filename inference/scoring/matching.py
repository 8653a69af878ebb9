"""Which found box is right about which true one: greedily, the surest first, as COCO does it."""

from collections.abc import Sequence
from dataclasses import dataclass

from inference.scoring.boxes import Spot, overlap

# Two boxes that overlap by so much show one thing; COCO's measure goes on from there to .95.
SAME_FROM = 0.5
_STEP = (0.95 - SAME_FROM) / 9
OVERLAPS = (*(SAME_FROM + at * _STEP for at in range(9)), 0.95)
# What an overlap of 1 is held to be, as COCO does, so that roundings do not matter.
NEARLY_ONE = 1 - 1e-10

Candidates = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Group:
    """The boxes of one class in one picture; `candidates` are, for each found one, the true ones it may mean."""

    truth: Sequence[Spot]
    found: Sequence[Spot]
    candidates: Sequence[Candidates]


def group_of(truth: Sequence[Spot], found: Sequence[Spot]) -> Group:
    """`found` are the best first."""
    return Group(truth, found, [candidates_of(spot, truth) for spot in found])


def candidates_of(spot: Spot, truth: Sequence[Spot]) -> list[tuple[int, float]]:
    """The true boxes that overlap by half or more, with how much."""
    shares = [(at, overlap(spot, true)) for at, true in enumerate(truth)]
    return [(at, share) for at, share in shares if share >= SAME_FROM]


def matches(group: Group, least: float, ignored: Sequence[bool] = ()) -> list[int | None]:
    """For each found box the true one that it is right about from that overlap on, or None; each is taken once.

    Ignored true boxes (of another size, say) are taken only where no other will do.
    """
    free = [True] * len(group.truth)
    return [_best(candidates, free, min(least, NEARLY_ONE), ignored) for candidates in group.candidates]


def _best(candidates: Candidates, free: list[bool], least: float, ignored: Sequence[bool]) -> int | None:
    chosen = None
    for wanted in (False, True) if ignored else (False,):
        share = least
        for at, found in candidates:
            # Of equal overlaps the later one, as in COCO.
            if free[at] and found >= share and (not ignored or ignored[at] is wanted):
                chosen, share = at, found
        if chosen is not None:
            free[chosen] = False
            break
    return chosen
