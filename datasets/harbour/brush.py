"""Drawing on a large picture: smooth polygons, shadows, and who owns which pixel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

Points = npt.NDArray[np.float64]
Color = tuple[int, int, int]
Pixels = npt.NDArray[np.uint8]
Window = tuple[int, int, int, int]

# Polygons are drawn this much larger and reduced, so that slanted edges are smooth.
FINE, COARSE, LARGE = 3, 2, 700


@dataclass(frozen=True)
class Part:
    """A filled polygon: points in metres about the middle of its item."""

    points: Points
    color: Color


@dataclass(frozen=True)
class Solid:
    """What throws a shadow: a polygon that stands from `bottom` to `top` metres."""

    points: Points
    top: float
    bottom: float = 0.0


@dataclass(frozen=True)
class Item:
    """Something to draw at `u`, `v` metres of the port, turned by `heading`; `name` is empty for scenery.

    `level` orders the drawing: what is higher comes later and throws its shadow on what is there.
    """

    name: str
    u: float
    v: float
    heading: float
    parts: tuple[Part, ...]
    solids: tuple[Solid, ...] = ()
    level: float = 0.0
    wake: float = 0.0


@dataclass(frozen=True)
class Frame:
    """From metres of the port to pixels: turned by `angle`, `ppm` pixels a metre, origin at `middle`."""

    middle: tuple[float, float]
    angle: float
    ppm: float

    def place(self, item: Item, points: Points) -> Points:
        return self.at(turned(points, item.heading) + np.array((item.u, item.v)))

    def at(self, points: Points) -> Points:
        return turned(points, self.angle) * self.ppm + self.middle


@dataclass
class Sheet:
    """The picture under the brush; `owner` says which item (from 1) shows in each pixel."""

    pixels: Pixels
    owner: npt.NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        self.owner = np.zeros(self.pixels.shape[:2], np.int32)

    @property
    def size(self) -> tuple[int, int]:
        return self.pixels.shape[1], self.pixels.shape[0]


def turned(points: Points, angle: float) -> Points:
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]])


def window_of(points: Points, margin: float = 2.0) -> Window:
    """left, top, right, bottom in whole pixels around the points."""
    low, high = np.floor(points.min(axis=0) - margin), np.ceil(points.max(axis=0) + margin)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def cut(window: Window, size: tuple[int, int]) -> Window | None:
    """The part of a window that lies in the picture; None where there is none."""
    left, top, right, bottom = window
    inside = max(0, left), max(0, top), min(size[0], right), min(size[1], bottom)
    return inside if inside[0] < inside[2] and inside[1] < inside[3] else None


def paint(sheet: Sheet, shapes: Sequence[tuple[Points, Color]], owner: int) -> tuple[int, int]:
    """Draw polygons (pixels of the picture) over one another.

    Returns how many pixels they fill in the picture, and how many they would fill in an endless one.
    """
    window = window_of(np.concatenate([points for points, _ in shapes]))
    stamp = _stamp(shapes, window)
    solid = stamp[:, :, 3] > 127
    inside = cut(window, sheet.size)
    if inside is None:
        return 0, int(np.count_nonzero(solid))
    area = np.s_[inside[1] : inside[3], inside[0] : inside[2]]
    _blend(sheet.pixels[area], _part(stamp, window, inside))
    seen = _part(solid, window, inside)
    if owner:
        sheet.owner[area][seen] = owner
    return int(np.count_nonzero(seen)), int(np.count_nonzero(solid))


def shade(sheet: Sheet, mask: Pixels, window: Window, strength: float, *, bodies_only: bool) -> None:
    """Darken by a shadow mask (0 to 255); shadows are bluish, for the sky still lights them."""
    inside = cut(window, sheet.size)
    if inside is None:
        return
    area = np.s_[inside[1] : inside[3], inside[0] : inside[2]]
    depth = _part(mask, window, inside).astype(np.float32) * (strength / 255)
    if bodies_only:
        depth = depth * (sheet.owner[area] > 0)
    tint = np.array([1.0, 0.96, 0.86], np.float32)
    sheet.pixels[area] = (sheet.pixels[area] * (1 - depth[:, :, None] * tint)).astype(np.uint8)


def shadow(frame: Frame, item: Item, throw: Points) -> tuple[Pixels, Window]:
    """The mask of an item's shadow; `throw` is how far, in pixels, a metre of height throws it."""
    polygons: list[Points] = []
    for solid in item.solids:
        base = frame.place(item, solid.points)
        polygons += swept(base + throw * solid.bottom, base + throw * solid.top)
    window = window_of(np.concatenate(polygons), margin=6)
    image = Image.new("L", (window[2] - window[0], window[3] - window[1]))
    draw = ImageDraw.Draw(image)
    for polygon in polygons:
        draw.polygon(_flat(polygon - window[:2]), fill=255)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(1.2))), window


def swept(low: Points, high: Points) -> list[Points]:
    """What a polygon covers on its way from one place to another."""
    sides = [
        np.array([low[at], low[after], high[after], high[at]])
        for at, after in ((at, (at + 1) % len(low)) for at in range(len(low)))
    ]
    return [low, high, *sides]


def fill(draw: ImageDraw.ImageDraw, points: Points, value: Color | int) -> None:
    draw.polygon(_flat(points), fill=value)


def _stamp(shapes: Iterable[tuple[Points, Color]], window: Window) -> Pixels:
    width, height = window[2] - window[0], window[3] - window[1]
    factor = FINE if max(width, height) < LARGE else COARSE
    image = Image.new("RGBA", (width * factor, height * factor))
    draw = ImageDraw.Draw(image)
    for points, color in shapes:
        # A pixel's middle is its place: the larger drawing is read back by areas.
        draw.polygon(_flat((points - window[:2]) * factor - 0.5), fill=(*color, 255))
    return np.asarray(image.reduce(factor))


def _blend(under: Pixels, over: Pixels) -> None:
    alpha = over[:, :, 3:].astype(np.uint16)
    mixed = over[:, :, :3] * alpha + under * (255 - alpha)
    under[:] = (mixed + 127) // 255


def _part(stamp: npt.NDArray, window: Window, inside: Window) -> npt.NDArray:
    return stamp[inside[1] - window[1] : inside[3] - window[1], inside[0] - window[0] : inside[2] - window[0]]


def _flat(points: Points) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in points]
