"""Who has how much to do in a dataset, and what has come of it."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from annotations.models import Assignment, ReviewStep
from annotations.review_queries import workflow_of
from datasets.audience import people_who_see
from datasets.models import Dataset, Image
from modelship.lib.clock import now

COUNTS = ("assigned", "open", "overdue", "submitted", "in_review", "sent_back", "approved", "reviewed")


def workload_of(dataset: Dataset) -> list[dict[str, Any]]:
    """By person of the project who may label: pictures assigned to them, still to do, and overdue; pictures that they
    handed in last, and where those stand; and pictures whose review they ended.
    """
    found: dict[UUID, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    for user_id, counts in [*_assigned(dataset), *_handed_in(dataset), *_reviewed(dataset)]:
        found[user_id] |= counts
    return [
        {"user": {"id": str(user.pk), "name": user.display_name, "email": user.email}, **found[user.pk]}
        for user in people_who_see(dataset, "annotate")
    ]


def _assigned(dataset: Dataset) -> list[tuple[UUID, dict[str, int]]]:
    workflow, waiting = workflow_of(dataset.project_id), Q()
    for purpose in Assignment.Purpose.values:
        waiting |= Q(purpose=purpose, image__state__in=workflow.to_do(purpose))
    rows = Assignment.objects.standing().filter(image__dataset=dataset, image__archived_at__isnull=True)
    counted = (
        rows.order_by()
        .values("user_id")
        .annotate(
            assigned=Count("id"),
            open=Count("id", filter=waiting),
            overdue=Count("id", filter=waiting & Q(due_on__lt=now().date())),
        )
    )
    return [
        (row["user_id"], {"assigned": row["assigned"], "open": row["open"], "overdue": row["overdue"]})
        for row in counted
    ]


def _handed_in(dataset: Dataset) -> list[tuple[UUID, dict[str, int]]]:
    """By who handed a picture in last."""
    steps = ReviewStep.objects.filter(
        image__dataset=dataset, image__archived_at__isnull=True, action="submit", user__isnull=False
    )
    last: dict[UUID, tuple[UUID, str]] = {}
    for image_id, user_id, state in steps.order_by("seq").values_list("image_id", "user_id", "image__state"):
        last[image_id] = user_id, state
    words = {
        Image.State.SUBMITTED.value: "in_review",
        Image.State.CHANGES_REQUESTED.value: "sent_back",
        Image.State.APPROVED.value: "approved",
    }
    found: dict[UUID, dict[str, int]] = defaultdict(
        lambda: {"submitted": 0, "in_review": 0, "sent_back": 0, "approved": 0}
    )
    for user_id, state in last.values():
        found[user_id]["submitted"] += 1
        if state in words:
            found[user_id][words[state]] += 1
    return list(found.items())


def _reviewed(dataset: Dataset) -> list[tuple[UUID, dict[str, int]]]:
    steps = ReviewStep.objects.filter(
        image__dataset=dataset, action__in=("approve", "reject"), user__isnull=False
    )
    counted = steps.order_by().values("user_id").annotate(reviewed=Count("image", distinct=True))
    return [(row["user_id"], {"reviewed": row["reviewed"]}) for row in counted]
