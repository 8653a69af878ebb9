"""Which marks of several people are about one object."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from annotations.agreement.overlap import REACH, margin_of, may_meet, overlap
from annotations.edits import BoxState

# Marks that overlap by less are two objects.
LEAST = 0.5
# What a person says of an object that they did not mark.
NOTHING = ""


@dataclass(frozen=True, slots=True)
class Object:
    """Something on the picture, and the mark of each person who marked it, by the person's id."""

    marks: Mapping[str, BoxState] = field(default_factory=dict)

    def said(self, person: str) -> str | None:
        """The class that the person gave it, None for one without a class, NOTHING where they did not mark it."""
        return self.marks[person].class_id if person in self.marks else NOTHING


def objects_of(
    works: Mapping[str, Sequence[BoxState]], least: float = LEAST, reach: float = REACH
) -> list[Object]:
    """The objects that the people saw on one picture, in an order that does not depend on theirs.

    Each mark is in exactly one object, and an object has at most one mark of each person. Marks of one class find
    each other first, the closest before others; then those of different classes, which are mix-ups.
    """
    marks = [
        (person, box)
        for person in sorted(works)
        for box in sorted(works[person], key=lambda box: box.id)
        if box.is_shown
    ]
    groups = [{person: at} for at, (person, _) in enumerate(marks)]
    group_of = list(range(len(marks)))
    for _, _, one, other in sorted(_pairs(marks, least, reach)):
        ours, theirs = group_of[one], group_of[other]
        if ours == theirs or groups[ours].keys() & groups[theirs].keys():
            continue
        groups[ours].update(groups[theirs])
        for at in groups[theirs].values():
            group_of[at] = ours
        groups[theirs] = {}
    return [Object({person: marks[at][1] for person, at in group.items()}) for group in groups if group]


def _pairs(
    marks: Sequence[tuple[str, BoxState]], least: float, reach: float
) -> Iterator[tuple[bool, float, int, int]]:
    """Marks of two people that overlap enough, as what to sort by: whether the classes differ, how far from the same."""
    order = sorted(range(len(marks)), key=lambda at: _left(marks[at][1], reach))
    open_ones: list[int] = []
    for at in order:
        person, box = marks[at]
        left = _left(box, reach)
        open_ones = [one for one in open_ones if _right(marks[one][1], reach) >= left]
        for one in open_ones:
            whose, mark = marks[one]
            if whose != person and may_meet(mark, box, reach):
                shared = overlap(mark, box, reach)
                if shared >= least:
                    yield mark.class_id != box.class_id, -shared, min(one, at), max(one, at)
        open_ones.append(at)


def _left(box: BoxState, reach: float) -> float:
    return box.x - margin_of(box, reach)


def _right(box: BoxState, reach: float) -> float:
    return box.x + box.w + margin_of(box, reach)
