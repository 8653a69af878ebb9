"""The bulk changes of assignments: what each takes, and who may be named in it."""

from datetime import date
from typing import Any

from annotations.actions.assign import NEEDS, assign, set_due, take, unassign
from annotations.models import Assignment
from datasets.actions.bulk_changes import BulkChange, register
from datasets.audience import people_who_see
from datasets.models import Dataset
from modelship.accounts.actors import Actor
from modelship.api.values import choice_of, id_of, number_of
from modelship.lib.errors import BadRequest, Forbidden, Unprocessable
from modelship.projects.gate import check, people_in

PURPOSES = tuple(Assignment.Purpose.values)
MOST_PEOPLE = 50
MOST_SHARE = 100
FIRST_YEAR, LAST_YEAR = 2000, 2999


def due_of(data: dict[str, Any]) -> str | None:
    """The day under `due`, or none for null. Raises BadRequest for anything else."""
    value = data.get("due")
    if value is None:
        return None
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else date.min
    except ValueError:
        day = date.min
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadRequest("'due' must be a day, as 2026-12-01, or null for none.", field="due")
    return day.isoformat()


def _order(data: dict[str, Any]) -> dict[str, Any]:
    """{"purpose", "people": [id or {"user", "share"}], "each", "due"}."""
    value = _value(data, "purpose", "people", "each", "due")
    people = _people(value)
    if people is None:
        raise BadRequest("'people' must list who gets the pictures, by their ids.", field="people")
    each = number_of(value, "each", low=1, high=len(people), default=1)
    if each != int(each):
        raise BadRequest("'each' must be a whole number.", field="each")
    purpose = choice_of(value, "purpose", PURPOSES)
    return {"purpose": purpose, "people": people, "each": int(each), "due": due_of(value)}


def _choice(data: dict[str, Any]) -> dict[str, Any]:
    """{"purpose", "people"}, each of them all where it is left out."""
    return _choice_in(_value(data, "purpose", "people"))


def _choice_with_due(data: dict[str, Any]) -> dict[str, Any]:
    value = _value(data, "purpose", "people", "due")
    if "due" not in value:
        raise BadRequest("'due' is needed: a day, or null for none.", field="due")
    return {**_choice_in(value), "due": due_of(value)}


def _own(data: dict[str, Any]) -> dict[str, Any]:
    value = _value({"value": {}, **data}, "purpose")
    return {"purpose": choice_of(value, "purpose", PURPOSES, default=Assignment.Purpose.LABEL.value)}


def _choice_in(value: dict[str, Any]) -> dict[str, Any]:
    purpose = choice_of(value, "purpose", PURPOSES) if value.get("purpose") is not None else None
    return {"purpose": purpose, "people": _people(value)}


def _value(data: dict[str, Any], *allowed: str) -> dict[str, Any]:
    value = data.get("value")
    if not isinstance(value, dict):
        raise BadRequest(f"'value' must be an object of {', '.join(allowed)}.", field="value")
    for key in value:
        if key not in allowed:
            raise BadRequest(
                f"'{key[:40]}' is not known here. Allowed: {', '.join(allowed)}.", code="unknown_field"
            )
    return value


def _people(value: dict[str, Any]) -> list[list[Any]] | None:
    """Ids with their shares, as a job's arguments hold them; None where everybody is meant."""
    given = value.get("people")
    if given is None:
        return None
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_PEOPLE:
        raise BadRequest(f"'people' must be a list of 1 to {MOST_PEOPLE} people.", field="people")
    people = [_person(one) for one in given]
    if len({person for person, _ in people}) != len(people):
        raise BadRequest("'people' names somebody twice. Give a larger share instead.", field="people")
    return people


def _person(given: Any) -> list[Any]:
    one = given if isinstance(given, dict) else {"user": given}
    share = number_of(one, "share", low=1, high=MOST_SHARE, default=1)
    if share != int(share) or not set(one) <= {"user", "share"}:
        raise BadRequest(
            "Each of 'people' is an id, or {'user', 'share'} with a whole share.", field="people"
        )
    return [str(id_of(one.get("user"), "people")), int(share)]


def _with_able(actor: Actor, dataset: Dataset, value: dict[str, Any]) -> dict[str, Any]:
    """Only members whose role lets them do it may get pictures. Raises Unprocessable that names who can't."""
    able = {str(user.id) for user in people_who_see(dataset, NEEDS[value["purpose"]])}
    others = [person for person, _ in value["people"] if person not in able]
    if others:
        known = {str(user.id): user.display_name for user in people_in(dataset.project, "view")}
        names = ", ".join(known.get(person, person) for person in others)
        raise Unprocessable(
            f"Not a member who may {value['purpose']} here: {names}. Change the role, or choose others.",
            code="not_assignable",
            people=others,
        )
    return value


def _for_oneself(actor: Actor, dataset: Dataset, value: dict[str, Any]) -> dict[str, Any]:
    check(actor, dataset.project, NEEDS[value["purpose"]])
    if actor.user is None:
        raise Forbidden("Only a person can take pictures. Sign in.")
    return {**value, "people": [[str(actor.user_id), 1]]}


def _taken_by_oneself(actor: Actor, dataset: Dataset, value: dict[str, Any]) -> dict[str, Any]:
    """What somebody else gave stays: only a manager takes that away."""
    mine = _for_oneself(actor, dataset, value)
    return {**mine, "by": [person for person, _ in mine["people"]]}


def register_changes() -> None:
    """Called once, when the app is ready."""
    register(
        BulkChange("assign", "Assign pictures", "manage", _order, assign, settle=_with_able),
        BulkChange("unassign", "Take pictures away", "manage", _choice, unassign),
        BulkChange("set_due", "Set when pictures are due", "manage", _choice_with_due, set_due),
        BulkChange("take", "Take pictures", "annotate", _own, take, settle=_for_oneself),
        BulkChange("give_back", "Give pictures back", "annotate", _own, unassign, settle=_taken_by_oneself),
    )
