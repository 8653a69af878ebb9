"""Groups: the best is kept, and what is near it belongs to it, whatever the way they are found."""

import time
from itertools import combinations, islice

import numpy as np
import pytest

from datasets.cleaning.groups import ALONE, group_hashes, grouped
from datasets.cleaning.turned import turned
from tests.datasets.cleaning.brute import greedy_groups, with_copies

DENSE = np.array(
    [sum(1 << bit for bit in bits) for many in (1, 2, 3, 4) for bits in combinations(range(64), many)],
    np.uint64,
)


def listed(hashes: np.ndarray, radius: int) -> tuple[list[int], list[int]]:
    owner, distance = grouped(hashes, radius)
    return owner.tolist(), distance.tolist()


@pytest.mark.parametrize(("count", "share"), [(0, 0), (1, 0), (3000, 0.02), (3000, 0.9)])
@pytest.mark.parametrize("radius", [0, 5, 8, 12])
def test_they_are_those_of_going_through_all_of_them(count: int, share: float, radius: int):
    hashes = with_copies(count, seed=radius, share=share)

    assert listed(hashes, radius) == greedy_groups(hashes, radius)


@pytest.mark.parametrize("radius", [0, 5, 8])
def test_they_are_the_same_where_pairs_are_too_many_to_list(radius: int, monkeypatch):
    monkeypatch.setattr("datasets.cleaning.groups.PAIRS", 10)
    hashes = np.concatenate([with_copies(2000, seed=3, share=0.5), DENSE[:1500]])
    np.random.default_rng(0).shuffle(hashes)

    assert listed(hashes, radius) == greedy_groups(hashes, radius)


def test_nobody_is_given_up_for_a_picture_that_is_not_near():
    chain = np.array([(1 << 4 * step) - 1 for step in range(16)], np.uint64)

    owner, distance = listed(chain, 4)

    assert owner == [0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14]
    assert set(distance) == {0, 4}


def test_equal_pictures_cost_nothing_however_many():
    hashes = np.full(100_000, 7, np.uint64)

    started = time.perf_counter()
    owner, distance = grouped(hashes, 8)

    assert time.perf_counter() - started < 2
    assert not owner.any()
    assert not distance.any()


def test_a_crowd_of_different_but_near_hashes_ends_soon():
    """200,000 hashes, almost all within 8 bits of each other: 20,000,000,000 pairs."""
    hashes = DENSE[-200_000:]

    started = time.perf_counter()
    owner, distance = grouped(hashes, 8)

    assert time.perf_counter() - started < 20
    far = np.bitwise_count(hashes ^ hashes[owner])
    assert far.max() <= 8
    assert (far[owner != np.arange(len(hashes))] == distance[owner != np.arange(len(hashes))]).all()


def test_the_packed_form_says_the_same():
    hashes = with_copies(500, seed=5, share=0.4)

    owner, distance = group_hashes(hashes.tobytes(), 8, False)

    assert (np.frombuffer(owner, np.int32).tolist(), list(distance)) == greedy_groups(hashes, 8)


def test_turned_copies_are_found_only_where_asked_for():
    hashes = np.random.default_rng(1).integers(0, 2**64, 300, dtype=np.uint64)
    copies = turned(hashes[:8])[np.arange(8), np.arange(8)] ^ np.uint64(1 << 40)
    together = np.concatenate([hashes, copies])

    plain, _ = grouped(together, 8)
    owner, distance = grouped(together, 8, with_turned=True)

    assert plain[300:].tolist() == [0, *range(301, 308)]
    assert owner[300:].tolist() == list(range(8))
    assert distance[300:].tolist() == [1] * 8
    assert distance[8:300].tolist() == [ALONE] * 292


def test_turned_copies_are_found_where_pairs_are_too_many_to_list(monkeypatch):
    monkeypatch.setattr("datasets.cleaning.groups.PAIRS", 0)
    hashes = np.random.default_rng(2).integers(0, 2**64, 40, dtype=np.uint64)
    together = np.concatenate([hashes, turned(hashes)[5]])

    owner, distance = grouped(together, 0, with_turned=True)

    assert owner.tolist() == [*range(40), *range(40)]
    assert list(islice(distance, 40, 80)) == [0] * 40
