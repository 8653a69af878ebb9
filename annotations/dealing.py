"""Dealing pictures out to people, one after the other or by share. Pure.

Who gets a picture follows from its place among those dealt, so a job that goes on deals as if it had never stopped.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from math import gcd


@lru_cache(maxsize=64)
def turns(shares: tuple[int, ...]) -> tuple[int, ...]:
    """Whose turn it is, again and again: each as often as its share, spread as evenly as can be."""
    unit = gcd(*shares)
    weights = [share // unit for share in shares]
    total, credit, found = sum(weights), [0] * len(weights), []
    for _ in range(total):
        credit = [have + weight for have, weight in zip(credit, weights, strict=True)]
        who = max(range(len(credit)), key=lambda at: (credit[at], -at))
        credit[who] -= total
        found.append(who)
    return tuple(found)


def dealt(place: int, shares: Sequence[int], each: int, have: Collection[int] = ()) -> list[int]:
    """Which of the people get the picture at this place for it to have `each` of them, those that `have` it included."""
    order = turns(tuple(shares))
    start = place * each % len(order)
    found: list[int] = []
    for at in range(len(order)):
        if len(found) + len(have) >= each:
            break
        who = order[(start + at) % len(order)]
        if who not in found and who not in have:
            found.append(who)
    return found
