"""Pictures whose perceptual hashes are equal or nearly so, as groups that must not be torn apart."""

from collections import defaultdict
from collections.abc import Mapping

# Two hashes that differ in so few bits are of one scene. Of so many plus one bands, one is then equal.
NEAR_BITS = 3
BANDS = NEAR_BITS + 1
BAND_BITS = 64 // BANDS
MASK = (1 << BAND_BITS) - 1


def near_groups(hashes: Mapping[str, int]) -> dict[str, int]:
    """For each key the hash that names its group; hashes are signed 64-bit numbers."""
    parents = {value: value for value in sorted(set(hashes.values()))}
    for band in range(BANDS):
        buckets: dict[int, list[int]] = defaultdict(list)
        for value in parents:
            buckets[(value >> (band * BAND_BITS)) & MASK].append(value)
        for bucket in buckets.values():
            _join(bucket, parents)
    return {key: _root(parents, value) for key, value in hashes.items()}


def _join(bucket: list[int], parents: dict[int, int]) -> None:
    for at, one in enumerate(bucket):
        for other in bucket[at + 1 :]:
            if ((one ^ other) & 0xFFFFFFFFFFFFFFFF).bit_count() <= NEAR_BITS:
                first, second = sorted((_root(parents, one), _root(parents, other)))
                parents[second] = first


def _root(parents: dict[int, int], value: int) -> int:
    while parents[value] != value:
        parents[value] = parents[parents[value]]
        value = parents[value]
    return value
