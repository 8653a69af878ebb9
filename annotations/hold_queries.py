"""Reads of holds: who works on which pictures."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from annotations.models import Canvas
from modelship.accounts.models import User
from modelship.lib.clock import now, wire


def hold_dict(image_id: UUID) -> dict[str, Any] | None:
    """{"user": {"id", "name"}, "until", "is_hard"} where somebody works on the picture, else nothing."""
    return next(iter(holds_of([image_id]).get(image_id, [])), None)


def holds_of(image_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Who works on each of the pictures, whose gate the caller has passed: one person or nobody."""
    rows = Canvas.objects.filter(pk__in=image_ids, holder_id__isnull=False, held_until__gt=now())
    found = list(rows.values_list("pk", "holder_id", "held_until", "is_held_hard"))
    people = User.objects.in_bulk({holder for _, holder, _, _ in found})
    return {
        uid: [_shown(people[holder], until, is_hard)]
        for uid, holder, until, is_hard in found
        if holder in people
    }


def _shown(user: User, until: datetime | None, is_hard: bool) -> dict[str, Any]:
    return {"user": {"id": str(user.pk), "name": user.display_name}, "until": wire(until), "is_hard": is_hard}
