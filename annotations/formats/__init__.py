"""The formats people can choose. A new one is a module and a line here."""

from annotations.formats.coco import COCO, COCO_SHAPES
from annotations.formats.csv import CSV
from annotations.formats.json import JSON
from annotations.formats.metadata import METADATA
from annotations.formats.voc import PICTURES, VocPart
from annotations.formats.writing import Format
from annotations.formats.yolo import YoloPart

FORMATS: tuple[Format, ...] = (
    Format(
        "yolo",
        "YOLO",
        "One text file per image and data.yaml, ready for Ultralytics.",
        (YoloPart("train"),),
        pictures="images/train",
        needs_class=True,
        has_sides=True,
    ),
    Format(
        "coco",
        "COCO",
        "One JSON file that pycocotools reads.",
        (COCO,),
        needs_class=True,
        has_sides=True,
        shapes=COCO_SHAPES,
    ),
    Format("voc", "Pascal VOC", "One XML file per image.", (VocPart(),), pictures=PICTURES, needs_class=True),
    Format("csv", "CSV", "One row per box, for spreadsheets.", (CSV,)),
    Format("json", "JSON", "Every box with every field, nothing rounded.", (JSON,), tells_places=True),
    Format(
        "zip",
        "Everything (ZIP)",
        "Images, previews, metadata, and labels as JSON, YOLO and COCO.",
        (YoloPart(), COCO, JSON, METADATA),
        needs_class=True,
        is_whole=True,
        tells_places=True,
        shapes=COCO_SHAPES,
    ),
)
FORMAT_NAMES = tuple(known.name for known in FORMATS)


def format_named(name: str) -> Format:
    """Raises LookupError for a name that is not in FORMATS."""
    for known in FORMATS:
        if known.name == name:
            return known
    raise LookupError(f"No format is named {name}.")
