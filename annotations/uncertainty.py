"""How unsure the labels of one picture are, from 0 to 1, and why. Pure.

Four signs, each from 0 to 1: boxes that a model is hardly sure of, boxes of neighbouring slices that contradict each
other, what people made of what the model saw, and a near duplicate that is labelled otherwise. They add up like
chances that something is wrong: any one of them may.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from typing import Any, NamedTuple

from annotations.geometry import overlap

# Below this a model's boxes are not shown by default: a score is as unsure as it is close to it.
THRESHOLD = 0.25
# What a person accepted is surer than what nobody has judged.
ACCEPTED = 0.6
# How much each sign counts at most.
WEIGHTS = {"margin": 0.6, "slices": 0.8, "people": 0.9, "duplicates": 0.7}
# Frames that meet by less are two objects; above the other, they are one object to both sides.
MEETS, SAME = 0.3, 0.8
# So many boxes of each side are compared: of more, the first ones tell enough.
MOST = 2_000
# The worst few boxes of a picture decide, not all the good ones around them.
WORST = 3


class Look(NamedTuple):
    """A box as far as it says how sure anybody is. `is_judged` says that a person had the last word on it."""

    class_id: str | None
    x: float
    y: float
    w: float
    h: float
    source: str
    state: str
    score: float | None = None
    slice: tuple[float, ...] | None = None
    deleted: bool = False
    is_judged: bool = False


class Reason(NamedTuple):
    """One sign: its kind, how strong it is, and a sentence."""

    kind: str
    score: float
    detail: str

    def wire(self) -> dict[str, Any]:
        return {"kind": self.kind, "score": round(self.score, 4), "detail": self.detail}


def reasons_of(boxes: Iterable[Look], others: Sequence[Mapping[str, int]] = ()) -> list[Reason]:
    """The signs that there are, the strongest first; `others` are the class counts of near duplicates."""
    rows = list(boxes)
    found = [_margin(rows), _slices(rows), _people(rows), _duplicates(class_counts(rows), others)]
    return sorted(
        (one for one in found if one and one.score > 0), key=lambda one: -one.score * WEIGHTS[one.kind]
    )


def combined(reasons: Iterable[Reason]) -> float:
    """The score of a picture with these signs."""
    sure = 1.0
    for reason in reasons:
        sure *= 1 - WEIGHTS[reason.kind] * reason.score
    return round(1 - sure, 6)


def class_counts(boxes: Iterable[Look]) -> dict[str, int]:
    return dict(Counter(str(box.class_id) for box in boxes if _is_shown(box)))


def _is_shown(box: Look) -> bool:
    return not box.deleted and box.state != "rejected"


def _margin(boxes: Sequence[Look]) -> Reason | None:
    """How close to the threshold the least sure boxes of models are."""
    scored = [box for box in boxes if _is_shown(box) and box.source == "model" and box.score is not None]
    if not scored:
        return None
    doubts = [_doubt(box.score or 0.0) * (ACCEPTED if box.state == "accepted" else 1) for box in scored]
    lowest = min(box.score or 0.0 for box in scored)
    return Reason("margin", _worst(doubts), f"The model is least sure of a box with a score of {lowest:.2f}.")


def _doubt(score: float) -> float:
    return min(max((1 - score) / (1 - THRESHOLD), 0.0), 1.0)


def _slices(boxes: Sequence[Look]) -> Reason | None:
    """Boxes that different slices saw at one place, under two classes or with scores far apart."""
    seen = [box for box in boxes if _is_shown(box) and box.source == "model" and box.slice][:MOST]
    strengths = []
    for one, other, shared in _meeting(seen, seen):
        if one.slice != other.slice and shared >= MEETS:
            apart = abs((one.score or 0.0) - (other.score or 0.0))
            strengths.append(1.0 if one.class_id != other.class_id else max(apart, 1 - shared))
    if not strengths:
        return None
    return Reason("slices", _worst(strengths), f"Neighbouring slices disagree about {_number(strengths, 2)}.")


def _people(boxes: Sequence[Look]) -> Reason | None:
    """What the model saw against what people accepted: other frames, other classes, left out, thrown away."""
    theirs = [box for box in boxes if not box.deleted and box.state == "accepted"][:MOST]
    if not any(box.source != "model" or box.is_judged for box in theirs):
        return None
    models = [
        box
        for box in boxes
        if box.source == "model" and box.state != "accepted" and (not box.deleted or box.is_judged)
    ]
    if not models:
        return None
    met: dict[int, float] = {}
    for one, other, shared in _meeting(models[:MOST], theirs):
        agreed = shared if one.class_id == other.class_id else 0.0
        if shared >= MEETS:
            met[id(one)] = max(met.get(id(one), 0.0), agreed)
    strengths = [_contradiction(box, met.get(id(box))) for box in models[:MOST]]
    open_ones = [strength for strength in strengths if strength > 0]
    if not open_ones:
        return None
    return Reason("people", _worst(open_ones), f"The model and people differ about {_number(open_ones, 1)}.")


def _contradiction(box: Look, agreed: float | None) -> float:
    """None agreed: nobody has a box there, which is as odd as the model was sure of it."""
    if agreed is None:
        return box.score or 0.0
    return 0.0 if agreed >= SAME else 1 - agreed


def _duplicates(mine: Mapping[str, int], others: Sequence[Mapping[str, int]]) -> Reason | None:
    """How far the counts by class are from those of the near duplicate that differs most."""
    if not others:
        return None
    strength, other = max(((_difference(mine, one), one) for one in others), key=lambda pair: pair[0])
    if not strength:
        return None
    here, there = sum(mine.values()), sum(other.values())
    return Reason(
        "duplicates", strength, f"A near duplicate is labelled otherwise: {here} here, {there} there."
    )


def _difference(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    names = one.keys() | other.keys()
    most = sum(max(one.get(name, 0), other.get(name, 0)) for name in names)
    shared = sum(min(one.get(name, 0), other.get(name, 0)) for name in names)
    return 1 - shared / most if most else 0.0


def _meeting(ones: Sequence[Look], others: Sequence[Look]) -> Iterable[tuple[Look, Look, float]]:
    """Every pair whose frames meet, by a sweep from left to right."""
    ordered = sorted(others, key=lambda box: box.x)
    starts = [box.x for box in ordered]
    widest = max((box.w for box in ordered), default=0.0)
    for one in ones:
        first = bisect_left(starts, one.x - widest)
        for other in ordered[first : bisect_left(starts, one.x + one.w)]:
            if other is not one and (shared := overlap(one, other)):
                yield one, other, shared


def _worst(strengths: Sequence[float]) -> float:
    worst = nlargest(WORST, strengths)
    return min(0.6 * worst[0] + 0.4 * sum(worst) / len(worst), 1.0)


def _number(strengths: Sequence[float], per: int) -> str:
    count = max(len(strengths) // per, 1)
    return "1 box" if count == 1 else f"{count:,} boxes"
