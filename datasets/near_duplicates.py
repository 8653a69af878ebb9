"""Searching for pictures that look alike in a child of its own: numpy never enters this process, and its memory is
given back.
"""

from array import array
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from modelship.lib.errors import Problem, Unavailable, Unprocessable
from modelship.lib.limited import LimitExceeded, Limits, Pool

HASH_BYTES = 8
SEARCH_MEMORY, SEARCH_MEMORY_PER_HASH = 2 << 30, 1 << 10


def groups_of(hashes: bytes, radius: int, with_turned: bool) -> tuple[array, bytes]:
    """What `datasets.cleaning.groups.group_hashes` says of these hashes, best first.

    Raises Unprocessable and Unavailable where the search can't be done.
    """
    count = len(hashes) // HASH_BYTES
    if not count:
        return array("i"), b""
    packed, distance = _searched("groups:group_hashes", hashes, radius, with_turned)
    owner = array("i")
    owner.frombytes(packed)
    if len(owner) != count or len(distance) != count or not all(0 <= kept < count for kept in owner):
        raise _unsound()
    return owner, distance


def chains_of(hashes: Mapping[str, int], radius: int) -> dict[str, int]:
    """For each key the hash that names its chain of pictures that are alike; raises as `groups_of` does."""
    if not hashes:
        return {}
    packed = _searched("chains:chain_hashes", array("q", hashes.values()).tobytes(), radius)
    chains = array("q")
    chains.frombytes(packed)
    if len(chains) != len(hashes):
        raise _unsound()
    return dict(zip(hashes, chains, strict=True))


def _searched(function: str, hashes: bytes, *how: Any) -> Any:
    limits = Limits(
        memory_bytes=SEARCH_MEMORY + SEARCH_MEMORY_PER_HASH * (len(hashes) // HASH_BYTES),
        cpu_seconds=settings.MODELSHIP_CLEAN_SECONDS,
        wall_seconds=settings.MODELSHIP_CLEAN_SECONDS,
    )
    pool = Pool(children=1)
    try:
        return pool.run(f"datasets.cleaning.{function}", (hashes, *how), limits)
    except LimitExceeded as error:
        raise _problem(error) from error
    finally:
        pool.close()


def _unsound() -> Unavailable:
    return Unavailable("The search for near duplicates gave no sound answer. Try again.")


def _problem(error: LimitExceeded) -> Problem:
    if error.reason in ("memory", "cpu", "wall"):
        return Unprocessable(
            "So many pictures are alike that the search ran out of time or memory. Lower the distance, or raise "
            "MODELSHIP_CLEAN_SECONDS.",
            code="search_limit",
            reason=error.reason,
        )
    if error.reason == "missing":
        return Unprocessable(
            "This server lacks a library that finds near duplicates. Ask the operator to install "
            "requirements/inference.txt, or check for equal files alone.",
            code="library_missing",
            library=error.detail,
        )
    return Unavailable("The search for near duplicates was cut off. Try again.")
