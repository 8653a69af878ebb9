"""Asking the engine: in limited children of this process that belong to one model, or in the detector service.

A model is somebody else's program: its children serve no other model, so one that takes its child over
sees the pictures it was asked about and nothing more. What comes back is checked before it is used.
"""

import math
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.conf import settings

from inference.asking import ModelFails, bad_answer
from inference.client.choice import engine_for
from inference.client.engines import Engine, Looked, ModelFile
from inference.engine.proof import NOTHING, PLAUSIBLE, TOO_MANY
from inference.engine.spec import ModelSpec
from inference.model_files import local_model
from inference.models import DetectorModel
from inference.options import DetectOptions, Region
from inference.wire import EDGE, FAR
from modelship.lib.limited import Limits, Listener

# What a child may say that it found.
SHAPES = {"box": "box", "tag": "tag"}
VERDICTS = {verdict: verdict for verdict in (PLAUSIBLE, NOTHING, TOO_MANY)}
MOST_LEFTOVERS = 300
# What reading an answer of the wrong form raises.
BAD_ANSWERS = (KeyError, TypeError, ValueError, OverflowError)
# How often a self-test looks at its picture at most.
LOOKS = 8


@dataclass(frozen=True)
class Found:
    """One object: its class by the model's name, and where it is in pixels of the upright original.

    `shape` is "tag" where the class is said of the picture as a whole.
    """

    class_name: str
    score: float
    x: float
    y: float
    w: float
    h: float
    slice: list[int] | None
    shape: str = "box"


@dataclass(frozen=True)
class Seen:
    """What a model saw in one picture, best first. `beyond` counts what was more than a picture may hold.

    `leftovers` are the boxes that it was not sure enough of, at most MOST_LEFTOVERS. `looked` of its `slices` were
    looked at, fewer than all where somebody stopped it.
    """

    width: int
    height: int
    found: list[Found]
    beyond: int
    milliseconds: int
    leftovers: list[Found] = field(default_factory=list)
    looked: int = 1
    slices: int = 1

    @property
    def is_whole(self) -> bool:
        return self.looked == self.slices


@dataclass(frozen=True)
class SliceSeen:
    """What a model saw in one slice [x, y, width, height], the `done`th of `total`; not yet joined with the others."""

    done: int
    total: int
    window: list[int]
    found: list[Found]


@dataclass(frozen=True)
class Ear:
    """Who hears of each slice as it is finished, and may want no more of them: what was found by then is kept."""

    on_slice: Callable[[SliceSeen], None]
    should_stop: Callable[[], bool] = lambda: False


class Detection:
    """An installed model, ready to look at pictures; close it, or use it in a with block.

    `lanes` pictures are looked at side by side, each with `sessions` tiles at once. Safe from several
    threads. The children start with the first pictures and keep the model open; pictures of another `group`
    never meet them.
    """

    def __init__(self, model: DetectorModel, *, lanes: int = 1, sessions: int = 1, group: str = "") -> None:
        self.model = model
        self.sessions = sessions
        self._names = frozenset(model.class_names)
        file = ModelFile(model.sha256, partial(local_model, model.sha256))
        self._engine = engine_for(file, lanes=lanes, group=group)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def held_bytes(self) -> int:
        """What its children take of this machine's memory."""
        return self._engine.held_bytes

    def close(self) -> None:
        """End at once, also in the middle of a picture."""
        self._engine.close()

    def look(
        self,
        image_path: str | Path,
        options: DetectOptions,
        region: Region | None = None,
        ear: Ear | None = None,
    ) -> Seen:
        """Look at an image file, or at a region of it. The ear hears in this thread.

        Raises ModelFails, OutOfLimits, Unavailable while all lanes are busy or the service is away, and other
        Problems for what is wrong with the picture.
        """
        began = time.monotonic()
        asked = {
            **options.as_args(),
            "region": region,
            "spares": True,
            "sessions": self.sessions,
            "provider": settings.MODELSHIP_INFERENCE_PROVIDER,
            "max_pixels": settings.MODELSHIP_MAX_PIXELS,
        }
        answer = self._engine.detect(
            Looked(os.fspath(image_path), self.model.spec, asked),
            limits_for(settings.MODELSHIP_DETECT_SECONDS, self.sessions),
            None if ear is None else self._listener(ear),
        )
        return checked(answer, self._names, round((time.monotonic() - began) * 1000))

    def _listener(self, ear: Ear) -> Listener:
        return Listener(lambda part: ear.on_slice(checked_slice(part, self._names)), ear.should_stop)


def examined(path: str, sha256: str) -> Engine:
    """The engine for a model file that nobody trusts, in a child that is used for nothing else; close it."""
    return engine_for(ModelFile(sha256, lambda: Path(path)))


def examine(engine: Engine) -> ModelSpec:
    """What the engine finds in a model file; raises Problems in words for its owner."""
    found = engine.inspect(limits_for(settings.MODELSHIP_MODEL_TEST_SECONDS))
    try:
        return ModelSpec.from_dict(found)
    except ValueError as error:
        raise ModelFails("The model could not be inspected. Export it again.", code="bad_answer") from error


def is_trainable(engine: Engine) -> bool:
    """Whether training can go on from a model file that was examined before."""
    return engine.is_trainable(limits_for(settings.MODELSHIP_MODEL_TEST_SECONDS))


def try_out(engine: Engine, spec: ModelSpec) -> None:
    """Run the model once on an empty picture; raises Problems for one that crashes, hangs or does not fit."""
    engine.try_out(spec.to_dict(), limits_for(settings.MODELSHIP_MODEL_TEST_SECONDS))


@dataclass(frozen=True)
class Proven:
    """The spec that sees best, and the engine's Proof as plain values."""

    spec: ModelSpec
    proof: dict[str, Any]

    @property
    def is_plausible(self) -> bool:
        return self.proof.get("verdict") == PLAUSIBLE


def prove(
    engine: Engine, spec: ModelSpec, *, photo: str | Path | None = None, fixed: Iterable[str] = ()
) -> Proven:
    """Let a detector look at a photo, or at the reference picture, in every usual way that leaves `fixed` alone.

    Raises Problems as `try_out`, and for what is wrong with the photo.
    """
    told = engine.prove(
        spec.to_dict(),
        None if photo is None else os.fspath(photo),
        sorted(fixed),
        settings.MODELSHIP_MAX_PIXELS,
        limits_for(settings.MODELSHIP_MODEL_TEST_SECONDS * LOOKS),
    )
    try:
        found, verdict = ModelSpec.from_dict(told["spec"]), VERDICTS[told["verdict"]]
        attempts = [_attempt(attempt) for attempt in told["attempts"]]
        things = None if told["things"] is None else int(told["things"])
        took = max(1, int(told["milliseconds"]))
    except BAD_ANSWERS as error:
        raise bad_answer() from error
    seen = "reference" if photo is None else "photo"
    facts = {"verdict": verdict, "picture": seen, "things": things, "milliseconds": took}
    return Proven(found, {**facts, "attempts": attempts})


def _attempt(told: dict[str, Any]) -> dict[str, Any]:
    """What a child says of one look; raises ValueError for what can't be kept as JSON."""
    numbers = {name: float(told[name]) for name in ("scale", "score")}
    numbers |= {name: int(told[name]) for name in ("found", "right")}
    triples = {name: [float(value) for value in told[name]] for name in ("mean", "std")}
    if not all(map(math.isfinite, [*numbers.values(), *triples["mean"], *triples["std"]])):
        raise ValueError("out of range")
    return {"channel_order": str(told["channel_order"]), **triples, **numbers}


def limits_for(seconds: float, sessions: int = 1) -> Limits:
    return Limits(
        memory_bytes=settings.MODELSHIP_DETECT_MEMORY_BYTES,
        cpu_seconds=seconds * sessions,
        wall_seconds=seconds,
    )


def checked(answer: Any, names: Iterable[str], milliseconds: int) -> Seen:
    """The answer of a child as values that can be trusted to be in range; raises ModelFails otherwise."""
    try:
        width, height = int(answer["width"]), int(answer["height"])
        most, known = settings.MODELSHIP_MAX_BOXES, frozenset(names)
        shape = SHAPES[answer["shape"]]
        found = [_found(row, width, height, known, shape) for row in _rows(answer)]
        leftovers = [_found(row, width, height, known, shape) for row in _rows(answer["leftovers"])]
        looked, slices = int(answer["looked"]), int(answer["tiles"])
        if not 0 <= looked <= slices:
            raise ValueError("out of range")
    except BAD_ANSWERS as error:
        raise bad_answer() from error
    beyond, leftovers = max(0, len(found) - most), leftovers[:MOST_LEFTOVERS]
    return Seen(width, height, found[:most], beyond, milliseconds, leftovers, looked, slices)


def checked_slice(part: Any, names: frozenset[str]) -> SliceSeen:
    """What a child says of a slice, as `checked` does. Its boxes lie inside the slice's picture, whatever its size."""
    try:
        done, total, window = int(part["done"]), int(part["total"]), _window(part["tile"])
        if not 0 < done <= total:
            raise ValueError("out of range")
        found = [_found(row, FAR, FAR, names, "box") for row in _rows(part)]
    except BAD_ANSWERS as error:
        raise bad_answer() from error
    return SliceSeen(done, total, window, found[: settings.MODELSHIP_MAX_BOXES])


Row = tuple[Any, Any, Any, Any]


def _rows(answer: Any) -> Iterable[Row]:
    return zip(answer["boxes"], answer["scores"], answer["class_names"], answer["slices"], strict=True)


def _found(row: Row, width: int, height: int, names: frozenset[str], shape: str) -> Found:
    corners, score, name, tile = row
    left, top, right, bottom = (float(side) for side in corners)
    inside = -EDGE <= left < right <= width + EDGE and -EDGE <= top < bottom <= height + EDGE
    # Comparisons with what is not a number are false, so this refuses NaN and infinities too.
    if not inside or not 0 <= float(score) <= 1 or name not in names:
        raise ValueError("out of range")
    window = None if tile is None else _window(tile)
    return Found(name, float(score), left, top, right - left, bottom - top, window, shape)


def _window(sides: Any) -> list[int]:
    """x, y, width and height; raises ValueError for anything else."""
    window = [int(side) for side in sides]
    if len(window) != 4:
        raise ValueError("out of range")
    return window
