"""What an edit does to the box as it is now, or why it does nothing.

Per field the last edit in server order wins; geometry is one field; attributes merge key by key;
a deleted box refuses changes. `expect` narrows a patch to the fields that nobody changed since,
which is what makes undo touch only what is still mine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from annotations.attributes import Attribute, defaults, misfit
from annotations.edits.fields import GEOMETRY, LOOSE, MAX_ATTRIBUTES, field_of
from annotations.edits.parsing import Edit
from annotations.edits.state import BoxState, Dropped
from annotations.geometry import POINTED, BadGeometry, Geometry, fit


@dataclass(frozen=True, slots=True)
class Rules:
    """What the canvas allows at this moment. `room` is how many more boxes it holds.

    `author` is the kind of actor: a person at the keyboard (`user`), a person's program (`key`),
    a `job`, or the job of an `import`, whose boxes others drew elsewhere.
    """

    author: str
    width: int
    height: int
    classes: frozenset[str]
    room: int
    is_locked: bool = False
    # Why nobody but its holder may edit just now; empty where everybody may.
    hold: str = ""
    # The attributes that classes describe, by class; only of classes that this batch names.
    schemas: Mapping[str, Sequence[Attribute]] = field(default_factory=dict)
    # The living tag of each class, by class; only where this batch adds or changes tags.
    tags: Mapping[str, str] = field(default_factory=dict)

    def after(self, before: BoxState | None, box: BoxState) -> "Rules":
        """What is allowed once `before` has become `box`."""
        was_alive = before is not None and not before.deleted
        room = self.room + was_alive - (not box.deleted)
        if box.shape != "tag":
            return self if room == self.room else replace(self, room=room)
        tags = {known: uid for known, uid in self.tags.items() if uid != box.id}
        if not box.deleted and box.class_id is not None:
            tags[box.class_id] = box.id
        return replace(self, room=room, tags=tags)


# An accepted edit as the log keeps it and everybody receives it: the patch is final.
Judged = dict[str, Any]


class _Drop(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def judge(box: BoxState | None, edit: Edit, rules: Rules) -> Judged | Dropped:
    try:
        if rules.is_locked:
            raise _Drop("locked", "The image is approved. Reopen it to edit.")
        if rules.hold:
            raise _Drop("locked", rules.hold)
        patch = _JUDGES[edit.kind](box, edit, rules)
    except _Drop as drop:
        return Dropped(edit.op_id, drop.code, str(drop))
    return {"op_id": edit.op_id, "kind": edit.kind, "box_id": edit.box_id, "patch": patch}


def _judge_add(box: BoxState | None, edit: Edit, rules: Rules) -> dict[str, Any]:
    if box is not None:
        raise _Drop("exists", "There is a box with this id already.")
    _need_room(rules)
    patch = edit.patch
    _known_class(patch["class_id"], rules)
    shape = patch.get("shape", "box")
    source = _source(patch, rules.author)
    if shape == "tag":
        _lone_tag(edit.box_id, patch["class_id"], rules)
    schema = _schema(patch["class_id"], rules)
    # People see what they begin with; for a job, which knows no attributes, the class says it.
    begun = defaults(schema) if rules.author == "job" else {}
    return {
        "class_id": patch["class_id"],
        "shape": shape,
        **_geometry(shape, patch, rules).as_patch(),
        "attributes": _merged(begun, patch.get("attributes", {}), schema),
        "source": source,
        "score": patch.get("score"),
        "model": patch.get("model"),
        "provenance": patch.get("provenance"),
        "state": patch.get("state", "proposed" if source == "model" else "accepted"),
        "z": patch.get("z", 0),
        "locked": patch.get("locked", False),
    }


def _judge_change(box: BoxState | None, edit: Edit, rules: Rules) -> dict[str, Any]:
    box = _alive(box)
    wished = _still_expected(box, edit)
    is_corrected = any(key not in LOOSE for key in wished)
    if is_corrected:
        _unlocked(box)
    if "locked" in wished and rules.author == "job":
        raise _Drop("denied", "People lock and unlock boxes, jobs do not.")
    patch = {key: wished[key] for key in ("state", *LOOSE) if key in wished}
    if "class_id" in wished:
        patch["class_id"] = _changed_class(box, wished["class_id"], rules)
    if any(key in wished for key in GEOMETRY):
        patch |= _moved(box, wished, rules).as_patch()
    if "attributes" in wished:
        schema = _schema(patch.get("class_id", box.class_id), rules)
        patch["attributes"] = _merged(box.attributes, wished["attributes"], schema)
    is_left_open = is_corrected and "state" not in wished and not edit.expect
    if is_left_open and box.state == "proposed" and rules.author != "job":
        # Who corrects a proposal has judged it; its source, score and provenance stay. An edit
        # that expects something takes another one back, and judges nothing.
        patch["state"] = "accepted"
    return patch


def _judge_delete(box: BoxState | None, edit: Edit, rules: Rules) -> dict[str, Any]:
    box = _alive(box)
    _unlocked(box)
    _still_expected(box, edit)
    return {}


def _judge_restore(box: BoxState | None, edit: Edit, rules: Rules) -> dict[str, Any]:
    if box is None:
        raise _Drop("unknown", "There has never been a box with this id.")
    if not box.deleted:
        raise _Drop("exists", "The box is not deleted.")
    _need_room(rules)
    if box.shape == "tag":
        _lone_tag(box.id, box.class_id, rules)
    _still_expected(box, edit)
    return {}


_JUDGES = {
    "add": _judge_add,
    "update": _judge_change,
    "review": _judge_change,
    "delete": _judge_delete,
    "restore": _judge_restore,
}


def _alive(box: BoxState | None) -> BoxState:
    if box is None:
        raise _Drop("unknown", "There has never been a box with this id.")
    if box.deleted:
        raise _Drop("gone", "The box was deleted meanwhile.")
    return box


def _unlocked(box: BoxState) -> None:
    if box.locked:
        raise _Drop("locked", "The box is locked. Unlock it to change it.")


def _lone_tag(uid: str, class_id: str | None, rules: Rules) -> None:
    """Of each class an image has one tag or none, so that everybody counts the same ones."""
    if class_id is None:
        raise _Drop("bad", "A tag needs a class.")
    if rules.tags.get(class_id, uid) != uid:
        raise _Drop("exists", "The image has this tag already.")


def _changed_class(box: BoxState, class_id: str | None, rules: Rules) -> str | None:
    _known_class(class_id, rules)
    if box.shape == "tag":
        _lone_tag(box.id, class_id, rules)
    return class_id


def _schema(class_id: str | None, rules: Rules) -> Sequence[Attribute]:
    return rules.schemas.get(class_id, ()) if class_id else ()


def _need_room(rules: Rules) -> None:
    if rules.room <= 0:
        raise _Drop("quota", "The image holds as many boxes as it may. Delete some first.")


def _known_class(class_id: str | None, rules: Rules) -> None:
    if class_id is not None and class_id not in rules.classes:
        raise _Drop("unknown", "The project has no such class.")


def _still_expected(box: BoxState, edit: Edit) -> Mapping[str, Any]:
    """The part of the patch whose fields still are as expected.

    A field that is expected but not patched guards the whole edit. Drops it as `changed` where a
    guard fails or nothing is left to apply.
    """
    changed = {field_of(key) for key, value in edit.expect.items() if not _equals(box, key, value)}
    kept = {key: value for key, value in edit.patch.items() if field_of(key) not in changed}
    if changed - {field_of(key) for key in edit.patch} or (edit.patch and not kept):
        raise _Drop("changed", "Somebody changed this box meanwhile.")
    return kept


def _equals(box: BoxState, key: str, expected: Any) -> bool:
    present = getattr(box, key)
    if key == "attributes":
        return all(present.get(name) == value for name, value in expected.items())
    if key == "points":
        return list(map(len, present)) == list(map(len, expected)) and all(
            _near(a, b)
            for mine, theirs in zip(present, expected, strict=True)
            for a, b in zip(mine, theirs, strict=True)
        )
    if key in GEOMETRY:
        return _near(present, expected)
    return bool(present == expected)


def _near(a: float, b: float) -> bool:
    """Equal after the rounding to 0.01 that every stored number went through."""
    return abs(a - b) < 0.0101


def _geometry(shape: str, values: Mapping[str, Any], rules: Rules) -> Geometry:
    wished = Geometry(
        x=values.get("x", 0.0),
        y=values.get("y", 0.0),
        w=values.get("w", 0.0),
        h=values.get("h", 0.0),
        rotation=values.get("rotation", 0.0),
        points=tuple(map(tuple, values.get("points", ()))),
    )
    try:
        return fit(shape, wished, rules.width, rules.height)
    except BadGeometry as problem:
        raise _Drop("bad", str(problem)) from problem


def _moved(box: BoxState, wished: Mapping[str, Any], rules: Rules) -> Geometry:
    """What the patch leaves out stays: the turn of a box, say, that is only dragged."""
    if box.shape == "tag":
        raise _Drop("bad", "A tag belongs to the whole picture and can't be moved.")
    if box.shape in POINTED and not wished.get("points"):
        raise _Drop("bad", f"A {box.shape} is moved by its points. Send them.")
    return _geometry(box.shape, {"rotation": box.rotation, "points": box.points, **wished}, rules)


def _merged(
    present: Mapping[str, Any], wished: Mapping[str, Any], schema: Sequence[Attribute]
) -> dict[str, Any]:
    """Only what is touched must fit: what was stored before its class changed stays as it is."""
    if reason := misfit(schema, wished):
        raise _Drop("bad", reason)
    merged = {name: value for name, value in {**present, **wished}.items() if value is not None}
    if len(merged) > MAX_ATTRIBUTES:
        raise _Drop("bad", f"A box holds up to {MAX_ATTRIBUTES} attributes.")
    return merged


def _source(patch: Mapping[str, Any], author: str) -> str:
    """Who drew it is the server's to say: programs may name a model or an import, people may not."""
    source = str(patch.get("source") or ("model" if author == "job" else "human"))
    if author == "import":
        return source
    if source != "human" and author == "user":
        raise _Drop("denied", "Only programs add boxes of models and imports.")
    if source == "human" and author == "job":
        raise _Drop("denied", "A job adds boxes of models and imports.")
    if source == "human" and patch.get("score") is not None:
        raise _Drop("bad", "A box that a person draws has no score.")
    if author != "job" and (patch.get("model") or patch.get("provenance")):
        raise _Drop("denied", "Only jobs record the model and provenance of a box.")
    return source
