"""Datumaro's own JSON: categories, and items with their annotations."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from annotations.formats.reading.json_heads import json_head
from annotations.formats.reading.json_items import items
from annotations.formats.reading.listing import Listing
from annotations.formats.reading.masks import column_spans, counts_of, outlines, simplified
from annotations.formats.reading.numbers import line, numbers, score, side, whole
from annotations.formats.reading.records import ReadClass, ReadImage, ReadShape, Unreadable
from annotations.formats.reading.scope import Scope, split_of
from annotations.formats.reading.values import attributes_of

Row = Mapping[str, Any]


class DatumaroReader:
    name = "datumaro"
    title = "Datumaro"
    says = "Datumaro's JSON: boxes, polygons, lines, points, masks and labels."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        files = item_files(listing)
        return (0.95, f"{files[0]} has items and categories as Datumaro writes them.") if files else None

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        for file in item_files(scope.listing):
            labels: list[str] = []
            with scope.reading(file) as stream:
                for key, at, value in items(stream):
                    if key == "categories" and isinstance(value, Mapping):
                        labels = _labels(value, scope)
                    elif key == "items" and at is not None and isinstance(value, Mapping):
                        yield _image(value, labels, file, f"items[{at}]", scope)


def item_files(listing: Listing) -> list[str]:
    found = []
    for name in listing.ending(".json"):
        head = listing.ask(name, json_head)
        if head.opening == "{" and ({"items", "categories"} <= head.keys or "dm_format_version" in head.keys):
            found.append(name)
    return found


def _labels(categories: Row, scope: Scope) -> list[str]:
    told = categories.get("label")
    rows = told.get("labels") if isinstance(told, Mapping) else None
    names = []
    for at, row in enumerate(rows if isinstance(rows, list) else []):
        name = line(row.get("name")) if isinstance(row, Mapping) else ""
        names.append(name or f"class {at}")
        scope.classes.add(ReadClass(names[-1]))
    return names


def _image(item: Row, labels: list[str], file: str, place: str, scope: Scope) -> ReadImage:
    media = item.get("image")
    told: Row = media if isinstance(media, Mapping) else {}
    size = numbers(told.get("size"), 2)
    name = (
        told.get("path")
        if isinstance(told.get("path"), str) and told.get("path")
        else line(item.get("id"), 1000)
    )
    image = ReadImage(
        str(name) or place,
        file,
        also=(line(item.get("id"), 1000),),
        width=side(size[1]) if size else None,
        height=side(size[0]) if size else None,
        split=split_of(file),
    )
    shapes: list[ReadShape] = []
    rows = item.get("annotations")
    for at, row in enumerate(rows if isinstance(rows, list) else []):
        where = f"{place}, annotations[{at}]"
        try:
            shapes += _shapes(row, labels, where)
        except Unreadable as error:
            scope.findings.error("bad_shape", file, f"On {image.name}: {error.what}", error.fix, where)
    return image._replace(shapes=shapes)


def _shapes(row: Any, labels: list[str], place: str) -> list[ReadShape]:
    make = MAKERS.get(str(row.get("type"))) if isinstance(row, Mapping) else None
    if make is None:
        kind = line(row.get("type"), 40) if isinstance(row, Mapping) else ""
        raise Unreadable(f"A {kind or 'thing'} can't be stored here.", "Draw it as a polygon.")
    index = whole(row.get("label_id"))
    attributes = attributes_of(row.get("attributes"))
    judged = score(attributes.pop("score", None))
    base = ReadShape(
        labels[index] if index is not None and 0 <= index < len(labels) else "",
        attributes={
            key: value for key, value in attributes.items() if value is not False or key != "occluded"
        },
        score=judged,
        z=whole(row.get("z_order")) or 0,
        place=place,
    )
    return [base._replace(**told) for told in make(row)]


def _box(row: Row) -> list[dict[str, Any]]:
    told = numbers(row.get("bbox"), 4)
    if told is None:
        raise Unreadable("A box is no four numbers.")
    turn = numbers([row.get("rotation", 0)]) or [0.0]
    return [{**dict(zip("xywh", told, strict=True)), "rotation": turn[0] % 360}]


def _pointed(shape: str) -> Callable[[Row], list[dict[str, Any]]]:
    def make(row: Row) -> list[dict[str, Any]]:
        told = numbers(row.get("points"))
        if not told or len(told) % 2:
            raise Unreadable(f"The points of a {shape} are no pairs of numbers.")
        return [{"shape": shape, "points": list(zip(told[::2], told[1::2], strict=True))}]

    return make


def _points(row: Row) -> list[dict[str, Any]]:
    pairs = _pointed("point")(row)[0]["points"]
    seen = numbers(row.get("visibility")) or [2.0] * len(pairs)
    if len(pairs) == 1:
        return [{"shape": "point", "points": pairs}]
    if len(seen) != len(pairs):
        raise Unreadable("Points and their visibility are not as many.")
    points = [(x, y, int(mark) if mark in (0, 1, 2) else 2) for (x, y), mark in zip(pairs, seen, strict=True)]
    return [{"shape": "keypoints", "points": points}]


def _mask(row: Row) -> list[dict[str, Any]]:
    told = row.get("rle")
    size = numbers(told.get("size"), 2) if isinstance(told, Mapping) else None
    counts = told.get("counts") if isinstance(told, Mapping) else None
    if size is None or not isinstance(counts, str | list):
        raise Unreadable("A mask has no size or no run lengths.")
    runs = counts_of(counts) if isinstance(counts, str) else [int(run) for run in numbers(counts) or ()]
    rings, _ = outlines(column_spans(runs, int(size[0]), int(size[1])))
    return [{"shape": "polygon", "points": simplified(ring)} for ring in rings]


def _label(row: Row) -> list[dict[str, Any]]:
    return [{"shape": "tag"}]


MAKERS = {
    "bbox": _box,
    "polygon": _pointed("polygon"),
    "polyline": _pointed("polyline"),
    "points": _points,
    "mask": _mask,
    "label": _label,
}
