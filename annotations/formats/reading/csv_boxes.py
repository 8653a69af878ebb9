"""Where the boxes stand in a table, and what its rows say."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from annotations.formats.csv import restored
from annotations.formats.reading.numbers import line, number, numbers, score
from annotations.formats.reading.records import ReadShape, Unreadable
from annotations.formats.reading.tables import cell, column
from annotations.formats.reading.values import BOX_STATES, SOURCES, attributes_of, one_of
from annotations.geometry import SHAPES

CORNERS = (
    ("xmin", "ymin", "xmax", "ymax"),
    ("x_min", "y_min", "x_max", "y_max"),
    ("x1", "y1", "x2", "y2"),
    ("left", "top", "right", "bottom"),
    ("xtl", "ytl", "xbr", "ybr"),
)
SIZED = (
    ("x", "y", "w", "h"),
    ("left", "top", "width", "height"),
    ("x", "y", "width", "height"),
    ("bbox_x", "bbox_y", "bbox_width", "bbox_height"),
)
CENTRED = (("cx", "cy", "w", "h"), ("x_center", "y_center", "width", "height"), ("xc", "yc", "w", "h"))
SCORES = ("score", "confidence", "conf", "probability")


class Places(NamedTuple):
    """How a box is written and in which columns: corners, sized, centred, bbox, via or tag."""

    kind: str
    columns: tuple[int, ...]
    score: int | None
    # Whether width and height, where they are columns, are those of the picture.
    sizes_are_free: bool = True

    def is_relative(self, row: Sequence[str]) -> bool:
        told = [number(cell(row, at)) for at in self.columns]
        known = [value for value in told if value is not None]
        return self.kind in ("corners", "sized", "centred") and all(0 <= value <= 1 for value in known)


def places_of(header: Sequence[str]) -> Places | None:
    judged = column(header, *SCORES)
    if (via := column(header, "region_shape_attributes")) is not None:
        others = column(header, "region_attributes")
        return Places("via", (via,) if others is None else (via, others), judged)
    for kind, choices in (("corners", CORNERS), ("centred", CENTRED), ("sized", SIZED)):
        for names in choices:
            found = [column(header, name) for name in names]
            if None not in found:
                free = "width" not in names and "bbox_width" not in names
                return Places(kind, tuple(at for at in found if at is not None), judged, free)
    bbox = column(header, "bbox", "box", "bounding_box")
    return Places("bbox", (bbox,), judged) if bbox is not None else None


def box_of(
    places: Places, header: Sequence[str], row: Sequence[str], scale: tuple[int, int]
) -> ReadShape | None:
    """The shape of a row, or None for one that only names its picture. Raises Unreadable."""
    judged = score(cell(row, places.score))
    base = ReadShape("") if judged is None else ReadShape("", score=judged, source="model", state="proposed")
    if places.kind == "tag":
        return base._replace(shape="tag")
    if places.kind == "via":
        return _via(base, places, row)
    cells = [cell(row, at) for at in places.columns]
    if places.kind == "bbox":
        cells = cells[0].strip("[]() ").replace(",", " ").split()
        if not cells:
            return None
    if not any(cells):
        return None
    told = numbers(cells, 4)
    if told is None:
        raise Unreadable("its box is no four numbers")
    a, b, c, d = (value * side for value, side in zip(told, (*scale, *scale), strict=True))
    if places.kind == "corners":
        return base._replace(x=min(a, c), y=min(b, d), w=abs(c - a), h=abs(d - b))
    if places.kind == "centred":
        return base._replace(x=a - c / 2, y=b - d / 2, w=c, h=d)
    return base._replace(x=a, y=b, w=c, h=d)


def _via(base: ReadShape, places: Places, row: Sequence[str]) -> ReadShape | None:
    """A region of the VGG Image Annotator."""
    told = orjson.loads(cell(row, places.columns[0]) or b"{}")
    if not isinstance(told, Mapping) or not told:
        return None
    others = orjson.loads(cell(row, places.columns[1]) or b"{}") if len(places.columns) > 1 else {}
    base = base._replace(attributes=attributes_of(others))
    kind = told.get("name")
    if kind == "rect" and (frame := numbers([told.get(key) for key in ("x", "y", "width", "height")])):
        return base._replace(x=frame[0], y=frame[1], w=frame[2], h=frame[3])
    across, down = numbers(told.get("all_points_x")), numbers(told.get("all_points_y"))
    if kind in ("polygon", "polyline") and across and down and len(across) == len(down):
        return base._replace(shape=str(kind), points=list(zip(across, down, strict=True)))
    if kind == "point" and (spot := numbers([told.get("cx"), told.get("cy")])):
        return base._replace(shape="point", points=[(spot[0], spot[1])])
    raise Unreadable(f"a region of the kind {line(kind, 40)} can't be stored here")


def own_shape(header: Sequence[str], row: Sequence[str]) -> ReadShape | None:
    """A row of our own CSV, or None for an image without boxes. Raises Unreadable and JSONDecodeError."""
    told = {name: cell(row, at) for at, name in enumerate(header)}
    if not told.get("box_id") and not told.get("x"):
        return None
    frame = numbers([told.get(key) for key in ("x", "y", "w", "h", "rotation")])
    if frame is None or told.get("shape") not in SHAPES:
        raise Unreadable("its box is no five numbers, or its shape is not known")
    x, y, w, h, rotation = frame
    points = orjson.loads(told["points"]) if told.get("points") else []
    if not isinstance(points, list) or any(numbers(point) is None for point in points):
        raise Unreadable("its points are no numbers")
    attributes: Any = orjson.loads(told["attributes"]) if told.get("attributes") else {}
    tile = orjson.loads(told["slice"]) if told.get("slice") else None
    return ReadShape(
        line(restored(told.get("class", ""))),
        told["shape"],
        *(x, y, w, h, rotation),
        points=points,
        attributes=attributes if isinstance(attributes, dict) else {},
        score=score(told.get("score") or None),
        source=one_of(told.get("source"), SOURCES, "import"),
        state=one_of(told.get("state"), BOX_STATES, "accepted"),
        id=told.get("box_id", ""),
        model=told.get("model") or None,
        provenance={"slice": tile} if tile else None,
    )
