"""Bringing boxes back: the ordinary edits that lead from the present state to what is wished.

Every edit expects the present values, so that what somebody changes meanwhile is spared, not
overwritten. What can't be brought back is told, never left out silently.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from annotations.edits.fields import GEOMETRY, MAX_ATTRIBUTES
from annotations.edits.parsing import CHANGEABLE
from annotations.edits.state import BoxState, fold
from annotations.geometry import POINTED
from modelship.lib.ids import new_id

ATTRIBUTE = "attributes."
# The fields that are one key each.
PLAIN = tuple(key for key in CHANGEABLE if key not in (*GEOMETRY, "attributes"))
# A field of a box that was not there yet.
ABSENT = object()


@dataclass(frozen=True, slots=True)
class Skip:
    """A field, or a whole `box`, that was not brought back, and who holds it."""

    box_id: str
    field: str
    code: str
    detail: str
    by: str | None = None

    def wire(self) -> dict[str, Any]:
        return {
            "box_id": self.box_id,
            "field": self.field,
            "code": self.code,
            "detail": self.detail,
            "by": self.by,
        }


@dataclass(slots=True)
class Plan:
    """Wire edits in the order in which they are to be made, and what was left out."""

    edits: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)

    def add(
        self, kind: str, box_id: str, patch: Mapping[str, Any] = {}, expect: Mapping[str, Any] = {}
    ) -> None:
        edit = {"op_id": str(new_id()), "kind": kind, "box_id": box_id, "patch": dict(patch)}
        self.edits.append({**edit, "expect": dict(expect)} if expect else edit)


def plan_moment(
    now: Mapping[str, BoxState],
    then: Mapping[str, BoxState],
    classes: Collection[str],
    only: Collection[str] | None = None,
) -> Plan:
    """Bring boxes, all or `only` some, to how they were: `now` and `then` are folds of one log.

    A class that is gone by now becomes none. Boxes that were not there yet are deleted.
    """
    plan = Plan()
    for key in now if only is None else dict.fromkeys(only):
        present = now.get(key)
        if present is None:
            plan.skipped.append(Skip(key, "box", "unknown", "There has never been a box with this id."))
        else:
            _bring(plan, present, then.get(key), classes)
    return plan


def _bring(plan: Plan, present: BoxState, past: BoxState | None, classes: Collection[str]) -> None:
    if past is None or past.deleted:
        if not present.deleted:
            plan.add("delete", present.id, expect=_guard(present))
        return
    if present.deleted:
        plan.add("restore", present.id)
    wished = {name: value for name, value in fields_of(past).items() if name != "deleted"}
    for name in fields_of(present):
        if _is_attribute(name):
            wished.setdefault(name, None)
    _change(plan, present, wished, classes)


def plan_person(
    batches: Iterable[Mapping[str, Any]], person: str, classes: Collection[str], since: int = 0
) -> Plan:
    """Take back what a person did after revision `since`: only values that still are theirs."""
    story = _Story(person, since)
    for batch in batches:
        story.read(batch)
    plan = Plan()
    for key in dict.fromkeys(box_id for box_id, _ in story.runs):
        _take_back(plan, story, key, classes)
    return plan


@dataclass(slots=True)
class _Run:
    """What the person wrote into a field last, without anybody between, and what was there before."""

    before: Any
    wrote: Any


class _Story:
    """A log told for one person: the present boxes, the person's runs, and who wrote each field last."""

    def __init__(self, person: str, since: int) -> None:
        self.person, self.since = person, since
        self.boxes: dict[str, BoxState] = {}
        self.runs: dict[tuple[str, str], _Run] = {}
        self.writers: dict[tuple[str, str], str] = {}
        # Whose changes a box has seen since the person added or restored it, by field.
        self.guests: dict[str, dict[str, str]] = {}

    def read(self, batch: Mapping[str, Any]) -> None:
        actor = batch["actor"]
        user, name = actor.get("user"), actor.get("name") or "Somebody"
        is_theirs = user == self.person and batch["seq"] > self.since
        for edit in batch["edits"]:
            if edit["kind"] == "canvas":
                continue
            key = edit["box_id"]
            old = self.boxes.get(key)
            self.boxes[key] = fold(old, edit, batch["seq"], user)
            if is_theirs and edit["kind"] in ("add", "restore"):
                self.guests[key] = {}
            for change in _changes(old, self.boxes[key]):
                self._note(key, change, name, is_theirs)

    def _note(self, key: str, change: tuple[str, Any, Any], name: str, is_theirs: bool) -> None:
        slot = (key, change[0])
        self.writers[slot] = name
        if not is_theirs:
            self.guests.get(key, {})[change[0]] = name
            return
        self.guests.get(key, {}).pop(change[0], None)
        run = self.runs.get(slot)
        if run is None or not _same(run.wrote, change[1]):
            self.runs[slot] = _Run(change[1], change[2])
        else:
            run.wrote = change[2]


def _changes(old: BoxState | None, new: BoxState) -> Iterator[tuple[str, Any, Any]]:
    before, after = fields_of(old) if old else {}, fields_of(new)
    for name in {**before, **after}:
        # An attribute that is away is none; every other field of a box that is not there yet is absent.
        lack = None if _is_attribute(name) and old else ABSENT
        was, now = before.get(name, lack), after.get(name)
        if not _same(was, now):
            yield name, was, now


def _same(a: Any, b: Any) -> bool:
    """In Python True equals 1; in an attribute they are different values."""
    return type(a) is type(b) and bool(a == b)


def _take_back(plan: Plan, story: _Story, key: str, classes: Collection[str]) -> None:
    present = story.boxes[key]
    # Without a run of its own the box was alive, and should be so still.
    life = story.runs.get((key, "deleted"), _Run(False, False))
    if life.wrote != present.deleted:
        _skip(plan, story, key, "box", "deleted")
    elif life.before is False:
        if present.deleted:
            plan.add("restore", key)
        _change(plan, present, _theirs(plan, story, key, present), classes)
    elif not present.deleted:
        _unmake(plan, story, key)


def _unmake(plan: Plan, story: _Story, key: str) -> None:
    """Delete a box that the person added or restored, unless somebody has worked on it since."""
    guests = story.guests.get(key, {})
    if guests:
        plan.skipped.append(_changed_by(key, "box", next(iter(guests.values()))))
    else:
        plan.add("delete", key, expect=_guard(story.boxes[key]))


def _theirs(plan: Plan, story: _Story, key: str, present: BoxState) -> dict[str, Any]:
    """The values from before the person, of the fields that still hold what the person wrote."""
    values = fields_of(present)
    wished = {}
    for (box_id, name), run in story.runs.items():
        if box_id != key or name == "deleted" or run.before is ABSENT or _same(run.before, run.wrote):
            continue
        if _same(values.get(name), run.wrote):
            wished[name] = run.before
        else:
            _skip(plan, story, key, name, name)
    return wished


def _skip(plan: Plan, story: _Story, key: str, name: str, slot: str) -> None:
    plan.skipped.append(_changed_by(key, name, story.writers.get((key, slot), "Somebody")))


def _changed_by(key: str, name: str, by: str) -> Skip:
    return Skip(key, name, "changed", f"{by} changed it since.", by)


def fields_of(box: BoxState) -> dict[str, Any]:
    """What an edit can change, one entry for each field that merges by itself."""
    return {
        **{name: getattr(box, name) for name in PLAIN},
        "geometry": _geometry(box),
        "deleted": box.deleted,
        **{ATTRIBUTE + name: value for name, value in box.attributes.items()},
    }


def _is_attribute(name: str) -> bool:
    return name.startswith(ATTRIBUTE)


def _geometry(box: BoxState) -> dict[str, Any]:
    keys = GEOMETRY if box.shape in POINTED else GEOMETRY[:-1]
    return {key: getattr(box, key) for key in keys}


def _guard(box: BoxState) -> dict[str, Any]:
    """A box is deleted only as it is known: who changes it meanwhile keeps it."""
    plain = {name: getattr(box, name) for name in PLAIN}
    return {**plain, **_geometry(box), "attributes": box.attributes}


def _change(plan: Plan, present: BoxState, wished: Mapping[str, Any], classes: Collection[str]) -> None:
    """Add the edits that give a living box the wished values where it lacks them."""
    values = fields_of(present)
    wished = dict(wished)
    if wished.get("class_id") is not None and wished["class_id"] not in classes:
        detail = "Its class was deleted meanwhile. The box has none now."
        plan.skipped.append(Skip(present.id, "class_id", "unknown", detail))
        wished["class_id"] = None
    changed = {name: value for name, value in wished.items() if not _same(values.get(name), value)}
    patch = {name: value for name, value in changed.items() if name in PLAIN}
    expect = {name: values[name] for name in patch}
    if "geometry" in changed:
        patch, expect = patch | changed["geometry"], expect | values["geometry"]
    attributes = {
        name.removeprefix(ATTRIBUTE): value for name, value in changed.items() if _is_attribute(name)
    }
    for part in _parts(attributes) or [{}]:
        if part:
            patch["attributes"] = part
            expect["attributes"] = {name: present.attributes.get(name) for name in part}
        if patch:
            plan.add("update", present.id, patch, expect)
        patch, expect = {}, {}


def _parts(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """As many at once as an edit may carry; those that go come first, to make room."""
    ordered = sorted(attributes.items(), key=lambda item: item[1] is not None)
    return [dict(ordered[at : at + MAX_ATTRIBUTES]) for at in range(0, len(ordered), MAX_ATTRIBUTES)]
