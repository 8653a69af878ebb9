"""What the elements inside a CVAT image become."""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from annotations.formats.reading.cvat_labels import CvatLabel, typed
from annotations.formats.reading.masks import MAX_SIDE, outlines, simplified
from annotations.formats.reading.numbers import line, number, numbers, score, whole
from annotations.formats.reading.records import ReadImage, ReadShape, Unreadable
from annotations.formats.reading.rings import ellipse
from annotations.formats.reading.scope import Scope

Labels = Mapping[str, CvatLabel]
MACHINES = ("auto", "semi-auto")


def shapes_of(
    element: Element, labels: Labels, image: ReadImage, scope: Scope, place: str
) -> Iterator[ReadShape]:
    """The shapes of one element. What can't be one here is an error in the findings."""
    base = _base(element, labels, place)
    make = MAKERS.get(element.tag)
    try:
        if make is None:
            raise Unreadable(f"A {element.tag} is of no kind that is known here.", "Draw it as a polygon.")
        yield from make(element, base, labels, image)
    except Unreadable as error:
        scope.findings.error("bad_shape", image.file, f"On {image.name}: {error.what}", error.fix, place)
        return
    if element.tag in CHANGED:
        scope.findings.warning(
            "shape_changed", image.file, f"On {image.name}: {CHANGED[element.tag]}", "", place
        )


CHANGED = {
    "ellipse": "An ellipse becomes a polygon of 48 points.",
    "mask": "A mask becomes the polygons around it.",
}


def _base(element: Element, labels: Labels, place: str) -> ReadShape:
    name = line(element.get("label"))
    attributes: dict[str, Any] = {}
    if element.get("occluded") == "1" and element.tag != "skeleton":
        attributes["occluded"] = True
    if (group := element.get("group_id", "0")) != "0":
        attributes["group"] = line(group)
    for told in element.findall("attribute"):
        if key := line(told.get("name"), 64):
            attributes[key] = typed(labels.get(name), key, (told.text or "").strip())
    source = element.get("source", "")
    return ReadShape(
        name,
        attributes=attributes,
        source="model" if source in MACHINES else "human" if source == "manual" else "import",
        score=score(element.get("score")),
        z=whole(element.get("z_order")) or 0,
        place=place,
    )


def _box(element: Element, base: ReadShape, labels: Labels, image: ReadImage) -> Iterator[ReadShape]:
    told = numbers([element.get(key) for key in ("xtl", "ytl", "xbr", "ybr")])
    if told is None:
        raise Unreadable("A box lacks one of xtl, ytl, xbr and ybr.", "Export it again.")
    left, top, right, bottom = told
    turn = (number(element.get("rotation")) or 0.0) % 360
    yield base._replace(x=left, y=top, w=right - left, h=bottom - top, rotation=turn)


def _pointed(shape: str) -> Any:
    def make(element: Element, base: ReadShape, labels: Labels, image: ReadImage) -> Iterator[ReadShape]:
        yield base._replace(shape=shape, points=_points(element))

    return make


def _points(element: Element) -> list[tuple[float, float]]:
    pairs = [pair.split(",") for pair in element.get("points", "").split(";") if pair.strip()]
    found = [numbers(pair, 2) for pair in pairs]
    if not found or any(pair is None for pair in found):
        raise Unreadable(f"The points of a {element.tag} are no numbers.", "Export it again.")
    return [(pair[0], pair[1]) for pair in found if pair]


def _dots(element: Element, base: ReadShape, labels: Labels, image: ReadImage) -> Iterator[ReadShape]:
    """One point is a point; several belong together."""
    points = _points(element)
    if len(points) == 1:
        yield base._replace(shape="point", points=points)
    else:
        yield base._replace(shape="keypoints", points=[(x, y, 2) for x, y in points])


def _ellipse(element: Element, base: ReadShape, labels: Labels, image: ReadImage) -> Iterator[ReadShape]:
    told = numbers([element.get(key) for key in ("cx", "cy", "rx", "ry")])
    if told is None:
        raise Unreadable("An ellipse lacks one of cx, cy, rx and ry.", "Export it again.")
    cx, cy, rx, ry = told
    points = ellipse(cx, cy, rx, ry, number(element.get("rotation")) or 0.0)
    yield base._replace(shape="polygon", points=points)


def _mask(element: Element, base: ReadShape, labels: Labels, image: ReadImage) -> Iterator[ReadShape]:
    """Run lengths along the rows of a window, the first of what is not covered."""
    told = [whole(element.get(key)) for key in ("left", "top", "width", "height")]
    runs = [whole(run) for run in element.get("rle", "").split(",")]
    left, top, width, height = told
    if left is None or top is None or not width or not height or None in runs:
        raise Unreadable("A mask lacks its place, its size or its run lengths.", "Export it again.")
    counts = [run for run in runs if run is not None]
    if not 0 < width <= MAX_SIDE or not 0 < height <= MAX_SIDE or min(counts) < 0:
        raise Unreadable("A mask has an impossible size.", "Export it again.")
    if sum(counts) > width * height:
        raise Unreadable("The run lengths of a mask are more than its window has pixels.", "Export it again.")
    rings, _ = outlines(_rows(counts, left, top, width), by_column=False)
    for ring in rings:
        yield base._replace(shape="polygon", points=simplified(ring))


def _rows(counts: list[int], left: int, top: int, width: int) -> dict[int, list[tuple[int, int]]]:
    rows: dict[int, list[tuple[int, int]]] = {}
    at = 0
    for index, count in enumerate(counts):
        end = at + count
        while index % 2 and at < end:
            row, start = divmod(at, width)
            length = min(end - at, width - start)
            rows.setdefault(top + row, []).append((left + start, left + start + length))
            at += length
        at = end
    return rows


def _skeleton(element: Element, base: ReadShape, labels: Labels, image: ReadImage) -> Iterator[ReadShape]:
    """The points of the class in its order; one that is outside is absent."""
    told = {line(point.get("label")): point for point in element.findall("points")}
    known = labels.get(base.class_name)
    names = known.points if known and known.points else list(told)
    points = [_keypoint(told.get(name)) for name in names]
    if not any(point[2] for point in points):
        raise Unreadable("A skeleton has no point in the picture.", "Leave it out, or mark its points.")
    yield base._replace(shape="keypoints", points=points)


def _keypoint(element: Element | None) -> tuple[float, float, int]:
    if element is None or element.get("outside") == "1":
        return 0.0, 0.0, 0
    x, y = _points(element)[0]
    return x, y, 1 if element.get("occluded") == "1" else 2


def _tag(element: Element, base: ReadShape, labels: Labels, image: ReadImage) -> Iterator[ReadShape]:
    yield base._replace(shape="tag")


def _cuboid(element: Element, base: ReadShape, labels: Labels, image: ReadImage) -> Iterator[ReadShape]:
    raise Unreadable("A cuboid can't be stored here.", "Draw a box or a polygon around it.")


def _nothing(element: Element, base: ReadShape, labels: Labels, image: ReadImage) -> Iterator[ReadShape]:
    yield from ()


MAKERS = {
    "box": _box,
    "polygon": _pointed("polygon"),
    "polyline": _pointed("polyline"),
    "points": _dots,
    "ellipse": _ellipse,
    "mask": _mask,
    "skeleton": _skeleton,
    "tag": _tag,
    "cuboid": _cuboid,
    # Attributes of the image itself.
    "attribute": _nothing,
}
