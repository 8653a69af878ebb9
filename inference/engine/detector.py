"""The detector: an opened model that turns pictures into detections."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from inference.engine.detections import Detections
from inference.engine.errors import ImageRefused
from inference.engine.graph import read_model
from inference.engine.heads import head_named
from inference.engine.leftovers import FLOOR, MOST, leftovers_of
from inference.engine.letterbox import Floats32, Picture, planes_for, to_tensor
from inference.engine.protocols import Head
from inference.engine.providers import CPU
from inference.engine.sessions import Sessions
from inference.engine.slicing import Slicing, Tile, merge, place
from inference.engine.spec import DEFAULT_CONFIDENCE, DEFAULT_IOU, ModelSpec
from inference.engine.suppression import suppress

ShouldStop = Callable[[], bool]
# What is kept of one tile, and what is left over.
Part = tuple[Detections, Detections]
Look = Callable[[Tile], Part]
Result = tuple[int, Part]


@dataclass(frozen=True)
class Way:
    """How to look at a picture. Raises ValueError for settings out of range.

    `thresholds` are confidences of single classes by their numbers, in place of the common one. `spares` asks for
    the leftovers too: scores from 0.05 up to the confidence.
    """

    confidence: float = DEFAULT_CONFIDENCE
    iou: float = DEFAULT_IOU
    slicing: Slicing | None = None
    spares: bool = False
    thresholds: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_share("confidence", self.confidence)
        _check_share("iou", self.iou)
        for share in self.thresholds.values():
            _check_share("a threshold", share)

    @property
    def lowest(self) -> float:
        """The confidence below which no class is kept."""
        return min(self.confidence, *self.thresholds.values()) if self.thresholds else self.confidence

    @property
    def highest(self) -> float:
        """The confidence above which every class is kept."""
        return max(self.confidence, *self.thresholds.values()) if self.thresholds else self.confidence

    def sure(self, found: Detections) -> npt.NDArray[np.bool_]:
        """Which boxes reach the confidence of their class."""
        limits = np.full(len(found), self.confidence, np.float32)
        for class_id, share in self.thresholds.items():
            limits[found.class_ids == class_id] = share
        return found.scores >= limits


@dataclass(frozen=True)
class TileSeen:
    """One finished tile: the how manieth of how many, where it is, and its own boxes, which are not joined yet."""

    done: int
    total: int
    tile: Tile
    found: Detections


OnTile = Callable[[TileSeen], None]


@dataclass(frozen=True)
class Sight:
    """What was seen, best first: boxes to keep, and leftovers that none of them shows already.

    `looked` of `tiles` were looked at: fewer than all where the caller asked to stop.
    """

    kept: Detections
    leftovers: Detections
    looked: int = 1
    tiles: int = 1


def open_detector(
    source: Path | str | bytes,
    spec: ModelSpec,
    *,
    sessions: int = 1,
    threads: int = 1,
    provider: str = CPU,
) -> Detector:
    """Open a model from its file or its bytes, with as many sessions as cores are given to it.

    Raises ModelRefused when the file is unsafe, does not load, or does not fit the spec.
    """
    # Our threads are the parallelism: OpenCV's own would fight them for the same cores.
    cv2.setNumThreads(1)
    head = head_named(spec.head)
    opened = Sessions(read_model(source), spec, head, count=sessions, threads=threads, provider=provider)
    return Detector(spec, head, opened)


class Detector:
    """Finds objects in pictures. Safe to use from several threads; close it, or use it in a with block."""

    def __init__(self, spec: ModelSpec, head: Head, sessions: Sessions) -> None:
        self.spec = spec
        self._head = head
        self._sessions = sessions
        self._threads = ThreadPoolExecutor(sessions.count, "detector")
        self._rooms = threading.local()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def fed(self, spec: ModelSpec) -> Detector:
        """The same open model, its pixels fed as another spec says. It needs no closing of its own."""
        return Detector(spec, self._head, self._sessions)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def detect(
        self,
        image: Picture,
        *,
        confidence: float = DEFAULT_CONFIDENCE,
        iou: float = DEFAULT_IOU,
        slicing: Slicing | None = None,
        on_tile: OnTile | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Detections:
        """Boxes of an upright BGR picture, best first, in its pixels and inside it.

        `on_tile` hears in the calling thread of every finished tile. Once `should_stop()` holds no other tile is
        begun, and the boxes are those of the finished ones. Raises ValueError for settings out of range.
        """
        way = Way(confidence, iou, slicing)
        return self.see(image, way, on_tile=on_tile, should_stop=should_stop).kept

    def see(
        self,
        image: Picture,
        way: Way,
        *,
        on_tile: OnTile | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Sight:
        """As `detect`, with the leftovers of the same pass where the way asks for them.

        What is kept does not depend on whether leftovers are asked for.
        """
        _check_picture(image)
        height, width = image.shape[:2]
        whole, slicing = (0, 0, width, height), way.slicing
        tiles = slicing.tiles(width, height) if slicing else [whole]
        if slicing and slicing.full_image and len(tiles) > 1:
            tiles.append(whole)
        results = self._results(partial(self._look, image, way), tiles)
        parts = _followed(results, tiles, on_tile, should_stop)
        found = Detections.concat(kept for kept, _ in parts)
        if slicing:
            found = merge(found, slicing, confidence=way.lowest)
        found = found.clipped(width, height)
        spare = Detections.concat(spare for _, spare in parts).clipped(width, height)
        leftovers = leftovers_of(spare, found, iou=way.iou, slicing=slicing)
        return Sight(found, leftovers, looked=len(parts), tiles=len(tiles))

    def _results(self, look: Look, tiles: list[Tile]) -> Generator[Result]:
        """Tiles and what was seen in them, as they get ready; closing it drops the tiles not begun."""
        if len(tiles) == 1 or self._sessions.count == 1:
            yield from ((number, look(tile)) for number, tile in enumerate(tiles))
            return
        numbers = {self._threads.submit(look, tile): number for number, tile in enumerate(tiles)}
        try:
            for future in as_completed(numbers):
                yield numbers[future], future.result()
        finally:
            for future in numbers:
                future.cancel()

    def _planes(self) -> Floats32:
        """Room for one picture's planes, the same for all tiles of a thread, which looks at one after the other."""
        known = getattr(self._rooms, "planes", None)
        if known is None:
            known = self._rooms.planes = planes_for(self.spec)
        return known

    def _look(self, image: Picture, way: Way, tile: Tile) -> Part:
        """One tile from pixels to boxes: the work of one thread."""
        x, y, width, height = tile
        tensor, placement = to_tensor(image[y : y + height, x : x + width], self.spec, self._planes())
        outputs = self._sessions.run(tensor)

        def read(confidence: float) -> Detections:
            candidates = self._head.decode(outputs, self.spec, confidence)
            return suppress(candidates, way.iou) if self._head.repeats else candidates.by_score()

        def sure() -> Detections:
            found = read(way.lowest)
            return found.take(way.sure(found)) if way.thresholds else found

        def placed(found: Detections) -> Detections:
            boxes = placement.undo(found.boxes)
            return place(replace(found, boxes=boxes), tile, image.shape[1], image.shape[0])

        kept = placed(sure())
        if not way.spares or way.highest <= FLOOR:
            return kept, Detections.empty()
        # Read a second time, so that what is kept has never met what is left over.
        low = read(FLOOR)
        return kept, placed(low.take(~way.sure(low)).top(MOST))


def _followed(
    results: Generator[Result], tiles: list[Tile], on_tile: OnTile | None, should_stop: ShouldStop | None
) -> list[Part]:
    """The parts of the finished tiles in the order of the tiles, telling and asking the caller after each."""
    parts: dict[int, Part] = {}
    with closing(results):
        while len(parts) < len(tiles) and not (should_stop and should_stop()):
            number, part = next(results)
            parts[number] = part
            if on_tile:
                on_tile(TileSeen(len(parts), len(tiles), tiles[number], part[0]))
    return [parts[number] for number in sorted(parts)]


def _check_picture(image: Picture) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ImageRefused("bad_picture", "A picture must be height x width x 3 bytes in BGR order.")


def _check_share(name: str, value: float) -> None:
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise ValueError(f"{name} must be between 0 and 1.")
