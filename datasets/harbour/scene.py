"""A view of the port: planned, drawn, lit, and every visible thing boxed."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from datasets.harbour import ground
from datasets.harbour.brush import (
    Frame,
    Item,
    Pixels,
    Points,
    Sheet,
    cut,
    fill,
    paint,
    shade,
    shadow,
    turned,
    window_of,
)
from datasets.harbour.landside import land
from datasets.harbour.light import Light, develop
from datasets.harbour.outlines import bar
from datasets.harbour.plan import Extent, Plan
from datasets.harbour.views import View
from datasets.harbour.waterside import sea

# A thing counts where this share of it lies in the picture, this share of that is not covered, and its
# smaller side has this many pixels.
INSIDE, UNCOVERED, SMALLEST = 0.15, 0.4, 4.0
QUALITY = 90


@dataclass(frozen=True)
class Thing:
    """A labelled thing: the box of its whole outline, cut at the picture's edge, in pixels."""

    name: str
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, eq=False)
class Scene:
    """`pixels` are RGB, height x width x 3."""

    pixels: Pixels
    things: tuple[Thing, ...]

    def jpeg(self) -> bytes:
        out = io.BytesIO()
        Image.fromarray(self.pixels).save(out, "JPEG", quality=QUALITY)
        return out.getvalue()


def draw(view: View) -> Scene:
    """The same view gives the same picture and the same boxes."""
    dice = np.random.Generator(np.random.PCG64(view.seed))
    frame, plan = _planned(dice, view)
    light = Light.drawn(dice)
    sheet = Sheet(ground.water(dice, (view.width, view.height), frame.ppm, light))
    _wakes(dice, sheet.pixels, frame, plan)
    _surfaces(dice, sheet, frame, plan)
    _shadows(sheet, frame, plan, light)
    things = things_of(sheet, frame, plan, light)
    develop(sheet.pixels, light, dice)
    return Scene(sheet.pixels, tuple(things))


def _planned(dice: np.random.Generator, view: View) -> tuple[Frame, Plan]:
    """Metres per pixel, where the quay runs, and what lies there."""
    ppm = 1 / dice.uniform(0.11, 0.19)
    angle = float(dice.integers(4) * np.pi / 2 + dice.uniform(-0.12, 0.12))
    corners = np.array([(0, 0), (view.width, 0), (view.width, view.height), (0, view.height)]) / ppm
    centred = turned(corners - corners.mean(axis=0), -angle)
    low, high = centred.min(axis=0), centred.max(axis=0)
    # Where along the depth of the view the edge of the quay lies.
    edge = low[1] + (high[1] - low[1]) * float(dice.choice([0.3, 0.45, 0.6, 0.85], p=[0.2, 0.4, 0.25, 0.15]))
    middle = np.array([view.width, view.height]) / 2 + turned(np.array([[0.0, edge]]), angle)[0] * ppm
    frame = Frame((float(middle[0]), float(middle[1])), angle, ppm)
    plan = Plan(Extent(float(low[0]), float(high[0]), float(low[1] - edge), float(high[1] - edge)))
    land(dice, plan)
    sea(dice, plan)
    return frame, plan


def _wakes(dice: np.random.Generator, pixels: Pixels, frame: Frame, plan: Plan) -> None:
    for item in plan.items:
        if item.wake:
            _wake(dice, pixels, frame, item)


def _wake(dice: np.random.Generator, pixels: Pixels, frame: Frame, item: Item) -> None:
    """Two arms and a churned middle astern, fading out."""
    length = float(np.ptp(item.parts[0].points[:, 0]))
    long = length * dice.uniform(2.5, 4.5)
    half = length * 0.16
    arms = [
        np.array(
            [(-0.1 * length, side * half), (-long, side * long * 0.32), (-long * 0.96, side * long * 0.22)]
        )
        for side in (-1, 1)
    ]
    middle = np.array(
        [(-0.4 * length, -half), (-0.4 * length, half), (-long * 0.8, half * 2), (-long * 0.8, -half * 2)]
    )
    bow = np.array([(0.5 * length, 0), (-0.1 * length, -half * 1.9), (-0.1 * length, half * 1.9)])
    placed = [(frame.place(item, arm), 150) for arm in arms]
    placed += [(frame.place(item, middle), 130), (frame.place(item, bow), 190)]
    inside = cut(
        window_of(np.concatenate([points for points, _ in placed]), 24), (pixels.shape[1], pixels.shape[0])
    )
    if inside is None:
        return
    mask = Image.new("L", (inside[2] - inside[0], inside[3] - inside[1]))
    pen = ImageDraw.Draw(mask)
    for points, value in placed:
        fill(pen, points - inside[:2], value)
    ragged = np.asarray(mask.filter(ImageFilter.GaussianBlur(max(1.5, length * frame.ppm / 26))))
    far = _distance(inside, frame.place(item, np.zeros((1, 2)))[0]) / (long * frame.ppm)
    torn = ragged * np.clip(1.1 - far, 0, 1) * dice.uniform(0.45, 1.0, ragged.shape)
    ground.foam(pixels, Image.fromarray(torn.astype(np.uint8)), inside[:2], item.wake)


def _distance(window: tuple[int, int, int, int], place: Points) -> Points:
    down = np.arange(window[1], window[3])[:, None] - place[1]
    across = np.arange(window[0], window[2])[None, :] - place[0]
    return np.hypot(down, across)


def _surfaces(dice: np.random.Generator, sheet: Sheet, frame: Frame, plan: Plan) -> None:
    wear = ground.Weathering.drawn(dice)
    for surface in plan.surfaces:
        mask = Image.new("L", sheet.size)
        fill(ImageDraw.Draw(mask), frame.at(surface.points), 255)
        ground.lay(sheet.pixels, mask, surface, wear, dice)
    for points, color in plan.marks:
        placed = frame.at(points)
        if cut(window_of(placed), sheet.size):
            paint(sheet, [(placed, color)], 0)
    _stains(dice, sheet, frame, plan)


def _stains(dice: np.random.Generator, sheet: Sheet, frame: Frame, plan: Plan) -> None:
    """Oil and tyre marks where vehicles stand and turn."""
    for _ in range(int(plan.extent.width / 6)):
        u, v = dice.uniform(plan.extent.left, plan.extent.right), -dice.uniform(2, 60)
        end = u + dice.uniform(2, 24), v + dice.normal(0, 1.0)
        points = frame.at(bar((u, v), end, dice.uniform(0.2, 0.9)))
        window = window_of(points, 6)
        mask = Image.new("L", (window[2] - window[0], window[3] - window[1]))
        fill(ImageDraw.Draw(mask), points - window[:2], 90)
        shade(sheet, np.asarray(mask.filter(ImageFilter.GaussianBlur(1.5))), window, 0.5, bodies_only=False)


def _shadows(sheet: Sheet, frame: Frame, plan: Plan, light: Light) -> None:
    """All shadows on the ground at once: where two fall together it is no darker."""
    total = Image.new("L", sheet.size)
    for item in plan.items:
        if not item.solids:
            continue
        mask, window = shadow(frame, item, light.throw(frame.ppm))
        inside = cut(window, sheet.size)
        if inside is not None:
            offset = inside[0] - window[0], inside[1] - window[1]
            piece = Image.fromarray(mask).crop(
                (*offset, offset[0] + inside[2] - inside[0], offset[1] + inside[3] - inside[1])
            )
            total.paste(255, inside, piece)
    shade(sheet, np.asarray(total), (0, 0, *sheet.size), light.shade, bodies_only=False)


def things_of(sheet: Sheet, frame: Frame, plan: Plan, light: Light) -> list[Thing]:
    """Draw the items from low to high, then box those that show."""
    drawn: list[tuple[Item, int, int]] = []
    for item in sorted(plan.items, key=lambda item: item.level):
        shapes = [(frame.place(item, part.points), part.color) for part in item.parts]
        if cut(window_of(np.concatenate([points for points, _ in shapes])), sheet.size) is None:
            continue
        if item.level > 1 and item.solids:
            shade(sheet, *shadow(frame, item, light.throw(frame.ppm)), light.shade * 0.8, bodies_only=True)
        drawn.append((item, *paint(sheet, shapes, len(drawn) + 1)))
    shown = np.bincount(sheet.owner.ravel(), minlength=len(drawn) + 1)
    boxed = [
        _boxed(item, frame, sheet.size)
        for at, (item, inside, area) in enumerate(drawn, 1)
        if item.name and area and inside >= INSIDE * area and shown[at] >= UNCOVERED * inside
    ]
    return [thing for thing in boxed if min(thing.w, thing.h) >= SMALLEST]


def _boxed(item: Item, frame: Frame, size: tuple[int, int]) -> Thing:
    points = np.concatenate([frame.place(item, part.points) for part in item.parts])
    low = np.clip(points.min(axis=0), 0, size)
    high = np.clip(points.max(axis=0), 0, size)
    x, y, w, h = (round(float(value), 2) for value in (*low, *(high - low)))
    return Thing(item.name, x, y, w, h)
