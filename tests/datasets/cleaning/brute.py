"""What the index must find, by comparing everything with everything."""

import numpy as np


def brute_pairs(hashes: np.ndarray, radius: int) -> list[tuple[int, int, int]]:
    """Every pair within the radius as (left, right, distance), in order."""
    found = []
    for left in range(len(hashes) - 1):
        distance = np.bitwise_count(hashes[left + 1 :] ^ hashes[left])
        found += [(left, left + 1 + int(at), int(distance[at])) for at in np.flatnonzero(distance <= radius)]
    return found


def greedy_groups(hashes: np.ndarray, radius: int) -> tuple[list[int], list[int]]:
    """Best first: who is free is kept and takes who is near and free."""
    owner, distance = [-1] * len(hashes), [255] * len(hashes)
    for left in range(len(hashes)):
        if owner[left] >= 0:
            continue
        owner[left] = left
        far = np.bitwise_count(hashes ^ hashes[left])
        for right in np.flatnonzero(far <= radius).tolist():
            if owner[right] < 0:
                owner[right], distance[right] = left, int(far[right])
                distance[left] = 0
    return owner, distance


def with_copies(count: int, seed: int, *, share: float = 0.02, most: int = 9) -> np.ndarray:
    """Random hashes, some of which are copies of others with a few bits changed."""
    draw = np.random.default_rng(seed)
    hashes = draw.integers(0, 2**64, count, dtype=np.uint64)
    copies = draw.random(count) < share
    hashes[copies] = hashes[draw.integers(0, count, int(copies.sum()))]
    for _ in range(most):
        bit = np.uint64(1) << draw.integers(0, 64, count).astype(np.uint64)
        hashes ^= np.where(copies & (draw.random(count) < 0.5), bit, np.uint64(0))
    return hashes
