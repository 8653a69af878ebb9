"""Reads of assignments: who has which pictures, and what is still somebody's to do."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, Q, QuerySet

from annotations.models import Assignment
from annotations.review_queries import projects_without_handing_in
from annotations.workflow import DEFAULT, PRESETS, Workflow
from datasets.audience import check_in, hidden_from
from datasets.queries import need_view
from modelship.accounts.actors import Actor
from modelship.lib.clock import wire
from modelship.lib.errors import NotFound

LABEL, REVIEW = Assignment.Purpose.LABEL, Assignment.Purpose.REVIEW
COLUMNS = (
    "id",
    "image_id",
    "image__dataset_id",
    "user_id",
    "user__name",
    "user__email",
    "purpose",
    "due_on",
    "created_by_id",
    "created_at",
)


def assignments_of(actor: Actor) -> QuerySet[Assignment]:
    """All that the actor may see. Raises Forbidden for a key that may not view."""
    need_view(actor)
    rows = Assignment.objects.standing().filter(tenant=actor.tenant)
    return rows.exclude(image__dataset__in=hidden_from(actor).values("pk"))


def assignment_rows(rows: QuerySet[Assignment]) -> QuerySet[Assignment, dict[str, Any]]:
    return rows.values(*COLUMNS)


def assignment_for(actor: Actor, assignment_id: UUID) -> Assignment:
    """Raises NotFound for a foreign or absent one, and for one of somebody who has left."""
    rows = Assignment.objects.standing().select_related("image__dataset__project", "user")
    found = rows.filter(tenant=actor.tenant, id=assignment_id).first()
    if found is None:
        raise NotFound()
    check_in(actor, found.image.dataset, "view")
    return found


def assignment_dict(row: Assignment | Mapping[str, Any]) -> dict[str, Any]:
    """The wire shape, from an instance or from a row of `assignment_rows`."""
    if isinstance(row, Assignment):
        row = _row_of(row)
    return {
        "id": str(row["id"]),
        "image": str(row["image_id"]),
        "dataset": str(row["image__dataset_id"]),
        "user": person_dict(row),
        "purpose": row["purpose"],
        "due": day_of(row["due_on"]),
        "created_by": str(row["created_by_id"]) if row["created_by_id"] else None,
        "created_at": wire(row["created_at"]),
    }


def person_dict(row: Mapping[str, Any]) -> dict[str, str]:
    email = row["user__email"]
    return {"id": str(row["user_id"]), "name": row["user__name"] or email.partition("@")[0], "email": email}


def day_of(due: date | None) -> str | None:
    return due.isoformat() if due else None


def assignees_of(image_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Who has each of the pictures, whose gate the caller has passed: first who labels, then who reviews."""
    columns = ("image_id", "user_id", "user__name", "user__email", "purpose", "due_on")
    rows = Assignment.objects.standing().filter(image__in=image_ids).values(*columns)
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.order_by("purpose", "created_at", "id"):
        shown = {**person_dict(row), "purpose": row["purpose"], "due": day_of(row["due_on"])}
        found[row["image_id"]].append(shown)
    return found


def waiting() -> Q:
    """Of assignments whose picture's state is at hand as `picture_state`: those still to do, by their project's way."""
    usual, direct = _to_do(DEFAULT), projects_without_handing_in()
    if not direct:
        return usual
    # Nobody asks for the project of a picture where all of them go the same way.
    is_direct = Q(image__dataset__project__in=direct)
    return (~is_direct & usual) | (is_direct & _to_do(PRESETS["simple"]))


def _to_do(workflow: Workflow) -> Q:
    found = Q()
    for purpose in Assignment.Purpose.values:
        found |= Q(purpose=purpose, picture_state__in=workflow.to_do(purpose))
    return found


def tasks_of(actor: Actor) -> list[dict[str, Any]]:
    """What is the actor's to do: for each dataset and purpose how many pictures, and the day of the first."""
    rows = assignments_of(actor).filter(user=actor.user_id, image__archived_at__isnull=True)
    rows = rows.annotate(picture_state=F("image__state")).filter(waiting()).order_by()
    grouped = rows.values("image__dataset_id", "image__dataset__name", "purpose")
    return [
        {
            "dataset": row["image__dataset_id"],
            "name": row["image__dataset__name"],
            "purpose": row["purpose"],
            "count": row["count"],
            "due": row["due"],
        }
        for row in grouped.annotate(count=Count("id"), due=Min("due_on")).order_by(
            F("due").asc(nulls_last=True), "image__dataset__name", "purpose"
        )
    ]


def _row_of(assignment: Assignment) -> dict[str, Any]:
    own = {name: getattr(assignment, name) for name in COLUMNS if "__" not in name}
    user = assignment.user
    return {
        **own,
        "image__dataset_id": assignment.image.dataset_id,
        "user__name": user.name,
        "user__email": user.email,
    }
