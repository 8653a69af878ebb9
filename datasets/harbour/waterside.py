"""Out from the quay: berths with ships and cranes, marinas, anchorages, traffic."""

from collections.abc import Callable

import numpy as np

from datasets.harbour import scenery, vehicles, vessels
from datasets.harbour.brush import Item
from datasets.harbour.landside import RAILS
from datasets.harbour.outlines import bar, block, jittered
from datasets.harbour.plan import Plan, Surface

PIER = (150, 138, 120)
MOST_BOATS = 130
Make = Callable[[float, float], Item]


def sea(dice: np.random.Generator, plan: Plan) -> None:
    """Fill the water: first what lies along the edge, then what is anchored or under way."""
    at = plan.extent.left - dice.uniform(0, 60)
    while at < plan.extent.right:
        at = _berth(dice, plan, at) if dice.random() < 0.62 else _marina(dice, plan, at)
    _breakwater(dice, plan)
    _anchored(dice, plan)
    _under_way(dice, plan)


def _berth(dice: np.random.Generator, plan: Plan, at: float) -> float:
    """A ship alongside, maybe with cranes over it."""
    longest = min(230.0, max(60.0, plan.extent.sea * 3.2), max(60.0, plan.extent.width * 0.8))
    length = float(dice.uniform(48, longest))
    middle = at + length / 2 + 8
    heading = 0.0 if dice.random() < 0.5 else np.pi
    reach = _moor(dice, plan, middle, length, heading)
    if length > 90 and dice.random() < 0.8:
        for offset in np.arange(-length * 0.3, length * 0.3, 30.0):
            if dice.random() < 0.55:
                plan.items.append(vehicles.crane(dice, middle + offset, 0.0, RAILS, reach))
    return at + length + dice.uniform(14, 40)


def _moor(dice: np.random.Generator, plan: Plan, u: float, length: float, heading: float) -> float:
    """Returns how far out a crane's boom has to reach."""
    beam = length / 6.2
    v = beam / 2 + 3.5
    if length > 100 and dice.random() < 0.6:
        plan.items += vessels.container_ship(dice, u, v, heading, length)
    else:
        plan.items.append(vessels.ship(dice, u, v, heading, length))
    for step in np.linspace(-0.5, 0.5, max(3, int(length / beam))):
        plan.take(u + step * length, v, beam * 0.8)
    return max(30.0, beam + dice.uniform(6, 14))


def _marina(dice: np.random.Generator, plan: Plan, at: float) -> float:
    """Piers out from the quay with boats on both sides."""
    piers, long = int(dice.integers(1, 4)), min(plan.extent.sea * 0.8, dice.uniform(40, 120))
    if long < 25:
        return at + 20
    gap = dice.uniform(34, 44)
    for pier in range(piers):
        u = at + 18 + pier * gap
        plan.surfaces.append(Surface(block(2.6, long, u, long / 2), jittered(dice, PIER, 0.3), 2.0))
        for plank in np.arange(2, long, 3.0):
            plan.mark(bar((u - 1.2, plank), (u + 1.2, plank), 0.2), (118, 106, 92))
        _slips(dice, plan, u, long)
        for v in np.arange(0, long, 16):
            plan.take(u, v, gap * 0.55)
    return at + piers * gap + 10


def _slips(dice: np.random.Generator, plan: Plan, u: float, long: float) -> None:
    full = dice.uniform(0.3, 0.9)
    for side in (-1, 1):
        v = 8.0
        while v < long - 2:
            length = float(dice.uniform(6, 14))
            if dice.random() < full and _boats(plan) < MOST_BOATS:
                away = u + side * (length / 2 + 2.2)
                heading = (
                    (0.0 if side > 0 else np.pi)
                    + (np.pi if dice.random() < 0.3 else 0)
                    + dice.normal(0, 0.05)
                )
                plan.items.append(vessels.boat(dice, away, v, heading, length))
            plan.mark(bar((u + side * 1.3, v + 2.9), (u + side * 7.5, v + 2.9), 0.5), (140, 128, 112))
            v += 6.2


def _breakwater(dice: np.random.Generator, plan: Plan) -> None:
    """A mole of stones far out, where there is room."""
    if plan.extent.sea < 160 or dice.random() < 0.4:
        return
    v = plan.extent.sea * dice.uniform(0.75, 0.95)
    start, end = plan.extent.left - 30, plan.extent.left + plan.extent.width * dice.uniform(0.3, 0.7)
    plan.surfaces.append(Surface(bar((start, v), (end, v + dice.uniform(-8, 8)), 15), (112, 108, 100), 3.0))
    plan.surfaces.append(Surface(bar((start, v), (end, v), 4.5), (170, 166, 158), 1.5))
    for u in np.arange(start, end + 20, 12):
        plan.take(u, v, 18)


def _anchored(dice: np.random.Generator, plan: Plan) -> None:
    area = plan.extent.width * plan.extent.sea
    for _ in range(int(dice.poisson(area / 26_000))):
        length = float(dice.uniform(50, 190))
        _put(dice, plan, length * 0.56, lambda u, v, n=length: vessels.ship(dice, u, v, _any(dice), n))
    for _ in range(int(dice.poisson(area / 5_000))):
        length = float(dice.uniform(6, 26))
        _put(dice, plan, length * 0.9, lambda u, v, n=length: vessels.boat(dice, u, v, _any(dice), n))
    for _ in range(int(dice.poisson(area / 14_000))):
        _put(dice, plan, 3, lambda u, v: scenery.buoy(dice, u, v))


def _under_way(dice: np.random.Generator, plan: Plan) -> None:
    area = plan.extent.width * plan.extent.sea
    for _ in range(int(dice.poisson(area / 9_000))):
        length = float(dice.uniform(6, 24))
        wake = float(dice.uniform(0.5, 1.0))
        _put(
            dice,
            plan,
            length * 1.6,
            lambda u, v, n=length, w=wake: vessels.boat(dice, u, v, _any(dice), n, w),
        )
    if area > 60_000 and dice.random() < 0.5:
        length = float(dice.uniform(80, 180))
        _put(dice, plan, length * 0.6, lambda u, v: vessels.ship(dice, u, v, _any(dice), length, wake=0.7))


def _put(dice: np.random.Generator, plan: Plan, radius: float, make: Make) -> None:
    """Where there is room within a few tries, else not at all."""
    for _ in range(12):
        u = dice.uniform(plan.extent.left, plan.extent.right)
        low, high = radius + 6, plan.extent.sea + radius * 0.6
        if low >= high:
            return
        v = dice.uniform(low, high)
        if plan.is_free(u, v, radius):
            plan.take(u, v, radius)
            plan.items.append(make(u, v))
            return


def _any(dice: np.random.Generator) -> float:
    return float(dice.uniform(0, 2 * np.pi))


def _boats(plan: Plan) -> int:
    return sum(item.name == "boat" for item in plan.items)
