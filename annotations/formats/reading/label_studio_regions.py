"""What the results of one Label Studio annotation become. Several results may speak of one region."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from annotations.formats.reading.numbers import line, number, numbers, score, whole
from annotations.formats.reading.records import ReadImage, ReadShape, Unreadable
from annotations.formats.reading.rings import around_middle, ellipse
from annotations.formats.reading.scope import Scope, Size
from annotations.formats.reading.values import attributes_of

Row = Mapping[str, Any]
# Results that say something about a region, or about the whole task where they have none.
SAYING = ("choices", "textarea", "number", "rating", "taxonomy", "labels", "datetime")


def regions_of(
    rows: Sequence[Row], image: ReadImage, size: Size | None, scope: Scope, place: str
) -> Iterator[ReadShape]:
    drawn = [row for row in rows if row.get("type") not in SAYING]
    regions = {str(row["id"]) for row in drawn if row.get("id") is not None}
    sayings: dict[str, list[Row]] = {key: [] for key in regions}
    about_all: list[Row] = []
    for row in rows:
        if row.get("type") in SAYING:
            sayings.get(str(row.get("id")), about_all).append(row)
    for row in drawn:
        try:
            yield from _region(row, sayings.get(str(row.get("id")), ()), size, place)
        except Unreadable as error:
            scope.findings.error(
                "bad_shape", image.file, f"On {image.name}: {error.what}", error.fix, line(row.get("id"))
            )
    for row in about_all:
        yield from _about_all(row, image, scope, place)


def _region(row: Row, sayings: Sequence[Row], size: Size | None, place: str) -> Iterator[ReadShape]:
    kind = str(row.get("type", ""))
    value = row.get("value")
    if not isinstance(value, Mapping):
        raise Unreadable("A result has no value.")
    if kind == "relation":
        raise Unreadable(
            "A relation between regions can't be stored here.", "Nothing; the regions are taken."
        )
    make = next((make for start, make in MAKERS.items() if kind.startswith(start)), None)
    if make is None:
        raise Unreadable(
            f"A result of the kind {line(kind, 40) or 'unknown'} can't be stored here.",
            "Draw it as a polygon.",
        )
    if row.get("image_rotation"):
        raise Unreadable(
            "The picture was turned in Label Studio.", "Turn it back there, or turn the picture itself."
        )
    names = _labels(value, kind) or [
        name for said in sayings for name in _labels(said.get("value"), "labels")
    ]
    base = ReadShape(
        "",
        attributes=_kept(row, "attributes")
        | {key: told for said in sayings for key, told in _attribute(said)},
        z=whole(_meta(row).get("z")) or 0,
        score=score(row.get("score")),
        id=line(row.get("id")),
        place=f"{place}, {line(row.get('id'))}",
    )
    shape = base._replace(**make(value, _size(row, size)))
    # A region with two labels is two shapes here.
    for name in names or [""]:
        yield shape._replace(class_name=name)


def _meta(row: Row) -> Row:
    """What our own exports keep in it; Label Studio itself keeps texts there."""
    meta = row.get("meta")
    return meta if isinstance(meta, Mapping) else {}


def _kept(row: Row, key: str) -> dict[str, Any]:
    return attributes_of(_meta(row).get(key))


def _size(row: Row, size: Size | None) -> Size:
    """What the picture is now; what it was for Label Studio only where nobody knows better."""
    told = numbers([row.get("original_width"), row.get("original_height")])
    if size is None and (told is None or min(told) < 1):
        raise Unreadable(
            "Label Studio counts in per cent, and how large the picture is is not known.",
            "Add the pictures to the archive, or import into a dataset that has them.",
        )
    return size if size is not None else (int(told[0]), int(told[1])) if told else (0, 0)


def _rectangle(value: Row, size: Size) -> dict[str, Any]:
    told = numbers([value.get(key) for key in ("x", "y", "width", "height")])
    if told is None:
        raise Unreadable("A rectangle lacks one of x, y, width and height.")
    x, y, w, h = (part * side / 100 for part, side in zip(told, (*size, *size), strict=True))
    return around_middle(x, y, w, h, number(value.get("rotation")) or 0.0)


def _polygon(value: Row, size: Size) -> dict[str, Any]:
    told = value.get("points")
    points = [numbers(point, 2) for point in told] if isinstance(told, list) else []
    if not points or any(point is None for point in points):
        raise Unreadable("The points of a polygon are no pairs of numbers.")
    width, height = size
    placed = [(point[0] * width / 100, point[1] * height / 100) for point in points if point]
    is_open = value.get("closed") is False
    return {"shape": "polyline" if is_open else "polygon", "points": placed}


def _keypoint(value: Row, size: Size) -> dict[str, Any]:
    told = numbers([value.get("x"), value.get("y")])
    if told is None:
        raise Unreadable("A keypoint lacks x or y.")
    return {"shape": "point", "points": [(told[0] * size[0] / 100, told[1] * size[1] / 100)]}


def _ellipse(value: Row, size: Size) -> dict[str, Any]:
    told = numbers([value.get(key) for key in ("x", "y", "radiusX", "radiusY")])
    if told is None:
        raise Unreadable("An ellipse lacks one of x, y, radiusX and radiusY.")
    cx, cy, rx, ry = (part * side / 100 for part, side in zip(told, (*size, *size), strict=True))
    return {"shape": "polygon", "points": ellipse(cx, cy, rx, ry, number(value.get("rotation")) or 0.0)}


def _brush(value: Row, size: Size) -> dict[str, Any]:
    raise Unreadable(
        "A brush mask of Label Studio is not read.", "Draw it as a polygon, or export it as COCO with masks."
    )


MAKERS = {
    "rectangle": _rectangle,
    "polygon": _polygon,
    "keypoint": _keypoint,
    "ellipse": _ellipse,
    "brush": _brush,
    "bitmask": _brush,
}


def _labels(value: Any, kind: str) -> list[str]:
    """`rectanglelabels` for that kind; `labels` where a control of its own named the region."""
    if not isinstance(value, Mapping):
        return []
    told = value.get(kind) if isinstance(value.get(kind), list) else value.get("labels")
    return [name for label in told if (name := line(label))] if isinstance(told, list) else []


def _attribute(row: Row) -> Iterator[tuple[str, Any]]:
    """What is said of a region, by the name of the control."""
    value, name = row.get("value"), line(row.get("from_name"), 64)
    if row.get("type") == "labels" or not isinstance(value, Mapping) or not name:
        return
    for told in (
        _said(value.get(key)) for key in ("choices", "text", "number", "rating", "taxonomy", "datetime")
    ):
        if told is not None:
            yield name, told


def _said(told: Any) -> Any:
    if isinstance(told, list):
        parts = ["/".join(map(str, part)) if isinstance(part, list) else str(part) for part in told]
        return line(", ".join(parts), 1024) or None
    return (
        told if isinstance(told, str | int | float) and number(told) is not None else line(told, 1024) or None
    )


def _about_all(row: Row, image: ReadImage, scope: Scope, place: str) -> Iterator[ReadShape]:
    """A choice about the whole picture is a tag of it."""
    value = row.get("value")
    choices = value.get("choices") if isinstance(value, Mapping) else None
    if row.get("type") == "choices" and isinstance(choices, list):
        for choice in choices:
            if name := line(choice):
                yield ReadShape(name, "tag", score=score(row.get("score")), place=place)
        return
    scope.findings.error(
        "bad_shape",
        image.file,
        f"On {image.name}: {line(row.get('type'), 40)} about the whole picture can't be stored here.",
        "Use choices for what is said of a picture.",
        place,
    )
