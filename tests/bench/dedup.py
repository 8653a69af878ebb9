"""All pairs of near duplicates among 64-bit hashes: our index beside brute force and, where installed, its peers.

Every way must find the same pairs, or the bench fails.
"""

import importlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from datasets.cleaning.groups import grouped
from datasets.cleaning.index import HashIndex
from modelship.lib.limited import Limits, Pool
from tests.bench.report import Options, Table, median, ratio
from tests.datasets.cleaning.brute import with_copies

RADIUS = 8
SIZES = (10_000, 100_000, 1_000_000)
# Brute force takes minutes beyond, and imagededup seconds at the smallest.
BRUTE_MOST, IMAGEDEDUP_MOST, FAISS_MOST = 100_000, 10_000, 100_000
ROWS, THREADS = 128, 2
SAMPLE = 200
PEERS = {"faiss": "faiss", "imagededup": "imagededup.methods"}

Pairs = np.ndarray


def run(options: Options) -> list[Table]:
    table = Table(
        f"Near duplicates: all pairs within {RADIUS} bits, 2 % copies with a few bits changed",
        ("way", "hashes", "pairs", "seconds", "/ our index"),
    )
    for count in SIZES:
        hashes = with_copies(count, seed=count)
        ours: list[float] = []
        expected = None
        for name, find in ways(count).items():
            repeats = (
                options.repeats if count < SIZES[-1] and name != "imagededup" else min(options.repeats, 3)
            )
            seconds, pairs = measured(find, hashes, repeats)
            expected = pairs if expected is None else expected
            if not np.array_equal(pairs, expected):
                raise AssertionError(f"{name} found other pairs among {count:,} hashes.")
            ours = ours or seconds
            table.add(name, count, len(pairs), median(seconds), ratio(median(seconds), median(ours)))
        table.add("groups around the best", count, None, *grouping(hashes, ours, options.repeats))
        if count > BRUTE_MOST:
            check_sample(hashes, expected)
    table.add(
        "the same in its limited child",
        SIZES[-1],
        None,
        *in_child(with_copies(SIZES[-1], seed=SIZES[-1]), ours),
    )
    crowd = np.zeros(SIZES[1], np.uint64)
    table.add("groups of equal hashes", len(crowd), None, *grouping(crowd, ours, options.repeats))
    table.notes.append("All ways found the same pairs, each with numpy or native code on two threads.")
    table.notes.append(
        f"At 1,000,000 the pairs of {SAMPLE} hashes were compared with brute force over all; the last three rows "
        "are beside the index at 1,000,000."
    )
    table.notes += [f"{name} is not installed and was skipped." for name in PEERS if not has(name)]
    return [table]


def ways(count: int) -> dict[str, Callable[[np.ndarray], Pairs]]:
    found: dict[str, Callable[[np.ndarray], Pairs]] = {"our index": indexed}
    if count <= BRUTE_MOST:
        found["brute force, numpy"] = brute
    if count <= FAISS_MOST and has("faiss"):
        found["faiss BinaryFlat"] = faiss_flat
    if count <= IMAGEDEDUP_MOST and has("imagededup"):
        found["imagededup"] = imagededup
    return found


@cache
def has(name: str) -> bool:
    """Whether the peer is there with all that it needs."""
    try:
        importlib.import_module(PEERS[name])
    except ImportError:
        return False
    return True


def measured(
    find: Callable[[np.ndarray], Pairs], hashes: np.ndarray, repeats: int
) -> tuple[list[float], Pairs]:
    seconds = []
    for _ in range(max(repeats, 1)):
        started = time.perf_counter()
        pairs = find(hashes)
        seconds.append(time.perf_counter() - started)
    return seconds, pairs


def indexed(hashes: np.ndarray) -> Pairs:
    return ordered([(left, right) for left, right, _ in HashIndex(hashes, RADIUS).pairs()])


def brute(hashes: np.ndarray) -> Pairs:
    """The upper triangle, some rows at a time, on two threads: numpy lets go of the lock."""

    def rows(start: int) -> tuple[np.ndarray, np.ndarray]:
        distance = np.bitwise_count(hashes[start : start + ROWS, None] ^ hashes[None, start:])
        left, right = np.nonzero(distance <= RADIUS)
        ahead = right > left
        return left[ahead] + start, right[ahead] + start

    with ThreadPoolExecutor(THREADS) as threads:
        return ordered(list(threads.map(rows, range(0, len(hashes), ROWS))))


def faiss_flat(hashes: np.ndarray) -> Pairs:
    import faiss

    codes = hashes.view(np.uint8).reshape(-1, 8)
    index = faiss.IndexBinaryFlat(64)
    index.add(codes)
    limits, _, right = index.range_search(codes, RADIUS + 1)
    left = np.repeat(np.arange(len(hashes)), np.diff(limits).astype(int))
    return ordered([(left[right > left], right[right > left])])


def imagededup(hashes: np.ndarray) -> Pairs:
    from imagededup.methods import PHash

    encodings = {str(at): f"{int(value):016x}" for at, value in enumerate(hashes)}
    found = PHash(verbose=False).find_duplicates(
        encoding_map=encodings, max_distance_threshold=RADIUS, num_dist_workers=THREADS
    )
    pairs = [
        (int(one), int(other)) for one, others in found.items() for other in others if int(other) > int(one)
    ]
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    return ordered([(left, right)])


def ordered(parts: list[tuple[np.ndarray, np.ndarray]]) -> Pairs:
    """As one number a pair, in order: what can be compared."""
    found = [
        np.minimum(left, right).astype(np.int64) << 32 | np.maximum(left, right).astype(np.int64)
        for left, right in parts
    ]
    return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)


def check_sample(hashes: np.ndarray, pairs: Pairs | None) -> None:
    """Every pair of some hashes, half of them copies, by comparing them with all."""
    assert pairs is not None
    left, right = pairs >> 32, pairs & 0xFFFFFFFF
    draw = np.random.default_rng(5)
    sample = np.concatenate([draw.choice(left, SAMPLE // 2), draw.integers(0, len(hashes), SAMPLE // 2)])
    for at in np.unique(sample):
        near = np.flatnonzero(np.bitwise_count(hashes ^ hashes[at]) <= RADIUS)
        found = np.sort(np.concatenate([[at], right[left == at], left[right == at]]))
        if not np.array_equal(near, found):
            raise AssertionError(f"The index missed or made up a pair of hash {at}.")


def grouping(hashes: np.ndarray, ours: list[float], repeats: int) -> tuple[float, str]:
    seconds = []
    for _ in range(min(repeats, 3)):
        started = time.perf_counter()
        grouped(hashes, RADIUS)
        seconds.append(time.perf_counter() - started)
    return median(seconds), ratio(median(seconds), median(ours))


def in_child(hashes: np.ndarray, ours: list[float]) -> tuple[float, str]:
    """As a check does it: a fresh interpreter, the hashes there and the answer back."""
    limits = Limits(memory_bytes=3 << 30, cpu_seconds=600, wall_seconds=600)
    started = time.perf_counter()
    pool = Pool(children=1)
    try:
        pool.run("datasets.cleaning.groups:group_hashes", (hashes.tobytes(), RADIUS, False), limits)
    finally:
        pool.close()
    seconds = time.perf_counter() - started
    return seconds, ratio(seconds, median(ours))
