"""Pascal VOC: one XML a picture, with ImageSets for its sides.

The kit counts pixels from 1 and the last one is part of a box, but most tools write plain edges. Numbers are
taken as edges, at most 1 px off, except in files of our own, which say that they count from 1.
"""

from collections.abc import Collection, Iterator
from typing import Any
from xml.etree.ElementTree import Element

from annotations.formats.reading import texts
from annotations.formats.reading.listing import Listing, base_of, stem_of
from annotations.formats.reading.numbers import line, number, side
from annotations.formats.reading.records import ReadImage, ReadShape
from annotations.formats.reading.scope import Scope, split_of
from annotations.formats.reading.xml_elements import elements, marks_of, text_of
from annotations.formats.voc import MAKER

FLAGS = ("truncated", "difficult", "occluded")
LAYOUT = "imagesets/main/"
PARTS = ("train", "val", "test")


class VocReader:
    name = "voc"
    title = "Pascal VOC"
    says = "One XML file per picture, in Annotations, with or without ImageSets."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        files = voc_files(listing)
        return (0.9, f"{files[0]} is an annotation with objects and their bndbox.") if files else None

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        sides = _sides(scope)
        for file in voc_files(scope.listing) or scope.listing.ending(".xml"):
            with scope.reading(file) as stream:
                found = list(elements(stream, ("annotation",)))
                for root in found:
                    yield _image(root, file, sides, scope)
                if not found:
                    scope.findings.error(
                        "no_annotation", file, "It has no <annotation>.", "Choose another format for it."
                    )


def voc_files(listing: Listing) -> list[str]:
    """LabelMe's own XML has polygons or `imagesize` where VOC has bndbox or `size`."""
    return [name for name in listing.ending(".xml") if _is_voc(listing.ask(name, marks_of))]


def _is_voc(marks: Collection[str]) -> bool:
    is_other = "<imagesize" in marks or ("<polygon>" in marks and "<bndbox>" not in marks)
    return "<annotation" in marks and "<annotations" not in marks and not is_other


def _image(root: Element, file: str, sides: dict[str, str], scope: Scope) -> ReadImage:
    name = text_of(root, "filename").replace("\\", "/") or stem_of(file)
    path = scope.listing.picture(name, file) or scope.listing.picture_of_stem(file)
    size = root.find("size")
    image = ReadImage(
        name,
        file,
        path=path,
        also=(base_of(text_of(root, "path").replace("\\", "/")), stem_of(file)),
        width=side(text_of(size, "width")),
        height=side(text_of(size, "height")),
        split=sides.get(stem_of(file)) or split_of(file.rpartition("/")[0]),
    )
    shapes: list[ReadShape] = []
    for at, found in enumerate(root.iter("object")):
        shapes += _shapes(found, f"object {at + 1}", image, scope)
    if text_of(root, "source/annotation") == MAKER:
        shapes = [
            shape._replace(x=shape.x - 1, y=shape.y - 1, w=shape.w + 1, h=shape.h + 1) for shape in shapes
        ]
    return image._replace(shapes=shapes)


def _shapes(found: Element, place: str, image: ReadImage, scope: Scope) -> Iterator[ReadShape]:
    name = line(text_of(found, "name"))
    base = ReadShape(name, attributes=_attributes(found), place=place)
    frame = _frame(found.find("bndbox"))
    turned = _turned(found.find("robndbox"))
    polygon = _polygon(found.find("polygon"))
    if turned:
        yield base._replace(**turned)
    elif polygon:
        yield base._replace(shape="polygon", points=polygon)
    elif frame:
        yield base._replace(**frame)
    else:
        scope.findings.error(
            "not_a_number",
            image.file,
            f"{name or 'An object'} on {image.name} has no bndbox of four numbers.",
            "Write xmin, ymin, xmax and ymax.",
            place,
        )
    for part in found.findall("part"):
        if told := _frame(part.find("bndbox")):
            yield ReadShape(line(text_of(part, "name")), **told, place=f"{place}, part")


def _frame(bounds: Element | None) -> dict[str, Any] | None:
    """The edges as they are written."""
    told = [number(text_of(bounds, key)) for key in ("xmin", "ymin", "xmax", "ymax")]
    left, top, right, bottom = told
    if left is None or top is None or right is None or bottom is None:
        return None
    return {"x": left, "y": top, "w": right - left, "h": bottom - top}


def _turned(bounds: Element | None) -> dict[str, Any] | None:
    """The turned box of roLabelImg: its middle, its size and its turn in radians."""
    told = [number(text_of(bounds, key)) for key in ("cx", "cy", "w", "h", "angle")]
    cx, cy, w, h, angle = told
    if cx is None or cy is None or w is None or h is None or angle is None:
        return None
    return {"x": cx - w / 2, "y": cy - h / 2, "w": w, "h": h, "rotation": angle * 57.29577951308232 % 360}


def _polygon(polygon: Element | None) -> list[tuple[float, float]]:
    """Roboflow numbers the corners: x1, y1, x2, y2, …"""
    points: list[tuple[float, float]] = []
    while polygon is not None:
        x, y = (number(text_of(polygon, f"{axis}{len(points) + 1}")) for axis in "xy")
        if x is None or y is None:
            break
        points.append((x, y))
    return points


def _attributes(found: Element) -> dict[str, Any]:
    attributes: dict[str, Any] = {flag: True for flag in FLAGS if text_of(found, flag) == "1"}
    if (pose := line(text_of(found, "pose"))) and pose != "Unspecified":
        attributes["pose"] = pose
    for action in found.findall("actions/*"):
        attributes[action.tag[:64]] = (action.text or "").strip() == "1"
    for told in found.findall("attributes/attribute"):
        if name := line(text_of(told, "name"), 64):
            attributes[name] = line(text_of(told, "value"), 1024)
    return attributes


def _sides(scope: Scope) -> dict[str, str]:
    """The side of each stem, as the lists in ImageSets/Main have it."""
    found: dict[str, str] = {}
    for name in scope.listing.ending(".txt"):
        if "imagesets/" not in f"/{name.lower()}":
            continue
        scope.mark(name)
        side_name = stem_of(name).lower()
        if LAYOUT in f"/{name.lower()}" and side_name in PARTS:
            with scope.reading(name) as stream:
                found |= {text.split()[0]: side_name for _, text in texts.lines(stream) if text.split()}
    return found
