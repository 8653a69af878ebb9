"""Pictures that are alike, directly or through others, as chains that must not be torn apart."""

import numpy as np

from datasets.cleaning.index import HashIndex


def chain_hashes(packed: bytes, radius: int) -> bytes:
    """For each of the signed 64-bit hashes the least one of its chain.

    Two hashes within the radius are of one chain. Equal ones are one to the search, and pairs are joined as
    they are found, so that memory does not grow with their number.
    """
    known, where = np.unique(np.frombuffer(packed, np.int64), return_inverse=True)
    least = np.arange(len(known))
    if len(known) > 1:
        for left, right, _ in HashIndex(known.view(np.uint64), radius).pairs():
            _join(least, left, right)
    return known[least[where]].tobytes()


def _join(least: np.ndarray, left: np.ndarray, right: np.ndarray) -> None:
    """Let both ends of each pair name the same least one; `least` names final ones before and after."""
    while True:
        one, other = least[left], least[right]
        apart = one != other
        if not apart.any():
            return
        left, right = left[apart], right[apart]
        low, high = np.minimum(one[apart], other[apart]), np.maximum(one[apart], other[apart])
        np.minimum.at(least, high, low)
        while not np.array_equal(further := least[least], least):
            least[:] = further
