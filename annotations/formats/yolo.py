"""YOLO text labels, laid out as Ultralytics trains on them: boxes, turned boxes, or outlines.

A file that mixes boxes and outlines would be read as outlines only, so each task has lines of one kind, in
parts of the picture's size. Detect: `class cx cy w h` of the upright rectangle around every shape. OBB: `class`
and the four corners of a turned box; of a polygon those of the smallest turned box around it. Segment: `class`
and the points of the outline; of a box its corners.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from annotations.formats.archive import Archive
from annotations.formats.desk import Desk
from annotations.formats.records import ExportDataset
from annotations.formats.shapes import AREAS, Labelled, smallest_box, turned_corners
from annotations.formats.sides import SIDES, side_of
from annotations.formats.writing import Labels, NamedImage

# At 20,000 pixels a step of the last digit is 0.0002 px.
DIGITS = 8
# The class and its shape, as a line has them.
Numbers = tuple[float, ...]


@dataclass(frozen=True)
class YoloPart:
    """`split` is the folder below images/ and labels/; empty for both folders themselves."""

    split: str = ""
    task: str = "detect"

    def open(self, dataset: ExportDataset, desk: Desk, archive: Archive) -> Labels:
        return _YoloLabels(self, dataset, archive)

    @property
    def images(self) -> str:
        return f"images/{self.split}" if self.split else "images"

    def labels(self, dataset: ExportDataset, named: NamedImage) -> str:
        """The folder of an image's labels."""
        split = side_of(named.image) if dataset.splits else self.split
        return f"labels/{split}" if split else "labels"


class _YoloLabels:
    def __init__(self, part: YoloPart, dataset: ExportDataset, archive: Archive) -> None:
        self._part, self._dataset, self._archive = part, dataset, archive
        self._numbers = TASKS[part.task]

    def begin(self) -> None:
        self._archive.add("data.yaml", data_yaml(self._dataset, self._part.images).encode())
        names = "".join(f"{_one_line(known.name)}\n" for known in self._dataset.classes)
        self._archive.add("classes.txt", names.encode())

    def add(self, named: NamedImage) -> None:
        image, numbers = named.image, self._numbers
        # Beside COCO in one archive there are shapes that only COCO knows.
        areas = [item for item in named.labelled if item.box.shape in AREAS]
        rows = [numbers(item, image.width, image.height) for item in areas]
        lines = "".join([_template(len(row)) % row for row in rows])
        self._archive.add(f"{self._part.labels(self._dataset, named)}/{named.stem}.txt", lines.encode())

    def finish(self) -> None:
        """Each label file was complete when it was added."""


@cache
def _template(numbers: int) -> str:
    """A line of so many numbers, the class before the others. One template is quicker than a format a number."""
    return f"%d{f' %.{DIGITS}f' * (numbers - 1)}\n"


def upright(item: Labelled, width: int, height: int) -> Numbers:
    """The edges lie inside the picture already, so every number is from 0 to 1."""
    _, index, left, top, right, bottom = item
    across, down = 2 * width, 2 * height
    centre = (left + right) / across, (top + bottom) / down
    return index, *centre, (right - left) / width, (bottom - top) / height


def turned(item: Labelled, width: int, height: int) -> Numbers:
    box = item.box
    corners = smallest_box(box.points) if box.points else turned_corners(box)
    return _outline(item, corners, width, height)


def outline(item: Labelled, width: int, height: int) -> Numbers:
    box = item.box
    return _outline(item, box.points or turned_corners(box), width, height)


def _outline(item: Labelled, points: Sequence[Sequence[float]], width: int, height: int) -> Numbers:
    """Ultralytics throws away a whole file with a number above 1, so corners outside are moved to the edge."""
    told = [
        min(max(value / limit, 0.0), 1.0)
        for point in points
        for value, limit in zip(point, (width, height), strict=False)
    ]
    return item.class_index, *told


TASKS: Mapping[str, Callable[[Labelled, int, int], Numbers]] = {
    "detect": upright,
    "obb": turned,
    "segment": outline,
}


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
