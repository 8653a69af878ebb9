"""Groups of pictures that look alike, each around the one worth keeping.

The hashes come best first. The best is kept, and every picture near it belongs to it; then the best
that is left, and so on. So a picture is only ever given up for a better one that is near it, two kept
pictures are never near each other, and a chain of small changes does not pull strangers into one group.
"""

from collections.abc import Iterable

import numpy as np

from datasets.cleaning.index import Budget, HashIndex, Pairs, TooDense
from datasets.cleaning.turned import turned

MAX_RADIUS = 12
ALONE = 255
# Beyond so many comparisons per hash, or pairs in all, hashes lie too dense to list their pairs.
COMPARISONS_PER_HASH, PAIRS = 4_000, 30_000_000
FEWEST_COMPARISONS = 200_000_000
# How many are asked for their neighbours at once where they lie dense.
SMALLEST_BATCH, LARGEST_BATCH, COMFORTABLE_PAIRS = 16, 65_536, 2_000_000


def group_hashes(packed: bytes, radius: int, with_turned: bool) -> tuple[bytes, bytes]:
    """For each hash the position of the kept one it belongs to (int32), and its distance to it (uint8).

    `packed` holds 64-bit hashes, best first. One that is kept names itself; its distance is 255 where
    nothing belongs to it, else 0. `with_turned` also takes mirror images and quarter turns for near.
    """
    owner, distance = grouped(np.frombuffer(packed, np.uint64), radius, with_turned=with_turned)
    return owner.astype(np.int32).tobytes(), distance.astype(np.uint8).tobytes()


def grouped(hashes: np.ndarray, radius: int, *, with_turned: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The same on arrays. Equal hashes are one to the search, however many there are."""
    _, first, where = np.unique(hashes, return_index=True, return_inverse=True)
    best_first = np.argsort(first, kind="stable")
    rank = np.empty(len(first), np.int64)
    rank[best_first] = np.arange(len(first))
    place, kept_at = rank[where], first[best_first]
    owner, distance = Grouping(hashes[kept_at], radius, with_turned).made()
    owners, distances = kept_at[owner[place]], distance[place]
    members = np.bincount(owners, minlength=len(hashes))
    distances[(owners == np.arange(len(hashes))) & (members == 1)] = ALONE
    return owners, distances


class Grouping:
    """One search among distinct hashes, best first."""

    def __init__(self, hashes: np.ndarray, radius: int, with_turned: bool) -> None:
        self.hashes, self.radius, self.with_turned = hashes, radius, with_turned
        self.owner = np.full(len(hashes), -1, np.int64)
        self.distance = np.zeros(len(hashes), np.uint8)

    def made(self) -> tuple[np.ndarray, np.ndarray]:
        try:
            self._at_once()
        except TooDense:
            self._in_batches()
        return self.owner, self.distance

    def _at_once(self) -> None:
        """All pairs first: quickest where few are near each other."""
        count = len(self.hashes)
        index = HashIndex(self.hashes, self.radius)
        budget = Budget(max(FEWEST_COMPARISONS, COMPARISONS_PER_HASH * count), PAIRS)
        everything = np.arange(count)
        left, right, distance = (
            self._neighbours(index, everything, everything, budget)
            if self.with_turned
            else _joined(index.pairs(budget))
        )
        self._settle(np.minimum(left, right), np.maximum(left, right), distance)
        loners = self.owner < 0
        self.owner[loners] = np.flatnonzero(loners)

    def _in_batches(self) -> None:
        """Only the best ones that are left are asked for their neighbours, who then ask no more themselves."""
        open_at, size = np.arange(len(self.hashes)), SMALLEST_BATCH
        index, indexed = HashIndex(self.hashes, self.radius), open_at
        while len(open_at):
            asking = open_at[:size]
            left, right, distance = self._neighbours(index, asking, indexed, Budget())
            ahead = (right > left) & (self.owner[right] < 0)
            self._settle(left[ahead], right[ahead], distance[ahead])
            loners = asking[self.owner[asking] < 0]
            self.owner[loners] = loners
            open_at = open_at[self.owner[open_at] < 0]
            if len(open_at) < 0.8 * len(indexed):
                index, indexed = HashIndex(self.hashes[open_at], self.radius), open_at
            grows = len(left) < COMFORTABLE_PAIRS
            size = min(size * 2, LARGEST_BATCH) if grows else max(size // 2, SMALLEST_BATCH)

    def _neighbours(self, index: HashIndex, asking: np.ndarray, indexed: np.ndarray, budget: Budget) -> Pairs:
        """The neighbours of those that ask, in the position in which they are nearest."""
        asked = self.hashes[asking]
        positions = turned(asked) if self.with_turned else asked[None]
        parts = [_joined(index.near(position, budget)) for position in positions]
        left, right, distance = (np.concatenate(part) for part in zip(*parts, strict=True))
        left, right = asking[left], indexed[right]
        ahead = right > left
        return _nearest(left[ahead], right[ahead], distance[ahead])

    def _settle(self, left: np.ndarray, right: np.ndarray, distance: np.ndarray) -> None:
        """Go through those with neighbours, best first: who is not taken yet is kept and takes its neighbours."""
        order = np.argsort(left, kind="stable")
        left, right, distance = left[order], right[order], distance[order]
        askers, starts = np.unique(left, return_index=True)
        ends = np.append(starts, len(left))[1:]
        for asker, start, end in zip(askers.tolist(), starts.tolist(), ends.tolist(), strict=True):
            if self.owner[asker] >= 0:
                continue
            self.owner[asker] = asker
            near, far = right[start:end], distance[start:end]
            free = self.owner[near] < 0
            self.owner[near[free]] = asker
            self.distance[near[free]] = far[free]


def _joined(blocks: Iterable[Pairs]) -> Pairs:
    found = list(blocks)
    if not found:
        nothing = np.empty(0, np.int64)
        return nothing, nothing, np.empty(0, np.uint8)
    left, right, distance = (np.concatenate(part) for part in zip(*found, strict=True))
    return left, right, distance


def _nearest(left: np.ndarray, right: np.ndarray, distance: np.ndarray) -> Pairs:
    """Each pair once, with its least distance."""
    order = np.lexsort((distance, right, left))
    left, right, distance = left[order], right[order], distance[order]
    fresh = np.ones(len(left), bool)
    fresh[1:] = (left[1:] != left[:-1]) | (right[1:] != right[:-1])
    return left[fresh], right[fresh], distance[fresh]
