"""YOLO text labels, laid out as Ultralytics trains on them: boxes, turned boxes, or outlines.

A file that mixes boxes and outlines would be read as outlines only, so each task has lines of one kind, in
parts of the picture's size. Detect: `class cx cy w h` of the upright rectangle around every shape. OBB: `class`
and the four corners of a turned box; of a polygon those of the smallest turned box around it. Segment: `class`
and the points of the outline; of a box its corners.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from annotations.formats.archive import Archive
from annotations.formats.records import ExportDataset
from annotations.formats.shapes import AREAS, Labelled, smallest_box, turned_corners
from annotations.formats.sides import SIDES, side_of
from annotations.formats.writing import Labels, NamedImage

# At 20,000 pixels a step of the last digit is 0.0002 px.
DIGITS = 8


Line = Callable[[Labelled, int, int], str]


@dataclass(frozen=True)
class YoloPart:
    """`split` is the folder below images/ and labels/; empty for both folders themselves."""

    split: str = ""
    task: str = "detect"

    def open(self, dataset: ExportDataset, archive: Archive, stack: ExitStack) -> Labels:
        return _YoloLabels(dataset, archive, self.split, TASKS[self.task])


class _YoloLabels:
    def __init__(self, dataset: ExportDataset, archive: Archive, split: str, line: Line) -> None:
        self._archive, self._line = archive, line
        self._by_side = bool(dataset.splits)
        self._folder = f"labels/{split}" if split else "labels"
        archive.add("data.yaml", data_yaml(dataset, f"images/{split}" if split else "images").encode())
        names = "".join(f"{_one_line(known.name)}\n" for known in dataset.classes)
        archive.add("classes.txt", names.encode())

    def add(self, named: NamedImage) -> None:
        image = named.image
        # Beside COCO in one archive there are shapes that only COCO knows.
        areas = [item for item in named.labelled if item.box.shape in AREAS]
        lines = "".join(self._line(item, image.width, image.height) for item in areas)
        folder = f"labels/{side_of(image)}" if self._by_side else self._folder
        self._archive.add(f"{folder}/{named.stem}.txt", lines.encode())

    def finish(self) -> None:
        """Each label file was complete when it was added."""


def line(item: Labelled, width: int, height: int) -> str:
    """The edges lie inside the picture already, so every number is from 0 to 1."""
    _, index, left, top, right, bottom = item
    across, down = 2 * width, 2 * height
    centre = f"{(left + right) / across:.{DIGITS}f} {(top + bottom) / down:.{DIGITS}f}"
    return f"{index} {centre} {(right - left) / width:.{DIGITS}f} {(bottom - top) / height:.{DIGITS}f}\n"


def turned_line(item: Labelled, width: int, height: int) -> str:
    box = item.box
    corners = smallest_box(box.points) if box.points else turned_corners(box)
    return _outline(item, corners, width, height)


def outline_line(item: Labelled, width: int, height: int) -> str:
    box = item.box
    return _outline(item, box.points or turned_corners(box), width, height)


def _outline(item: Labelled, points: Sequence[Sequence[float]], width: int, height: int) -> str:
    """Ultralytics throws away a whole file with a number above 1, so corners outside are moved to the edge."""
    told = [
        f"{min(max(value / limit, 0.0), 1.0):.{DIGITS}f}"
        for point in points
        for value, limit in zip(point, (width, height), strict=False)
    ]
    return f"{item.class_index} {' '.join(told)}\n"


TASKS: Mapping[str, Line] = {"detect": line, "obb": turned_line, "segment": outline_line}


def data_yaml(dataset: ExportDataset, images: str) -> str:
    """Without `path`, so that Ultralytics resolves the folders beside this file wherever it is unpacked."""
    rows = ["names:" if dataset.classes else "names: {}"]
    rows += [f"  {index}: {quoted(known.name)}" for index, known in enumerate(dataset.classes)]
    return "\n".join([*_places(dataset, images), *rows]) + "\n"


def _places(dataset: ExportDataset, images: str) -> list[str]:
    """Where each side's pictures lie. Ultralytics wants train and val, so one stands in for the other."""
    sides = [side for side in SIDES if side in dataset.splits]
    if not sides:
        told = "# Train and val are the same images. Split them before you trust a score."
        return [told, f"train: {images}", f"val: {images}"]
    places = {side: f"images/{side}" for side in sides}
    spare = places[sides[0]]
    rows = [f"train: {places.get('train', spare)}", f"val: {places.get('val', spare)}"]
    return rows + ([f"test: {places['test']}"] if "test" in places else [])


def quoted(text: str) -> str:
    """A YAML string in double quotes; whatever YAML does not allow raw is escaped."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
