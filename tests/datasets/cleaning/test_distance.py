"""The distance that a page shows is the one that the search found."""

import numpy as np

from datasets.cleaning.distance import distance
from datasets.cleaning.turned import turned


def test_it_is_that_of_the_search_in_every_position():
    hashes = np.random.default_rng(4).integers(0, 2**64, 60, dtype=np.uint64)

    for one, other in zip(hashes[:30], hashes[30:], strict=True):
        near = int(np.bitwise_count(turned(np.array([one]))[:, 0] ^ other).min())
        assert distance(int(one), int(other), with_turned=True) == near
        assert distance(int(one), int(other)) == int(np.bitwise_count(one ^ other))


def test_the_sign_of_a_stored_hash_does_not_matter():
    assert distance(-1, (1 << 64) - 1) == 0
    assert distance(-1, 0) == 64
