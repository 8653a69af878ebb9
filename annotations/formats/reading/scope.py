"""What a reader works with: the files, the findings, the classes, and how large a picture is."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from annotations.formats.reading.listing import Listing
from annotations.formats.reading.records import ClassList, Findings, Unreadable
from annotations.formats.reading.trees import BROKEN, Tree

Size = tuple[int, int]
# Names of pictures -> their upright size, as the importer knows it; None for one that it does not know.
SizeOf = Callable[[str], Size | None]
# The header of a picture with its profile and thumbnail lies within this.
HEADER_BYTES = 1 << 20
ORIENTATION, SIDEWAYS = 274, (5, 6, 7, 8)
SPLITS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}


class Scope:
    """One reading of one tree."""

    def __init__(self, tree: Tree, size_of: SizeOf | None = None) -> None:
        self.tree = tree
        self.listing = Listing(tree)
        self.findings = Findings()
        self.classes = ClassList()
        # Label files that were read, so that the others can be named.
        self.used: set[str] = set()
        # Label files with what people said behind their images.
        self.talkative: set[str] = set()
        self._size_of = size_of
        self._sizes: dict[str, Size | None] = {}

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """The file, open. What makes it unreadable ends the block and is an error in the findings."""
        self.used.add(name)
        try:
            with self.tree.open(name) as file:
                yield file
        except Unreadable as error:
            self.findings.error("unreadable", name, error.what, error.fix)
        except BROKEN as error:
            what = f"It can't be read to its end ({str(error)[:100]})."
            self.findings.error("unreadable", name, what, "Pack it again and import it once more.")

    @property
    def has_importer(self) -> bool:
        """Whether somebody knows pictures beyond those of the tree."""
        return self._size_of is not None

    def size(self, told: str, path: str | None = None, also: Sequence[str] = ()) -> Size | None:
        """The upright size of a picture: what the one in the tree says of itself, else what the importer says to one of its names."""
        if path is not None and (measured := self._size_in_tree(path)):
            return measured
        if self._size_of is None:
            return None
        found = (self._size_of(name) for name in (told, *also))
        return next((size for size in found if size), None)

    def _size_in_tree(self, path: str) -> Size | None:
        if path not in self._sizes:
            if len(self._sizes) >= 1000:
                self._sizes.clear()
            self._sizes[path] = self._measured(path)
        return self._sizes[path]

    def _measured(self, path: str) -> Size | None:
        try:
            with self.tree.open(path) as file, Image.open(BytesIO(file.read(HEADER_BYTES))) as picture:
                width, height = picture.size
                is_turned = picture.getexif().get(ORIENTATION) in SIDEWAYS
        except (UnidentifiedImageError, Image.DecompressionBombError, *BROKEN, *UNDECODABLE):
            return None
        return (height, width) if is_turned else (width, height)

    def mark(self, name: str) -> None:
        """The file was looked into, and nothing of it is left unread."""
        self.used.add(name)


# What Pillow raises over broken headers.
UNDECODABLE = (ValueError, TypeError, SyntaxError, IndexError, KeyError, OverflowError)


def split_of(path: str) -> str:
    """The side that a path speaks of: `images/val2017/a.jpg`, `instances_train.json`, `valid/x.json`."""
    for part in reversed(path.lower().split("/")):
        for word in re.split(r"[^a-z]+", part):
            if word in SPLITS:
                return SPLITS[word]
    return ""
