"""What is taken for what: true boxes beside the proposed ones, whatever their classes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from inference.scoring.boxes import Picture, Spot
from inference.scoring.matching import SAME_FROM, group_of, matches

# A true box and what it was taken for. None is nothing: missed on the right, extra on the left.
Pair = tuple[Spot | None, Spot | None]


@dataclass(frozen=True)
class Judged:
    """One picture: each true box with what it was taken for, and the proposed boxes that show nothing."""

    pairs: list[Pair] = field(default_factory=list)

    @property
    def right(self) -> int:
        return sum(is_right(*pair) for pair in self.pairs)

    @property
    def extra(self) -> int:
        """Proposed boxes that are not right, those of the wrong class among them."""
        return sum(found is not None and not is_right(true, found) for true, found in self.pairs)

    @property
    def missed(self) -> int:
        """True boxes that nothing is right about, those taken for another class among them."""
        return sum(true is not None and not is_right(true, found) for true, found in self.pairs)


def is_right(true: Spot | None, found: Spot | None) -> bool:
    return true is not None and found is not None and true.kind == found.kind


def judged(picture: Picture) -> Judged:
    """Boxes first mean true ones of their own class, so that the right ones are those that precision counts.

    What is left over then is matched whatever its class: a mix-up shows as one.
    """
    truth, proposed = list(picture.truth), picture.proposed
    pairs: list[Pair] = []
    for kind in {spot.kind for spot in proposed}:
        own_truth = [spot for spot in truth if spot.kind == kind]
        own = [spot for spot in proposed if spot.kind == kind]
        right = _taken(own_truth, own)
        pairs += [(own_truth[at], own[number]) for number, at in right]
        truth = _without(truth, (own_truth[at] for _, at in right))
        proposed = _without(proposed, (own[number] for number, _ in right))
    mixed = _taken(truth, proposed)
    pairs += [(truth[at], proposed[number]) for number, at in mixed]
    pairs += [(spot, None) for spot in _without(truth, (truth[at] for _, at in mixed))]
    pairs += [(None, spot) for spot in _without(proposed, (proposed[number] for number, _ in mixed))]
    return Judged(pairs)


def confusion(pictures: Iterable[Judged]) -> list[list[int | None]]:
    """True class, class it was taken for, how often: the cells that are not 0, in order; None is nothing."""
    counts = Counter(
        (true.kind if true else None, found.kind if found else None)
        for one in pictures
        for true, found in one.pairs
    )
    order = sorted(counts, key=lambda pair: [(one is None, one or 0) for one in pair])
    return [[true, found, counts[true, found]] for true, found in order]


def _taken(truth: Sequence[Spot], proposed: Sequence[Spot]) -> list[tuple[int, int]]:
    found = matches(group_of(truth, proposed), SAME_FROM)
    return [(number, at) for number, at in enumerate(found) if at is not None]


def _without(spots: Sequence[Spot], gone: Iterable[Spot]) -> list[Spot]:
    """By identity: two boxes may be equal."""
    away = {id(spot) for spot in gone}
    return [spot for spot in spots if id(spot) not in away]
