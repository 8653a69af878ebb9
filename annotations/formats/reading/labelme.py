"""LabelMe: a JSON beside each picture, and the XML of the older web tool."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from annotations.formats.reading.json_heads import json_head
from annotations.formats.reading.json_items import items
from annotations.formats.reading.listing import Listing, stem_of
from annotations.formats.reading.numbers import line, number, numbers, score, side
from annotations.formats.reading.records import ReadImage, ReadShape, Unreadable
from annotations.formats.reading.rings import ellipse
from annotations.formats.reading.scope import Scope, split_of
from annotations.formats.reading.values import attributes_of
from annotations.formats.reading.xml_elements import elements, marks_of, text_of
from annotations.formats.reading.yolo_lines import rectangle_of

Points = list[tuple[float, float]]
KEYS = ("imagePath", "imageWidth", "imageHeight", "flags")


class LabelMeReader:
    name = "labelme"
    title = "LabelMe"
    says = "One JSON file per picture, or the XML files of the older web tool."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        files = json_files(listing) + xml_files(listing)
        return (0.9, f"{files[0]} holds the shapes of one picture as LabelMe writes them.") if files else None

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        told, older = json_files(scope.listing), xml_files(scope.listing)
        for file in told if told or older else scope.listing.ending(".json"):
            with scope.reading(file) as stream:
                document: dict[str, Any] = {"shapes": []}
                for key, at, value in items(stream):
                    if key == "shapes" and at is not None:
                        document["shapes"].append(value)
                    elif key == "shapes" and value != []:
                        scope.findings.error("bad_entry", file, "Its shapes are no list.", "Export it again.")
                    elif key in KEYS and at is None:
                        document[key] = value
                yield _image(document, file, scope)
        for file in older:
            with scope.reading(file) as stream:
                for root in elements(stream, ("annotation",)):
                    yield _older_image(root, file, scope)


def json_files(listing: Listing) -> list[str]:
    found = []
    for name in listing.ending(".json"):
        head = listing.ask(name, json_head)
        # The picture itself may stand before all else, and fill the head; nobody else calls it that.
        is_told = "imageData" in head.keys or {"imagePath", "shapes"} <= head.keys
        if head.opening == "{" and (is_told or {"imagePath", "imageWidth"} <= head.keys):
            found.append(name)
    return found


def xml_files(listing: Listing) -> list[str]:
    return [name for name in listing.ending(".xml") if _is_older(listing.ask(name, marks_of))]


def _is_older(marks: Collection[str]) -> bool:
    is_one = "<annotation" in marks and "<annotations" not in marks and "<bndbox>" not in marks
    return is_one and bool({"<imagesize", "<polygon>"} & set(marks))


def _image(document: Mapping[str, Any], file: str, scope: Scope) -> ReadImage:
    told = document.get("imagePath")
    name = told.replace("\\", "/") if isinstance(told, str) and told else stem_of(file)
    image = ReadImage(
        name,
        file,
        path=scope.listing.picture(name, file) or scope.listing.picture_of_stem(file),
        also=(stem_of(file),),
        width=side(document.get("imageWidth")),
        height=side(document.get("imageHeight")),
        split=split_of(file),
    )
    flags = document.get("flags")
    tags = (
        [line(flag) for flag, is_set in flags.items() if is_set is True] if isinstance(flags, Mapping) else []
    )
    shapes = [ReadShape(tag, "tag", place="flags") for tag in tags if tag]
    for at, row in enumerate(document["shapes"]):
        place = f"shapes[{at}]"
        try:
            shapes.append(_shape(row, place, image, scope))
        except Unreadable as error:
            scope.findings.error("bad_shape", file, f"On {name}: {error.what}", error.fix, place)
    return image._replace(shapes=shapes)


def _shape(row: Any, place: str, image: ReadImage, scope: Scope) -> ReadShape:
    if not isinstance(row, Mapping):
        raise Unreadable("A shape is no object.")
    kind = str(row.get("shape_type") or "polygon")
    make = MAKERS.get(kind)
    pairs = [numbers(pair, 2) for pair in row["points"]] if isinstance(row.get("points"), list) else []
    points = [(pair[0], pair[1]) for pair in pairs if pair]
    if make is None:
        raise Unreadable(f"A {line(kind, 40)} can't be stored here.", "Draw it as a polygon.")
    if not points or len(points) < len(pairs):
        raise Unreadable(f"The points of a {kind} are no pairs of numbers.")
    attributes = attributes_of(row.get("flags")) | attributes_of(row.get("attributes"))
    for key, name in (("group_id", "group"), ("description", "description"), ("difficult", "difficult")):
        if row.get(key) not in (None, "", False):
            attributes |= attributes_of({name: row[key]})
    if kind in CHANGED:
        scope.findings.warning("shape_changed", image.file, f"On {image.name}: {CHANGED[kind]}", "", place)
    told = score(row.get("score"))
    found = make(points, row)
    return found._replace(class_name=line(row.get("label")), attributes=attributes, score=told, place=place)


CHANGED = {
    "circle": "A circle becomes a polygon of 48 points.",
    "mask": "Of a mask only the box around it is taken.",
}


def _rectangle(points: Points, row: Mapping[str, Any]) -> ReadShape:
    """Two corners, whichever; newer files have all four."""
    across, down = [x for x, _ in points], [y for _, y in points]
    left, top = min(across), min(down)
    return ReadShape("", x=left, y=top, w=max(across) - left, h=max(down) - top)


def _rotation(points: Points, row: Mapping[str, Any]) -> ReadShape:
    if len(points) != 4:
        raise Unreadable("A turned box has not four points.")
    return rectangle_of(points) or ReadShape("", "polygon", points=points)


def _circle(points: Points, row: Mapping[str, Any]) -> ReadShape:
    """Its middle and a point on it."""
    if len(points) != 2:
        raise Unreadable("A circle has not two points.")
    (cx, cy), (x, y) = points
    radius = ((x - cx) ** 2 + (y - cy) ** 2) ** 0.5
    return ReadShape("", "polygon", points=ellipse(cx, cy, radius, radius))


def _line(points: Points, row: Mapping[str, Any]) -> ReadShape:
    return ReadShape("", "polyline", points=points)


def _polygon(points: Points, row: Mapping[str, Any]) -> ReadShape:
    return ReadShape("", "polygon", points=points)


def _point(points: Points, row: Mapping[str, Any]) -> ReadShape:
    return ReadShape("", "point", points=points[:1])


def _points(points: Points, row: Mapping[str, Any]) -> ReadShape:
    """Several points, each seen or not."""
    seen = row.get("point_labels")
    marks = seen if isinstance(seen, list) and len(seen) == len(points) else [1] * len(points)
    return ReadShape(
        "", "keypoints", points=[(x, y, 2 if mark else 1) for (x, y), mark in zip(points, marks, strict=True)]
    )


MAKERS = {
    "rectangle": _rectangle,
    "polygon": _polygon,
    "circle": _circle,
    "line": _line,
    "linestrip": _line,
    "point": _point,
    "points": _points,
    "mask": _rectangle,
    "rotation": _rotation,
}


def _older_image(root: Element, file: str, scope: Scope) -> ReadImage:
    name = text_of(root, "filename") or stem_of(file)
    folder = text_of(root, "folder")
    size = root.find("imagesize")
    image = ReadImage(
        name,
        file,
        path=scope.listing.picture(f"{folder}/{name}", file) or scope.listing.picture_of_stem(file),
        also=(f"{folder}/{name}",),
        width=side(text_of(size, "ncols")),
        height=side(text_of(size, "nrows")),
    )
    shapes = []
    for at, found in enumerate(root.iter("object")):
        if text_of(found, "deleted") == "1":
            continue
        try:
            shapes.append(_older_shape(found, f"object {at + 1}", image, scope))
        except Unreadable as error:
            scope.findings.error("bad_shape", file, f"On {name}: {error.what}", error.fix, f"object {at + 1}")
    return image._replace(shapes=shapes)


def _older_shape(found: Element, place: str, image: ReadImage, scope: Scope) -> ReadShape:
    attributes: dict[str, Any] = {"occluded": True} if text_of(found, "occluded") == "yes" else {}
    if told := line(text_of(found, "attributes"), 1024):
        attributes["attributes"] = told
    base = ReadShape(line(text_of(found, "name")), attributes=attributes, place=place)
    corners = [number(text_of(found, f"segm/box/{key}")) for key in ("xmin", "ymin", "xmax", "ymax")]
    points = [
        (x, y)
        for point in found.findall("polygon/pt")
        if (x := number(text_of(point, "x"))) is not None and (y := number(text_of(point, "y"))) is not None
    ]
    if points and text_of(found, "type") == "bounding_box":
        box = _rectangle(points, {})
        return base._replace(x=box.x, y=box.y, w=box.w, h=box.h)
    if points:
        return base._replace(shape="polygon", points=points)
    left, top, right, bottom = corners
    if left is None or top is None or right is None or bottom is None:
        raise Unreadable(f"{base.class_name or 'An object'} has neither a polygon nor a box.")
    scope.findings.warning("shape_changed", image.file, f"On {image.name}: {CHANGED['mask']}", "", place)
    return base._replace(x=left, y=top, w=right - left, h=bottom - top)
