"""The formats people can choose. A new one is a module and a line here."""

from annotations.formats.coco import COCO, COCO_SHAPES
from annotations.formats.csv import CSV
from annotations.formats.cvat import CVAT, CVAT_SHAPES
from annotations.formats.image_folder import ImageFolderPart, folder_of
from annotations.formats.json import JSON
from annotations.formats.json_lines import JSON_LINES
from annotations.formats.kitti import PICTURES as KITTI
from annotations.formats.kitti import KittiPart
from annotations.formats.label_studio import LABEL_STUDIO, LABEL_STUDIO_SHAPES
from annotations.formats.labelme import LABELME_SHAPES, LabelMePart
from annotations.formats.metadata import METADATA
from annotations.formats.openimages import OPENIMAGES_SHAPES, OpenImagesPart
from annotations.formats.openimages import PICTURES as OPENIMAGES
from annotations.formats.voc import PICTURES, VocPart
from annotations.formats.writing import DATA, TOOLS, Format
from annotations.formats.yolo import YoloPart

OUTLINES = frozenset({"rotation", "points"})
JUDGED = OUTLINES | {"attributes", "source", "score", "state"}

FORMATS: tuple[Format, ...] = (
    Format(
        "yolo",
        "YOLO",
        "One text file per image and data.yaml, ready for Ultralytics.",
        (YoloPart("train"),),
        pictures="images/train",
        needs_class=True,
        has_sides=True,
        reads=OUTLINES,
    ),
    Format(
        "yolo_segment",
        "YOLO segment",
        "Outlines instead of boxes; a box becomes its four corners.",
        (YoloPart("train", "segment"),),
        pictures="images/train",
        needs_class=True,
        has_sides=True,
        reads=OUTLINES,
    ),
    Format(
        "yolo_obb",
        "YOLO OBB",
        "Turned boxes by their corners; an outline becomes the smallest turned box around it.",
        (YoloPart("train", "obb"),),
        pictures="images/train",
        needs_class=True,
        has_sides=True,
        reads=OUTLINES,
    ),
    Format(
        "coco",
        "COCO",
        "One JSON file that pycocotools reads.",
        (COCO,),
        needs_class=True,
        has_sides=True,
        shapes=COCO_SHAPES,
        reads=JUDGED,
    ),
    Format("voc", "Pascal VOC", "One XML file per image.", (VocPart(),), pictures=PICTURES, needs_class=True),
    Format(
        "kitti",
        "KITTI",
        "One text file per image with 2D boxes.",
        (KittiPart(),),
        pictures=KITTI,
        needs_class=True,
    ),
    Format(
        "openimages",
        "OpenImages",
        "CSV files of boxes, of image tags and of class names.",
        (OpenImagesPart(),),
        pictures=OPENIMAGES,
        needs_class=True,
        shapes=OPENIMAGES_SHAPES,
    ),
    Format(
        "imagefolder",
        "ImageFolder",
        "Pictures in folders by their first tag, to train a classifier.",
        (ImageFolderPart(),),
        needs_class=True,
        has_sides=True,
        shapes=("tag",),
        folder_of=folder_of,
        most=1,
    ),
    Format(
        "cvat",
        "CVAT",
        "One XML file with every kind of shape, attributes and skeletons.",
        (CVAT,),
        needs_class=True,
        shapes=CVAT_SHAPES,
        group=TOOLS,
    ),
    Format(
        "label_studio",
        "Label Studio",
        "One JSON file of tasks; proposals become predictions.",
        (LABEL_STUDIO,),
        needs_class=True,
        shapes=LABEL_STUDIO_SHAPES,
        group=TOOLS,
    ),
    Format(
        "labelme",
        "LabelMe",
        "One JSON file per image, beside it.",
        (LabelMePart("images"),),
        needs_class=True,
        shapes=LABELME_SHAPES,
        group=TOOLS,
    ),
    Format(
        "csv",
        "CSV",
        "One row per box, for spreadsheets.",
        (CSV,),
        group=DATA,
        reads=JUDGED | {"id", "model", "provenance"},
    ),
    Format(
        "jsonl",
        "JSON Lines",
        "The same as JSON, a line per image, for programs that read line by line.",
        (JSON_LINES,),
        tells_places=True,
        group=DATA,
    ),
    Format(
        "json",
        "JSON",
        "Every box with every field, nothing rounded.",
        (JSON,),
        group=DATA,
        tells_places=True,
        holds_threads=True,
    ),
    Format(
        "zip",
        "Everything (ZIP)",
        "Images, previews, metadata, and labels as JSON, YOLO and COCO.",
        (YoloPart(), COCO, JSON, METADATA),
        needs_class=True,
        is_whole=True,
        tells_places=True,
        holds_threads=True,
        shapes=COCO_SHAPES,
        group=DATA,
    ),
)
FORMAT_NAMES = tuple(known.name for known in FORMATS)


def format_named(name: str) -> Format:
    """Raises LookupError for a name that is not in FORMATS."""
    for known in FORMATS:
        if known.name == name:
            return known
    raise LookupError(f"No format is named {name}.")
