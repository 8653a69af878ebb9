"""Polygons that the port's things are made of, in metres about their own middle; x is ahead."""

import numpy as np

from datasets.harbour.brush import Color, Part, Points

GLASS: Color = (38, 46, 56)


def block(length: float, width: float, x: float = 0.0, y: float = 0.0) -> Points:
    """A rectangle about x, y."""
    return np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]) * (length, width) + (x, y)


def rounded(length: float, width: float, radius: float, x: float = 0.0, y: float = 0.0) -> Points:
    """A rectangle whose corners are cut by quarter circles."""
    turn = np.linspace(0, np.pi / 2, 4)
    arc = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius
    corners = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    rows = []
    for at, (across, down) in enumerate(corners):
        quarter = arc[:: 1 if at % 2 == 0 else -1] * (across, down)
        rows.append(quarter + np.array((across * (length / 2 - radius), down * (width / 2 - radius))))
    return np.concatenate(rows) + np.array((x, y))


def disc(radius: float, x: float = 0.0, y: float = 0.0, sides: int = 20) -> Points:
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    return np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius + (x, y)


def bar(start: tuple[float, float], end: tuple[float, float], width: float) -> Points:
    """A straight line of some width."""
    low, high = np.array(start), np.array(end)
    along = (high - low) / max(1e-9, float(np.hypot(*(high - low))))
    aside = np.array([-along[1], along[0]]) * (width / 2)
    return np.array([low - aside, high - aside, high + aside, low + aside])


def hull(length: float, beam: float, *, bow: float, stern: float, blunt: float = 0.0) -> Points:
    """A ship from above: `bow` and `stern` are the shares of the length that taper, `blunt` the bow's width."""
    run = np.linspace(0, 1, 9)
    half = beam / 2
    front = length / 2 - bow * length
    ahead = np.stack([front + run * bow * length, half * (blunt + (1 - blunt) * (1 - run**2.1))], axis=1)
    back = -length / 2 + stern * length
    astern = np.stack([back - run * stern * length, half * (1 - 0.28 * run**2)], axis=1)
    side = np.concatenate([astern[::-1], ahead])
    return np.concatenate([side, side[::-1] * (1, -1)])


def shrunk(points: Points, by: float) -> Points:
    """The outline drawn in by about that many metres on every side."""
    reach = (points.max(axis=0) - points.min(axis=0)) / 2
    return points * np.maximum(0.1, 1 - by / np.maximum(reach, 1e-9))


def tinted(color: Color, factor: float) -> Color:
    red, green, blue = (int(min(255, max(0, value * factor))) for value in color)
    return red, green, blue


def jittered(dice: np.random.Generator, color: Color, spread: float = 0.1) -> Color:
    """The colour as the weather left it."""
    shift = dice.normal(0, spread * 18, 3) + dice.normal(0, spread * 70)
    red, green, blue = (int(value) for value in np.clip(np.array(color) + shift, 8, 250))
    return red, green, blue


def parts(*shapes: tuple[Points, Color]) -> tuple[Part, ...]:
    return tuple(Part(points, color) for points, color in shapes)
