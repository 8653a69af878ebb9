"""Labels of drawn boxes: what they say, and where they stand so that they stay readable. Pure Pillow."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from PIL import ImageColor, ImageFont

SMALLEST_FONT, LARGEST_FONT = 11, 56
FONT_SHARE = 1 / 60
LINE_SHARE = 1 / 400
MOST_CHARACTERS = 24
# More of a plate than this under others, and it reads as neither.
MOST_COVERED = 0.25
# More of a picture than this under labels, and it is about labels and no longer about boxes.
MOST_OF_PICTURE = 0.25
# Latin letters that Unicode does not take apart into a base and a mark.
WHOLE_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
    }
)
WHITE, BLACK = "#ffffff", "#000000"

Rectangle = tuple[float, float, float, float]


class Plate(NamedTuple):
    text: str
    color: str
    place: Rectangle


@dataclass(frozen=True)
class LabelStyle:
    """Sizes that fit a picture whose longer side is drawn at so many pixels."""

    font: ImageFont.FreeTypeFont | ImageFont.ImageFont
    height: int
    padding: int
    line: int

    @classmethod
    def for_side(cls, side: int) -> "LabelStyle":
        size = round(min(max(side * FONT_SHARE, SMALLEST_FONT), LARGEST_FONT))
        return cls(
            font=_font(size),
            height=round(size * 1.35),
            padding=size // 4,
            line=max(1, round(side * LINE_SHARE)),
        )


class Plates:
    """Finds each label a place inside the picture where it covers no other label, if there is one."""

    def __init__(self, size: tuple[int, int], style: LabelStyle) -> None:
        self._width, self._height = size
        self._style = style
        self._cells: dict[tuple[int, int], list[Rectangle]] = defaultdict(list)
        self._cell = style.height * 6

    @property
    def longer_side(self) -> int:
        return max(self._width, self._height)

    def place(self, text: str, color: str, frame: Rectangle) -> Plate | None:
        """The label of the box at `frame`; None where every place is taken by others."""
        style = self._style
        width = self._width_of(text)
        best, least = None, MOST_COVERED
        for spot in self._spots(frame, width, style.height):
            covered = self._covered(spot)
            if covered < least:
                best, least = spot, covered
            if not covered:
                break
        if best is None:
            return None
        return self._kept(text, color, best)

    def _kept(self, text: str, color: str, place: Rectangle) -> Plate:
        # A pixel of space around each, so that neighbours of one colour don't run together.
        kept = place[0] - 1, place[1] - 1, place[2] + 1, place[3] + 1
        for cell in self._cells_of(kept):
            self._cells[cell].append(kept)
        return Plate(text, color, place)

    def listed(self, captions: Sequence[tuple[str, str]]) -> list[Plate]:
        """Words and colours one below the other, from the top left corner; those that fit the picture."""
        style = self._style
        found = []
        for row, (text, color) in enumerate(captions):
            top = style.padding + row * (style.height + style.line)
            if top + style.height > self._height:
                break
            found.append(
                self._kept(
                    text,
                    color,
                    (style.padding, top, style.padding + self._width_of(text), top + style.height),
                )
            )
        return found

    def room_for(self, texts: Sequence[str]) -> int:
        """How many of the labels, counted from the first, the picture bears."""
        left = MOST_OF_PICTURE * self._width * self._height
        for count, text in enumerate(texts):
            left -= self._width_of(text) * self._style.height
            if left < 0:
                return max(count, 1)
        return len(texts)

    def _width_of(self, text: str) -> int:
        return min(round(self._style.font.getlength(text)) + 2 * self._style.padding, self._width)

    def _spots(self, frame: Rectangle, width: float, height: float) -> Iterator[Rectangle]:
        """Places from the best to the last resort: above, below, inside the corners, beside the box."""
        left, top, right, bottom = frame
        edge = self._style.line / 2
        starts = [
            (left - edge, top - edge - height),
            (right + edge - width, top - edge - height),
            (left - edge, bottom + edge),
            (right + edge - width, bottom + edge),
        ]
        inside = [
            (left + edge, top + edge),
            (left + edge, bottom - edge - height),
            (right - edge - width, top + edge),
            (right - edge - width, bottom - edge - height),
        ]
        beside = [(right + edge, top), (left - edge - width, top), (right + edge, bottom - height)]
        is_roomy = right - left > 2 * width and bottom - top > 3 * height
        ordered = [*starts, *inside, *beside] if is_roomy else [*starts, *beside, *inside]
        for index, (x, y) in enumerate(ordered):
            is_inside = 0 <= x <= self._width - width and 0 <= y <= self._height - height
            if is_inside:
                yield round(x), round(y), round(x) + width, round(y) + height
            elif index < 2 and 0 <= y <= self._height - height:
                # A box at the side of the picture: its label slides along its edge.
                x = min(max(x, 0), self._width - width)
                yield round(x), round(y), round(x) + width, round(y) + height
        x, y = min(max(left, 0), self._width - width), min(max(top, 0), max(self._height - height, 0))
        yield round(x), round(y), round(x) + width, round(y) + height

    def _covered(self, spot: Rectangle) -> float:
        """How much of the spot is taken, from 0; overlapping takers count twice."""
        seen = {taken for cell in self._cells_of(spot) for taken in self._cells[cell]}
        area = (spot[2] - spot[0]) * (spot[3] - spot[1])
        return sum(_common(spot, taken) for taken in seen) / area

    def _cells_of(self, spot: Rectangle) -> Iterator[tuple[int, int]]:
        left, top, right, bottom = (int(value // self._cell) for value in spot)
        for column in range(left, right + 1):
            for row in range(top, bottom + 1):
                yield column, row


def tag_of(name: str, number: int, score: float | None) -> str:
    """The words of a label: a name that the built-in font can write, and the score."""
    words = _written(name) or f"#{number}"
    return words if score is None else f"{words} {score:.2f}"


@lru_cache(maxsize=4096)
def contrast(color: str) -> str:
    """Black or white, whichever is easier to see on the colour."""
    red, green, blue = ImageColor.getrgb(color)[:3]
    light = sum(share * _linear(value) for share, value in ((0.2126, red), (0.7152, green), (0.0722, blue)))
    return BLACK if light > 0.179 else WHITE


def _linear(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


@lru_cache(maxsize=4096)
def _written(name: str) -> str:
    """The name in ASCII, without its accents; empty where letters of another script would be lost."""
    apart = unicodedata.normalize("NFKD", name.translate(WHOLE_LETTERS))
    plain = "".join(char for char in apart if not unicodedata.combining(char))
    if not plain.isascii() or not plain.isprintable():
        return ""
    return plain if len(plain) <= MOST_CHARACTERS else plain[: MOST_CHARACTERS - 3].rstrip() + "..."


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _common(a: Rectangle, b: Rectangle) -> float:
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0.0
