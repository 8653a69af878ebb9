"""Inland of the quay's edge: apron, container yards, roads, car parks, sheds, tanks, green."""

from collections.abc import Callable

import numpy as np

from datasets.harbour import scenery, vehicles
from datasets.harbour.outlines import bar, block, jittered
from datasets.harbour.plan import Plan

CONCRETE, ASPHALT, GRASS, CAP = (164, 161, 153), (96, 97, 99), (104, 116, 76), (186, 183, 174)
LINE, YELLOW = (214, 214, 208), (206, 172, 74)
RAILS = (-4.5, -25.0)
APRON = 36.0
BAY, ROW = 13.4, 3.05
# What one scene holds at most, so that the largest stay workable.
MOST_CONTAINERS, MOST_CARS = 520, 260
Zone = Callable[[np.random.Generator, Plan, float], float]


def land(dice: np.random.Generator, plan: Plan) -> None:
    """Everything behind the edge, zone after zone until the picture ends."""
    ground = jittered(dice, CONCRETE, 0.25)
    plan.band(0.0, plan.extent.inland - 40, ground)
    _apron(dice, plan)
    zones: list[Zone] = [_yard, _parking, _yard, _sheds, _tanks, _green, _roro]
    at = -APRON
    last: Zone | None = None
    first = _yard if dice.random() < 0.65 else _roro
    while at > plan.extent.inland - 5:
        choices = [zone for zone in zones if zone is not last]
        zone = first if last is None else choices[dice.integers(len(choices))]
        at = zone(dice, plan, at)
        last = zone
        if dice.random() < 0.6:
            at = _road(dice, plan, at)


def count(plan: Plan, name: str) -> int:
    return sum(item.name == name for item in plan.items)


def spans(
    dice: np.random.Generator, plan: Plan, low: float, high: float, gap: float
) -> list[tuple[float, float]]:
    """Pieces of the quay's length of `low` to `high` metres with gaps between."""
    at, found = plan.extent.left - dice.uniform(0, low), []
    while at < plan.extent.right:
        long = dice.uniform(low, high)
        found.append((at, at + long))
        at += long + gap
    return found


def _apron(dice: np.random.Generator, plan: Plan) -> None:
    left, right = plan.extent.left - 20, plan.extent.right + 20
    plan.band(0.0, -2.2, jittered(dice, CAP, 0.15))
    for rail in RAILS:
        plan.mark(bar((left, rail), (right, rail), 1.0), (120, 116, 108))
        plan.mark(bar((left, rail), (right, rail), 0.3), (70, 66, 62))
    for lane in (-9.0, -13.0, -17.0, -21.0):
        _dashes(plan, left, right, lane, YELLOW if lane == -9.0 else LINE)
    for u in np.arange(left, right, 12.0):
        plan.mark(block(1.6, 1.2, u, 0.4), (42, 42, 42))
        plan.mark(block(0.7, 0.7, u + 5, -1.2), (58, 54, 46))
    for u in np.arange(left, right, 9.0):
        plan.mark(bar((u, -2.2), (u, -APRON), 0.12), (138, 135, 128))
    for lane in (-11.0, -15.0, -19.0, -29.0, -33.0):
        _traffic(dice, plan, lane, dice.uniform(0.1, 0.5), truck_share=0.85)


def _dashes(plan: Plan, left: float, right: float, v: float, color: tuple[int, int, int]) -> None:
    for u in np.arange(left, right, 6.0):
        plan.mark(bar((u, v), (u + 3.0, v), 0.25), color)


def _traffic(dice: np.random.Generator, plan: Plan, lane: float, busy: float, *, truck_share: float) -> None:
    """Vehicles along a lane, each with room around it."""
    heading = 0.0 if dice.random() < 0.5 else np.pi
    at = plan.extent.left + dice.uniform(-10, 30)
    while at < plan.extent.right + 10:
        if dice.random() < busy:
            make = vehicles.truck if dice.random() < truck_share else vehicles.car
            plan.items.append(make(dice, at, lane + dice.normal(0, 0.15), heading + dice.normal(0, 0.02)))
        at += 20 + dice.exponential(22)


def _yard(dice: np.random.Generator, plan: Plan, at: float) -> float:
    """Blocks of stacks, rows of six side by side, with truck lanes between."""
    rows, blocks = int(dice.integers(4, 7)), int(dice.integers(1, 4))
    full = dice.uniform(0.35, 0.9)
    for _ in range(blocks):
        near = at - 4.0
        for left, right in spans(dice, plan, 4 * BAY, 8 * BAY, 12.0):
            _stacks(dice, plan, (left, right), near, rows, full)
        at = near - rows * ROW - 1.0
        _traffic(dice, plan, at - 3.0, 0.35, truck_share=0.95)
        at -= 6.0
    return at - 2.0


def _stacks(
    dice: np.random.Generator, plan: Plan, span: tuple[float, float], near: float, rows: int, full: float
) -> None:
    left, right = span
    plan.mark(
        block(right - left + 1.5, rows * ROW + 1.2, (left + right) / 2, near - rows * ROW / 2),
        (146, 143, 136),
    )
    short = dice.random() < 0.2
    length, step = (6.06, 7.0) if short else (12.19, BAY)
    room = MOST_CONTAINERS - count(plan, "container")
    for u in np.arange(left + step / 2, right - step / 2 + 0.1, step):
        tiers, kept = int(dice.integers(1, 5)), full * dice.uniform(0.5, 1.2)
        for row in range(rows):
            if room > 0 and dice.random() < kept:
                height = int(np.clip(tiers + dice.integers(-1, 2), 1, 4))
                v = near - (row + 0.5) * ROW + dice.normal(0, 0.04)
                plan.items.append(vehicles.container(dice, u + dice.normal(0, 0.08), v, 0.0, length, height))
                room -= 1


def _road(dice: np.random.Generator, plan: Plan, at: float) -> float:
    left, right = plan.extent.left - 20, plan.extent.right + 20
    far = at - 14.0
    plan.band(at, far, jittered(dice, ASPHALT, 0.2))
    for edge in (at - 0.8, far + 0.8):
        plan.mark(bar((left, edge), (right, edge), 0.2), LINE)
    _dashes(plan, left, right, at - 7.0, LINE)
    for lane in (at - 3.8, at - 10.2):
        _traffic(dice, plan, lane, dice.uniform(0.3, 0.9), truck_share=0.3)
    return far


def _parking(dice: np.random.Generator, plan: Plan, at: float) -> float:
    """Two rows of bays with a lane between, in lots along the road."""
    depth = 20.0
    full = dice.uniform(0.3, 0.9)
    for left, right in spans(dice, plan, 40, 90, 16):
        middle = (left + right) / 2
        plan.mark(block(right - left, depth - 1, middle, at - depth / 2), jittered(dice, ASPHALT, 0.2))
        for u in np.arange(left + 1, right - 1, 2.75):
            for v in (at - 3.4, at - depth + 3.4):
                plan.mark(bar((u, v - 2.5), (u, v + 2.5), 0.14), LINE)
                if u + 2.75 < right and dice.random() < full and count(plan, "car") < MOST_CARS:
                    heading = np.pi / 2 * (1 if dice.random() < 0.5 else -1) + dice.normal(0, 0.03)
                    plan.items.append(vehicles.car(dice, u + 1.375, v + dice.normal(0, 0.15), heading))
    return at - depth


def _roro(dice: np.random.Generator, plan: Plan, at: float) -> float:
    """New cars waiting for a ship, nose to tail."""
    rows = int(dice.integers(3, 7))
    for left, right in spans(dice, plan, 30, 70, 10):
        plan.mark(
            block(right - left, rows * 6.0 + 2, (left + right) / 2, at - rows * 3.0 - 1),
            jittered(dice, ASPHALT, 0.3),
        )
        full = dice.choice([0.0, 0.5, 0.95])
        for u in np.arange(left + 2, right - 1, 2.9):
            for row in range(rows):
                if dice.random() < full and count(plan, "car") < MOST_CARS:
                    v = at - 4.0 - row * 6.0
                    plan.items.append(vehicles.car(dice, u, v, np.pi / 2 + dice.normal(0, 0.02)))
    return at - rows * 6.0 - 4.0


def _sheds(dice: np.random.Generator, plan: Plan, at: float) -> float:
    depth = dice.uniform(22, 38)
    for left, right in spans(dice, plan, 40, 110, 18):
        middle = (left + right) / 2
        plan.items.append(scenery.shed(dice, middle, at - 10 - depth / 2, right - left, depth))
        for u in np.arange(left + 4, right - 3, 5.2):
            if dice.random() < 0.3:
                heading = np.pi / 2 + dice.normal(0, 0.02)
                if dice.random() < 0.45:
                    plan.items.append(vehicles.truck(dice, u, at - 0.5, heading))
                elif count(plan, "car") < MOST_CARS:
                    plan.items.append(vehicles.car(dice, u, at - 5.0, heading))
        plan.items.append(scenery.mast(dice, right + 9, at - 6))
    return at - depth - 14.0


def _tanks(dice: np.random.Generator, plan: Plan, at: float) -> float:
    radius = dice.uniform(8, 14)
    for u in np.arange(plan.extent.left, plan.extent.right, radius * 2 + dice.uniform(6, 12)):
        if dice.random() < 0.8:
            plan.items.append(scenery.tank(dice, u, at - radius - 4, radius * dice.uniform(0.7, 1.0)))
    return at - radius * 2 - 10.0


def _green(dice: np.random.Generator, plan: Plan, at: float) -> float:
    depth = dice.uniform(14, 30)
    plan.band(at, at - depth, jittered(dice, GRASS, 0.3), 2.2)
    for _ in range(int(plan.extent.width * depth / 160)):
        u, v = dice.uniform(plan.extent.left, plan.extent.right), at - dice.uniform(3, depth - 3)
        plan.items.append(scenery.tree(dice, u, v))
    return at - depth
