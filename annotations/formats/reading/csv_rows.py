"""CSV: our own, and the tables that other tools write: a row a box, by whatever name the columns go."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import orjson

from annotations.formats.csv import restored
from annotations.formats.image_folder import COLUMNS as TAG_COLUMNS
from annotations.formats.reading.csv_boxes import Places, box_of, own_shape, places_of
from annotations.formats.reading.grouped import Grouped
from annotations.formats.reading.listing import Listing, is_picture
from annotations.formats.reading.numbers import line, number, side
from annotations.formats.reading.records import ReadImage, ReadShape, Unreadable
from annotations.formats.reading.scope import Scope, split_of
from annotations.formats.reading.tables import cell, column, head_row, rows

OWN = ("filename", "box_id", "class", "shape", "points", "attributes")
NAMES = (
    *("filename", "file_name", "image", "image_path", "imagepath", "image_name", "file", "path", "img"),
    *("image_id", "imageid", "image_file", "frame", "#filename", "picture", "url"),
)
CLASSES = (
    "class",
    "label",
    "class_name",
    "label_name",
    "category",
    "category_name",
    "name",
    "class_id",
    "label_id",
)


class CsvReader:
    name = "csv"
    title = "CSV"
    says = "A row per box; columns are found by their names, or taken as path, x1, y1, x2, y2, class."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        for name in table_files(listing):
            if is_own(listing.ask(name, head_row)):
                return 0.95, f"{name} has the columns of our own CSV."
            return 0.7, f"{name} names pictures and boxes."
        return None

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        for file in table_files(scope.listing) or scope.listing.ending(".csv", ".tsv"):
            with ExitStack() as stack:
                yield from _Table(scope, file, stack).images()


def table_files(listing: Listing) -> list[str]:
    return [name for name in listing.ending(".csv", ".tsv") if _layout(listing.ask(name, head_row))]


def is_own(header: Sequence[str]) -> bool:
    return set(OWN) <= {cell.strip() for cell in header}


class _Layout(NamedTuple):
    """Where things stand. `boxes` None for our own CSV."""

    name: int
    label: int | None
    boxes: Places | None
    has_header: bool = True
    # Whether we wrote it: then texts that began like a formula have an apostrophe too many.
    is_ours: bool = False


def _layout(header: Sequence[str]) -> _Layout | None:
    name, boxes = column(header, *NAMES), places_of(header)
    if is_own(header):
        return _Layout(column(header, "filename") or 0, None, None, is_ours=True)
    if name is not None and boxes is not None:
        return _Layout(name, column(header, *CLASSES), boxes)
    # path, x1, y1, x2, y2, class without a header.
    is_bare = len(header) >= 6 and is_picture(header[0].strip())
    if is_bare and all(not told.strip() or number(told) is not None for told in header[1:5]):
        return _Layout(0, 5, Places("corners", (1, 2, 3, 4), None), has_header=False)
    is_tagging = name is not None and column(header, *CLASSES) is not None and len(header) <= 4
    if not is_tagging:
        return None
    is_ours = tuple(header) == TAG_COLUMNS
    return _Layout(name or 0, column(header, *CLASSES), Places("tag", (), None), is_ours=is_ours)


class _Table:
    """One file, brought together by image, for its rows may stand in any order."""

    def __init__(self, scope: Scope, file: str, stack: ExitStack) -> None:
        self._scope, self._file = scope, file
        self._images = stack.enter_context(Grouped())
        self._header: list[str] = []
        self._layout: _Layout | None = None
        # Whether every box so far lies within the first pixel: then they are parts of the size.
        self._is_relative = True

    def images(self) -> Iterator[ReadImage]:
        with self._scope.reading(self._file) as stream:
            for at, row in rows(stream):
                if self._layout is None:
                    self._begin(row)
                    if self._layout is None or self._layout.has_header:
                        continue
                self._keep(at, row)
        for name in self._images:
            yield self._image(name, self._images.of(name))

    def _begin(self, row: list[str]) -> None:
        self._header, self._layout = row, _layout(row)
        if self._layout is None:
            raise Unreadable(
                "Its columns are not known: it needs one that names the picture, and four that are a box.",
                "Name them filename, xmin, ymin, xmax, ymax and class.",
            )

    def _keep(self, at: int, row: list[str]) -> None:
        assert self._layout is not None
        name = cell(row, self._layout.name)
        if self._layout.is_ours:
            name = restored(name)
        if not name:
            self._tell(at, "it names no picture")
            return
        if (boxes := self._layout.boxes) is not None and self._is_relative:
            self._is_relative = boxes.is_relative(row)
        self._images.add(name.replace("\\", "/"), [at, row])

    def _image(self, name: str, told: list[Any]) -> ReadImage:
        first = dict(zip([cell.strip().lower() for cell in self._header], told[0][1], strict=False))
        boxes = self._layout.boxes if self._layout else None
        # In some tables width and height are those of the box.
        sides = ("width", "height") if boxes and boxes.sizes_are_free else ("", "")
        image = ReadImage(
            name,
            self._file,
            path=self._scope.listing.picture(name, self._file),
            width=side(first.get("image_width") or first.get("img_width") or first.get(sides[0])),
            height=side(first.get("image_height") or first.get("img_height") or first.get(sides[1])),
            sha256=first.get("sha256") or None,
            split=_split(first, name),
            state=first.get("image_state") or None,
        )
        size = self._scope.size(name, image.path) or (image.width, image.height)
        shapes = [shape for at, row in told if (shape := self._shape(at, row, size))]
        return image._replace(shapes=shapes)

    def _shape(self, at: int, row: list[str], size: tuple[int | None, int | None]) -> ReadShape | None:
        assert self._layout is not None
        place = f"line {at}"
        try:
            if self._layout.boxes is None:
                found = own_shape(self._header, row)
                return found._replace(place=place) if found else None
            width, height = size if self._is_relative else (1, 1)
            if width is None or height is None:
                raise Unreadable("its box is in parts of the size of the picture, which isn't there")
            found = box_of(self._layout.boxes, self._header, row, (width, height))
        except (Unreadable, orjson.JSONDecodeError) as error:
            self._tell(at, str(error))
            return None
        told = cell(row, self._layout.label)
        label = line(restored(told) if self._layout.is_ours else told)
        return found._replace(class_name=label, place=place) if found else None

    def _tell(self, at: int, why: str) -> None:
        self._scope.findings.error(
            "bad_line", self._file, f"Line {at} is left out: {why}.", "Correct or delete the line.", at
        )


def _split(first: dict[str, str], name: str) -> str:
    told = first.get("image_split") or first.get("split") or first.get("set") or first.get("subset") or ""
    return split_of(told) or split_of(name)
