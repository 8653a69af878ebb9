"""Names for class numbers: from the model's own metadata, or the 80 of COCO, or numbered ones."""

from __future__ import annotations

import ast
import json

from inference.engine.spec import MAX_NAME

METADATA_KEYS = ("names", "classes", "class_names", "labels", "character")
MAX_TEXT = 200_000

FACE = "face"
COCO_80 = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
    "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
    "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
    "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
    "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
    "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone",
    "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear",
    "hair drier", "toothbrush",
)  # fmt: skip


def names_for(count: int, metadata: dict[str, str]) -> tuple[str, ...]:
    """One name per class of a detector: those that are told, or COCO's 80, or numbered ones."""
    if count == len(COCO_80) != len(named_classes(metadata)):
        return COCO_80
    return told_names(count, metadata)


def told_names(count: int, metadata: dict[str, str]) -> tuple[str, ...]:
    """One name per class; metadata that names another number of classes is not believed."""
    named = named_classes(metadata)
    return named if len(named) == count else tuple(f"class_{number}" for number in range(count))


def named_classes(metadata: dict[str, str]) -> tuple[str, ...]:
    """The names that a model's metadata carries; empty when there are none.

    As a list, as {number: name}, or one a line.
    """
    for key in METADATA_KEYS:
        text = metadata.get(key, "")
        names = _as_names(_literal(text)) or _as_lines(text)
        if names:
            return names
    return ()


def _literal(text: str) -> object:
    """JSON, or a Python literal as some exporters write it; None when it is neither."""
    if not text or len(text) > MAX_TEXT:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _as_names(value: object) -> tuple[str, ...]:
    if isinstance(value, dict):
        numbered = {str(key): name for key, name in value.items()}
        value = [numbered.get(str(number)) for number in range(len(numbered))]
    if not isinstance(value, list | tuple):
        return ()
    names = tuple(_clean(name) for name in value)
    return names if all(names) else ()


def _as_lines(text: str) -> tuple[str, ...]:
    lines = text.split("\n") if len(text) <= MAX_TEXT else []
    names = tuple(_clean(line) for line in lines)
    return names if len(names) > 1 and all(names) else ()


def _clean(name: object) -> str:
    """The printable part, shortened; empty for anything that is not text."""
    if not isinstance(name, str):
        return ""
    return "".join(letter for letter in name if letter.isprintable()).strip()[:MAX_NAME]
