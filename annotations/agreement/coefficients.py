"""Agreement beyond chance: Cohen's and Fleiss' kappa and Krippendorff's alpha for names without an order.

All are 1 where everybody always agrees, 0 where they agree as often as chance would have it, below 0 where less. None
stands for too little to say anything. Where everybody has said one and the same thing throughout there is nothing that
chance could be told from; it counts as full agreement.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence


def cohen(pairs: Iterable[tuple[Hashable, Hashable]]) -> float | None:
    """Kappa of two people from what they said of each thing (Cohen 1960)."""
    rows = list(pairs)
    if not rows:
        return None
    first, second = Counter(one for one, _ in rows), Counter(other for _, other in rows)
    agreed = sum(one == other for one, other in rows) / len(rows)
    by_chance = sum(count * second[value] for value, count in first.items()) / len(rows) ** 2
    return _beyond(agreed, by_chance)


def fleiss(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Kappa of any number of people from what was said of each thing (Fleiss 1971).

    Things of which fewer than two people said anything do not count. Where the number of people differs each thing
    counts the same, and what is said by chance is counted over everything said.
    """
    rows = [Counter(said) for said in units if len(said) >= 2]
    if not rows:
        return None
    agreed = sum(_pairs(row) / _pairs_in_all(row.total()) for row in rows) / len(rows)
    said: Counter[Hashable] = sum(rows, Counter())
    by_chance = sum((count / said.total()) ** 2 for count in said.values())
    return _beyond(agreed, by_chance)


def krippendorff(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Alpha for nominal data (Krippendorff 2011): who said nothing of a thing is left out, people need not be the same."""
    rows = [Counter(said) for said in units if len(said) >= 2]
    if not rows:
        return None
    said: Counter[Hashable] = sum(rows, Counter())
    total = said.total()
    differed = sum((_pairs_in_all(row.total()) - _pairs(row)) / (row.total() - 1) for row in rows) / total
    by_chance = 1 - _pairs(said) / _pairs_in_all(total)
    return _beyond(1 - differed, 1 - by_chance)


def _pairs(row: Counter[Hashable]) -> int:
    """Ordered pairs of people who said the same."""
    return sum(count * (count - 1) for count in row.values())


def _pairs_in_all(count: int) -> int:
    return count * (count - 1)


def _beyond(agreed: float, by_chance: float) -> float:
    if by_chance >= 1:
        return 1.0
    return (agreed - by_chance) / (1 - by_chance)
