"""Dealing units of pictures out, the rarest classes first, each to the side that lacks most of what it brings.

A unit is a picture, or all pictures that must stay together. The order follows from the seed and each
unit's own key, so it does not depend on the order of the pictures, and a picture more does not change it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from datasets.splitting.rules import NAMES, Rule


@dataclass(frozen=True, slots=True)
class Item:
    """A picture: its key, the keys of what it must stay together with, its boxes by class, where it is now."""

    key: str
    ties: tuple[str, ...] = ()
    boxes: Mapping[str, int] = field(default_factory=dict)
    split: str = ""
    is_fixed: bool = False


@dataclass(slots=True)
class _Unit:
    key: str
    items: list[Item] = field(default_factory=list)
    boxes: Counter[str] = field(default_factory=Counter)


def dealt(items: Sequence[Item], rule: Rule) -> dict[str, str]:
    """The side of each picture by its key. What people put somewhere stays; with `keep` all that has a side does."""
    result: dict[str, str] = {}
    lacks = _Lacks(items, rule)
    waiting: list[_Unit] = []
    for unit in _units(items):
        held = [item for item in unit.items if item.split and (rule.keep or item.is_fixed)]
        for item in held:
            result[item.key] = item.split
            lacks.give(item.split, [item])
        if held and len(held) < len(unit.items):
            # What comes to a group later goes where the group is.
            side = max(NAMES, key=lambda name: sum(item.split == name for item in held))
            _put(result, lacks, side, [item for item in unit.items if item not in held])
        elif not held:
            waiting.append(unit)
    for unit in sorted(waiting, key=lambda unit: (lacks.rarity(unit), _order(rule.seed, unit.key))):
        _put(result, lacks, lacks.neediest(unit), unit.items)
    return result


def _put(result: dict[str, str], lacks: "_Lacks", side: str, items: Sequence[Item]) -> None:
    result.update((item.key, side) for item in items)
    lacks.give(side, items)


class _Lacks:
    """How many pictures, and boxes of each class, each side still lacks of its part."""

    def __init__(self, items: Sequence[Item], rule: Rule) -> None:
        self.is_balanced = rule.balance
        self.sides = [name for name in NAMES if rule.ratios[name]] or list(NAMES[:1])
        self.totals: Counter[str] = Counter()
        for item in items:
            self.totals.update(item.boxes)
        self.pictures = {name: rule.ratios[name] * len(items) for name in NAMES}
        self.boxes = {
            name: {label: rule.ratios[name] * total for label, total in self.totals.items()} for name in NAMES
        }

    def give(self, side: str, items: Iterable[Item]) -> None:
        for item in items:
            self.pictures[side] -= 1
            for label, count in item.boxes.items():
                self.boxes[side][label] -= count

    def rarity(self, unit: _Unit) -> int:
        """Units of rare classes first, those without any last; without balance all alike."""
        if not self.is_balanced:
            return 0
        return min((self.totals[label] for label in unit.boxes), default=sum(self.totals.values()) + 1)

    def neediest(self, unit: _Unit) -> str:
        if not self.is_balanced or not unit.boxes:
            return max(self.sides, key=lambda name: self.pictures[name])
        rarest = min(unit.boxes, key=lambda label: (self.totals[label], label))
        return max(self.sides, key=lambda name: (self.boxes[name][rarest], self.pictures[name]))


def _units(items: Sequence[Item]) -> list[_Unit]:
    """Pictures that share a tie, directly or through others, are one unit."""
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        parents.setdefault(key, key)
        while parents[key] != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    for item in items:
        for tie in item.ties:
            one, other = sorted((root(f"key:{item.key}"), root(f"tie:{tie}")))
            parents[other] = one
    units: dict[str, _Unit] = {}
    for item in items:
        name = root(f"key:{item.key}")
        unit = units.setdefault(name, _Unit(name))
        unit.items.append(item)
        unit.boxes.update(item.boxes)
    for unit in units.values():
        # Of a group the tie that sorts first, which stays when pictures come to it.
        ties = [tie for item in unit.items for tie in item.ties]
        unit.key = min(ties) if ties else unit.items[0].key
    return list(units.values())


def _order(seed: int, key: str) -> bytes:
    return hashlib.sha256(f"{seed}/{key}".encode()).digest()
