"""The perceptual hash of a picture's mirror images and quarter turns, told from its own hash.

A hash has a bit for each of the 8 x 8 lowest cosine waves of the picture, row by row from the most
significant bit on. Mirroring a picture changes the sign of the waves that are odd in that direction,
and transposing it swaps rows and columns; so the hash of the turned picture follows without opening a
file. A bit says whether a wave is above the median of all: where the median is not zero the result is
some bits off (2.8 on average among photos), which the search radius has to forgive.
"""

import numpy as np

SIDE = 8
ODD_COLUMNS = np.uint64(0x5555555555555555)
ODD_ROWS = np.uint64(0x00FF00FF00FF00FF)


def turned(hashes: np.ndarray) -> np.ndarray:
    """The hashes in all eight positions, as eight rows; the first is the one given."""
    transposed = _transposed(hashes)
    return np.stack(
        [
            position ^ flips
            for position in (hashes, transposed)
            for flips in (np.uint64(0), ODD_COLUMNS, ODD_ROWS, ODD_COLUMNS ^ ODD_ROWS)
        ]
    )


def _transposed(hashes: np.ndarray) -> np.ndarray:
    bits = np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, SIDE), axis=1)
    swapped = bits.reshape(-1, SIDE, SIDE).transpose(0, 2, 1).reshape(-1, SIDE * SIDE)
    return np.packbits(swapped, axis=1).view(">u8").reshape(-1).astype(np.uint64)
