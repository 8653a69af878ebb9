"""What most people drew, as one set of shapes, and where they have to be asked."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import orjson

from annotations.agreement.matching import NOTHING, Object
from annotations.agreement.overlap import REACH, overlap
from annotations.edits import BoxState
from annotations.geometry import DIGITS


@dataclass(frozen=True, slots=True)
class Merged:
    """A shape that enough people agree on: whose it is, and how far theirs overlap on average (1 for one person's)."""

    box: BoxState
    people: tuple[str, ...]
    overlap: float


@dataclass(frozen=True, slots=True)
class Consensus:
    """What is agreed on, and the objects about which no side has enough people."""

    agreed: tuple[Merged, ...]
    disputes: tuple[Object, ...]


def consensus(
    objects: Sequence[Object], people: Collection[str], quorum: int, reach: float = REACH
) -> Consensus:
    """What at least `quorum` of the `people` say, and more of them than say anything else.

    That there is nothing counts like any class. The shape is that of those who agree: plain boxes are merged by the
    median of each side, of other shapes that one is taken which overlaps most with the others. Attributes go by
    majority.
    """
    agreed, disputes = [], []
    for one in objects:
        verdict = _verdict([one.said(person) for person in people], quorum)
        if verdict is None:
            disputes.append(one)
        elif verdict[0] != NOTHING:
            marks = {who: box for who, box in sorted(one.marks.items()) if box.class_id == verdict[0]}
            agreed.append(merged(marks, reach))
    return Consensus(tuple(agreed), tuple(disputes))


def merged(marks: Mapping[str, BoxState], reach: float = REACH) -> Merged:
    """One shape of the marks of several people, which carry one class."""
    boxes = list(marks.values())
    shared = [[overlap(one, other, reach) for other in boxes] for one in boxes]
    middle = boxes[max(range(len(boxes)), key=lambda at: (sum(shared[at]), -at))]
    if all(box.shape == "box" and not box.rotation for box in boxes):
        middle = _median(middle, boxes)
    pairs = len(boxes) * (len(boxes) - 1)
    average = (
        (sum(map(sum, shared)) - sum(shared[at][at] for at in range(len(boxes)))) / pairs if pairs else 1.0
    )
    attributes = _attributes(middle, boxes)
    return Merged(replace(middle, attributes=attributes), tuple(marks), average)


def _verdict(said: Sequence[str | None], quorum: int) -> tuple[str | None] | None:
    """What enough people say, in a tuple, as None is a class, too: none. Nothing at all where they don't agree."""
    (first, votes), *others = Counter(said).most_common(2)
    if votes < quorum or (others and others[0][1] == votes):
        return None
    return (first,)


def _median(middle: BoxState, boxes: Sequence[BoxState]) -> BoxState:
    left, top = median(box.x for box in boxes), median(box.y for box in boxes)
    right, bottom = median(box.x + box.w for box in boxes), median(box.y + box.h for box in boxes)
    x, y = round(left, DIGITS), round(top, DIGITS)
    return replace(middle, x=x, y=y, w=round(right - x, DIGITS), h=round(bottom - y, DIGITS))


def _attributes(middle: BoxState, boxes: Sequence[BoxState]) -> dict[str, Any]:
    """Each value that more than half of them gave, else that of the middle one."""
    found = {}
    for name in sorted({name for box in boxes for name in box.attributes}):
        given = Counter(_text(box, name) for box in boxes)
        value, votes = given.most_common(1)[0]
        if 2 * votes <= len(boxes):
            value = _text(middle, name)
        if value is not None:
            found[name] = orjson.loads(value)
    return found


def _text(box: BoxState, name: str) -> bytes | None:
    return orjson.dumps(box.attributes[name], option=orjson.OPT_SORT_KEYS) if name in box.attributes else None
