"""Aerial views of a small harbour, drawn from a seed: the same seed gives the same bytes."""

import io
import math
import random
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = (1280, 960)
# Drawn at twice the size and reduced, so that slanted edges are smooth.
FACTOR = 2
HULLS = [(236, 239, 241), (207, 216, 220), (255, 204, 128), (178, 58, 53), (38, 70, 83), (247, 250, 252)]
CARGO = [(178, 58, 53), (38, 84, 124), (219, 150, 44), (67, 120, 82), (120, 126, 132)]


@dataclass(frozen=True)
class Thing:
    """What was drawn where: x, y, w, h in pixels of the picture."""

    name: str
    x: float
    y: float
    w: float
    h: float


def draw_scene(seed: int) -> tuple[bytes, list[Thing]]:
    """A JPEG and the exact boxes of its boats and containers."""
    dice = random.Random(seed)  # noqa: S311 - pictures, not secrets
    image = _water(dice)
    quay = round(SIZE[1] * dice.uniform(0.22, 0.34))
    draw = ImageDraw.Draw(image)
    _quay(draw, quay, dice)
    things = _containers(draw, quay, dice) + _boats(image, quay, dice)
    small = image.resize(SIZE, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=90)
    return out.getvalue(), things


def _water(dice: random.Random) -> Image.Image:
    """Blue-green noise in two scales: swell and glitter."""
    width, height = SIZE[0] * FACTOR, SIZE[1] * FACTOR
    base = Image.new("RGB", (width, height), (31, 82 + dice.randrange(12), 104 + dice.randrange(14)))
    for cells, strength in ((24, 26), (160, 14)):
        noise = Image.frombytes("L", (cells, cells), dice.randbytes(cells * cells))
        swell = noise.resize((width, height), Image.Resampling.BICUBIC)
        shade = swell.point(lambda value, most=strength: value * most // 255)
        base = ImageChops.add(base, Image.merge("RGB", (shade, shade, shade)))
    return base


def _quay(draw: ImageDraw.ImageDraw, quay: int, dice: random.Random) -> None:
    width = SIZE[0] * FACTOR
    draw.rectangle((0, 0, width, quay * FACTOR), fill=(150, 148, 142))
    draw.rectangle((0, quay * FACTOR - 14, width, quay * FACTOR), fill=(98, 96, 92))
    for x in range(0, width, 150):
        draw.line((x, 0, x, quay * FACTOR - 14), fill=(139, 137, 131), width=2)
    for x in range(40 + dice.randrange(60), width, 220):
        draw.ellipse((x, quay * FACTOR - 34, x + 14, quay * FACTOR - 20), fill=(60, 60, 58))


def _containers(draw: ImageDraw.ImageDraw, quay: int, dice: random.Random) -> list[Thing]:
    """Rows of boxes on the quay, each with a shadow to the lower right."""
    found = []
    for row in range(24, quay - 70, 52):
        x = 30 + dice.randrange(80)
        while x < SIZE[0] - 110:
            if dice.random() < 0.62:
                found.append(_container(draw, x, row, dice.choice(CARGO)))
            x += 96 + dice.randrange(30)
    return found


def _container(draw: ImageDraw.ImageDraw, x: int, y: int, color: tuple[int, int, int]) -> Thing:
    w, h = 84, 34
    left, top, right, bottom = (value * FACTOR for value in (x, y, x + w, y + h))
    draw.rectangle((left + 12, top + 12, right + 12, bottom + 12), fill=(92, 90, 87))
    draw.rectangle((left, top, right, bottom), fill=color)
    darker = tuple(max(0, value - 26) for value in color)
    for rib in range(left + 12, right, 16):
        draw.line((rib, top + 4, rib, bottom - 4), fill=darker, width=3)
    return Thing("container", x, y, w, h)


def _boats(image: Image.Image, quay: int, dice: random.Random) -> list[Thing]:
    """Boats of many sizes that keep clear of each other and of the quay."""
    found: list[Thing] = []
    for _ in range(200):
        if len(found) >= 5 + dice.randrange(6):
            break
        length = dice.choice((34, 46, 60, 84, 120, 170)) * dice.uniform(0.9, 1.1)
        reach = length * 0.8
        x = dice.uniform(reach, SIZE[0] - reach)
        y = dice.uniform(quay + reach, SIZE[1] - reach)
        if all(
            math.dist((x, y), (t.x + t.w / 2, t.y + t.h / 2)) > reach + max(t.w, t.h) * 0.8 for t in found
        ):
            found.append(_boat(image, (x, y), length, dice))
    return found


def _boat(image: Image.Image, middle: tuple[float, float], length: float, dice: random.Random) -> Thing:
    angle, beam, color = dice.uniform(0, math.tau), length * 0.3, dice.choice(HULLS)
    hull = [(-0.5, -0.42), (0.12, -0.5), (0.5, 0.0), (0.12, 0.5), (-0.5, 0.42)]
    _wake(image, middle, length, angle)
    draw = ImageDraw.Draw(image)
    shadow = _turned(hull, (middle[0] + length * 0.05, middle[1] + length * 0.06), (length, beam), angle)
    draw.polygon(shadow, fill=(20, 52, 68))
    outline = _turned(hull, middle, (length, beam), angle)
    draw.polygon(outline, fill=color)
    deck = [(-0.42, -0.26), (-0.06, -0.3), (-0.06, 0.3), (-0.42, 0.26)]
    draw.polygon(_turned(deck, middle, (length, beam), angle), fill=tuple(value * 3 // 4 for value in color))
    xs, ys = [p[0] / FACTOR for p in outline], [p[1] / FACTOR for p in outline]
    return Thing("boat", min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def _wake(image: Image.Image, middle: tuple[float, float], length: float, angle: float) -> None:
    foam = Image.new("L", image.size)
    trail = [(-0.45, -0.3), (-0.45, 0.3), (-1.5, 1.1), (-1.25, 0.0), (-1.5, -1.1)]
    ImageDraw.Draw(foam).polygon(_turned(trail, middle, (length, length * 0.3), angle), fill=90)
    image.paste((214, 228, 232), mask=foam.filter(ImageFilter.GaussianBlur(length / 9)))


def _turned(
    shape: list[tuple[float, float]], middle: tuple[float, float], size: tuple[float, float], angle: float
) -> list[tuple[float, float]]:
    """`shape` in units of `size`, turned about `middle`, in pixels of the large drawing."""
    cos, sin = math.cos(angle), math.sin(angle)
    points = [(px * size[0], py * size[1]) for px, py in shape]
    return [
        ((middle[0] + x * cos - y * sin) * FACTOR, (middle[1] + x * sin + y * cos) * FACTOR)
        for x, y in points
    ]
