"""Pascal VOC: one XML file a picture, with the integer pixels of the VOC development kit.

VOC counts pixels from 1 and includes the last one, so edges are rounded to whole pixels: at most
half a pixel is lost. Attributes, scores and states have no place in it.
"""

from annotations.formats.archive import Archive
from annotations.formats.desk import Desk
from annotations.formats.records import ExportClass, ExportDataset
from annotations.formats.shapes import Labelled
from annotations.formats.writing import Labels, NamedImage
from annotations.formats.xml import text

PICTURES = "JPEGImages"
# Tells our reader that pixels are counted from 1; half of the tools that write VOC count from 0.
MAKER = "ModelShip"
CLASSES = "labelmap.txt"
STEMS = "ImageSets/Main/trainval.txt"


class VocPart:
    def open(self, dataset: ExportDataset, desk: Desk, archive: Archive) -> Labels:
        return _VocLabels(dataset, desk, archive)


class _VocLabels:
    def __init__(self, dataset: ExportDataset, desk: Desk, archive: Archive) -> None:
        self._archive = archive
        self._classes = dataset.classes
        self._names = [text(known.name) for known in dataset.classes]
        self._database = text(dataset.name)
        self._stems = desk.file(STEMS)

    def begin(self) -> None:
        """Without a list of the classes, Datumaro and CVAT know the twenty of VOC alone."""
        rows = ["# label:color_rgb:parts:actions", *map(_labelled_color, self._classes)]
        self._archive.add(CLASSES, ("\n".join(rows) + "\n").encode())

    def add(self, named: NamedImage) -> None:
        image = named.image
        rows = [
            "<annotation>",
            f"  <folder>{PICTURES}</folder>",
            f"  <filename>{text(named.file)}</filename>",
            f"  <source><database>{self._database}</database><annotation>{MAKER}</annotation></source>",
            f"  <size><width>{image.width}</width><height>{image.height}</height><depth>3</depth></size>",
            "  <segmented>0</segmented>",
            *(self._object(item, image.width, image.height) for item in named.labelled),
            "</annotation>",
        ]
        self._archive.add(f"Annotations/{named.stem}.xml", ("\n".join(rows) + "\n").encode())
        self._stems.write(f"{named.stem}\n".encode())

    def finish(self) -> None:
        self._archive.add_file(STEMS, self._stems)

    def _object(self, item: Labelled, width: int, height: int) -> str:
        left, right = pixels(item.left, item.right, width)
        top, bottom = pixels(item.top, item.bottom, height)
        return "\n".join(
            [
                "  <object>",
                f"    <name>{self._names[item.class_index]}</name>",
                "    <pose>Unspecified</pose>",
                "    <truncated>0</truncated>",
                "    <difficult>0</difficult>",
                f"    <bndbox><xmin>{left}</xmin><ymin>{top}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox>",
                "  </object>",
            ]
        )


def _labelled_color(known: ExportClass) -> str:
    """A line of the list, which parts its columns by colons."""
    name = " ".join(known.name.replace(":", " ").split())
    red, green, blue = bytes.fromhex(known.color.removeprefix("#") or "000000")
    return f"{name}:{red},{green},{blue}::"


def pixels(start: float, end: float, limit: int) -> tuple[int, int]:
    """The first and last pixel, from 1, of a stretch; at least one pixel long and inside the picture."""
    first = min(round(start) + 1, limit)
    return first, min(max(round(end), first), limit)
