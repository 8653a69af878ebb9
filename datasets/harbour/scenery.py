"""What stands about and is nobody's label: sheds, tanks, trees, masts, buoys."""

import numpy as np

from datasets.harbour.brush import Color, Item, Part, Solid
from datasets.harbour.outlines import bar, block, disc, jittered, parts, tinted

ROOFS: tuple[Color, ...] = (
    (168, 172, 174), (142, 148, 152), (186, 182, 172), (120, 92, 82), (96, 112, 128), (198, 200, 200),
)  # fmt: skip


def shed(dice: np.random.Generator, u: float, v: float, length: float, depth: float) -> Item:
    """A warehouse: two slopes, ribs, skylights, vents."""
    roof = jittered(dice, ROOFS[dice.integers(len(ROOFS))])
    shapes = parts(
        (block(length, depth), tinted(roof, 0.7)),
        (block(length - 0.8, depth / 2 - 0.4, 0, -depth / 4), tinted(roof, 1.06)),
        (block(length - 0.8, depth / 2 - 0.4, 0, depth / 4), tinted(roof, 0.9)),
    )
    ribs = np.arange(-length / 2 + 2, length / 2 - 1, 3.0)
    lines = [Part(block(0.18, depth - 1, x), tinted(roof, 0.84)) for x in ribs]
    lights = [
        Part(
            block(1.2, depth * 0.3, x + 1.5, side * depth / 4),
            tinted((196, 208, 214), dice.uniform(0.85, 1.1)),
        )
        for x in ribs[::4]
        for side in (-1, 1)
    ]
    vents = [Part(disc(0.9, x, 0.0, sides=10), tinted(roof, 0.6)) for x in ribs[2::5]]
    solid = Solid(block(length, depth), float(dice.uniform(7, 12)))
    return Item("", u, v, 0.0, (*shapes, *lines, *lights, *vents), (solid,), 12.5)


def tank(dice: np.random.Generator, u: float, v: float, radius: float) -> Item:
    color = jittered(dice, (214, 216, 212), 0.3)
    shapes = parts(
        (disc(radius, sides=40), tinted(color, 0.72)),
        (disc(radius - 0.7, sides=40), color),
        (disc(radius * 0.42, radius * 0.16, radius * 0.16, sides=30), tinted(color, 1.06)),
        (bar((0, 0), (radius, 0), 0.6), tinted(color, 0.8)),
        (disc(0.9, sides=12), tinted(color, 0.6)),
    )
    return Item("", u, v, float(dice.uniform(0, 6)), shapes, (Solid(disc(radius), 11.0),), 12.5)


def tree(dice: np.random.Generator, u: float, v: float) -> Item:
    radius = dice.uniform(1.6, 4.2)
    green = jittered(dice, (58, 84, 46), 0.25)
    blobs: list[Part] = []
    for ring in range(9):
        share = ring / 9
        x, y = dice.normal(0, radius * 0.32, 2)
        blobs += parts(
            (disc(radius * dice.uniform(0.35, 0.7), x, y, sides=11), tinted(green, 0.75 + 0.5 * share))
        )
    crown = Solid(disc(radius, sides=11), 5.0)
    return Item("", u, v, 0.0, (*parts((disc(radius, sides=13), tinted(green, 0.7))), *blobs), (crown,), 3.0)


def mast(dice: np.random.Generator, u: float, v: float) -> Item:
    """A light mast: little to see but its shadow."""
    shapes = parts((disc(0.5, sides=10), (196, 198, 200)), (bar((-1.6, 0), (1.6, 0), 0.4), (214, 216, 216)))
    pole = Solid(disc(0.3, sides=8), float(dice.uniform(16, 24)))
    return Item("", u, v, float(dice.uniform(0, 3)), shapes, (pole,), 25.0)


def buoy(dice: np.random.Generator, u: float, v: float) -> Item:
    color = (196, 60, 44) if dice.random() < 0.5 else (60, 132, 82)
    shapes = parts((disc(1.1, sides=12), tinted(color, 0.7)), (disc(0.7, sides=12), color))
    return Item("", u, v, 0.0, shapes, (Solid(disc(0.8, sides=10), 2.0),), 0.4)
