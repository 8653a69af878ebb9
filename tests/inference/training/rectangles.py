"""A source of pictures with coloured rectangles on grey: what a detector learns fastest."""

import numpy as np

COLOURS = ((0, 0, 255), (0, 255, 0), (255, 0, 0))
NAMES = ("red", "green", "blue")


class Rectangles:
    """Pictures 320 wide and 240 high, each with up to `most` rectangles of 12 to 80 pixels."""

    def __init__(self, count: int = 16, *, most: int = 5, least: int = 1) -> None:
        random = np.random.default_rng(7)
        self.pictures = [self._drawn(random, int(random.integers(least, most + 1))) for _ in range(count)]

    def __len__(self) -> int:
        return len(self.pictures)

    def picture(self, index: int):
        return self.pictures[index]

    def _drawn(self, random: np.random.Generator, count: int):
        pixels = np.full((240, 320, 3), random.integers(90, 160), np.uint8)
        boxes, class_ids = np.zeros((count, 4), np.float32), np.zeros(count, np.int64)
        for row in range(count):
            width, height = random.integers(12, 80, 2)
            x, y = random.integers(0, 320 - width), random.integers(0, 240 - height)
            class_ids[row] = random.integers(len(COLOURS))
            pixels[y : y + height, x : x + width] = COLOURS[class_ids[row]]
            boxes[row] = x, y, x + width, y + height
        return pixels, boxes, class_ids
