"""What each format keeps and loses on the way out and back in, as docs/formats.md says it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from annotations.formats import FORMAT_NAMES, format_named
from annotations.formats.reading import ReadImage, ReadShape
from annotations.formats.records import ExportBox, ExportClass, ExportDataset
from tests.annotations.formats.reading.trees import carried
from tests.annotations.formats.samples import image, written

DOCS = Path(__file__).resolve().parents[4] / "docs" / "formats.md"
BOAT = ExportClass(
    UUID(int=1),
    "big boat",
    "#0072b2",
    attributes=[{"name": "wet", "kind": "checkbox"}, {"name": "age", "kind": "number"}],
    skeleton={"points": ["bow", "stern"], "edges": [[0, 1]]},
)
QUAY = ExportDataset(UUID(int=50), "North quay", (BOAT,))
POINTS = {
    "polygon": [[10.0, 10.0], [90.0, 20.0], [50.0, 80.0]],
    "polyline": [[10.0, 10.0], [90.0, 20.0], [50.0, 80.0]],
    "point": [[40.0, 30.0]],
    "keypoints": [[10.0, 20.0, 2], [60.0, 70.0, 1]],
}
FRAMES = {
    "polygon": (10, 10, 80, 70),
    "polyline": (10, 10, 80, 70),
    "point": (40, 30, 0.01, 0.01),
    "keypoints": (10, 20, 50, 50),
}


def shape(kind: str, **fields: Any) -> ExportBox:
    """Of each kind one that could be nothing else."""
    x, y, w, h = FRAMES.get(kind, (0, 0, 200, 100) if kind == "tag" else (40, 20, 60, 30))
    turn = 30.0 if kind == "turned box" else 0.0
    name = "box" if kind == "turned box" else kind
    told = {"rotation": turn, "points": POINTS.get(kind, []), **fields}
    return ExportBox(
        UUID(int=7), told.pop("class_id", BOAT.id), name, float(x), float(y), float(w), float(h), **told
    )


def back(name: str, box: ExportBox, **fields: Any) -> tuple[list[ReadImage], list[ReadShape], Any]:
    found, reading = carried(name, [image(1, boxes=[box], **fields)], QUAY)
    shapes = [one for read in found for one in read.shapes]
    return found, shapes, reading


def of_kind(name: str, kind: str) -> str:
    box = shape(kind)
    _, shapes, _ = back(name, box)
    if not shapes:
        return "no"
    [found] = shapes
    if found.shape != box.shape:
        return f"as {found.shape}"
    points = [
        point
        for one, other in zip(found.points, box.points, strict=True)
        for point in zip(one, other, strict=True)
    ]
    pairs = [*zip(found[2:7], box[3:8], strict=True), *points]
    return (
        "yes"
        if all(abs(a - b) <= 1 for a, b in pairs)
        else "as upright box"
        if kind == "turned box"
        else "changed"
    )


def carrier(name: str) -> str:
    """The kind of shape that carries the other facts: a box, where the format knows boxes."""
    return "tag" if name == "imagefolder" else "box"


def row(name: str) -> dict[str, str]:
    told = {
        kind: of_kind(name, kind)
        for kind in ("box", "turned box", "polygon", "polyline", "point", "keypoints", "tag")
    }
    box = shape(
        carrier(name),
        attributes={"wet": True, "age": 3},
        score=0.25,
        state="proposed",
        source="model",
        z=4,
        locked=True,
    )
    [found], [kept], reading = back(name, box, split="val", state="approved")
    answers = {
        "attributes": kept.attributes == {"wet": True, "age": 3},
        "score": kept.score == 0.25,
        "proposal": kept.state == "proposed",
        "order": kept.z == 4,
        "id": kept.id == str(box.id),
        "image state": found.state == "approved",
        "split": found.split == "val",
        "hash": found.sha256 == image(1).sha256,
        "no class": bool(back(name, shape(carrier(name), class_id=None))[1]),
        "colours": next(iter(reading.classes)).color == BOAT.color,
        "schemas": next(iter(reading.classes)).attributes == BOAT.attributes,
        "skeletons": next(iter(reading.classes)).skeleton == BOAT.skeleton,
    }
    empty, _ = carried(name, [image(1, boxes=[shape(carrier(name))]), image(2)], QUAY)
    answers["empty images"] = any("2" in one.name and one.labelled for one in empty)
    return told | {key: "yes" if value else "no" for key, value in answers.items()}


def documented() -> dict[str, dict[str, str]]:
    lines = [line for line in DOCS.read_text().splitlines() if line.startswith("|")]
    at = next(number for number, line in enumerate(lines) if line.startswith("| Kept |"))
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[at:]]
    names = cells[0][1:]
    rows = {line[0]: line[1:] for line in cells[2:] if len(line) == len(cells[0])}
    return {name: {fact: told[place] for fact, told in rows.items()} for place, name in enumerate(names)}


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_the_documentation_says_what_is_lost(name):
    assert documented()[f"`{name}`"] == row(name)


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_what_a_format_can_t_hold_is_counted_with_a_reason(name):
    for kind in ("box", "polygon", "polyline", "point", "keypoints", "tag"):
        if kind in format_named(name).shapes or not format_named(name).needs_class:
            continue
        _, tally = written(name, [image(1, boxes=[shape(kind)])], dataset=QUAY)

        assert sum(tally.skipped.values()) == 1, kind
