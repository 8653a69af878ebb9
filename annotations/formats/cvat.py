"""CVAT for images 1.1: one XML of every shape that CVAT knows, with attributes, order and skeletons.

Scores and states have no place in it. An attribute that its class does not describe goes out as text.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from annotations.formats.desk import Desk
from annotations.formats.records import ExportBox, ExportClass, ExportDataset
from annotations.formats.shapes import Labelled
from annotations.formats.writing import Document, FileKind, NamedImage
from annotations.formats.xml import UNWRITABLE, text
from annotations.geometry import ABSENT, OCCLUDED

DIGITS = 2
CVAT_SHAPES = ("box", "polygon", "polyline", "point", "keypoints", "tag")
INPUTS = {"text": "text", "number": "number", "choice": "select", "checkbox": "checkbox"}
POINTED = {"polygon": "polygon", "polyline": "polyline", "point": "points"}
# An attribute of a shape that CVAT has a word of its own for.
OCCLUSION = "occluded"


class CvatLabels:
    def __init__(self, dataset: ExportDataset, desk: Desk, name: str) -> None:
        self._dataset, self._out = dataset, desk.file(name)

    def begin(self) -> None:
        dataset = self._dataset
        rows = [
            '<?xml version="1.0" encoding="utf-8"?>',
            "<annotations>",
            "  <version>1.1</version>",
            "  <meta><task>",
            f"    <name>{text(dataset.name)}</name>",
            "    <labels>",
            *(row for known in dataset.classes for row in _label(known)),
            "    </labels>",
            "  </task></meta>",
        ]
        self._out.write(("\n".join(rows) + "\n").encode())

    def add(self, named: NamedImage) -> None:
        image = named.image
        told = {"id": named.number - 1, "name": named.file, "width": image.width, "height": image.height}
        if image.split:
            told["subset"] = image.split
        rows = [f"  <image{_attributes(told)}>"]
        for item in named.labelled:
            rows += _shape(item, self._dataset.classes[item.class_index])
        self._out.write(("\n".join([*rows, "  </image>"]) + "\n").encode())

    def finish(self) -> None:
        self._out.write(b"</annotations>\n")


def _label(known: ExportClass) -> Iterator[str]:
    kind = "skeleton" if known.skeleton else "any"
    yield f"      <label><name>{text(known.name)}</name><color>{text(known.color)}</color><type>{kind}</type>"
    yield "        <attributes>"
    for attribute in known.attributes:
        yield from _schema(attribute)
    yield "        </attributes>"
    if known.skeleton:
        yield f"        <svg>{text(_svg(known.skeleton))}</svg>"
    yield "      </label>"
    for point in known.skeleton.get("points", ()):
        named = f"<name>{text(point)}</name><type>points</type><parent>{text(known.name)}</parent>"
        yield f"      <label>{named}<attributes></attributes></label>"


def _schema(attribute: Mapping[str, Any]) -> Iterator[str]:
    kind = attribute["kind"]
    values = {
        "choice": attribute.get("choices", ()),
        "checkbox": ("false", "true"),
        "number": [str(attribute.get(key, least)) for key, least in (("min", 0), ("max", 1e6), ("step", 1))],
    }.get(kind, ())
    yield f"          <attribute><name>{text(attribute['name'])}</name><mutable>False</mutable>"
    yield f"            <input_type>{INPUTS[kind]}</input_type>"
    yield f"            <default_value>{text(_value(attribute.get('default', '')))}</default_value>"
    lines = "\n".join(text(str(value)) for value in values)
    yield f"            <values>{lines}</values></attribute>"


def _svg(skeleton: Mapping[str, Any]) -> str:
    """Points on a circle, for CVAT wants to draw them somewhere, and the edges between them from 1."""
    points: Sequence[str] = skeleton["points"]
    spots = [
        (
            50 + 40 * math.cos(2 * math.pi * at / len(points)),
            50 + 40 * math.sin(2 * math.pi * at / len(points)),
        )
        for at in range(len(points))
    ]
    rows = []
    for start, end in skeleton["edges"]:
        (ax, ay), (bx, by) = spots[start], spots[end]
        ends = {"x1": f"{ax:.2f}", "y1": f"{ay:.2f}", "x2": f"{bx:.2f}", "y2": f"{by:.2f}"}
        marks = {"data-type": "edge", "data-node-from": start + 1, "data-node-to": end + 1}
        rows.append(f"<line{_attributes({**ends, **marks})}></line>")
    for number, ((x, y), name) in enumerate(zip(spots, points, strict=True), start=1):
        spot = {"r": "1.5", "cx": f"{x:.2f}", "cy": f"{y:.2f}"}
        marks = {"data-type": "element node", "data-element-id": number, "data-node-id": number}
        rows.append(f"<circle{_attributes({**spot, **marks, 'data-label-name': name})}></circle>")
    return "".join(rows)


def _shape(item: Labelled, known: ExportClass) -> Iterator[str]:
    box = item.box
    told: dict[str, Any] = {"label": known.name, "source": "auto" if box.source == "model" else "manual"}
    if box.shape == "tag":
        yield from _element("tag", told, box)
        return
    told |= {"occluded": int(box.attributes.get(OCCLUSION) is True), "z_order": box.z}
    if box.shape == "keypoints":
        yield from _pose(told, box, known)
    elif box.shape == "box":
        # CVAT wants the edges from before the turn.
        x, y, right, bottom = (box.x, box.y, box.x + box.w, box.y + box.h) if box.rotation else item[2:]
        told |= {"xtl": _px(x), "ytl": _px(y), "xbr": _px(right), "ybr": _px(bottom)}
        yield from _element("box", told | ({"rotation": _px(box.rotation)} if box.rotation else {}), box)
    else:
        yield from _element(POINTED[box.shape], told | {"points": _points(box.points)}, box)


def _pose(told: Mapping[str, Any], box: ExportBox, known: ExportClass) -> Iterator[str]:
    names = known.skeleton.get("points", ())
    if len(names) != len(box.points):
        seen = [point for point in box.points if point[2] != ABSENT]
        yield from _element("points", {**told, "points": _points(seen)}, box)
        return
    yield f"    <skeleton{_attributes({key: told[key] for key in ('label', 'source', 'z_order')})}>"
    for name, point in zip(names, box.points, strict=True):
        marks = {"outside": int(point[2] == ABSENT), "occluded": int(point[2] == OCCLUDED)}
        yield f"      <points{_attributes({'label': name, **marks, 'points': _points([point])})}></points>"
    yield from _inner(box, "      ")
    yield "    </skeleton>"


def _element(tag: str, told: Mapping[str, Any], box: ExportBox) -> Iterator[str]:
    yield f"    <{tag}{_attributes(told)}>"
    yield from _inner(box, "      ")
    yield f"    </{tag}>"


def _inner(box: ExportBox, indent: str) -> Iterator[str]:
    for name, value in box.attributes.items():
        if value is not None and not (name == OCCLUSION and value is True):
            yield f"{indent}<attribute{_attributes({'name': name})}>{text(_value(value))}</attribute>"


def _attributes(told: Mapping[str, Any]) -> str:
    return "".join(f" {name}={quoteattr(_writable(str(value)))}" for name, value in told.items())


def _writable(value: str) -> str:
    """What XML can hold; quoteattr escapes the rest itself."""
    return UNWRITABLE.sub("", value)


def _value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _points(points: Sequence[Sequence[float]]) -> str:
    return ";".join(f"{_px(point[0])},{_px(point[1])}" for point in points)


def _px(value: float) -> str:
    return f"{value:.{DIGITS}f}"


CVAT = Document("annotations.xml", FileKind(".xml", "application/xml"), CvatLabels)
