"""Reads of queues: what waits to be labelled or reviewed in a dataset, in which order, and for whom."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from annotations.assignment_queries import LABEL, day_of, person_dict
from annotations.hold_queries import holds_of
from annotations.models import Assignment, Ranking, ReviewStep
from annotations.review_queries import workflow_of
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.lib.clock import now

# Of each kind so many are looked at in one go by who asks for the next one.
STEP = 25
UNCERTAINTY, DUE, OLDEST, NEWEST = "uncertainty", "due", "oldest", "newest"
ORDERS = (UNCERTAINTY, DUE, OLDEST, NEWEST)
IMAGE = ("image_id", "image__filename", "image__state", "image__width", "image__height")


def states_to_do(dataset: Dataset, purpose: str) -> tuple[str, ...]:
    return workflow_of(dataset.project_id).to_do(purpose)


def candidates(
    actor: Actor, dataset: Dataset, purpose: str, *, skip: set[UUID], by_uncertainty: bool
) -> Iterator[UUID]:
    """What the actor may be handed, best first: what is assigned to them by the day it is due, what was sent back
    to them, then what is nobody's; what was sent back to others comes last, so that it is not left lying.
    """
    states = states_to_do(dataset, purpose)
    images = Image.objects.kept().filter(dataset=dataset, state__in=states).filter(not_held_by_others(actor))
    order = ("ranking__score", "ordinal") if by_uncertainty else ("ordinal",)
    handed_in = ReviewStep.objects.filter(image=OuterRef("pk"), action="submit", user=actor.user_id)
    taken = Assignment.objects.standing().filter(image=OuterRef("pk"), purpose=purpose)
    free = images.filter(~Exists(taken))
    sent_back = Q(state="changes_requested")
    tiers = [_assigned(actor, images, purpose, order)]
    if purpose == LABEL:
        tiers.append(_ordered(images.filter(sent_back, Exists(handed_in)), order))
        tiers += [_ordered(free.exclude(sent_back), order), _ordered(free.filter(sent_back), order)]
    else:
        tiers.append(_ordered(free, order))
    seen = set(skip)
    for tier in tiers:
        for uid in _stepwise(tier):
            if uid not in seen:
                seen.add(uid)
                yield uid


def not_held_by_others(actor: Actor) -> Q:
    """Of images: those that nobody else works on."""
    mine = Q(canvas__holder_id=actor.user_id) | Q(canvas__holder_id__isnull=True)
    return mine | Q(canvas__held_until__isnull=True) | Q(canvas__held_until__lte=now())


def _assigned(
    actor: Actor, images: QuerySet[Image], purpose: str, order: tuple[str, ...]
) -> QuerySet[Any, UUID]:
    mine = images.filter(assignments__user=actor.user_id, assignments__purpose=purpose)
    due = F("assignments__due_on").asc(nulls_last=True)
    return mine.order_by(due, *_columns(order)).values_list("pk", flat=True)


def _ordered(images: QuerySet[Image], order: tuple[str, ...]) -> QuerySet[Any, UUID]:
    return images.order_by(*_columns(order)).values_list("pk", flat=True)


def _columns(order: tuple[str, ...]) -> list[Any]:
    return [F(name).desc(nulls_last=True) if name == "ranking__score" else F(name).asc() for name in order]


def _stepwise(rows: QuerySet[Any, UUID]) -> Iterator[UUID]:
    """A few, and more only where those were all taken meanwhile."""
    at = 0
    while part := list(rows[at : at + STEP]):
        yield from part
        at += len(part)


def ranked(dataset: Dataset, purpose: str) -> QuerySet[Ranking, dict[str, Any]]:
    """What waits, with how unsure it is; a picture that nothing is said about has no place in this order."""
    waiting = {"image__state__in": states_to_do(dataset, purpose), "image__archived_at__isnull": True}
    rows = Ranking.objects.filter(dataset=dataset, **waiting)
    return rows.values(*IMAGE, "score", "reasons", "ordinal")


def due(dataset: Dataset, purpose: str) -> QuerySet[Assignment, dict[str, Any]]:
    """What is assigned until some day and waits."""
    waiting = {"image__state__in": states_to_do(dataset, purpose), "image__archived_at__isnull": True}
    rows = Assignment.objects.standing().filter(image__dataset=dataset, purpose=purpose, due_on__isnull=False)
    return rows.filter(**waiting).values(*IMAGE, "id", "due_on", "user_id", "user__name", "user__email")


def in_order(dataset: Dataset, purpose: str) -> QuerySet[Image, Any]:
    rows = Image.objects.kept().filter(dataset=dataset, state__in=states_to_do(dataset, purpose))
    return rows.values("id", "filename", "state", "width", "height", "ordinal")


def listed(dataset: Dataset, purpose: str, order: str) -> tuple[QuerySet[Any, Any], tuple[str, ...]]:
    """What waits in one of ORDERS, and the columns of that order."""
    if order == UNCERTAINTY:
        return ranked(dataset, purpose), ("-score", "-ordinal")
    if order == DUE:
        return due(dataset, purpose), ("due_on", "id")
    return in_order(dataset, purpose), ("ordinal",) if order == OLDEST else ("-ordinal",)


def queued_dict(row: dict[str, Any]) -> dict[str, Any]:
    """A row of any of these lists on the wire; who works on it is added for a whole page."""
    names = ("id", "filename", "state", "width", "height")
    keys = names if "filename" in row else IMAGE
    image = {name: row[key] for name, key in zip(names, keys, strict=True)}
    shown: dict[str, Any] = {"image": {**image, "id": str(image["id"])}}
    if "score" in row:
        shown |= {"score": row["score"], "reasons": row["reasons"]}
    if "due_on" in row:
        is_late = row["due_on"] < now().date()
        shown |= {"due": day_of(row["due_on"]), "is_overdue": is_late, "assignee": person_dict(row)}
    return shown


def with_holds(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    holds = holds_of([UUID(row["image"]["id"]) for row in rows])
    return [{**row, "hold": next(iter(holds.get(UUID(row["image"]["id"]), [])), None)} for row in rows]
