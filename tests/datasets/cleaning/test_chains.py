"""Chains: who is near each other, directly or through others, is of one, as brute force says."""

import numpy as np
import pytest

from datasets.cleaning.chains import chain_hashes
from datasets.near_duplicates import chains_of
from tests.datasets.cleaning.brute import brute_pairs, with_copies


def chains(hashes: np.ndarray, radius: int) -> list[int]:
    return np.frombuffer(chain_hashes(hashes.tobytes(), radius), np.int64).tolist()


def least_of_each(hashes: np.ndarray, radius: int) -> list[int]:
    """Everybody takes the least of their neighbours, until nobody finds a lesser one."""
    pairs = brute_pairs(hashes, radius)
    least = hashes.view(np.int64).tolist()
    while True:
        before = list(least)
        for left, right, _ in pairs:
            least[left] = least[right] = min(least[left], least[right])
        if least == before:
            return least


@pytest.mark.parametrize(("count", "share"), [(0, 0), (1, 0), (1500, 0.05), (1500, 0.9)])
@pytest.mark.parametrize("radius", [0, 3, 8])
def test_each_hash_names_the_least_of_its_chain(count: int, share: float, radius: int):
    hashes = with_copies(count, seed=radius, share=share, most=4)

    assert chains(hashes, radius) == least_of_each(hashes, radius)


def test_a_chain_holds_together_ends_that_are_far_apart():
    steps = np.array([(1 << bits) - 1 for bits in range(64)], np.uint64)
    np.random.default_rng(2).shuffle(steps)

    assert set(chains(steps, 1)) == {0}


def test_thousands_that_are_all_alike_are_one_chain():
    dense = np.array([number << 20 for number in range(1 << 12)], np.uint64)

    assert set(chains(np.repeat(dense, 3), 3)) == {0}


def test_the_search_in_a_child_tells_it_by_key():
    hashes = {"north": -5, "south": 1000, "copy": -6, "alone": 1 << 40}

    assert chains_of(hashes, 3) == {"north": -6, "south": 1000, "copy": -6, "alone": 1 << 40}
    assert chains_of({}, 3) == {}
