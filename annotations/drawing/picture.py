"""Boxes drawn onto a picture so that people can read them at any size.

Each line has two tones, so that one of them stands out on any ground. Accepted boxes are solid,
proposals dashed, rejected ones left out. Boxes are drawn from the back to the front, on one level the
small ones last, on top of large ones. Tags, which lie nowhere, are listed in a corner.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw
from PIL.Image import Resampling

from annotations.drawing.plates import LabelStyle, Plate, Plates, contrast, tag_of
from annotations.geometry import VISIBLE, Geometry, corners

# Below this a label has no room; such pictures are enlarged.
LEGIBLE_SIDE = 384
SMALLEST_SIDE = 3.0
# Among more boxes than this only those of that share of the picture are named: labels would hide the rest.
CROWD, LARGE_IN_CROWD = 100, 0.08
QUALITY = 90

Pixel = tuple[float, float]
Rectangle = tuple[float, float, float, float]


class DrawnBox(NamedTuple):
    """What is drawn of a box, in pixels of the upright original. `number` stands for an unwritable name."""

    shape: str
    x: float
    y: float
    w: float
    h: float
    rotation: float
    points: Sequence[Sequence[float]]
    state: str
    score: float | None
    name: str
    number: int
    color: str
    z: int = 0
    # Pairs of keypoints, counted from 0, that a line joins.
    edges: Sequence[Sequence[int]] = ()


class Scale(NamedTuple):
    """Original pixels to drawn ones, and the width of lines that fits the drawn size."""

    across: float
    down: float
    line: int

    def of(self, x: float, y: float) -> Pixel:
        return x * self.across, y * self.down


def draw_file(
    source: str, target: str, boxes: Iterable[Sequence], full_size: tuple[int, int], side: int, name: str
) -> None:
    """Draw on the picture at `source`, whose original has `full_size`, and write it as PNG or JPEG.

    For limited children: boxes are the plain fields of DrawnBox. The file gets no metadata at all.
    """
    with Image.open(source, formats=["JPEG"]) as image:
        image.draft("RGB", (side, side))
        drawn = draw_boxes(image, [DrawnBox(*box) for box in boxes], full_size=full_size, side=side)
    drawn.info.clear()
    options = {"quality": QUALITY, "subsampling": 0} if name == "JPEG" else {"compress_level": 3}
    drawn.save(target, name, **options)


def draw_boxes(
    image: Image.Image,
    boxes: Iterable[DrawnBox],
    *,
    full_size: tuple[int, int] | None = None,
    side: int = 1024,
    labels: bool = True,
) -> Image.Image:
    """A new RGB picture with the boxes on it, its longer side at most `side`.

    `full_size` is the size in which the boxes are measured, where `image` is a smaller rendition. A picture
    too small for labels is enlarged, up to `side`.
    """
    full_size = full_size or image.size
    canvas = _resized(image.convert("RGB"), side)
    style = LabelStyle.for_side(max(canvas.size))
    scale = Scale(canvas.width / full_size[0], canvas.height / full_size[1], style.line)
    draw = ImageDraw.Draw(canvas)
    wanted = [box for box in boxes if box.state != "rejected"]
    tags = [box for box in wanted if box.shape == "tag"]
    shown = sorted((box for box in wanted if box.shape != "tag"), key=lambda box: (box.z, -box.w * box.h))
    for box in shown:
        _draw_shape(draw, box, scale)
    if labels:
        plates = Plates(canvas.size, style)
        captions = plates.listed([(tag_of(tag.name, tag.number, tag.score), tag.color) for tag in tags])
        for plate in [*captions, *_plates(shown, scale, plates)]:
            _draw_plate(draw, plate, style)
    return canvas


def _resized(image: Image.Image, side: int) -> Image.Image:
    longer = max(image.size)
    wanted = min(side, max(longer, LEGIBLE_SIDE))
    if wanted == longer:
        return image.copy()
    factor = wanted / longer
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Resampling.LANCZOS, reducing_gap=3.0)


def _plates(shown: Sequence[DrawnBox], scale: Scale, plates: Plates) -> Iterator[Plate]:
    """The labels that fit: in a crowd the large boxes keep theirs."""
    least = LARGE_IN_CROWD if len(shown) > CROWD else 0.0
    named = [
        box for box in shown if max(box.w * scale.across, box.h * scale.down) >= least * plates.longer_side
    ]
    tagged = [(box, tag_of(box.name, box.number, box.score)) for box in named]
    room = plates.room_for([tag for _, tag in tagged])
    # The smallest boxes have the fewest places for a label, so they choose first.
    for box, tag in reversed(tagged[:room]):
        plate = plates.place(tag, box.color, _frame(box, scale))
        if plate is not None:
            yield plate


def _frame(box: DrawnBox, scale: Scale) -> Rectangle:
    """The upright rectangle around the drawn shape."""
    points = _outline(box, scale)
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across), min(down), max(across), max(down)


def _outline(box: DrawnBox, scale: Scale) -> list[Pixel]:
    if box.shape == "keypoints":
        return [scale.of(x, y) for x, y, v in box.points if v]
    if box.points:
        return [scale.of(x, y) for x, y in box.points]
    return [scale.of(x, y) for x, y in corners(Geometry(box.x, box.y, box.w, box.h, box.rotation))]


def _draw_shape(draw: ImageDraw.ImageDraw, box: DrawnBox, scale: Scale) -> None:
    line, edge, points = _line_width(box, scale), contrast(box.color), _outline(box, scale)
    if box.shape == "point":
        _draw_dot(draw, points[0], scale.line, (box.color, edge))
        return
    if box.shape == "keypoints":
        _draw_keypoints(draw, box, scale, edge)
        return
    if box.shape == "box" and not box.rotation:
        points = _grown(points)
    closed = points if box.shape == "polyline" else [*points, points[0]]
    draw.line(closed, fill=edge, width=line + 2, joint="curve")
    _square_corners(draw, points, line + 2, edge)
    strokes = _dashes(closed, 3.0 * line + 2) if box.state == "proposed" else [closed]
    for stroke in strokes:
        draw.line(stroke, fill=box.color, width=line, joint="curve")
    if box.state != "proposed":
        _square_corners(draw, points, line, box.color)


def _draw_keypoints(draw: ImageDraw.ImageDraw, box: DrawnBox, scale: Scale, edge: str) -> None:
    """The edges of the skeleton between points that are there, then its points: occluded ones are hollow."""
    at = [scale.of(x, y) if v else None for x, y, v in box.points]
    for start, end in box.edges:
        ends = [at[index] for index in (start, end) if index < len(at)]
        line = [place for place in ends if place is not None]
        if len(line) == 2:
            draw.line(line, fill=edge, width=scale.line + 2)
            for stroke in _dashes(line, 3.0 * scale.line + 2) if box.state == "proposed" else [line]:
                draw.line(stroke, fill=box.color, width=scale.line)
    for place, (_, _, v) in zip(at, box.points, strict=True):
        if place is not None:
            colors = (box.color, edge) if v == VISIBLE else (edge, box.color)
            _draw_dot(draw, place, scale.line, colors)


def _line_width(box: DrawnBox, scale: Scale) -> int:
    """Thinner on tiny boxes, which a full line would cover."""
    shorter = min(box.w * scale.across, box.h * scale.down)
    return max(1, min(scale.line, round(shorter / 8)))


def _grown(points: list[Pixel]) -> list[Pixel]:
    """The corners of an upright box, at least a few pixels apart: nothing drawn may be invisible."""
    (left, top), _, (right, bottom), _ = points
    more_w, more_h = max(SMALLEST_SIDE - (right - left), 0) / 2, max(SMALLEST_SIDE - (bottom - top), 0) / 2
    left, right, top, bottom = left - more_w, right + more_w, top - more_h, bottom + more_h
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _square_corners(draw: ImageDraw.ImageDraw, points: Iterable[Pixel], width: int, color: str) -> None:
    """Fill the notches that wide lines leave where they meet."""
    if width < 3:
        return
    half = width / 2 - 0.5
    for x, y in points:
        draw.rectangle((x - half, y - half, x + half, y + half), fill=color)


def _draw_dot(draw: ImageDraw.ImageDraw, at: Pixel, line: int, colors: tuple[str, str]) -> None:
    x, y = at
    for radius, color in ((2 * line + 2, colors[1]), (2 * line, colors[0])):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)


def _dashes(points: Sequence[Pixel], length: float) -> list[list[Pixel]]:
    """Dashes along each edge, with one at either end so that corners stay visible."""
    found = []
    for (ax, ay), (bx, by) in itertools.pairwise(points):
        full = math.hypot(bx - ax, by - ay)
        pieces = max(1, round(full / length)) // 2 * 2 + 1
        for piece in range(0, pieces, 2):
            start, end = piece / pieces, (piece + 1) / pieces
            found.append(
                [
                    (ax + (bx - ax) * start, ay + (by - ay) * start),
                    (ax + (bx - ax) * end, ay + (by - ay) * end),
                ]
            )
    return found


def _draw_plate(draw: ImageDraw.ImageDraw, plate: Plate, style: LabelStyle) -> None:
    left, top, right, bottom = plate.place
    draw.rectangle((left, top, right - 1, bottom - 1), fill=plate.color)
    middle = (left + style.padding, (top + bottom) / 2)
    draw.text(middle, plate.text, fill=contrast(plate.color), font=style.font, anchor="lm")
