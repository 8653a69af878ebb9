"""The data side: whole pictures come from a source, training inputs are views of them.

Every batch has its own random generator, made from the seed and the batch's number: the same number gives the
same batch, whatever was asked for before and from whichever thread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from inference.training.augment import coloured, turned, worn
from inference.training.framing import PAD, View, framed, kept, whole

Picture = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

# How often another view is looked for when one shows nothing.
ATTEMPTS = 8
Example = tuple[Picture, Boxes, Ids]


class Source(Protocol):
    """Whole pictures with all their boxes."""

    def __len__(self) -> int: ...

    def picture(self, index: int) -> Example:
        """BGR bytes [H, W, 3], corners [N, 4] in its pixels, and class numbers [N]."""


@dataclass(frozen=True)
class Batch:
    """Pixels [N, side, side, 3], and the boxes of all views in one list, each with its view's number."""

    pixels: Picture
    boxes: Boxes
    class_ids: Ids
    views: Ids

    def parts(self, count: int) -> list[Batch]:
        """The same views in at most `count` batches, as equal as can be."""
        cuts = np.array_split(np.arange(len(self.pixels)), min(count, len(self.pixels)))
        return [self._part(cut[0], cut[-1] + 1) for cut in cuts]

    def _part(self, first: int, end: int) -> Batch:
        inside = (self.views >= first) & (self.views < end)
        return Batch(
            self.pixels[first:end], self.boxes[inside], self.class_ids[inside], self.views[inside] - first
        )


@dataclass(frozen=True)
class ViewOptions:
    """How views are taken: scales are picture pixels per input pixel; shares are of all views."""

    scales: tuple[float, float] = (0.7, 2.5)
    whole_share: float = 0.25
    mosaic_share: float = 0.1
    # Windows that are laid around a box of a class drawn by lot, so that rare classes are seen as often.
    aimed_share: float = 0.3
    empty_share: float = 0.1
    # Windows hang over the picture's edge by at most this share of their side.
    overhang: float = 0.1
    # Boxes with less of their area, or fewer pixels on their smaller side, than this are not asked for.
    least_area: float = 0.3
    least_side: float = 3.0
    turns: bool = True
    colours: bool = True
    wear: float = 0.15


class Views:
    """Batches of training inputs from a source. Safe to use from several threads where the source is."""

    def __init__(self, source: Source, *, seed: int = 0, options: ViewOptions | None = None) -> None:
        """Raises ValueError for a source without pictures."""
        if len(source) == 0:
            raise ValueError("The source has no pictures. Add at least one picture with boxes.")
        # Our threads are the parallelism: OpenCV's own would fight PyTorch's for the same cores.
        cv2.setNumThreads(1)
        self.source = source
        self.seed = seed
        self.options = options or ViewOptions()

    def batch(self, number: int, count: int, side: int) -> Batch:
        """The batch of that number: `count` square views with that side."""
        random = np.random.default_rng((self.seed, number))
        views = [self.view(random, side) for _ in range(count)]
        return Batch(
            np.stack([view.pixels for view in views]),
            np.concatenate([view.boxes for view in views]),
            np.concatenate([view.class_ids for view in views]),
            np.repeat(np.arange(count), [len(view.boxes) for view in views]),
        )

    def view(self, random: np.random.Generator, side: int) -> View:
        """One input: mostly a window, sometimes the whole picture or a mosaic, seldom without any box."""
        may_be_empty = random.random() < self.options.empty_share
        for _ in range(1 if may_be_empty else ATTEMPTS):
            view = self._any_view(random, side)
            if len(view.boxes):
                break
        if self.options.colours:
            view = View(coloured(view.pixels, random), view.boxes, view.class_ids)
        if random.random() < self.options.wear:
            view = View(worn(view.pixels, random), view.boxes, view.class_ids)
        return view

    def _any_view(self, random: np.random.Generator, side: int) -> View:
        kind = random.random()
        if kind < self.options.whole_share:
            return self._whole(random, side)
        if kind < self.options.whole_share + self.options.mosaic_share:
            return self._mosaic(random, side)
        return self._turned(self._window(random, side, side), random)

    def _whole(self, random: np.random.Generator, side: int) -> View:
        """The picture as the engine sees it when it does not slice."""
        view = whole(*self._picture(random), side)
        view = self._turned(self._kept(view), random)
        pixels = np.full((side, side, 3), PAD, np.uint8)
        pixels[: view.pixels.shape[0], : view.pixels.shape[1]] = view.pixels
        return View(pixels, view.boxes, view.class_ids)

    def _window(self, random: np.random.Generator, width: int, height: int) -> View:
        """A window of a random picture at a random scale, anywhere in it and a little over its edges."""
        pixels, boxes, class_ids = self._picture(random)
        low, high = self.options.scales
        scale = math.exp(random.uniform(math.log(low), math.log(high)))
        if len(boxes) and random.random() < self.options.aimed_share:
            aim = aimed(random, boxes, class_ids)
            scale = max(scale, float((aim[2:] - aim[:2]).max()) / min(width, height))
            corner = self._around(random, aim, width * scale, height * scale)
        else:
            corner = (
                self._start(random, pixels.shape[1], width * scale),
                self._start(random, pixels.shape[0], height * scale),
            )
        return self._kept(framed(pixels, boxes, class_ids, corner, scale, (width, height)))

    def _around(
        self, random: np.random.Generator, box: npt.NDArray[np.float32], width: float, height: float
    ) -> tuple[int, int]:
        """The corner of a window of that size about the box, which is seldom in its middle."""
        across, down = (box[:2] + box[2:]) / 2 + random.uniform(-0.3, 0.3, 2) * (width, height)
        return round(across - width / 2), round(down - height / 2)

    def _start(self, random: np.random.Generator, extent: int, side: float) -> int:
        slack = self.options.overhang * side
        return round(random.uniform(min(0.0, extent - side) - slack, max(0.0, extent - side) + slack))

    def _mosaic(self, random: np.random.Generator, side: int) -> View:
        """Four windows that meet at a random place."""
        across, down = (int(side * share) for share in random.uniform(0.3, 0.7, 2))
        pixels = np.empty((side, side, 3), np.uint8)
        boxes, class_ids = [], []
        for x, width in ((0, across), (across, side - across)):
            for y, height in ((0, down), (down, side - down)):
                part = self._window(random, width, height)
                pixels[y : y + height, x : x + width] = part.pixels
                boxes.append(part.boxes + np.array([x, y, x, y], np.float32))
                class_ids.append(part.class_ids)
        return self._turned(View(pixels, np.concatenate(boxes), np.concatenate(class_ids)), random)

    def _picture(self, random: np.random.Generator) -> Example:
        return self.source.picture(int(random.integers(len(self.source))))

    def _kept(self, view: View) -> View:
        return kept(view, least_area=self.options.least_area, least_side=self.options.least_side)

    def _turned(self, view: View, random: np.random.Generator) -> View:
        return turned(view, random) if self.options.turns else view


def aimed(random: np.random.Generator, boxes: Boxes, class_ids: Ids) -> npt.NDArray[np.float32]:
    """One of the boxes: the class by lot among those that are there, then the box among the class's."""
    chosen = random.choice(np.unique(class_ids))
    return boxes[random.choice(np.flatnonzero(class_ids == chosen))]
