"""Ships and boats, each with what stands on its deck."""

import numpy as np

from datasets.harbour.brush import Color, Item, Part, Solid
from datasets.harbour.outlines import (
    GLASS,
    bar,
    block,
    disc,
    hull,
    jittered,
    parts,
    rounded,
    shrunk,
    tinted,
)
from datasets.harbour.vehicles import container

HULLS: tuple[Color, ...] = (
    (122, 44, 38),
    (38, 48, 60),
    (52, 82, 70),
    (78, 84, 92),
    (30, 56, 96),
    (66, 52, 44),
)
DECKS: tuple[Color, ...] = ((134, 66, 52), (96, 116, 102), (132, 134, 132), (148, 118, 92), (84, 104, 122))
WHITES: tuple[Color, ...] = ((240, 242, 242), (228, 232, 234), (246, 242, 232), (214, 222, 228))
GELCOATS: tuple[Color, ...] = (*WHITES, *WHITES, (40, 66, 104), (168, 60, 52), (222, 186, 92), (70, 122, 118))
SHIP_LEVEL = 1.6
HULL_HEIGHT, BRIDGE_HEIGHT = 8.0, 22.0
Deck = tuple[list[Part], list[Solid]]


def ship(
    dice: np.random.Generator, u: float, v: float, heading: float, length: float, *, wake: float = 0.0
) -> Item:
    """A bulk carrier, a tanker or a ferry."""
    beam = beam_of(dice, length)
    kind = dice.choice(["bulk", "tanker", "ferry"], p=[0.45, 0.3, 0.25])
    dress = {"bulk": _bulk, "tanker": _tanker, "ferry": _ferry}[kind]
    shapes, solids = _hulled(dice, length, beam, is_white=kind == "ferry")
    deck, standing = dress(dice, length, beam)
    return _afloat("ship", u, v, heading, (*shapes, *deck), (*solids, *standing), wake)


def container_ship(
    dice: np.random.Generator, u: float, v: float, heading: float, length: float
) -> list[Item]:
    """The ship and the containers on its deck, which are things of their own."""
    beam = beam_of(dice, length)
    shapes, solids = _hulled(dice, length, beam, is_white=False)
    house = -length * dice.uniform(0.26, 0.34)
    bridge, standing = _bridge(dice, beam, house)
    vessel = _afloat("ship", u, v, heading, (*shapes, *bridge), (*solids, *standing), 0.0)
    rows = int((beam - 2.4) // 3.0)
    bays = [x for x in np.arange(-length * 0.44, length * 0.30, 14.0) if abs(x - house) > 13]
    cargo = []
    for bay in bays:
        full, tiers = dice.uniform(0.35, 1.0), int(dice.integers(1, 4))
        for row in range(rows):
            if dice.random() < full:
                y = (row - (rows - 1) / 2) * 3.0
                x, along = (
                    np.cos(heading) * bay - np.sin(heading) * y,
                    np.sin(heading) * bay + np.cos(heading) * y,
                )
                cargo.append(container(dice, u + x, v + along, heading, 12.19, tiers, HULL_HEIGHT))
    return [vessel, *cargo]


def beam_of(dice: np.random.Generator, length: float) -> float:
    return float(length / dice.uniform(5.6, 7.2))


def boat(
    dice: np.random.Generator, u: float, v: float, heading: float, length: float, wake: float = 0.0
) -> Item:
    """A motor boat, a sailing yacht, a fishing boat or a tug."""
    if length > 19:
        return _workboat(dice, u, v, heading, length, wake)
    kind = dice.random()
    if kind < 0.45:
        return _motor_boat(dice, u, v, heading, length, wake)
    return (
        _yacht(dice, u, v, heading, length, wake)
        if kind < 0.8
        else _workboat(dice, u, v, heading, length, wake)
    )


def _motor_boat(
    dice: np.random.Generator, u: float, v: float, heading: float, length: float, wake: float
) -> Item:
    color = jittered(dice, GELCOATS[dice.integers(len(GELCOATS))])
    beam = length * dice.uniform(0.3, 0.36)
    outline = hull(length, beam, bow=0.45, stern=0.05)
    seat = jittered(dice, (152, 116, 84), 0.3)
    shapes = parts(
        (outline, tinted(color, 0.82)),
        (shrunk(outline, 0.25), color),
        (rounded(length * 0.34, beam * 0.66, 0.3, -length * 0.24), seat),
        (rounded(length * 0.3, beam * 0.7, 0.4, length * 0.06), GLASS),
        (rounded(length * 0.2, beam * 0.6, 0.3, length * 0.02), tinted(color, 1.04)),
    )
    solids = (Solid(outline, 1.2), Solid(block(length * 0.3, beam * 0.6), 2.4))
    return _afloat("boat", u, v, heading, shapes, solids, wake)


def _yacht(dice: np.random.Generator, u: float, v: float, heading: float, length: float, wake: float) -> Item:
    color = jittered(dice, WHITES[dice.integers(len(WHITES))])
    beam = length * dice.uniform(0.27, 0.32)
    outline = hull(length, beam, bow=0.6, stern=0.2)
    teak = jittered(dice, (176, 138, 98), 0.3)
    shapes = parts(
        (outline, tinted(color, 0.84)),
        (shrunk(outline, 0.2), color),
        (rounded(length * 0.26, beam * 0.5, 0.3, -length * 0.26), teak),
        (rounded(length * 0.3, beam * 0.42, 0.3, length * 0.08), tinted(color, 0.9)),
        (bar((-length * 0.34, 0), (length * 0.12, 0), 0.22), (90, 96, 120)),
        (bar((-length * 0.3, 0), (length * 0.1, 0), 0.12), (236, 236, 236)),
        (disc(0.2, length * 0.12), (60, 60, 64)),
    )
    mast = Solid(disc(0.12, length * 0.12, sides=8), length * 1.2)
    return _afloat("boat", u, v, heading, shapes, (Solid(outline, 1.2), mast), wake)


def _workboat(
    dice: np.random.Generator, u: float, v: float, heading: float, length: float, wake: float
) -> Item:
    color = jittered(dice, HULLS[dice.integers(len(HULLS))])
    deck = jittered(dice, DECKS[dice.integers(len(DECKS))])
    beam = length * dice.uniform(0.32, 0.38)
    outline = hull(length, beam, bow=0.34, stern=0.1, blunt=0.12)
    house = length * dice.uniform(0.04, 0.2)
    white = WHITES[dice.integers(len(WHITES))]
    shapes = parts(
        (outline, color),
        (shrunk(outline, 0.45), deck),
        (rounded(length * 0.3, beam * 0.62, 0.4, house), tinted(white, 0.88)),
        (rounded(length * 0.2, beam * 0.52, 0.3, house + length * 0.02), white),
        (block(length * 0.03, beam * 0.5, house + length * 0.12), GLASS),
        (disc(beam * 0.1, house - length * 0.1), (206, 118, 46)),
        (bar((-length * 0.42, -beam * 0.2), (-length * 0.42, beam * 0.2), 0.3), tinted(color, 0.6)),
    )
    solids = (Solid(outline, 2.0), Solid(block(length * 0.3, beam * 0.6, house), 6.0))
    return _afloat("boat", u, v, heading, shapes, solids, wake)


def _afloat(
    name: str,
    u: float,
    v: float,
    heading: float,
    shapes: tuple[Part, ...],
    solids: tuple[Solid, ...],
    wake: float,
) -> Item:
    return Item(name, u, v, heading, shapes, solids, SHIP_LEVEL, wake)


def _hulled(dice: np.random.Generator, length: float, beam: float, *, is_white: bool) -> Deck:
    color = jittered(dice, WHITES[0] if is_white else HULLS[dice.integers(len(HULLS))])
    deck = jittered(dice, DECKS[dice.integers(len(DECKS))])
    outline = hull(length, beam, bow=dice.uniform(0.12, 0.2), stern=0.06)
    inner = shrunk(outline, 0.9)
    shapes = parts((outline, tinted(color, 0.9)), (shrunk(outline, 0.35), tinted(color, 1.15)), (inner, deck))
    shapes += parts(
        (disc(beam * 0.06, length * 0.44, beam * 0.1), (60, 60, 60)),
        (disc(beam * 0.06, length * 0.44, -beam * 0.1), (60, 60, 60)),
        (bar((length * 0.42, -beam * 0.16), (length * 0.42, beam * 0.16), 0.5), tinted(deck, 0.6)),
    )
    return list(shapes), [Solid(outline, HULL_HEIGHT)]


def _bridge(dice: np.random.Generator, beam: float, at: float) -> Deck:
    """The white house across the deck, with wings, windows and a funnel behind it."""
    white = jittered(dice, WHITES[dice.integers(len(WHITES))])
    deep = dice.uniform(9, 13)
    funnel = jittered(dice, HULLS[dice.integers(len(HULLS))])
    shapes = parts(
        (block(deep, beam * 0.86, at), tinted(white, 0.82)),
        (block(deep * 0.7, beam * 0.72, at), white),
        (block(3.2, beam * 0.98, at + deep * 0.3), tinted(white, 0.94)),
        (block(0.9, beam * 0.8, at + deep * 0.42), GLASS),
        (block(5.0, beam * 0.24, at - deep * 0.62), funnel),
        (block(2.6, beam * 0.14, at - deep * 0.62), (40, 38, 38)),
    )
    solids = [
        Solid(block(deep, beam * 0.86, at), BRIDGE_HEIGHT, HULL_HEIGHT),
        Solid(block(5.0, beam * 0.24, at - deep * 0.62), BRIDGE_HEIGHT + 6, HULL_HEIGHT),
    ]
    return list(shapes), solids


def _bulk(dice: np.random.Generator, length: float, beam: float) -> Deck:
    """Hatches along the deck, with cranes between them on some ships."""
    house = -length * 0.39
    shapes, solids = _bridge(dice, beam, house)
    cover = jittered(dice, (150, 92, 66) if dice.random() < 0.5 else (128, 138, 140))
    count = int(np.clip(round(length / 30), 2, 7))
    step = length * 0.72 / count
    geared = dice.random() < 0.6
    for number in range(count):
        x = -length * 0.29 + step * (number + 0.5)
        shapes += parts(
            (block(step * 0.78, beam * 0.62, x), tinted(cover, 0.7)),
            (block(step * 0.72, beam * 0.56, x), cover),
            (bar((x, -beam * 0.28), (x, beam * 0.28), 0.5), tinted(cover, 0.8)),
        )
        if geared and number:
            post, swing = x - step * 0.5, dice.uniform(-0.5, 0.5)
            end = post + step * 0.8 * np.cos(swing), step * 0.8 * np.sin(swing)
            shapes += parts((disc(1.5, post), (222, 190, 82)), (bar((post, 0), end, 1.0), (226, 196, 92)))
            solids.append(Solid(bar((post, 0), end, 1.0), 19, 17))
    return shapes, solids


def _tanker(dice: np.random.Generator, length: float, beam: float) -> Deck:
    """Pipes along the middle, a manifold across, a catwalk."""
    shapes, solids = _bridge(dice, beam, -length * 0.38)
    pipe = jittered(dice, (176, 172, 160), 0.2)
    for y in np.linspace(-0.08, 0.08, 4) * beam:
        shapes += parts(
            (bar((-length * 0.28, y), (length * 0.4, y), 0.5), tinted(pipe, dice.uniform(0.7, 1.1)))
        )
    for x in np.linspace(-0.2, 0.34, int(dice.integers(4, 8))) * length:
        shapes += parts((bar((x, -beam * 0.42), (x, beam * 0.42), 0.35), tinted(pipe, 0.75)))
        shapes += parts(
            (disc(1.1, x + 3, beam * 0.25), tinted(pipe, 0.6)),
            (disc(1.1, x + 3, -beam * 0.25), tinted(pipe, 0.6)),
        )
    middle = length * dice.uniform(-0.02, 0.08)
    shapes += parts((block(6, beam * 0.8, middle), tinted(pipe, 0.82)))
    shapes += [Part(bar((middle + x, -beam * 0.4), (middle + x, beam * 0.4), 0.5), pipe) for x in (-2, 0, 2)]
    return shapes, solids


def _ferry(dice: np.random.Generator, length: float, beam: float) -> Deck:
    """Long white decks, lifeboats along the sides, a funnel, a sun deck."""
    white = WHITES[dice.integers(len(WHITES))]
    stripe = jittered(dice, HULLS[dice.integers(len(HULLS))])
    middle = -length * 0.03
    shapes = [*parts((rounded(length * 0.74, beam * 0.84, 2.0, middle), tinted(white, 0.86)))]
    shapes += parts((rounded(length * 0.62, beam * 0.66, 1.5, middle), white))
    shapes += parts((rounded(length * 0.2, beam * 0.5, 1.0, -length * 0.26), tinted(stripe, 1.5)))
    shapes += parts((block(2.0, beam * 0.8, length * 0.27), GLASS))
    for x in np.arange(-length * 0.2, length * 0.2, 9.0):
        for y in (-beam * 0.39, beam * 0.39):
            shapes += parts((rounded(6.0, 2.0, 0.9, x, y), (224, 116, 48)))
    shapes += parts(
        (block(8, beam * 0.3, -length * 0.12), stripe), (block(4, beam * 0.18, -length * 0.12), (36, 36, 38))
    )
    solids = [Solid(rounded(length * 0.74, beam * 0.84, 2.0, middle), BRIDGE_HEIGHT, HULL_HEIGHT)]
    return shapes, [*solids, Solid(block(8, beam * 0.3, -length * 0.12), BRIDGE_HEIGHT + 8, HULL_HEIGHT)]
