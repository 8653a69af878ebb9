"""Taking pictures out of sight and back: nothing is deleted, so nothing is lost by a rule that was wrong."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction

from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.clock import now

MAX_REASON = 40
# Why a picture is in the archive that went into another dataset.
MOVED = "moved to another dataset"
# A statement may have a bounded number of parameters, and an audit entry stays readable.
BATCH = 500


@transaction.atomic
def archive_images(actor: Actor, dataset: Dataset, image_ids: Collection[UUID], reason: str) -> int:
    """Archive those of the images that the dataset keeps, and return how many that were.

    `reason` is a word or two that the archive shows, `duplicate` say. The gate is the caller's.
    """
    why = reason[:MAX_REASON]
    moment = now()
    fields = {"archived_at": moment, "archived_for": why, "updated_at": moment}
    return _moved(actor, dataset, image_ids, fields, is_archived=False, event="images.archived")


@transaction.atomic
def restore_images(actor: Actor, dataset: Dataset, image_ids: Collection[UUID]) -> int:
    """Take those of the images back that the dataset has archived, and return how many that were."""
    fields = {"archived_at": None, "archived_for": "", "updated_at": now()}
    return _moved(actor, dataset, image_ids, fields, is_archived=True, event="images.restored")


def _moved(
    actor: Actor,
    dataset: Dataset,
    image_ids: Collection[UUID],
    fields: dict[str, Any],
    *,
    is_archived: bool,
    event: str,
) -> int:
    asked, batches = sorted(set(image_ids)), []
    for start in range(0, len(asked), BATCH):
        rows = Image.objects.filter(dataset=dataset, archived_at__isnull=not is_archived)
        # Locked, so that the audit names exactly what this call moved.
        part = rows.filter(pk__in=asked[start : start + BATCH]).select_for_update(of=("self",))
        moved = list(part.order_by("pk").values_list("pk", flat=True))
        if moved:
            Image.objects.filter(pk__in=moved).update(**fields)
            batches.append(moved)
    # Only now: who holds the audit must not wait for pictures that others hold while they wait for the audit.
    for moved in batches:
        facts = {"reason": fields["archived_for"], "images": [str(pk) for pk in moved]}
        record(actor, event, f"dataset:{dataset.id}", **facts)
    return sum(map(len, batches))
