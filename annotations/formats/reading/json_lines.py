"""JSON Lines: a line an image. Our own, with a line of classes first; Hugging Face's metadata.jsonl; Vertex AI's."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from annotations.formats.reading import texts
from annotations.formats.reading.listing import Listing
from annotations.formats.reading.numbers import line, numbers, side
from annotations.formats.reading.own_records import class_of, image_of
from annotations.formats.reading.records import ReadImage, ReadShape, Unreadable
from annotations.formats.reading.scope import Scope, split_of

Row = Mapping[str, Any]
# An image with all its shapes is far below.
MAX_LINE = 64 << 20


class JsonLinesReader:
    name = "jsonl"
    title = "JSON Lines"
    says = "A line per image: our own, Hugging Face's metadata.jsonl, or Vertex AI's."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        files = listing.ending(".jsonl", ".ndjson", ".jsonlines")
        fitting = [name for name in files if listing.ask(name, _is_known)]
        return (0.9, f"{fitting[0]} has an image a line.") if fitting else None

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        for file in scope.listing.ending(".jsonl", ".ndjson", ".jsonlines"):
            names: dict[str, str] = {}
            with scope.reading(file) as stream:
                for at, text in texts.lines(stream, most=MAX_LINE):
                    image = _image(text, names, file, at, scope) if text.strip() else None
                    if image is not None:
                        yield image


def _is_known(text: str) -> bool:
    return any(f'"{key}"' in text[:8192] for key in ("filename", "file_name", "classes", "imageGcsUri"))


def _image(text: str, names: dict[str, str], file: str, at: int, scope: Scope) -> ReadImage | None:
    try:
        row = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        scope.findings.error(
            "bad_line",
            file,
            f"Line {at} is left out: it is no JSON ({error.msg}).",
            "Correct or delete the line.",
            at,
        )
        return None
    if isinstance(row, dict) and isinstance(row.get("classes"), list):
        for told in row["classes"]:
            if isinstance(told, dict) and (known := class_of(told, file, scope)):
                names[known.id] = known.name
                scope.classes.add(known)
        return None
    if isinstance(row, dict) and "filename" in row:
        return image_of(row, names, file, f"line {at}", scope)
    make = next(
        (make for key, make in MAKERS.items() if isinstance(row, dict) and isinstance(row.get(key), str)),
        None,
    )
    try:
        if make is None:
            raise Unreadable("it names no picture")
        return make(row, file, at, scope)
    except Unreadable as error:
        scope.findings.error("bad_line", file, f"Line {at} is left out: {error.what}.", "Correct it.", at)
        return None


def _hugging_face(row: Row, file: str, at: int, scope: Scope) -> ReadImage:
    """`{"file_name", "objects": {"bbox": [[x, y, w, h], …], "categories": […]}}`, or one `label` of all."""
    objects = row.get("objects")
    shapes = []
    if isinstance(objects, Mapping):
        boxes = objects.get("bbox", [])
        labels = objects.get("categories", objects.get("category", objects.get("label", [])))
        if not isinstance(boxes, list) or not isinstance(labels, list) or len(boxes) != len(labels):
            raise Unreadable("its boxes and categories are not as many")
        for box, label in zip(boxes, labels, strict=True):
            frame = numbers(box, 4)
            if frame is None:
                raise Unreadable("a box is no four numbers")
            x, y, w, h = frame
            shapes.append(ReadShape(line(label), x=x, y=y, w=w, h=h, place=f"line {at}"))
    elif label := line(row.get("label")):
        shapes.append(ReadShape(label, "tag", place=f"line {at}"))
    return ReadImage(
        row["file_name"],
        file,
        width=side(row.get("width")),
        height=side(row.get("height")),
        split=split_of(file) or split_of(row["file_name"]),
        shapes=shapes,
    )


def _vertex(row: Row, file: str, at: int, scope: Scope) -> ReadImage:
    """Boxes are parts of the picture's size from 0 to 1."""
    name = row["imageGcsUri"].removeprefix("gs://")
    path = scope.listing.picture(name, file)
    size = scope.size(name, path)
    boxes = row.get("boundingBoxAnnotations")
    told = [box for box in boxes if isinstance(box, Mapping)] if isinstance(boxes, list) else []
    if told and size is None:
        raise Unreadable("it counts in parts of the size of a picture that isn't there")
    shapes = []
    for box in told:
        frame = numbers([box.get(key) for key in ("xMin", "yMin", "xMax", "yMax")])
        if frame is None or size is None:
            raise Unreadable("a box is no four numbers")
        left, top, right, bottom = (value * limit for value, limit in zip(frame, (*size, *size), strict=True))
        label = line(box.get("displayName"))
        shapes.append(ReadShape(label, "box", left, top, right - left, bottom - top, place=f"line {at}"))
    tag = row.get("classificationAnnotation")
    if isinstance(tag, Mapping) and line(tag.get("displayName")):
        shapes.append(ReadShape(line(tag.get("displayName")), "tag", place=f"line {at}"))
    labels = row.get("dataItemResourceLabels")
    use = labels.get("aiplatform.googleapis.com/ml_use", "") if isinstance(labels, Mapping) else ""
    return ReadImage(name, file, path=path, split=split_of(str(use)), shapes=shapes)


MAKERS: dict[str, Callable[[Row, str, int, Scope], ReadImage]] = {
    "file_name": _hugging_face,
    "imageGcsUri": _vertex,
}
