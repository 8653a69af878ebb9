"""Shapes as they will be stored on a picture: cut at its edges, and refused with a reason where nothing is left."""

from collections.abc import Callable, Sequence
from typing import Any

from annotations.formats.reading.numbers import numbers
from annotations.formats.reading.records import Findings, ReadImage, ReadShape
from annotations.geometry import ABSENT, MAX_POINTS, POINTED, SMALLEST, TOLERANCE, BadGeometry, Geometry, fit

Report = Callable[..., None]
# A picture so small may well have boxes within its first pixel.
LEAST_SIDE = 8


def fitted(image: ReadImage, width: int, height: int, findings: Findings) -> ReadImage:
    """The image with the shapes that a picture of this size can have; the others are findings.

    Sizes are upright. Shapes stay in pixels of the file: where it tells of another size, a warning says so.
    """
    told = (image.width, image.height)
    if None not in told and told != (width, height):
        _report_size(image, width, height, findings)
    if not image.is_exact and _is_relative(image.shapes, width, height):
        findings.error(
            "looks_relative",
            image.file,
            f"All boxes of {image.name} lie within its first pixel.",
            "They seem to be parts of the picture's size. Write pixels, or choose another format.",
        )
        return image._replace(width=width, height=height, shapes=())
    shapes = (_fitted(shape, image, width, height, findings) for shape in image.shapes)
    return image._replace(width=width, height=height, shapes=[shape for shape in shapes if shape])


def _report_size(image: ReadImage, width: int, height: int, findings: Findings) -> None:
    is_turned = (image.width, image.height) == (height, width)
    why = "It may be labelled as the camera held it." if is_turned else "It may have been resized."
    findings.warning(
        "size_differs",
        image.file,
        f"{image.name} is {width} x {height} px, but its labels are for {image.width} x {image.height} px. {why}",
        "Look at its boxes after the import, or label the picture that you import.",
    )


def _is_relative(shapes: Sequence[ReadShape], width: int, height: int) -> bool:
    boxes = [shape for shape in shapes if shape.shape == "box"]
    if not boxes or min(width, height) < LEAST_SIDE or len(boxes) < len(shapes):
        return False
    return all(
        box.x >= 0 and box.y >= 0 and 0 < box.x + box.w <= 1 and 0 < box.y + box.h <= 1 for box in boxes
    )


def _fitted(
    shape: ReadShape, image: ReadImage, width: int, height: int, findings: Findings
) -> ReadShape | None:
    def refuse(code: str, what: str, fix: str) -> None:
        findings.error(code, image.file, f"{_named(shape)} on {image.name} {what}", fix, shape.place)

    if not _is_finite(shape):
        refuse("not_a_number", "has a number that is none, or far too large.", "Write its numbers anew.")
        return None
    cut = _cut_points(shape, width, height) if shape.shape in POINTED else _cut_box(shape, width, height)
    if isinstance(cut, str):
        refuse(cut, *REFUSALS[cut])
        return None
    found, outside = cut
    try:
        place = fit(found.shape, _geometry(found), width, height)
    except BadGeometry as error:
        refuse("bad_geometry", f"can't be taken: {error}", "Draw it again after the import.")
        return None
    if outside > TOLERANCE:
        findings.warning(
            "cut_at_edge",
            image.file,
            f"{_named(shape)} on {image.name} reached {outside:.1f} px out of the picture and was cut.",
            "Nothing, if it was drawn over the edge. Otherwise look whether the size of the picture is right.",
            shape.place,
        )
    if found.shape == "polygon" and min(place.w, place.h) <= SMALLEST:
        findings.warning(
            "flat_polygon",
            image.file,
            f"{_named(shape)} on {image.name} has no area. It is taken as it is.",
            "Draw it again after the import, or delete it.",
            shape.place,
        )
    return found._replace(**place.as_patch())


REFUSALS = {
    "zero_area": ("has no width or no height.", "Draw it again after the import, or leave it out."),
    "outside": (
        "lies wholly outside the picture.",
        "Look whether the labels belong to this picture, and in this size.",
    ),
    "too_many_points": (f"has more than {MAX_POINTS:,} points.", "Simplify it in the tool it comes from."),
    "too_few_points": ("has too few points.", "Draw it again after the import, or leave it out."),
}


def _cut_box(shape: ReadShape, width: int, height: int) -> tuple[ReadShape, float] | str:
    if shape.shape == "tag":
        return shape, 0.0
    if shape.w <= 0 or shape.h <= 0:
        return "zero_area"
    if shape.rotation % 360:
        is_inside = -TOLERANCE <= shape.x + shape.w / 2 <= width + TOLERANCE
        is_inside = is_inside and -TOLERANCE <= shape.y + shape.h / 2 <= height + TOLERANCE
        return (shape._replace(rotation=shape.rotation % 360), 0.0) if is_inside else "outside"
    left, right = max(shape.x, 0.0), min(shape.x + shape.w, float(width))
    top, bottom = max(shape.y, 0.0), min(shape.y + shape.h, float(height))
    if right <= left or bottom <= top:
        return "outside"
    outside = max(-shape.x, -shape.y, shape.x + shape.w - width, shape.y + shape.h - height)
    if outside <= 0:
        return shape._replace(rotation=0.0), 0.0
    return shape._replace(x=left, y=top, w=right - left, h=bottom - top, rotation=0.0), outside


def _cut_points(shape: ReadShape, width: int, height: int) -> tuple[ReadShape, float] | str:
    points = [tuple(point) for point in shape.points]
    if len(points) > MAX_POINTS:
        return "too_many_points"
    if len(points) < POINTED[shape.shape]:
        return "too_few_points"
    seen = [point for point in points if shape.shape != "keypoints" or point[2] != ABSENT]
    if not seen:
        return "too_few_points"
    across, down = [point[0] for point in seen], [point[1] for point in seen]
    if max(across) < 0 or min(across) > width or max(down) < 0 or min(down) > height:
        return "outside"
    outside = max(-min(across), -min(down), max(across) - width, max(down) - height)
    if outside > 0:
        points = [
            (min(max(point[0], 0.0), float(width)), min(max(point[1], 0.0), float(height)), *point[2:])
            for point in points
        ]
    return shape._replace(points=points, rotation=0.0), outside


def _is_finite(shape: ReadShape) -> bool:
    values: list[Any] = [shape.x, shape.y, shape.w, shape.h, shape.rotation]
    for point in shape.points:
        values += point
    return numbers(values) is not None


def _geometry(shape: ReadShape) -> Geometry:
    points = tuple(tuple(point) for point in shape.points)
    return Geometry(shape.x, shape.y, shape.w, shape.h, shape.rotation, points)


def _named(shape: ReadShape) -> str:
    return (
        f"A {shape.shape} of {shape.class_name}" if shape.class_name else f"A {shape.shape} without a class"
    )
