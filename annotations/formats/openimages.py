"""OpenImages: CSV of images, of boxes in parts of their size, of labels of whole pictures, and of class names."""

from typing import Any

from annotations.formats.archive import Archive
from annotations.formats.csv import neutralised, rows_of
from annotations.formats.desk import Desk
from annotations.formats.records import ExportDataset
from annotations.formats.shapes import Labelled
from annotations.formats.writing import Labels, NamedImage

OPENIMAGES_SHAPES = ("box", "polygon", "tag")
DIGITS = 8
# Names of labels that are not those of OpenImages itself.
PREFIX = "/modelship/"
# Its readers look for subsets in the names of files and folders; here all images are in one.
SUBSET = "default"
PICTURES = f"images/{SUBSET}"
CLASS_TABLE, IMAGE_TABLE = "annotations/class-descriptions.csv", "annotations/image_ids_and_rotation.csv"
BOX_TABLE = f"annotations/{SUBSET}-annotations-bbox.csv"
LABEL_TABLE = f"annotations/{SUBSET}-annotations-human-imagelabels.csv"
IMAGE_COLUMNS = ("ImageID", "Subset", "Rotation")
FLAGS = ("occluded", "truncated", "groupof", "depiction", "inside")
FLAG_COLUMNS = ("IsOccluded", "IsTruncated", "IsGroupOf", "IsDepiction", "IsInside")
LABEL_COLUMNS = ("ImageID", "Source", "LabelName", "Confidence")
BOX_COLUMNS = (*LABEL_COLUMNS, "XMin", "XMax", "YMin", "YMax", *FLAG_COLUMNS)


class OpenImagesPart:
    def open(self, dataset: ExportDataset, desk: Desk, archive: Archive) -> Labels:
        return _OpenImagesLabels(dataset, desk, archive)


class _OpenImagesLabels:
    """The tables grow at once, so they wait on the desk."""

    def __init__(self, dataset: ExportDataset, desk: Desk, archive: Archive) -> None:
        self._archive, self._classes = archive, dataset.classes
        tables = (CLASS_TABLE, IMAGE_TABLE, BOX_TABLE, LABEL_TABLE)
        self._files = {name: desk.file(name) for name in tables}
        self._names, self._images, self._boxes, self._labels = map(rows_of, self._files.values())

    def begin(self) -> None:
        for number, known in enumerate(self._classes, start=1):
            self._names.writerow((f"{PREFIX}{number}", neutralised(known.name)))
        self._images.writerow(IMAGE_COLUMNS)
        self._boxes.writerow(BOX_COLUMNS)
        self._labels.writerow(LABEL_COLUMNS)

    def add(self, named: NamedImage) -> None:
        key = neutralised(named.stem)
        # Pictures go out upright.
        self._images.writerow((key, SUBSET, "0.0"))
        for item in named.labelled:
            start = (key, item.box.source, f"{PREFIX}{item.class_index + 1}", _confidence(item))
            if item.box.shape == "tag":
                self._labels.writerow(start)
            else:
                self._boxes.writerow((*start, *_frame(item, named.image.width, named.image.height)))

    def finish(self) -> None:
        for name, file in self._files.items():
            self._archive.add_file(name, file)


def _confidence(item: Labelled) -> float:
    return 1 if item.box.score is None else item.box.score


def _frame(item: Labelled, width: int, height: int) -> tuple[Any, ...]:
    across = [f"{value / width:.{DIGITS}f}" for value in (item.left, item.right)]
    down = [f"{value / height:.{DIGITS}f}" for value in (item.top, item.bottom)]
    # -1 says that nobody knows.
    flags = [int(told) if isinstance(told := item.box.attributes.get(flag), bool) else -1 for flag in FLAGS]
    return (*across, *down, *flags)
