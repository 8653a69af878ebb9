"""Water and land: what lies under everything else."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from datasets.harbour.brush import Pixels
from datasets.harbour.light import Light
from datasets.harbour.noise import Floats, grain_tile, slow_field, tiled, wave_tile
from datasets.harbour.plan import Surface

STRIP = 256
# Deep, middle and shallow water; a scene takes one row.
SEAS = (
    ((18, 52, 74), (32, 84, 104), (66, 122, 128)),
    ((14, 44, 52), (34, 78, 80), (84, 122, 108)),
    ((20, 44, 66), (40, 74, 98), (92, 124, 138)),
    ((34, 58, 60), (62, 88, 82), (112, 124, 104)),
)


def water(dice: np.random.Generator, size: tuple[int, int], ppm: float, light: Light) -> Pixels:
    """Sea with depth, swell, wind waves and the sun's glitter."""
    width, height = size
    palette = _palette(SEAS[dice.integers(len(SEAS))])
    depth = np.asarray(slow_field(dice, size, 5))
    wind = dice.uniform(0, 2 * np.pi)
    ripple = wave_tile(dice, 512, max(4.0, 2.6 * ppm), wind)
    swell = wave_tile(dice, 720, max(9.0, 9.0 * ppm), wind + dice.normal(0, 0.3))
    gloss = np.asarray(slow_field(dice, size, 7))
    rough, glitter = dice.uniform(0.5, 1.2), dice.uniform(0.2, 1.0)
    picture = np.empty((height, width, 3), np.uint8)
    for rows in strips(height):
        waves = tiled(ripple, rows, width) * 0.6 + tiled(swell, rows, width) * 0.7
        tone = depth[rows] * 0.42 + 64 + waves * (11 * rough)
        lit = np.take(palette, np.clip(tone, 0, 255).astype(np.uint8), axis=0)
        spark = _glitter(waves, gloss[rows], light, glitter)
        picture[rows] = np.clip(lit + spark[:, :, None] * (1.0, 0.97, 0.9), 0, 255)
    return picture


@dataclass(frozen=True, eq=False)
class Weathering:
    """Grain and stains of a scene's surfaces, as seamless tiles."""

    grain: Floats
    stains: Floats

    @classmethod
    def drawn(cls, dice: np.random.Generator) -> "Weathering":
        return cls(grain_tile(dice, 256, 0.4), grain_tile(dice, 512, 1.4))


def lay(
    picture: Pixels, mask: Image.Image, surface: Surface, wear: Weathering, dice: np.random.Generator
) -> None:
    """Cover the masked part with a surface of its colour, weathered, and slowly changing."""
    box = mask.getbbox()
    if box is None:
        return
    left, top, right, bottom = box
    smooth = np.asarray(mask.crop(box).filter(ImageFilter.GaussianBlur(0.6)))
    slow = np.asarray(slow_field(dice, (right - left, bottom - top), 9)).astype(np.float32) / 255 - 0.5
    across = right - left
    for rows in strips(bottom - top):
        worn = tiled(wear.grain, rows, across) * 0.022 + tiled(wear.stains, rows, across) * 0.045
        bright = 1 + slow[rows] * 0.16 + worn * surface.rough
        cover = np.clip(bright[:, :, None] * np.array(surface.color, np.float32), 0, 255)
        share = smooth[rows][:, :, None].astype(np.float32) / 255
        under = picture[top + rows.start : top + rows.stop, left:right]
        under[:] = (under * (1 - share) + cover * share).astype(np.uint8)


def foam(picture: Pixels, mask: Image.Image, corner: tuple[int, int], strength: float) -> None:
    """Whiten the water by a soft mask whose upper left corner lies at `corner`."""
    left, top = corner
    under = picture[top : top + mask.height, left : left + mask.width]
    share = np.asarray(mask)[:, :, None].astype(np.float32) * (strength / 255)
    under[:] = (under * (1 - share) + np.array([226, 236, 238], np.float32) * share).astype(np.uint8)


def strips(height: int) -> list[slice]:
    """Rows a few at a time, so that memory stays flat however large the picture is."""
    return [slice(top, min(height, top + STRIP)) for top in range(0, height, STRIP)]


def _palette(sea: tuple[tuple[int, int, int], ...]) -> Floats:
    places = np.array([0, 128, 255])
    columns = [np.interp(np.arange(256), places, [color[channel] for color in sea]) for channel in range(3)]
    return np.stack(columns, axis=1).astype(np.float32)


def _glitter(waves: Floats, gloss: Pixels, light: Light, amount: float) -> Floats:
    """Facets that are steep towards the sun flash, in patches."""
    across, down = light.direction
    slope = np.gradient(waves, axis=1) * across + np.gradient(waves, axis=0) * down
    flash = np.clip(slope / (slope.std() + 1e-6) - 2.0 + (gloss.astype(np.float32) - 128) / 160, 0, 2)
    return (flash * 60 * amount).astype(np.float32)
