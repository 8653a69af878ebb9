"""The tile pyramid of a large picture: its geometry, and the one file that its tiles are packed in.

Level 0 is the smallest: the whole picture in one tile. Each next level has twice the width and height,
and the last one is the picture itself. Tiles are square, without overlap; those at the right and lower
border are as large as what is left. Sizes are halved upwards, as Deep Zoom does.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

TILE_SIDE = 512
# A picture with more pixels, or with a longer side, gets tiles: browsers choke on decoding it whole.
LARGE_PIXELS = 16_000_000
LARGE_SIDE = 8192
# The pack is `MAGIC`, then where each tile begins and where the last one ends, then the tiles, level by
# level from the smallest, row by row. The number in its name is that of this recipe.
PACK_NAME = "tiles-1.pack"
MAGIC = b"MSTILES1"
OFFSET = struct.Struct("<Q")
SPAN = struct.Struct("<QQ")


@dataclass(frozen=True)
class Level:
    """One level: its size in pixels and in tiles, and the number of its first tile in the pack."""

    width: int
    height: int
    columns: int
    rows: int
    first: int


def is_large(width: int, height: int) -> bool:
    return width * height > LARGE_PIXELS or max(width, height) > LARGE_SIDE


def levels_of(width: int, height: int) -> tuple[Level, ...]:
    """The levels of a picture of that size, the smallest first."""
    sizes = [(width, height)]
    while max(sizes[-1]) > TILE_SIDE:
        wide, high = sizes[-1]
        sizes.append((-(-wide // 2), -(-high // 2)))
    levels, first = [], 0
    for wide, high in reversed(sizes):
        columns, rows = -(-wide // TILE_SIDE), -(-high // TILE_SIDE)
        levels.append(Level(wide, high, columns, rows, first))
        first += columns * rows
    return tuple(levels)


def tile_count(levels: tuple[Level, ...]) -> int:
    return levels[-1].first + levels[-1].columns * levels[-1].rows


def tile_number(levels: tuple[Level, ...], level: int, column: int, row: int) -> int | None:
    """Which tile of the pack that is; None where the pyramid has no such tile."""
    if not 0 <= level < len(levels):
        return None
    one = levels[level]
    if not (0 <= column < one.columns and 0 <= row < one.rows):
        return None
    return one.first + row * one.columns + column


def write_pack(target: BinaryIO, tiles: Iterator[bytes], count: int) -> None:
    """Write `count` tiles, in their order, to an empty seekable file. Holds one tile at a time."""
    start = len(MAGIC) + OFFSET.size * (count + 1)
    offsets = [start]
    target.seek(start)
    for tile in tiles:
        target.write(tile)
        offsets.append(offsets[-1] + len(tile))
    if len(offsets) != count + 1:
        raise ValueError(f"The pyramid has {len(offsets) - 1} tiles, not {count}.")
    target.seek(0)
    target.write(MAGIC + b"".join(map(OFFSET.pack, offsets)))


def read_tile(read: Callable[[int, int], bytes], number: int) -> bytes:
    """The tile of that number; `read(start, length)` reads a part of the pack."""
    start, end = SPAN.unpack(read(len(MAGIC) + OFFSET.size * number, SPAN.size))
    return read(start, end - start)
