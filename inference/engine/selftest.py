"""The self-test: what a model sees in a picture that shows something, and how it wants its pixels.

Two files with the same names and shapes may have been trained on other colours and ranges, and no graph
tells. A wrong way costs boxes or all of them, so each usual way is tried and the one that sees best is kept.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from inference.engine.detections import Detections
from inference.engine.detector import Detector, open_detector
from inference.engine.errors import ModelRefused
from inference.engine.letterbox import Picture
from inference.engine.proof import FEED, MOST_BOXES, NOTHING, PLAUSIBLE, TOO_MANY
from inference.engine.reference import THINGS, Thing, reference_picture
from inference.engine.spec import ModelSpec

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
PLAIN = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
# The detected way stays unless another sees so much better: of what is known to be there, or of anything.
CLEARLY, FAR = 1.05, 1.5
# Of so many kinds of things a model must know the names before they count as its truth.
FEWEST_KNOWN = 3
# Below the usual confidence: small models are unsure of drawings.
LOOKS_FROM = 0.15
MATCHES_FROM = 0.5
SLOW_SECONDS = 3.0


@dataclass(frozen=True)
class Attempt:
    """One way to feed the model, and what it saw: boxes, those that are right, and the sum of their scores.

    Where the truth is not known, all boxes count as right.
    """

    channel_order: str
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    found: int
    right: int
    score: float


@dataclass(frozen=True)
class Proof:
    """What the self-test gave: the spec to use, what it says of it, and all ways that were tried, the best first.

    `things` is how many objects the picture is known to show, None where nobody knows. `milliseconds` is how long a
    look takes one session on this machine.
    """

    spec: ModelSpec
    verdict: str
    things: int | None
    milliseconds: int
    attempts: tuple[Attempt, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "things": self.things,
            "milliseconds": self.milliseconds,
            "attempts": [asdict(attempt) for attempt in self.attempts],
        }


def prove(
    source: Path | str | bytes, spec: ModelSpec, *, photo: Picture | None = None, fixed: Iterable[str] = ()
) -> Proof:
    """Look at the photo, or else at the reference picture, in every usual way to feed pixels.

    Fields named in `fixed` stay as they are. Raises ModelRefused for a model that does not run.
    """
    picture = reference_picture() if photo is None else photo
    truth = known_things(spec) if photo is None else []
    attempts, seconds = [], []
    with open_detector(source, spec) as detector:
        # The first look of a session takes longer than all others.
        detector.detect(picture)
        for way in [spec, *_others(spec, frozenset(fixed))]:
            began = time.perf_counter()
            attempts.append((way, _attempt(detector.fed(way), picture, truth)))
            seconds.append(time.perf_counter() - began)
            # Somebody waits for this: a slow model that sees something is not asked again and again.
            if seconds[0] > SLOW_SECONDS and attempts[0][1].right:
                break
    best = _best(attempts, CLEARLY if truth else FAR)
    ordered = sorted((attempt for _, attempt in attempts), key=lambda attempt: -attempt.score)
    chosen = next(attempt for way, attempt in attempts if way is best)
    took = max(1, round(statistics.median(seconds) * 1000))
    return Proof(best, _verdict(chosen), len(truth) or None, took, tuple(ordered))


def known_things(spec: ModelSpec) -> list[Thing]:
    """The objects of the reference picture, where the model knows the names of enough of them."""
    known = [thing for thing in THINGS if thing.name in spec.class_names]
    return known if len({thing.name for thing in known}) >= FEWEST_KNOWN else []


def _others(spec: ModelSpec, fixed: frozenset[str]) -> list[ModelSpec]:
    """The other usual ways that leave alone what is fixed."""
    orders = ("BGR", "RGB")
    ranges = ((1.0, PLAIN), (1 / 255, PLAIN), (1 / 255, IMAGENET))
    if spec.element == "UINT8":
        ranges = ((spec.scale, (spec.mean, spec.std)),)  # type: ignore[assignment]
    own = _feed(spec)
    found = []
    for order in orders:
        for scale, (mean, std) in (*ranges, (spec.scale, (spec.mean, spec.std))):
            way = replace(spec, channel_order=order, scale=scale, mean=mean, std=std)
            feed = _feed(way)
            keeps = all(feed[field] == own[field] for field in fixed if field in feed)
            if keeps and feed != own and way not in found:
                found.append(way)
    return found


def _feed(spec: ModelSpec) -> Mapping[str, Any]:
    return {field: getattr(spec, field) for field in FEED}


def _attempt(detector: Detector, picture: Picture, truth: list[Thing]) -> Attempt:
    spec = detector.spec
    seen = detector.detect(picture, confidence=min(LOOKS_FROM, spec.confidence), iou=spec.iou)
    if (seen.scores > 1).any():
        raise ModelRefused(
            "unexpected_output",
            "The model's scores are not between 0 and 1. Export it with its last sigmoid.",
        )
    right = _matched(seen, spec, truth) if truth else seen.scores.astype(np.float64).tolist()
    score = round(float(sum(right[:MOST_BOXES])), 4)
    return Attempt(spec.channel_order, spec.scale, spec.mean, spec.std, len(seen), len(right), score)


def _matched(seen: Detections, spec: ModelSpec, truth: list[Thing]) -> list[float]:
    """The score of the surest right box of each thing that has one."""
    found = []
    for thing in truth:
        box = np.asarray(thing.box)
        corners = np.minimum(seen.boxes[:, 2:], box[2:]) - np.maximum(seen.boxes[:, :2], box[:2])
        shared = np.prod(np.clip(corners, 0, None), axis=1)
        union = np.prod(seen.boxes[:, 2:] - seen.boxes[:, :2], axis=1) + np.prod(box[2:] - box[:2]) - shared
        is_right = (seen.class_ids == spec.class_names.index(thing.name)) & (shared >= MATCHES_FROM * union)
        if is_right.any():
            found.append(float(seen.scores[is_right].max()))
    return found


def _best(attempts: list[tuple[ModelSpec, Attempt]], clearly: float) -> ModelSpec:
    """The first way, unless another sees clearly better and not too much."""
    spec, own = attempts[0]
    sound = [(way, attempt) for way, attempt in attempts if attempt.found <= MOST_BOXES]
    if not sound:
        return spec
    way, best = max(sound, key=lambda pair: pair[1].score)
    return way if own.found > MOST_BOXES or best.score > own.score * clearly else spec


def _verdict(attempt: Attempt) -> str:
    if attempt.found > MOST_BOXES:
        return TOO_MANY
    return PLAUSIBLE if attempt.right else NOTHING
