"""Where two ways of looking agree: same class, half of what both cover."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from inference.scoring.boxes import Spot
from inference.scoring.matching import candidates_of


@dataclass(frozen=True)
class Agreement:
    """The boxes of one picture by who found them; a pair in `both` is one of each way."""

    both: list[tuple[Spot, Spot]]
    only_first: list[Spot]
    only_second: list[Spot]

    @property
    def differs(self) -> int:
        return len(self.only_first) + len(self.only_second)


def agreement_of(first: Sequence[Spot], second: Sequence[Spot]) -> Agreement:
    """The nearest pairs first, so that it does not matter which way is called the first."""
    ours, theirs = _by_kind(first), _by_kind(second)
    both: list[tuple[Spot, Spot]] = []
    only_first: list[Spot] = []
    only_second: list[Spot] = []
    for kind in sorted(ours.keys() | theirs.keys()):
        pairs = _nearest(ours[kind], theirs[kind])
        both += [(ours[kind][at], theirs[kind][other]) for at, other in pairs]
        known, others = {at for at, _ in pairs}, {other for _, other in pairs}
        only_first += [spot for at, spot in enumerate(ours[kind]) if at not in known]
        only_second += [spot for at, spot in enumerate(theirs[kind]) if at not in others]
    return Agreement(both, only_first, only_second)


def _by_kind(spots: Sequence[Spot]) -> dict[int, list[Spot]]:
    found: dict[int, list[Spot]] = defaultdict(list)
    for spot in spots:
        found[spot.kind].append(spot)
    return found


def _nearest(first: Sequence[Spot], second: Sequence[Spot]) -> list[tuple[int, int]]:
    near = [
        (-share, at, other) for at, spot in enumerate(first) for other, share in candidates_of(spot, second)
    ]
    ours: set[int] = set()
    theirs: set[int] = set()
    pairs = []
    for _, at, other in sorted(near):
        if at not in ours and other not in theirs:
            ours.add(at)
            theirs.add(other)
            pairs.append((at, other))
    return pairs
