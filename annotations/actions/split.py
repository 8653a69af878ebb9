"""Dealing a dataset's pictures out to train, val and test, and putting some there by hand."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import transaction

from annotations.actions.freeze import freeze_automatically
from annotations.split_queries import counts_of_splits, items_of
from annotations.version_queries import need_images
from datasets.models import Dataset, DatasetVersion, Image
from datasets.splitting import NAMES, Rule, dealt
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import Conflict, NotFound
from modelship.projects.gate import check

KIND = "dataset.split"
# A statement may have a bounded number of parameters.
BATCH = 500


def preview_split(actor: Actor, dataset: Dataset, rule: Rule) -> dict[str, Any]:
    """Where the pictures would be, in counts, and how many would move; nothing is changed."""
    check(actor, dataset.project, "manage")
    need_images(dataset)
    items = items_of(dataset, rule)
    sides = dealt(items, rule)
    moved = sum(item.split != sides[item.key] for item in items)
    return {"images": len(items), "moved": moved, "counts": counts_of_splits(items, sides)}


@transaction.atomic
def request_split(actor: Actor, dataset: Dataset, rule: Rule) -> tuple[Job, bool]:
    """Queue the dealing; returns the job and whether it is new.

    Raises NotFound and Forbidden as the gate does, Unprocessable for a table, Conflict while the
    dataset is dealt out by another rule.
    """
    check(actor, dataset.project, "manage")
    need_images(dataset)
    job, is_new = enqueue(
        KIND,
        tenant=dataset.tenant,
        args={"dataset": str(dataset.id), "rule": rule.as_json()},
        actor=actor,
        project=dataset.project,
        title=f"Split {dataset.name}"[:200],
        dedupe_key=f"split:{dataset.id}",
    )
    if job.args["rule"] != rule.as_json():
        detail = "The dataset is being split by another rule. Wait for that job to end, or cancel it."
        raise Conflict(detail, code="already_running")
    return job, is_new


def run_split(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Deal out, all pictures or none in one transaction, and freeze what it gave. Again it changes nothing."""
    dataset = Dataset.objects.select_related("project").filter(pk=job.args["dataset"]).first()
    if dataset is None:
        raise NotFound("The dataset was deleted.", code="dataset_gone")
    rule = Rule.parse(job.args["rule"])
    actor = Actor.machine(job.tenant, job.id, "Split", job.created_by)
    items = items_of(dataset, rule)
    ctx.progress(0, len(items), "Dealing the pictures out.")
    sides = dealt(items, rule)
    moved = {item.key: sides[item.key] for item in items if item.split != sides[item.key]}
    with ctx.fenced():
        _write(moved)
        Dataset.objects.filter(pk=dataset.pk).update(split_rule=rule.as_json())
        record(actor, "dataset.split", f"dataset:{dataset.pk}", moved=len(moved), rule=rule.as_json())
    ctx.progress(len(items), len(items), "Making a version.")
    message = f"After splitting {len(items):,} pictures."
    version = freeze_automatically(actor, dataset, DatasetVersion.Source.SPLIT, message)
    counts = counts_of_splits(items, sides)
    return {
        "images": len(items),
        "moved": len(moved),
        "version": version.number if version else None,
        **{name: counts[name]["images"] for name in NAMES},
    }


def _write(moved: dict[str, str]) -> None:
    """Pictures that a person put somewhere since they were read stay there."""
    by_side: dict[str, list[str]] = defaultdict(list)
    for key, side in moved.items():
        by_side[side].append(key)
    for side, keys in by_side.items():
        for start in range(0, len(keys), BATCH):
            rows = Image.objects.filter(pk__in=keys[start : start + BATCH], split_is_fixed=False)
            rows.update(split=side, updated_at=now())


@transaction.atomic
def put_in_split(
    actor: Actor, dataset: Dataset, image_ids: Collection[UUID], split: str, *, is_fixed: bool
) -> int:
    """Put pictures on a side, or on none; `is_fixed` keeps the dealing from moving them. Returns how many.

    Raises NotFound where one of them is not in the dataset.
    """
    check(actor, dataset.project, "manage")
    asked = sorted(set(image_ids))
    rows = Image.objects.kept().filter(dataset=dataset, pk__in=asked)
    moved = rows.update(split=split, split_is_fixed=is_fixed and bool(split), updated_at=now())
    if moved != len(asked):
        raise NotFound("An image is not in this dataset. Choose among its images.", code="unknown_image")
    facts = {"split": split, "images": [str(uid) for uid in asked]}
    record(actor, "images.put_in_split", f"dataset:{dataset.pk}", **facts)
    return moved
