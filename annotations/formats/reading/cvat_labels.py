"""The labels that a CVAT file begins with: colours, attributes and skeletons, as classes of a project have them."""

import re
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from annotations.formats.reading.numbers import line, number
from annotations.formats.reading.values import color_of, schema_of
from annotations.formats.reading.xml_elements import text_of
from annotations.skeleton import BadSkeleton, read_skeleton

KINDS = {"checkbox": "checkbox", "number": "number", "select": "choice", "radio": "choice", "text": "text"}
EDGE = re.compile(r'<line\b[^>]*\bdata-node-from="(\d+)"[^>]*\bdata-node-to="(\d+)"')


@dataclass
class CvatLabel:
    """`parent` is set for the points of a skeleton; `points` are their names in order."""

    name: str
    color: str = ""
    parent: str = ""
    use: str = "both"
    kinds: dict[str, str] = field(default_factory=dict)
    schema: list[dict[str, Any]] = field(default_factory=list)
    edges: list[list[int]] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    skeleton: dict[str, Any] = field(default_factory=dict)


def label_of(element: Element) -> CvatLabel | None:
    name = line(text_of(element, "name"))
    if not name:
        return None
    attributes = [found for told in element.iter("attribute") if (found := _attribute(told))]
    return CvatLabel(
        name,
        color_of(text_of(element, "color")),
        parent=line(text_of(element, "parent")),
        use="tags" if text_of(element, "type") == "tag" else "both",
        kinds={found["name"]: found["kind"] for found in attributes},
        schema=schema_of(attributes),
        edges=[[int(a) - 1, int(b) - 1] for a, b in EDGE.findall(text_of(element, "svg"))],
    )


def put_in_order(labels: dict[str, CvatLabel]) -> None:
    """Give each skeleton its points."""
    for label in labels.values():
        if not label.parent and any(other.parent == label.name for other in labels.values()):
            label.points = [other.name for other in labels.values() if other.parent == label.name]
            fitting = [edge for edge in label.edges if max(edge) < len(label.points) and min(edge) >= 0]
            try:
                label.skeleton = read_skeleton({"points": label.points, "edges": fitting})
            except BadSkeleton:
                label.skeleton = {}


def typed(label: CvatLabel | None, name: str, value: str) -> Any:
    """A value of an attribute as its kind wants it; text where the label does not tell the kind."""
    kind = label.kinds.get(name) if label else None
    if kind == "checkbox" or (kind is None and value in ("true", "false")):
        return value.lower() == "true"
    if kind == "number":
        found = number(value)
        return value if found is None else int(found) if found == int(found) else found
    return value


def _attribute(told: Element) -> dict[str, Any] | None:
    name, kind = line(text_of(told, "name"), 64), KINDS.get(text_of(told, "input_type"), "text")
    if not name:
        return None
    values, default = text_of(told, "values"), text_of(told, "default_value")
    found: dict[str, Any] = {"name": name, "kind": kind}
    if kind == "choice":
        choices = [line(value) for value in values.split("\n") if line(value)]
        # Older files part them by spaces.
        found["choices"] = values.split() if len(choices) == 1 and default != choices[0] else choices
        # CVAT offers an empty default that is no choice.
        return found | ({"default": default} if default in found["choices"] else {})
    if kind == "checkbox":
        return found | {"default": default.lower() == "true"}
    if kind == "number":
        return found | _range(values, default)
    return found | ({"default": default} if default else {})


def _range(values: str, default: str) -> dict[str, float]:
    """CVAT writes the least, the most and the step of a number."""
    told = [number(value) for value in values.split("\n")]
    named = zip(("min", "max", "step"), told, strict=False) if len(told) == 3 else ()
    found = {key: value for key, value in named if value is not None}
    if len(found) == 3 and (found["min"] > found["max"] or found["step"] <= 0):
        found = {}
    start = number(default)
    is_fitting = start is not None and found.get("min", start) <= start <= found.get("max", start)
    return found | ({"default": start} if is_fitting and start is not None else {})
