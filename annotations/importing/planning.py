"""The edits that bring a picture's boxes to what a file tells of it."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from annotations.attributes import Attribute, misfit
from annotations.edits import BoxState
from annotations.edits.fields import CANONICAL, MAX_ATTRIBUTES, MAX_Z, SOURCES, STATES
from annotations.formats.reading import Findings, ReadImage, ReadShape
from annotations.importing.wish import REPLACE, TOLD, ImportWish
from modelship.lib.ids import derived_id

Edit = dict[str, Any]
# Two shapes of a kind and class are one where nothing differs by more: files round.
SAME_PX = 1.01
PROVENANCE = {"slice", "model_name", "job"}
YES, NO = ("true", "yes", "1"), ("false", "no", "0")


@dataclass(frozen=True)
class Classes:
    """The project's classes as the import sees them: ids by name of the file, and the attributes of each.

    A name that is not in `ids` is skipped.
    """

    ids: Mapping[str, str]
    schemas: Mapping[str, Sequence[Attribute]] = field(default_factory=dict)


@dataclass
class Plan:
    """What happens to one picture. `removals` come before `additions`, all of them edits as they go over the wire."""

    removals: list[Edit] = field(default_factory=list)
    additions: list[Edit] = field(default_factory=list)
    # Shapes that the picture has already, and those whose class is left out.
    known: int = 0
    skipped: int = 0

    @property
    def edits(self) -> list[Edit]:
        return [*self.removals, *self.additions]


def plan_image(
    seed: UUID,
    image_id: UUID,
    told: ReadImage,
    present: Iterable[BoxState],
    classes: Classes,
    wish: ImportWish,
    findings: Findings,
) -> Plan:
    """What it takes for the picture to have the file's shapes, beside its own or in their place.

    `present` are the boxes of the picture, deleted ones too: their ids are taken. Ids of edits follow from
    `seed`, the import's, so a second run repeats the edits of the first.
    """
    plan, stand = Plan(), _Standing(present)
    for number, shape in enumerate(told.shapes):
        class_id = classes.ids.get(shape.class_name) if shape.class_name else None
        if class_id is None and (shape.class_name or shape.shape == "tag"):
            plan.skipped += 1
        elif stand.takes(shape, class_id):
            plan.known += 1
        else:
            uid = stand.free_id(shape.id, derived_id(seed, image_id, told.file, shape.place, number))
            patch = _patch(shape, class_id, classes, wish, told, findings)
            op_id = str(derived_id(seed, image_id, told.file, number, "add"))
            plan.additions.append({"op_id": op_id, "kind": "add", "box_id": uid, "patch": patch})
    if wish.mode == REPLACE:
        plan.removals = [_removal(seed, image_id, uid) for uid in stand.left()]
    return plan


def _removal(seed: UUID, image_id: UUID, uid: str) -> Edit:
    op_id = str(derived_id(seed, image_id, uid, "delete"))
    return {"op_id": op_id, "kind": "delete", "box_id": uid, "patch": {}}


class _Standing:
    """The boxes that the picture has. Each of them stands for one shape of the file at most."""

    def __init__(self, present: Iterable[BoxState]) -> None:
        self._ids: set[str] = set()
        self._alive: dict[str, BoxState] = {}
        self._near: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for box in present:
            self._ids.add(box.id)
            if not box.deleted:
                self._alive[box.id] = box
                self._near[(box.shape, box.class_id, *_cell(box))].append(box.id)

    def takes(self, shape: ReadShape, class_id: str | None) -> bool:
        """Whether a box that stands for no other shape yet is this one."""
        across, down = _cell(shape)
        for x in (across - 1, across, across + 1):
            for y in (down - 1, down, down + 1):
                for uid in self._near.get((shape.shape, class_id, x, y), ()):
                    if uid in self._alive and _is_same(shape, self._alive[uid]):
                        del self._alive[uid]
                        return True
        return False

    def free_id(self, told: str, otherwise: UUID) -> str:
        """The id that the file tells, where it is one and nothing has it yet."""
        uid = told.lower() if CANONICAL.fullmatch(told) and told.lower() not in self._ids else str(otherwise)
        self._ids.add(uid)
        return uid

    def left(self) -> list[str]:
        return list(self._alive)


def _cell(shape: Any) -> tuple[int, int]:
    """The square of so many pixels in which it begins; the same shape begins there or next to it."""
    if shape.shape == "tag":
        return 0, 0
    return math.floor(shape.x / SAME_PX), math.floor(shape.y / SAME_PX)


def _is_same(shape: ReadShape, box: BoxState) -> bool:
    if shape.shape == "tag":
        return True
    pairs = [(getattr(shape, name), getattr(box, name)) for name in ("x", "y", "w", "h")]
    if len(shape.points) != len(box.points) or _turned(shape.rotation, box.rotation) > 1:
        return False
    for mine, theirs in zip(shape.points, box.points, strict=True):
        pairs += zip(mine, theirs, strict=False)
    return all(abs(a - b) <= SAME_PX for a, b in pairs)


def _turned(one: float, other: float) -> float:
    return abs((one - other + 180) % 360 - 180)


def _patch(
    shape: ReadShape,
    class_id: str | None,
    classes: Classes,
    wish: ImportWish,
    told: ReadImage,
    findings: Findings,
) -> dict[str, Any]:
    state = shape.state if wish.box_states == TOLD else wish.box_states
    source = shape.source if shape.source in SOURCES else "import"
    if source == "human" and shape.score is not None:
        source = "import"
    attributes = _fitting(shape, classes.schemas.get(class_id or "", ()), told, findings)
    provenance = shape.provenance
    if provenance is not None and set(provenance) - PROVENANCE:
        provenance = None
    return {
        "class_id": class_id,
        "shape": shape.shape,
        **{name: getattr(shape, name) for name in ("x", "y", "w", "h", "rotation")},
        "points": [list(point) for point in shape.points],
        "attributes": attributes,
        "source": source,
        "score": shape.score,
        "model": shape.model if shape.model and CANONICAL.fullmatch(shape.model) else None,
        "provenance": dict(provenance) if provenance else None,
        "state": state if state in STATES else "accepted",
        "z": max(-MAX_Z, min(MAX_Z, shape.z)),
        "locked": shape.locked,
    }


def _fitting(
    shape: ReadShape, schema: Sequence[Attribute], told: ReadImage, findings: Findings
) -> dict[str, Any]:
    """The attributes that the class can hold; texts that mean a number or a switch become one."""
    kinds = {attribute["name"]: attribute["kind"] for attribute in schema}
    fitting: dict[str, Any] = {}
    for name, value in list(shape.attributes.items())[:MAX_ATTRIBUTES]:
        meant = _meant(value, kinds.get(name, ""))
        reason = misfit(schema, {name: meant})
        if reason is None:
            fitting[name] = meant
            continue
        findings.warning(
            "attribute_unfit",
            told.file,
            f"On {told.name} {shape.class_name} has {name} = {str(value)[:60]!r}, and {reason}",
            "Change what the class says about its attributes, or set it by hand.",
            shape.place,
        )
    return fitting


def _meant(value: Any, kind: str) -> Any:
    if kind == "text" and not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else f"{value:g}"
    if not isinstance(value, str):
        return value
    if kind == "checkbox" and value.strip().lower() in (*YES, *NO):
        return value.strip().lower() in YES
    if kind == "number":
        try:
            return float(value)
        except ValueError:
            return value
    return value
