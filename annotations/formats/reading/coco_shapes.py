"""What one COCO annotation becomes: a box, outlines, keypoints or a tag."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from annotations.formats.reading.masks import column_spans, counts_of, outlines, simplified
from annotations.formats.reading.numbers import line, number, numbers, score
from annotations.formats.reading.records import ReadImage, ReadShape, Unreadable
from annotations.formats.reading.scope import Scope
from annotations.formats.reading.values import attributes_of, color_of
from annotations.skeleton import BadSkeleton, read_skeleton

# An outline that is the box to within this is the box.
SAME = 0.01


class Category(NamedTuple):
    name: str
    color: str
    skeleton: dict[str, Any]


def category_of(row: Mapping[str, Any]) -> Category | None:
    """None for one without an id or a name."""
    name = line(row.get("name"))
    if row.get("id") is None or not name:
        return None
    return Category(name, color_of(row.get("color")), _skeleton(row))


def _skeleton(row: Mapping[str, Any]) -> dict[str, Any]:
    """COCO counts the ends of edges from 1."""
    points, edges = row.get("keypoints"), row.get("skeleton")
    if not isinstance(points, list) or not points:
        return {}
    names = [line(point, 64) or str(at) for at, point in enumerate(points, start=1)]
    pairs = edges if isinstance(edges, list) else []
    ends = [found for pair in pairs if (found := numbers(pair, 2)) is not None]
    fitting = [
        [int(a) - 1, int(b) - 1]
        for a, b in ends
        if 1 <= a <= len(names) and 1 <= b <= len(names) and int(a) != int(b)
    ]
    try:
        return read_skeleton({"points": names, "edges": fitting})
    except BadSkeleton:
        return {}


def shapes_of(
    row: Mapping[str, Any], categories: Mapping[str, Category], image: ReadImage, scope: Scope
) -> Iterator[ReadShape]:
    """The shapes of one annotation; what it has that no shape can tell is a finding."""
    place = f"annotations[{row.get('at')}]"
    if "caption" in row:
        scope.findings.error(
            "caption",
            image.file,
            f"A caption of {image.name} is not taken: there are no texts of pictures here.",
            "Import the file with the instances instead.",
            place,
        )
        return
    if isinstance(row.get("segments_info"), list):
        yield from _panoptic(row, categories, image, scope)
        return
    known = categories.get(str(row.get("category_id")))
    if known is None:
        scope.findings.error(
            "unknown_category",
            image.file,
            f"An annotation of {image.name} has the category {line(row.get('category_id')) or 'null'}, "
            "which is not listed.",
            "Add it to 'categories', with the name of its class.",
            place,
        )
        return
    try:
        yield from _shapes(row, _base(row, known, place), image, scope)
    except Unreadable as error:
        scope.findings.error("bad_mask", image.file, f"On {image.name}: {error.what}", error.fix, place)


def _base(row: Mapping[str, Any], known: Category, place: str) -> ReadShape:
    told = score(row.get("score"))
    state, source = line(row.get("state")), line(row.get("source"))
    return ReadShape(
        known.name,
        attributes=attributes_of(row.get("attributes")) | _crowd(row),
        score=told,
        source=source or ("model" if told is not None else "import"),
        state=state or ("proposed" if told is not None else "accepted"),
        id=line(row.get("id")),
        place=place,
    )


def _crowd(row: Mapping[str, Any]) -> dict[str, Any]:
    """A region of many is one shape here; what it is stays told. So does the track of a thing in a video."""
    told = {"iscrowd": True} if row.get("iscrowd") == 1 else {}
    return told | attributes_of({"track": row["track_id"]} if "track_id" in row else {})


def _panoptic(
    row: Mapping[str, Any], categories: Mapping[str, Category], image: ReadImage, scope: Scope
) -> Iterator[ReadShape]:
    scope.findings.warning(
        "mask_in_picture",
        image.file,
        f"The outlines of {image.name} are in a picture of its own. Only their boxes are taken.",
        "Export instances instead of panoptic masks for the outlines.",
    )
    for segment in row["segments_info"]:
        if isinstance(segment, dict):
            kept = {key: value for key, value in segment.items() if key != "segments_info"}
            yield from shapes_of({**kept, "at": row.get("at")}, categories, image, scope)


def _shapes(row: Mapping[str, Any], base: ReadShape, image: ReadImage, scope: Scope) -> Iterator[ReadShape]:
    frame = numbers(row.get("bbox"), 4)
    pose = _keypoints(row.get("keypoints"))
    if pose is not None:
        yield base._replace(shape="keypoints", points=pose)
        if frame is None or _is_frame_of(frame, pose):
            return
    outline = _outlines(row.get("segmentation"), image, scope, base)
    turn = number(row.get("rotation"))
    if turn and outline and len(outline[0]) == 4:
        yield _turned(base, outline[0], turn)
    elif outline and not (frame is not None and _is_box(outline, frame)):
        yield from (base._replace(shape="polygon", points=ring) for ring in outline)
    elif frame is not None:
        yield _framed(row, base, frame)
    elif row.get("bbox") is not None:
        scope.findings.error(
            "not_a_number",
            image.file,
            f"A box on {image.name} is not four numbers.",
            "Write it as [x, y, width, height].",
            base.place,
        )
    elif pose is None:
        yield base._replace(shape="tag")


def _framed(row: Mapping[str, Any], base: ReadShape, frame: list[float]) -> ReadShape:
    """CVAT writes the turn of a box among its attributes."""
    x, y, w, h = frame
    attributes = dict(base.attributes)
    turn = number(attributes.get("rotation"))
    if turn is not None:
        del attributes["rotation"]
    return base._replace(x=x, y=y, w=w, h=h, rotation=(turn or 0.0) % 360, attributes=attributes)


def _turned(base: ReadShape, corners: list[tuple[float, ...]], turn: float) -> ReadShape:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    w, h = math.hypot(bx - ax, by - ay), math.hypot(cx - bx, cy - by)
    middle_x, middle_y = (ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4
    return base._replace(x=middle_x - w / 2, y=middle_y - h / 2, w=w, h=h, rotation=turn % 360)


def _keypoints(value: Any) -> list[tuple[float, float, int]] | None:
    """Points of which at least one is in the picture; None for none."""
    found = numbers(value)
    if not found or len(found) % 3:
        return None
    points = [(found[at], found[at + 1], int(found[at + 2])) for at in range(0, len(found), 3)]
    if any(seen not in (0, 1, 2) for _, _, seen in points):
        return None
    return points if any(seen for _, _, seen in points) else None


def _is_frame_of(frame: list[float], pose: list[tuple[float, float, int]]) -> bool:
    across = [x for x, _, seen in pose if seen]
    down = [y for _, y, seen in pose if seen]
    found = (min(across), min(down), max(across) - min(across), max(down) - min(down))
    return all(abs(one - other) <= 1 for one, other in zip(frame, found, strict=True))


def _outlines(value: Any, image: ReadImage, scope: Scope, base: ReadShape) -> list[list[tuple[float, ...]]]:
    """The rings of a segmentation, whichever way it is written. Raises Unreadable for a mask that is none."""
    if isinstance(value, dict):
        return _unmasked(value, image, scope, base)
    rings = [found for ring in value if (found := numbers(ring))] if isinstance(value, list) else []
    pairs = [list(zip(ring[::2], ring[1::2], strict=True)) for ring in rings if len(ring) % 2 == 0]
    fitting: list[list[tuple[float, ...]]] = [list(pair) for pair in pairs if len(pair) >= 3]
    if isinstance(value, list) and len(fitting) < len(value):
        scope.findings.warning(
            "bad_outline",
            image.file,
            f"{len(value) - len(fitting)} outlines on {image.name} are no polygons and are left out.",
            "Write each as x, y, x, y, … with at least three points.",
            base.place,
        )
    _tell_parts(len(fitting), 0, image, scope, base)
    return fitting


def _unmasked(
    value: Mapping[str, Any], image: ReadImage, scope: Scope, base: ReadShape
) -> list[list[tuple[float, ...]]]:
    size, counts = numbers(value.get("size"), 2), value.get("counts")
    runs = counts_of(counts) if isinstance(counts, str) else [int(run) for run in numbers(counts) or ()]
    if size is None or not runs:
        raise Unreadable("A mask has no size or no run lengths.")
    rings, holes = outlines(column_spans(runs, int(size[0]), int(size[1])))
    _tell_parts(len(rings), holes, image, scope, base)
    return [list(simplified(ring)) for ring in rings]


def _tell_parts(parts: int, holes: int, image: ReadImage, scope: Scope, base: ReadShape) -> None:
    if parts > 1 or holes:
        left_out = f" Its {holes} holes are filled." if holes else ""
        scope.findings.warning(
            "many_outlines",
            image.file,
            f"An object on {image.name} has {parts} outlines. Each becomes a polygon.{left_out}",
            "Nothing, if that is fine. There are no objects of several parts here.",
            base.place,
        )


def _is_box(outline: list[list[tuple[float, ...]]], frame: list[float]) -> bool:
    if len(outline) != 1 or len(outline[0]) not in (4, 5):
        return False
    x, y, w, h = frame
    wanted = {(x, y), (x + w, y), (x + w, y + h), (x, y + h)}
    ring = outline[0]
    is_near = all(any(math.dist(point, corner) <= SAME for corner in wanted) for point in ring)
    return is_near and all(any(math.dist(point, corner) <= SAME for point in ring) for corner in wanted)
