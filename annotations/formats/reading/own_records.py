"""The records of our own formats, read back as they were written."""

from collections.abc import Mapping
from typing import Any

from annotations.formats.reading.numbers import line, number, numbers, score, side, whole
from annotations.formats.reading.records import ReadClass, ReadImage, ReadShape, Unreadable
from annotations.formats.reading.scope import Scope
from annotations.formats.reading.values import BOX_STATES, IMAGE_STATES, SOURCES, color_of, one_of, schema_of
from annotations.geometry import SHAPES
from annotations.skeleton import BadSkeleton, read_skeleton

SPLIT_NAMES = ("train", "val", "test")


def class_of(row: Mapping[str, Any], file: str, scope: Scope) -> ReadClass | None:
    """The class; one without a name is an error in the findings."""
    name = row.get("name")
    if not isinstance(name, str) or not line(name):
        scope.findings.error(
            "bad_category", file, "A class has no name.", "Give it one.", line(row.get("id"))
        )
        return None
    attributes = row.get("attributes")
    told = [item for item in attributes if isinstance(item, dict)] if isinstance(attributes, list) else []
    try:
        skeleton = read_skeleton(row.get("skeleton"))
    except BadSkeleton as error:
        scope.findings.warning(
            "bad_skeleton", file, f"The skeleton of {name} is left out. {error}", "Draw it anew."
        )
        skeleton = {}
    return ReadClass(
        name,
        color_of(row.get("color")),
        schema_of(told),
        skeleton,
        use=one_of(row.get("use"), ("shapes", "tags", "both"), "both"),
        hotkey=line(row.get("hotkey"), 1),
        id=line(row.get("id")),
    )


def image_of(
    row: Mapping[str, Any], names: Mapping[str, str], file: str, place: str, scope: Scope
) -> ReadImage | None:
    """The image with its boxes; `names` are those of classes by their id."""
    name = row.get("filename")
    if not isinstance(name, str) or not name:
        scope.findings.error("bad_image", file, f"{place} has no file name.", "Give it one.", place)
        return None
    metadata, place_told = row.get("metadata"), numbers(row.get("gps"))
    boxes = row.get("boxes")
    shapes = []
    for at, box in enumerate(boxes if isinstance(boxes, list) else []):
        try:
            shapes.append(shape_of(box, names, f"{place}, boxes[{at}]"))
        except Unreadable as error:
            scope.findings.error(
                "bad_shape", file, f"On {name}: {error.what}", error.fix, f"{place}, boxes[{at}]"
            )
    sha256 = row.get("sha256")
    return ReadImage(
        name,
        file,
        width=side(row.get("width")),
        height=side(row.get("height")),
        sha256=sha256 if isinstance(sha256, str) else None,
        split=one_of(row.get("split"), SPLIT_NAMES, ""),
        state=one_of(row.get("state"), IMAGE_STATES, "") or None,
        metadata=metadata if isinstance(metadata, dict) else {},
        shapes=shapes,
        is_exact=True,
        id=line(row.get("id")),
        gps=place_told,
    )


def shape_of(box: Any, names: Mapping[str, str], place: str) -> ReadShape:
    """Raises Unreadable for a box that can't be one."""
    if not isinstance(box, Mapping):
        raise Unreadable("A box is no object.")
    frame = numbers([box.get(key) for key in ("x", "y", "w", "h")])
    points = box.get("points") or []
    if frame is None or box.get("shape") not in SHAPES or not isinstance(points, list):
        raise Unreadable("A box has no four numbers, or a shape that is not known.")
    placed = [found for point in points if (found := numbers(point)) is not None and len(found) in (2, 3)]
    if len(placed) < len(points):
        raise Unreadable("The points of a box are no numbers.")
    class_id = box.get("class_id")
    name = names.get(str(class_id), "") if class_id is not None else ""
    if class_id is not None and not name:
        raise Unreadable(
            f"A box has the class {line(class_id)}, which is not listed.", "Add it to 'classes'."
        )
    x, y, w, h = frame
    attributes, provenance = box.get("attributes"), box.get("provenance")
    return ReadShape(
        name,
        box["shape"],
        *(x, y, w, h),
        rotation=number(box.get("rotation")) or 0.0,
        points=placed,
        attributes=attributes if isinstance(attributes, dict) else {},
        score=score(box.get("score")),
        source=one_of(box.get("source"), SOURCES, "import"),
        state=one_of(box.get("state"), BOX_STATES, "accepted"),
        z=whole(box.get("z")) or 0,
        locked=box.get("locked") is True,
        id=line(box.get("id")),
        model=line(box.get("model")) or None,
        provenance=provenance if isinstance(provenance, dict) else None,
        created_by=_person(box.get("created_by")),
        updated_by=_person(box.get("updated_by")),
        seq=whole(box.get("seq")) or 0,
        place=place,
    )


def _person(told: Any) -> Mapping[str, Any] | None:
    return {"id": line(told.get("id")), "name": line(told.get("name"))} if isinstance(told, Mapping) else None
