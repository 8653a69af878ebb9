"""One change for many pictures: at once for a few, by a job for the rest. Every lot is a transaction."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from datasets.actions.archive import archive_images, restore_images
from datasets.actions.free_bytes import free_later
from datasets.bulk import Wish
from datasets.metadata import checked, merged
from datasets.models import Dataset, Image, ImageQuerySet
from datasets.search_queries import matching
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import NotFound, Problem

KIND = "datasets.bulk"
LOT = 200
TITLES = {
    "archive": "Archive pictures",
    "restore": "Take pictures back",
    "split": "Set the split of pictures",
    "add_keyword": "Add a keyword to pictures",
    "remove_keyword": "Remove a keyword from pictures",
    "metadata": "Describe pictures",
    "delete": "Delete pictures",
}
Lot = Sequence[UUID]


def chosen(dataset: Dataset, wish: Wish) -> ImageQuerySet:
    """The pictures that the wish is about, as they are now."""
    rows = Image.objects.filter(dataset=dataset)
    return matching(rows, wish.search) if wish.images is None else rows.filter(pk__in=wish.images)


@transaction.atomic
def change_now(actor: Actor, dataset: Dataset, wish: Wish) -> int:
    """Change a few named pictures and return how many changed. Raises NotFound where one is not there."""
    assert wish.images is not None
    found = list(chosen(dataset, wish).order_by("ordinal").values_list("pk", flat=True))
    if len(found) != len(wish.images):
        raise NotFound("An image is not in this dataset. Choose among its images.", code="unknown_image")
    return ACTIONS[wish.action](actor, dataset, found, wish.value)


def change_later(actor: Actor, dataset: Dataset, wish: Wish) -> Job:
    """Queue the change of all that are meant."""
    job, _ = enqueue(
        KIND,
        tenant=dataset.tenant,
        args={"dataset": str(dataset.id), "wish": wish.as_args()},
        actor=actor,
        project=dataset.project,
        title=f"{TITLES[wish.action]} of {dataset.name}"[:200],
        total=chosen(dataset, wish).count(),
    )
    return job


def run_bulk(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Lot by lot in gallery order. How far it is, is written with each lot: a killed run goes on there."""
    dataset = Dataset.objects.filter(tenant=job.tenant, id=job.args["dataset"]).first()
    if dataset is None:
        raise NotFound("The dataset was deleted.", code="dataset_gone")
    actor = Actor.machine(job.tenant, job.id, job.title, job.created_by)
    wish = Wish.from_args(job.args["wish"])
    args = {"after": 0, "images": 0, "seen": 0, **job.args}
    while True:
        with ctx.fenced():
            ahead = chosen(dataset, wish).filter(ordinal__gt=args["after"]).order_by("ordinal")
            lot = list(ahead.values_list("pk", "ordinal")[:LOT])
            if not lot:
                break
            changed = ACTIONS[wish.action](actor, dataset, [pk for pk, _ in lot], wish.value)
            args |= {
                "after": lot[-1][1],
                "images": args["images"] + changed,
                "seen": args["seen"] + len(lot),
            }
            Job.objects.filter(pk=job.pk).update(args=args)
        ctx.progress(args["seen"])
    return {"images": args["images"]}


def _archive(actor: Actor, dataset: Dataset, lot: Lot, reason: str) -> int:
    return archive_images(actor, dataset, lot, reason)


def _restore(actor: Actor, dataset: Dataset, lot: Lot, _: None) -> int:
    return restore_images(actor, dataset, lot)


def _set_split(actor: Actor, dataset: Dataset, lot: Lot, split: str) -> int:
    rows = Image.objects.filter(pk__in=lot).exclude(split=split).select_for_update(of=("self",))
    moved = list(rows.order_by("pk").values_list("pk", flat=True))
    Image.objects.filter(pk__in=moved).update(split=split, updated_at=now())
    if moved:
        _audit(actor, dataset, "images.split", moved, split=split or None)
    return len(moved)


def _add_keyword(actor: Actor, dataset: Dataset, lot: Lot, word: str) -> int:
    def added(metadata: dict[str, Any]) -> dict[str, Any]:
        words = metadata.get("keywords", [])
        return metadata if word in words else {**metadata, "keywords": [*words, word]}

    return _describe(actor, dataset, lot, added, keyword_added=word)


def _remove_keyword(actor: Actor, dataset: Dataset, lot: Lot, word: str) -> int:
    def removed(metadata: dict[str, Any]) -> dict[str, Any]:
        words = metadata.get("keywords", [])
        return {**metadata, "keywords": [one for one in words if one != word]} if word in words else metadata

    return _describe(actor, dataset, lot, removed, keyword_removed=word)


def _merge(actor: Actor, dataset: Dataset, lot: Lot, patch: dict[str, Any]) -> int:
    return _describe(
        actor, dataset, lot, lambda metadata: merged(metadata, patch), metadata_keys=sorted(patch)
    )


def _describe(
    actor: Actor, dataset: Dataset, lot: Lot, change: Callable[[dict[str, Any]], dict[str, Any]], **facts: Any
) -> int:
    """Write the metadata that `change` makes; pictures whose metadata would become too large stay as they are."""
    rows = Image.objects.filter(pk__in=lot).select_for_update(of=("self",)).order_by("pk")
    changed, moment = [], now()
    for image in rows.only("pk", "metadata"):
        try:
            metadata = checked(change(image.metadata))
        except Problem:
            continue
        if metadata != image.metadata:
            image.metadata, image.updated_at = metadata, moment
            changed.append(image)
    Image.objects.bulk_update(changed, ["metadata", "updated_at"], batch_size=LOT)
    if changed:
        _audit(actor, dataset, "images.described", [image.pk for image in changed], **facts)
    return len(changed)


def _delete(actor: Actor, dataset: Dataset, lot: Lot, _: None) -> int:
    """With all that is said about them; a job frees the bytes that nothing else holds."""
    names = dict(Image.objects.filter(pk__in=lot).values_list("pk", "filename"))
    _audit(actor, dataset, "images.deleted", list(names), filenames=list(names.values()))
    Image.objects.filter(pk__in=list(names)).delete()
    free_later(actor)
    return len(names)


def _audit(actor: Actor, dataset: Dataset, event: str, lot: Lot, **facts: Any) -> None:
    record(actor, event, f"dataset:{dataset.id}", images=[str(pk) for pk in lot], **facts)


ACTIONS: dict[str, Callable[[Actor, Dataset, Lot, Any], int]] = {
    "archive": _archive,
    "restore": _restore,
    "split": _set_split,
    "add_keyword": _add_keyword,
    "remove_keyword": _remove_keyword,
    "metadata": _merge,
    "delete": _delete,
}
