"""An index of 64-bit hashes that finds every pair within a Hamming distance, and no other.

The bits are cut into a few chunks. Two hashes that differ in at most `radius` bits differ in one of the
chunks by at most that chunk's reach, where the reaches add up to radius + 1 less the number of chunks:
more in every chunk would be more in all. So each chunk keeps the hashes sorted by its bits and only
looks at keys within its reach; what it finds is compared in full.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations, pairwise
from math import comb

import numpy as np

BITS = 64
# Comparisons done in one go: a few arrays of this length are all the memory that a thread needs.
BLOCK = 1 << 20
THREADS = 2
AHEAD = 16
# How much longer it takes to compare a candidate than to look whether there is one.
COMPARE_COST = 1.5

# Positions on both sides, and the distance of each pair.
Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


class TooDense(Exception):
    """So many hashes are close to each other that listing their pairs is not the way."""


@dataclass
class Budget:
    """How many comparisons, and how many pairs kept, a search may cost; `spend` and `keep` raise TooDense."""

    comparisons: float = float("inf")
    pairs: float = float("inf")

    def spend(self, comparisons: int) -> None:
        self.comparisons -= comparisons
        if self.comparisons < 0:
            raise TooDense

    def keep(self, pairs: int) -> None:
        self.pairs -= pairs
        if self.pairs < 0:
            raise TooDense


@dataclass(frozen=True)
class Plan:
    """Where the chunks lie and how many bits each may differ in."""

    shifts: tuple[int, ...]
    widths: tuple[int, ...]
    reaches: tuple[int, ...]

    @classmethod
    def of(cls, count: int, radius: int) -> "Plan":
        """The plan that costs least for so many evenly spread hashes."""
        return min(
            (cls._of_chunks(chunks, radius) for chunks in range(3, 7)), key=lambda plan: plan.cost(count)
        )

    @classmethod
    def _of_chunks(cls, chunks: int, radius: int) -> "Plan":
        edges = [BITS * at // chunks for at in range(chunks + 1)]
        # A chunk with a negative reach needs no look: the others find every pair.
        spare = radius + 1 - chunks
        reaches = [spare // chunks + (at < spare % chunks) for at in range(chunks)]
        widths = [end - start for start, end in pairwise(edges)]
        return cls(tuple(edges[:-1]), tuple(widths), tuple(reaches))

    def cost(self, count: int) -> float:
        return sum(
            _mask_count(width, reach) * count * (1 + COMPARE_COST * count / 2**width)
            for width, reach in zip(self.widths, self.reaches, strict=True)
        )


@dataclass(frozen=True)
class Chunk:
    """The hashes sorted by some of their bits."""

    shift: int
    width: int
    reach: int
    keys: np.ndarray
    hashes: np.ndarray
    order: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, hashes: np.ndarray, shift: int, width: int, reach: int) -> "Chunk":
        keys = _key(hashes, shift, width)
        order = np.argsort(keys, kind="stable").astype(np.int32)
        starts = np.zeros((1 << width) + 1, np.int32)
        np.cumsum(np.bincount(keys, minlength=1 << width), out=starts[1:])
        return cls(shift, width, reach, keys[order], hashes[order], order, starts)

    @cached_property
    def masks(self) -> list[int]:
        """What may be different: every choice of at most `reach` bits."""
        return [
            sum(1 << bit for bit in bits)
            for many in range(self.reach + 1)
            for bits in combinations(range(self.width), many)
        ]

    @cached_property
    def is_filled(self) -> np.ndarray:
        return np.diff(self.starts) > 0

    @cached_property
    def lower(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each bit the positions, and their keys, in which it is 0: those whose other side is the greater."""
        found = (np.flatnonzero(self.keys >> bit & 1 == 0).astype(np.int32) for bit in range(self.width))
        return [(at, self.keys[at]) for at in found]

    def ranges(self, keys: np.ndarray, mask: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which of the keys have hashes at `key ^ mask`, where those start, and how many they are."""
        wanted = keys ^ np.int32(mask)
        hit = np.flatnonzero(self.is_filled[wanted])
        wanted = wanted[hit]
        first = self.starts[wanted]
        return hit, first, self.starts[wanted + 1] - first

    def differs_more(self, difference: np.ndarray) -> np.ndarray:
        """Whether this chunk alone would not have found the pair."""
        return np.bitwise_count(_key(difference, self.shift, self.width)) > self.reach


class HashIndex:
    """All pairs among the hashes, or between them and others, within the radius."""

    def __init__(self, hashes: np.ndarray, radius: int, plan: Plan | None = None) -> None:
        plan = plan or Plan.of(len(hashes), radius)
        cuts = zip(plan.shifts, plan.widths, plan.reaches, strict=True)
        self.radius = radius
        self.chunks = [Chunk.of(hashes, *cut) for cut in cuts if cut[2] >= 0]

    def pairs(self, budget: Budget | None = None) -> Iterator[Pairs]:
        """Every pair of the indexed hashes once, in blocks. Raises TooDense beyond the budget."""
        budget = budget or Budget()
        for number, chunk in enumerate(self.chunks):
            yield from _spread(chunk.masks, partial(self._own, number, budget))

    def near(self, hashes: np.ndarray, budget: Budget | None = None) -> Iterator[Pairs]:
        """Every pair of a given hash (left) and an indexed one (right) once, in blocks."""
        budget = budget or Budget()
        for number, chunk in enumerate(self.chunks):
            keys = _key(hashes, chunk.shift, chunk.width)
            look = partial(self._foreign, number, hashes, keys, budget)
            yield from _spread(chunk.masks, look)

    def _own(self, number: int, budget: Budget, mask: int) -> Iterator[Pairs]:
        chunk = self.chunks[number]
        if mask:
            at, keys = chunk.lower[mask.bit_length() - 1]
            hit, first, count = chunk.ranges(keys, mask)
            left = at[hit]
        else:
            left = np.arange(len(chunk.keys), dtype=np.int32)
            first = left + 1
            count = chunk.starts[chunk.keys + 1] - first
        for left_at, right, distance in self._close(number, chunk.hashes, left, (first, count), budget):
            yield chunk.order[left_at], right, distance

    def _foreign(
        self, number: int, hashes: np.ndarray, keys: np.ndarray, budget: Budget, mask: int
    ) -> Iterator[Pairs]:
        hit, first, count = self.chunks[number].ranges(keys, mask)
        yield from self._close(number, hashes, hit, (first, count), budget)

    def _close(
        self,
        number: int,
        hashes: np.ndarray,
        left: np.ndarray,
        ranges: tuple[np.ndarray, np.ndarray],
        budget: Budget,
    ) -> Iterator[Pairs]:
        """Compare in full; a pair that an earlier chunk found is left to it, so that each comes once."""
        chunk = self.chunks[number]
        for these, first, count in _blocks(left, *ranges):
            total = int(count.sum())
            budget.spend(total)
            ends = np.cumsum(count)
            right = np.arange(total, dtype=np.int64) + np.repeat(first - (ends - count), count)
            left_at = np.repeat(these, count)
            difference = hashes[left_at] ^ chunk.hashes[right]
            distance = np.bitwise_count(difference)
            good = np.flatnonzero(distance <= self.radius)
            for earlier in self.chunks[:number]:
                good = good[earlier.differs_more(difference[good])]
            if len(good):
                budget.keep(len(good))
                yield left_at[good], chunk.order[right[good]], distance[good]


def _spread(masks: list[int], look: Callable[[int], Iterator[Pairs]]) -> Iterator[Pairs]:
    """Look at all masks on a few threads, a handful ahead of who reads, so that what is found never piles up."""
    with ThreadPoolExecutor(THREADS) as threads:
        for start in range(0, len(masks), AHEAD):
            for blocks in threads.map(lambda mask: list(look(mask)), masks[start : start + AHEAD]):
                yield from blocks


def _blocks(left: np.ndarray, first: np.ndarray, count: np.ndarray) -> Iterator[Pairs]:
    """The ranges in parts of about BLOCK comparisons; a longer range is cut."""
    if int(count.sum(dtype=np.int64)) <= BLOCK:
        yield left, first, count
        return
    if int(count.max()) > BLOCK:
        pieces = -(-count // BLOCK)
        left, step = np.repeat(left, pieces), _within(pieces) * BLOCK
        count = np.minimum(np.repeat(count, pieces) - step, BLOCK)
        first = np.repeat(first, pieces) + step
    ends = np.cumsum(count, dtype=np.int64)
    cuts = np.searchsorted(ends, np.arange(BLOCK, int(ends[-1]) + BLOCK, BLOCK), side="right")
    for start, end in pairwise(np.unique([0, *cuts, len(count)])):
        yield left[start:end], first[start:end], count[start:end]


def _within(pieces: np.ndarray) -> np.ndarray:
    """0, 1, 2 ... for each range that was cut."""
    ends = np.cumsum(pieces)
    return (np.arange(int(ends[-1])) - np.repeat(ends - pieces, pieces)).astype(np.int32)


def _key(hashes: np.ndarray, shift: int, width: int) -> np.ndarray:
    return (hashes >> np.uint64(shift) & np.uint64((1 << width) - 1)).astype(np.int32)


def _mask_count(width: int, reach: int) -> int:
    return sum(comb(width, many) for many in range(reach + 1))
