"""The index finds the pairs that comparing everything with everything finds: all of them, each once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.cleaning.index import Budget, HashIndex, Plan, TooDense
from tests.datasets.cleaning.brute import brute_pairs, with_copies


def found_pairs(hashes: np.ndarray, radius: int, plan: Plan | None = None) -> list[tuple[int, int, int]]:
    found = []
    for left, right, distance in HashIndex(hashes, radius, plan).pairs():
        pairs = np.stack([np.minimum(left, right), np.maximum(left, right), distance], axis=1)
        found += [tuple(pair) for pair in pairs.tolist()]
    return sorted(found)


@pytest.mark.parametrize("radius", range(13))
@pytest.mark.parametrize("count", [0, 1, 2, 3000])
def test_the_pairs_are_those_of_brute_force(count: int, radius: int):
    hashes = with_copies(count, seed=radius, share=0.3)

    assert found_pairs(hashes, radius) == brute_pairs(hashes, radius)


@pytest.mark.parametrize("size", [10_000, 100_000, 1_000_000])
def test_so_they_are_with_the_chunks_of_every_size(size: int):
    hashes = with_copies(2000, seed=size, share=0.5)

    assert found_pairs(hashes, 8, Plan.of(size, 8)) == brute_pairs(hashes, 8)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 63).map(lambda bit: 1 << bit), max_size=60),
    st.integers(0, 12),
)
def test_any_hashes_at_all(values: list[int], radius: int):
    hashes = np.array(values, np.uint64)

    assert found_pairs(hashes, radius) == brute_pairs(hashes, radius)


def test_asked_from_outside_it_answers_the_same():
    hashes, others = with_copies(900, seed=1, share=0.6), with_copies(900, seed=1, share=0.6)[::-1].copy()

    found = [
        (int(left), int(right))
        for block in HashIndex(hashes, 8).near(others)
        for left, right in zip(block[0], block[1], strict=True)
    ]

    near = np.bitwise_count(others[:, None] ^ hashes[None]) <= 8
    assert sorted(found) == [(int(left), int(right)) for left, right in np.argwhere(near)]


def test_long_ranges_are_cut_into_blocks(monkeypatch):
    monkeypatch.setattr("datasets.cleaning.index.BLOCK", 64)
    hashes = np.repeat(with_copies(5, seed=2), 60)

    assert found_pairs(hashes, 4) == brute_pairs(hashes, 4)


def test_it_stops_where_there_are_too_many():
    hashes = np.zeros(2000, np.uint64)

    with pytest.raises(TooDense):
        list(HashIndex(hashes, 8).pairs(Budget(pairs=1000)))
    with pytest.raises(TooDense):
        list(HashIndex(hashes, 8).pairs(Budget(comparisons=1000)))
