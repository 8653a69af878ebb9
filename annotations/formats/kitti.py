"""KITTI: label_2 with one text file a picture, 15 columns, 16 with a score. Nothing is known of space.

Names of classes lose their spaces, for these part the columns.
"""

from annotations.formats.archive import Archive
from annotations.formats.desk import Desk
from annotations.formats.records import ExportBox, ExportDataset
from annotations.formats.shapes import Labelled
from annotations.formats.writing import Labels, NamedImage

PICTURES = "image_2"
LABELS = "label_2"
# What KITTI writes where an object has no place in space: its size, its place and its turn.
NO_SPACE = "-1 -1 -1 -1000 -1000 -1000 -10"


class KittiPart:
    def open(self, dataset: ExportDataset, desk: Desk, archive: Archive) -> Labels:
        return _KittiLabels(dataset, archive)


class _KittiLabels:
    def __init__(self, dataset: ExportDataset, archive: Archive) -> None:
        self._archive = archive
        self._names = ["_".join(known.name.split()) for known in dataset.classes]

    def begin(self) -> None:
        """Nothing stands before the first file."""

    def add(self, named: NamedImage) -> None:
        rows = "".join(line(item, self._names[item.class_index]) for item in named.labelled)
        self._archive.add(f"{LABELS}/{named.stem}.txt", rows.encode())

    def finish(self) -> None:
        """Each label file was complete when it was added."""


def line(item: Labelled, name: str) -> str:
    """Class, how much is cut off, how much is hidden, angle, box, no space, maybe a score."""
    box = item.box
    edges = " ".join(f"{value:.2f}" for value in (item.left, item.top, item.right, item.bottom))
    judged = "" if box.score is None else f" {box.score:.6f}"
    return (
        f"{name} {_told(box, 'truncated'):.2f} {_told(box, 'occluded'):.0f} -10 {edges} {NO_SPACE}{judged}\n"
    )


def _told(box: ExportBox, name: str) -> float:
    """An attribute as KITTI counts it: yes is 1, what is not known 0."""
    value = box.attributes.get(name)
    return float(value) if isinstance(value, bool | int | float) and 0 <= value <= 3 else 0.0
