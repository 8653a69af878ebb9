"""Who is to label or to review which pictures: dealt out, taken, given back, taken away, and until when."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from annotations.actions.tell import tell_of_assignments
from annotations.dealing import dealt
from annotations.models import Assignment
from datasets.actions.bulk_changes import Done, Part
from datasets.audience import people_who_see
from datasets.models import Image
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import Forbidden
from modelship.projects.gate import can

# What a person has to be allowed for each purpose.
NEEDS = {Assignment.Purpose.LABEL.value: "annotate", Assignment.Purpose.REVIEW.value: "review"}


def assign(part: Part, value: dict[str, Any]) -> Done:
    """Give each picture `each` of the people. Those who have it count, so doing it again changes nothing.

    People who may no longer do it by now are left out; pictures that nobody of them can get are refused.
    """
    able = {str(user.id) for user in people_who_see(part.dataset, NEEDS[value["purpose"]])}
    people = [(UUID(person), share) for person, share in value["people"] if person in able]
    locked = _locked(part)
    if not people:
        return Done(refused=len(locked))
    each = min(value["each"], len(people))
    have = _have(locked, value["purpose"], [person for person, _ in people])
    shares = [share for _, share in people]
    made = []
    for at, image_id in enumerate(part.image_ids):
        if image_id in locked:
            held = [index for index, (person, _) in enumerate(people) if person in have[image_id]]
            made += [(image_id, people[who][0]) for who in dealt(part.first + at, shares, each, held)]
    due = date.fromisoformat(value["due"]) if value["due"] else None
    _create(part, value["purpose"], made, due)
    moved = _set_due(part, _those(part, value), due) if due else []
    return Done(len({image_id for image_id, _ in [*made, *moved]}))


def take(part: Part, value: dict[str, Any]) -> Done:
    """Give those of the pictures that nobody has to the person who asks."""
    locked = _locked(part)
    rows = Assignment.objects.standing().filter(image__in=locked, purpose=value["purpose"])
    taken = set(rows.values_list("image_id", flat=True))
    free, person = locked - taken, UUID(value["people"][0][0])
    made = [(image_id, person) for image_id in part.image_ids if image_id in free]
    _create(part, value["purpose"], made, None)
    return Done(len(made))


def unassign(part: Part, value: dict[str, Any]) -> Done:
    """Take the pictures away from the people, or from everybody."""
    _locked(part)
    return Done(len(_remove(part, _those(part, value))))


def set_due(part: Part, value: dict[str, Any]) -> Done:
    """Say until when, or that there is no such day."""
    _locked(part)
    due = date.fromisoformat(value["due"]) if value["due"] else None
    return Done(len({image_id for image_id, _ in _set_due(part, _those(part, value), due)}))


@transaction.atomic
def change_due(actor: Actor, assignment: Assignment, due: date | None) -> None:
    """Say until when one assignment is to be done. The door has checked that the actor manages."""
    if assignment.due_on == due:
        return
    Assignment.objects.filter(pk=assignment.pk).update(due_on=due)
    assignment.due_on = due
    _record(actor, "images.due_set", assignment.image.dataset_id, [_pair(assignment)], due=_day(due))


@transaction.atomic
def end_assignment(actor: Actor, assignment: Assignment) -> None:
    """Take one picture away. Managers may; who took it by themself may give it back. Raises Forbidden."""
    is_own = actor.user_id is not None and assignment.user_id == assignment.created_by_id == actor.user_id
    if not can(actor, assignment.image.dataset.project, "manage" if not is_own else "annotate"):
        raise Forbidden("Only a manager takes this away. What you took by yourself you may give back.")
    deleted, _ = Assignment.objects.filter(pk=assignment.pk).delete()
    if deleted:
        _record(actor, "images.unassigned", assignment.image.dataset_id, [_pair(assignment)])


def _locked(part: Part) -> set[UUID]:
    """Those of the pictures that are there, held until the end: who assigns them at the same time waits."""
    rows = Image.objects.filter(dataset=part.dataset, pk__in=part.image_ids).order_by("pk")
    return set(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def _have(images: Iterable[UUID], purpose: str, people: list[UUID]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = Assignment.objects.filter(image__in=images, user__in=people, purpose=purpose)
    for image_id, user_id in rows.values_list("image_id", "user_id"):
        found[image_id].add(user_id)
    return found


def _those(part: Part, value: dict[str, Any]) -> QuerySet[Assignment]:
    """The assignments of these pictures that the value means: of one purpose or both, of some people or all."""
    rows = Assignment.objects.filter(image__in=part.image_ids, image__dataset=part.dataset)
    if value["purpose"]:
        rows = rows.filter(purpose=value["purpose"])
    if value["people"] is not None:
        rows = rows.filter(user__in=[person for person, _ in value["people"]])
    return rows.filter(created_by__in=value["by"]) if value.get("by") else rows


def _create(part: Part, purpose: str, made: list[tuple[UUID, UUID]], due: date | None) -> None:
    if not made:
        return
    facts = {"tenant": part.dataset.tenant, "purpose": purpose, "due_on": due, "created_by": part.actor.user}
    Assignment.objects.bulk_create(
        [Assignment(image_id=image_id, user_id=user_id, **facts) for image_id, user_id in made],
        batch_size=500,
    )
    _record(part.actor, "images.assigned", part.dataset.pk, made, purpose=purpose, due=_day(due))
    tell_of_assignments(part.actor, part.dataset, purpose, [person for _, person in made])


def _remove(part: Part, rows: QuerySet[Assignment]) -> set[UUID]:
    gone = list(rows.values_list("image_id", "user_id"))
    if gone:
        rows.delete()
        _record(part.actor, "images.unassigned", part.dataset.pk, gone)
    return {image_id for image_id, _ in gone}


def _set_due(part: Part, rows: QuerySet[Assignment], due: date | None) -> list[tuple[UUID, UUID]]:
    others = rows.exclude(due_on=due) if due else rows.filter(due_on__isnull=False)
    moved = list(others.values_list("image_id", "user_id"))
    if moved:
        others.update(due_on=due)
        _record(part.actor, "images.due_set", part.dataset.pk, moved, due=_day(due))
    return moved


def _pair(assignment: Assignment) -> tuple[UUID, UUID]:
    return assignment.image_id, assignment.user_id


def _day(due: date | None) -> str | None:
    return due.isoformat() if due else None


def _record(
    actor: Actor, verb: str, dataset_id: UUID, pairs: Iterable[tuple[UUID, UUID]], **facts: Any
) -> None:
    """One entry that says for each person which pictures."""
    people: dict[str, list[str]] = defaultdict(list)
    for image_id, user_id in pairs:
        people[str(user_id)].append(str(image_id))
    record(actor, verb, f"dataset:{dataset_id}", **facts, people=people)
