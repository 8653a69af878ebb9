"""Chosen pictures into another dataset of the tenant: copied, or moved out of the one where they are."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import F, Max

from annotations.actions.canvas_log import lock_canvas
from annotations.actions.copy_image import (
    EVERY,
    adding,
    class_in,
    copy_image,
    copy_threads,
    known_class,
)
from annotations.export_queries import boxes_of, classes_for_export
from annotations.models import Box, Transfer
from annotations.version_queries import need_images
from datasets.actions.archive import MOVED, archive_images
from datasets.actions.images import delete_image
from datasets.models import Dataset, Image
from datasets.selection import Selection
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.errors import Conflict, NotFound, Unprocessable

KIND = "datasets.transfer"
KEEP, ARCHIVE, DELETE = "keep", "archive", "delete"
# What becomes of the pictures where they are.
ORIGINALS = (KEEP, ARCHIVE, DELETE)
BATCH = 100
# So many pictures that did not go are told one by one; the rest is counted.
TOLD = 100
WORDS = {
    "copied": "is there now",
    "duplicates": "was there already",
    "refused": "has boxes of a class that is missing there",
    "gone": "was deleted meanwhile",
}


@dataclass(frozen=True)
class TransferOrder:
    """Which pictures, what becomes of the originals, and whether classes that the other project lacks are made."""

    selection: Selection
    original: str = KEEP
    makes_classes: bool = False

    def as_args(self) -> dict[str, Any]:
        return {
            "selection": self.selection.as_args(),
            "original": self.original,
            "makes_classes": self.makes_classes,
        }


class Verdict(NamedTuple):
    """What became of one picture: `status` names the counter, `image` is the one in the target."""

    status: str
    filename: str = ""
    image: UUID | None = None


@transaction.atomic
def request_transfer(
    actor: Actor, source: Dataset, target: Dataset, order: TransferOrder
) -> tuple[Job, bool]:
    """Order what the gate has allowed in both datasets; a job carries it out.

    The same order while its job lives is that job, and the second value is False. Raises Unprocessable for tables, for one and
    the same dataset and where nothing is selected, Conflict with the code `classes_missing` where boxes have
    classes that the other project lacks and nobody said to make them.
    """
    need_images(source)
    need_images(target)
    if source.pk == target.pk:
        raise Unprocessable("The pictures are in this dataset already. Choose another one.", field="to")
    rows = order.selection.rows(source)
    found = rows.order_by().aggregate(last=Max("ordinal"))
    if found["last"] is None:
        raise Unprocessable("No picture is selected. Choose some first.", code="nothing_selected")
    if not order.makes_classes:
        _refuse_missing(source, target, rows.values("pk"))
    args = {"dataset": str(source.id), "to": str(target.id), "last": found["last"], **order.as_args()}
    job, is_new = enqueue(
        KIND,
        tenant=source.tenant,
        args=args,
        actor=actor,
        project=source.project,
        dedupe_key=hashlib.sha256(orjson.dumps(args, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        title=f"{'Copy' if order.original == KEEP else 'Move'} pictures to {target.name}"[:200],
        total=rows.count(),
    )
    if is_new:
        Transfer.objects.create(job=job)
        facts = {"to": str(target.id), "original": order.original, "images": job.total}
        record(actor, "transfer.requested", f"dataset:{source.id}", **facts)
    return job, is_new


def _refuse_missing(source: Dataset, target: Dataset, image_ids: Any) -> None:
    used = _used(image_ids)
    lacked = [
        label.name
        for label in classes_for_export(source.project_id)
        if label.id in used and known_class(target.project, label) is None
    ]
    if lacked:
        raise Conflict(
            f"{target.project.name} has no class {', '.join(lacked[:10])}{' …' if len(lacked) > 10 else ''}. "
            "Let them be made, or choose pictures without them.",
            code="classes_missing",
            missing=lacked,
        )


def _used(image_ids: Any) -> set[UUID | None]:
    """The classes of the images' boxes."""
    rows = Box.objects.filter(canvas__in=image_ids, deleted=False, label__isnull=False)
    return set(rows.order_by().values_list("label_id", flat=True).distinct())


def run_transfer(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Carry picture by picture, each in one transaction with the note how far this is.

    So a killed job goes on behind the last picture. One that the target holds already is left where it is.
    """
    source, target = _dataset(job, "dataset"), _dataset(job, "to")
    actor = Actor.machine(job.tenant, job.id, job.title, job.created_by)
    selection, args = Selection.from_args(job.args["selection"]), job.args
    rows = selection.rows(source).filter(ordinal__lte=args["last"]).order_by("ordinal")
    while part := list(rows.filter(ordinal__gt=_note(job).reached).values_list("pk", "ordinal")[:BATCH]):
        with ctx.fenced():
            classes = _classes(actor, source, target, [pk for pk, _ in part] if args["makes_classes"] else ())
        for image_id, ordinal in part:
            with ctx.fenced():
                verdict = _carry(actor, image_id, source, target, classes)
                if verdict.status == "copied" and args["original"] != KEEP:
                    # The conversation goes where the picture goes; beside a picture that stays it stays.
                    _take_threads(image_id, verdict.image)
                if verdict.status == "copied":
                    _leave(actor, source, image_id, args["original"])
                _write_down(job, ordinal, verdict)
            ctx.progress(_note(job).passed, message=f"{verdict.filename}: {WORDS[verdict.status]}.")
    note = _note(job)
    counts = {name: getattr(note, name) for name in Transfer.COUNTERS}
    return {**counts, "skipped": note.skipped, "to": str(target.id)}


def _dataset(job: Job, key: str) -> Dataset:
    rows = Dataset.objects.select_related("project", "tenant").filter(tenant=job.tenant)
    found = rows.filter(id=job.args[key]).first()
    if found is None:
        raise NotFound("One of the two datasets was deleted. There is nothing to do.", code="dataset_gone")
    return found


def _note(job: Job) -> Transfer:
    return Transfer.objects.get(job=job)


def _classes(actor: Actor, source: Dataset, target: Dataset, making_for: Collection[UUID]) -> dict[UUID, str]:
    """The class in the target's project for each of the source's; those that these images need are made."""
    needed = _used(making_for) if making_for else set()
    found = {}
    for label in classes_for_export(source.project_id):
        if label.id in needed:
            found[label.id] = class_in(actor, target.project, label)
        elif known := known_class(target.project, label):
            found[label.id] = known
    return found


def _carry(
    actor: Actor, image_id: UUID, source: Dataset, target: Dataset, classes: Mapping[UUID, str]
) -> Verdict:
    """Copy one picture while nobody edits it. In the caller's transaction."""
    mine = Image.objects.filter(dataset=source, pk=image_id).select_related("blob")
    if not mine.exists():
        return Verdict("gone")
    lock_canvas(image_id)
    # The row too, before the audit is taken: what becomes of it here comes after the entry of its copy.
    original = mine.select_for_update(of=("self",)).first()
    if original is None:
        return Verdict("gone")
    if held := _held(target, original):
        return Verdict("duplicates", original.filename, held)
    boxes = boxes_of([image_id], EVERY).get(image_id, [])
    if any(box.class_id and box.class_id not in classes for box in boxes):
        return Verdict("refused", original.filename)
    copy = copy_image(target, source, original, adding(boxes, classes), actor)
    if copy is None:
        # An upload of the same bytes came first.
        return Verdict("duplicates", original.filename, _held(target, original))
    facts = {"dataset": str(target.id), "source": str(image_id), "source_dataset": str(source.id)}
    record(actor, "image.copied", f"image:{copy.id}", filename=copy.filename, **facts)
    return Verdict("copied", original.filename, copy.id)


def _held(target: Dataset, original: Image) -> UUID | None:
    rows = Image.objects.filter(dataset=target, blob_id=original.blob_id)
    return rows.values_list("pk", flat=True).first()


def _take_threads(image_id: UUID, copy_id: UUID | None) -> None:
    copy_threads(Image.objects.get(pk=image_id), Image.objects.get(pk=copy_id))


def _leave(actor: Actor, source: Dataset, image_id: UUID, original: str) -> None:
    """What becomes of a picture that is in the target now; who has it open is told by the live connection."""
    if original == ARCHIVE:
        archive_images(actor, source, [image_id], MOVED)
    elif original == DELETE:
        delete_image(actor, Image.objects.select_related("blob").get(pk=image_id))


def _write_down(job: Job, ordinal: int, verdict: Verdict) -> None:
    note = Transfer.objects.filter(job=job)
    fields: dict[str, Any] = {"reached": ordinal, verdict.status: F(verdict.status) + 1}
    skipped = note.values_list("skipped", flat=True).get()
    if verdict.status != "copied" and len(skipped) < TOLD:
        there = str(verdict.image) if verdict.image else None
        fields["skipped"] = [
            *skipped,
            {"filename": verdict.filename, "status": verdict.status, "image": there},
        ]
    note.update(**fields)
