"""Cars, trucks, containers and cranes."""

import numpy as np

from datasets.harbour.brush import Color, Item, Part, Solid
from datasets.harbour.outlines import GLASS, bar, block, jittered, parts, rounded, tinted

PAINTS: tuple[Color, ...] = (
    (224, 226, 228), (236, 236, 234), (168, 172, 176), (112, 116, 122), (44, 46, 50), (52, 56, 62),
    (146, 38, 36), (34, 62, 112), (60, 92, 132), (186, 178, 160), (54, 84, 64),
)  # fmt: skip
LINERS: tuple[Color, ...] = (
    (168, 180, 188), (202, 96, 38), (196, 154, 72), (46, 104, 72), (36, 78, 138), (142, 42, 40),
    (214, 216, 214), (108, 62, 44), (58, 126, 150), (92, 96, 102),
)  # fmt: skip
STEEL: tuple[Color, ...] = ((52, 96, 158), (176, 52, 44), (214, 168, 52), (198, 204, 208), (62, 128, 108))
CONTAINER_WIDTH, CONTAINER_HEIGHT = 2.44, 2.6
CAR_LEVEL, CRANE_LEVEL = 0.5, 40.0


def car(dice: np.random.Generator, u: float, v: float, heading: float) -> Item:
    length, width = dice.uniform(4.0, 4.9), dice.uniform(1.75, 1.95)
    paint = jittered(dice, PAINTS[dice.integers(len(PAINTS))])
    is_van = dice.random() < 0.18
    roof_length, roof_at = (0.62, -0.12) if is_van else (0.34, -0.07)
    shapes = parts(
        (rounded(length, width, 0.45), paint),
        (rounded(length * (roof_length + 0.2), width * 0.84, 0.3, roof_at * length), GLASS),
        (rounded(length * roof_length, width * 0.78, 0.2, roof_at * length), tinted(paint, 1.08)),
        (block(0.12, width * 0.7, length * 0.47), tinted(paint, 1.25)),
    )
    body = Solid(rounded(length, width, 0.45), 2.0 if is_van else 1.5)
    return Item("car", u, v, heading, shapes, (body,), CAR_LEVEL)


def truck(dice: np.random.Generator, u: float, v: float, heading: float) -> Item:
    """A tractor with a box, a container or an empty flatbed behind."""
    length = dice.uniform(12.5, 16.5)
    cab = jittered(dice, PAINTS[dice.integers(len(PAINTS))])
    load, kind = length - 3.0, dice.random()
    cab_at = length / 2 - 1.1
    shapes = [
        *parts((block(length - 1.0, 0.9, -0.4), (48, 48, 50))),
        *parts((rounded(2.2, 2.4, 0.25, cab_at), cab), (block(0.4, 2.1, cab_at + 0.75), GLASS)),
        *parts((block(0.9, 1.9, cab_at - 0.35), tinted(cab, 1.12))),
    ]
    at = -length / 2 + load / 2
    if kind < 0.4:
        shapes += box_top(dice, load, jittered(dice, LINERS[dice.integers(len(LINERS))]), at)
    elif kind < 0.85:
        cover = jittered(dice, (216, 218, 220), 0.2)
        shapes += parts((block(load, 2.55, at), cover), (block(load - 0.5, 2.2, at), tinted(cover, 1.05)))
    else:
        shapes += parts((block(load, 2.5, at), (116, 108, 96)), (block(load, 0.2, at), (92, 86, 78)))
    solids = (Solid(block(2.2, 2.4, cab_at), 3.2), Solid(block(load, 2.5, at), 1.3 if kind >= 0.85 else 3.9))
    return Item("truck", u, v, heading, tuple(shapes), solids, 1.0)


def container(
    dice: np.random.Generator,
    u: float,
    v: float,
    heading: float,
    length: float,
    tiers: int,
    base: float = 0.0,
) -> Item:
    """The top of a stack of `tiers`; `base` is the height of the deck it stands on."""
    color = jittered(dice, LINERS[dice.integers(len(LINERS))])
    shapes = box_top(dice, length, tinted(color, 0.94 + 0.03 * tiers), 0.0)
    top = base + tiers * CONTAINER_HEIGHT
    solid = Solid(block(length, CONTAINER_WIDTH), top, base)
    return Item("container", u, v, heading, tuple(shapes), (solid,), 2.0 + top)


def box_top(dice: np.random.Generator, length: float, color: Color, x: float) -> list[Part]:
    """A container's roof: frame, ribs across, sometimes a liner's stripe."""
    ribs = np.arange(-length / 2 + 0.5, length / 2 - 0.3, 0.61)
    shapes = [*parts((block(length, CONTAINER_WIDTH, x), tinted(color, 0.72)))]
    shapes += parts((block(length - 0.3, CONTAINER_WIDTH - 0.3, x), color))
    shapes += [
        Part(block(0.2, CONTAINER_WIDTH - 0.5, x + rib), tinted(color, 0.86 if at % 2 else 1.1))
        for at, rib in enumerate(ribs)
    ]
    if dice.random() < 0.2:
        shapes += parts(
            (block(length * 0.3, 0.9, x + length * dice.uniform(-0.25, 0.25)), tinted(color, 1.35))
        )
    return shapes


def crane(dice: np.random.Generator, u: float, v: float, rails: tuple[float, float], reach: float) -> Item:
    """A ship-to-shore gantry whose boom lies across the quay: ahead is the water."""
    near, far = rails
    color = jittered(dice, STEEL[dice.integers(len(STEEL))])
    dark, light = tinted(color, 0.7), tinted(color, 1.15)
    half, back = dice.uniform(8.0, 10.5), far - dice.uniform(12, 18)
    boom = dice.uniform(2.6, 3.4)
    legs = [block(1.6, 1.6, x, y) for x in (near, far) for y in (-half, half)]
    shapes = [Part(leg, dark) for leg in legs]
    shapes += [Part(bar((x, -half - 1), (x, half + 1), 1.9), color) for x in (near, far)]
    shapes += [Part(bar((far, y), (near, y), 1.1), dark) for y in (-half, half)]
    shapes += [Part(bar((back, y), (reach, y), 0.9), light) for y in (-boom, boom)]
    rungs = np.arange(back, reach, 4.0)
    shapes += [
        Part(bar((x, -boom if at % 2 else boom), (x + 4.0, boom if at % 2 else -boom), 0.35), color)
        for at, x in enumerate(rungs[:-1])
    ]
    shapes += [Part(bar((x, -boom), (x, boom), 0.4), color) for x in (*rungs, reach)]
    house = (far + near) / 2 - dice.uniform(2, 7)
    shapes += parts((block(10, 7.5, house), (226, 228, 228)), (block(8.6, 6.2, house), (206, 208, 210)))
    trolley = dice.uniform(near + 4, reach - 4)
    shapes += parts((block(4.6, 5.4, trolley), (70, 74, 80)), (block(2.4, 2.4, trolley, 1.2), (238, 196, 64)))
    high = [bar((back, y), (reach, y), 1.0) for y in (-boom, boom)] + [block(10, 7.5, house)]
    tall = [Solid(beam, 34, 31) for beam in high] + [Solid(leg, 31) for leg in legs]
    tall += [Solid(bar((x, -half - 1), (x, half + 1), 1.9), 32, 29) for x in (near, far)]
    return Item("crane", u, v, np.pi / 2, tuple(shapes), tuple(tall), CRANE_LEVEL)
