"""The reference picture: drawn here, with things that every detector of everyday objects has learnt to see.

Their colours matter: fed with red and blue exchanged or in another range, a model sees fewer of them, and is
less sure. So the picture tells how a model wants its pixels, which no graph says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from inference.engine.letterbox import Picture

WIDTH, HEIGHT = 960, 640
# Drawn larger and shrunk, so that edges are as soft as those of a photo.
SCALE = 2
GRAIN = 4.0
HORIZON = 415
Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True)
class Thing:
    """One object of the picture: its COCO name and x1, y1, x2, y2 in pixels."""

    name: str
    box: tuple[float, float, float, float]


THINGS = (
    Thing("stop sign", (62, 82, 238, 258)),
    Thing("traffic light", (440, 60, 525, 295)),
    Thing("clock", (655, 85, 865, 295)),
    *(Thing("orange", (x - 50, 470, x + 50, 571)) for x in (80, 190, 300)),
    Thing("banana", (394, 482, 606, 554)),
    *(Thing("apple", (x - 46, 468, x + 46, 572)) for x in (690, 790)),
)


@lru_cache(maxsize=1)
def reference_picture() -> Picture:
    """Height x width x 3 bytes in BGR order, the same every time; not to be written to."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE))
    pen = _Pen(ImageDraw.Draw(image))
    _ground(pen)
    _stop_sign(pen, 150, 170)
    _traffic_light(pen, 440, 60)
    _clock(pen, 760, 190)
    for x in (80, 190, 300):
        _ball(pen, (x, 520), 48, (248, 140, 15))
    _banana(pen, (500, 470), 105)
    for x in (690, 790):
        _ball(pen, (x, 525), 46, (200, 30, 30))
        pen.line([(x - 8, 488), (x + 2, 468)], (80, 50, 20), 5)
    small = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(0.6))
    pixels = np.asarray(small, np.float32)[:, :, ::-1]
    grainy = pixels + np.random.default_rng(1).normal(0, GRAIN, pixels.shape)
    picture = np.clip(grainy, 0, 255).astype(np.uint8)
    picture.flags.writeable = False
    return picture


class _Pen:
    """Draws in pixels of the finished picture."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self._draw = draw

    def box(
        self, left: float, top: float, right: float, bottom: float, fill: Colour, round_by: float = 0
    ) -> None:
        frame = _scaled([(left, top), (right, bottom)])
        self._draw.rounded_rectangle(frame, round_by * SCALE, fill=fill)

    def disc(self, centre: Point, radius: float, fill: Colour) -> None:
        (x, y), reach = centre, radius
        self._draw.ellipse(_scaled([(x - reach, y - reach), (x + reach, y + reach)]), fill=fill)

    def shape(self, corners: list[Point], fill: Colour) -> None:
        self._draw.polygon(_scaled(corners), fill=fill)

    def line(self, points: list[Point], fill: Colour, width: float) -> None:
        self._draw.line(_scaled(points), fill=fill, width=round(width * SCALE))

    def word(self, centre: Point, text: str, fill: Colour, size: float) -> None:
        font = ImageFont.load_default(size=size * SCALE)
        self._draw.text(_scaled([centre])[0], text, font=font, fill=fill, anchor="mm")


def _scaled(points: list[Point]) -> list[Point]:
    return [(x * SCALE, y * SCALE) for x, y in points]


def _around(centre: Point, radius: float, degrees: float) -> Point:
    angle = math.radians(degrees)
    return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)


def _ground(pen: _Pen) -> None:
    """A sky that pales towards the horizon, and a table."""
    for y in range(HORIZON):
        share = y / HEIGHT
        pen.box(0, y, WIDTH, y + 1, (int(120 + 90 * share), int(170 + 50 * share), int(225 + 10 * share)))
    pen.box(0, HORIZON, WIDTH, HEIGHT, (150, 120, 92))


def _stop_sign(pen: _Pen, x: float, y: float) -> None:
    pen.box(x - 7, y, x + 7, HORIZON, (130, 130, 135))
    for radius, colour in ((95.0, (250, 250, 250)), (88.0, (190, 25, 35))):
        pen.shape([_around((x, y), radius, 22.5 + 45 * side) for side in range(8)], colour)
    pen.word((x, y), "STOP", (255, 255, 255), 62)


def _traffic_light(pen: _Pen, x: float, y: float) -> None:
    pen.box(x + 35, y + 230, x + 50, HORIZON, (60, 60, 62))
    pen.box(x, y, x + 85, y + 235, (28, 30, 32), round_by=14)
    for number, colour in enumerate(((255, 50, 40), (70, 58, 15), (15, 60, 30))):
        centre = (x + 42, y + 45 + 72 * number)
        pen.disc(centre, 33, (10, 10, 10))
        pen.disc(centre, 27, colour)


def _clock(pen: _Pen, x: float, y: float) -> None:
    pen.disc((x, y), 105, (30, 30, 34))
    pen.disc((x, y), 94, (248, 246, 240))
    for hour in range(1, 13):
        pen.word(_around((x, y), 78, hour * 30 - 90), str(hour), (20, 20, 20), 24)
    for degrees, length, width in ((-60, 47, 9), (60, 68, 6)):
        pen.line([(x, y), _around((x, y), length, degrees)], (15, 15, 15), width)


def _ball(pen: _Pen, centre: Point, radius: int, colour: Colour) -> None:
    """Darker at its rim, lit from the upper left."""
    for step in range(radius * SCALE, 0, -1):
        size, share = step / SCALE, 1 - step / (radius * SCALE)
        lit = (centre[0] - share * radius * 0.25, centre[1] - share * radius * 0.3)
        pen.disc(lit, size, _shade(colour, 0.62 + 0.5 * share))


def _banana(pen: _Pen, centre: Point, radius: float) -> None:
    """A bow of discs, thin at its ends, in three shades from the outside to the middle."""
    colour, steps = (250, 215, 60), 60
    for layer, (width, shade) in enumerate(((24.0, 0.75), (18.0, 0.92), (10.0, 1.05))):
        for step in range(steps + 1):
            from_middle = abs(step / steps - 0.5) * 2
            x, y = _bow(centre, radius, 20 + 140 * step / steps)
            thick = width * (1 - from_middle**3 * 0.85) * radius / 100
            pen.disc((x, y - layer * 2), thick, _shade(colour, shade))
    for degrees in (20, 160):
        pen.disc(_bow(centre, radius, degrees), 6, (90, 70, 25))


def _bow(centre: Point, radius: float, degrees: float) -> Point:
    angle = math.radians(degrees)
    return centre[0] + radius * math.cos(angle), centre[1] + radius * 0.55 * math.sin(angle)


def _shade(colour: Colour, by: float) -> Colour:
    red, green, blue = (int(min(255, value * by)) for value in colour)
    return red, green, blue
