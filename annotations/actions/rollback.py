"""Taking a dataset back to a version: a change like any other, logged per image, audited, and reversible."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from annotations.actions.bring_back import bring_back, name_and_split_back
from annotations.actions.canvas_log import lock_canvas
from annotations.actions.freeze import count_frozen, freeze_anew
from annotations.actions.restore_classes import drop_later_classes, restore_classes
from annotations.actions.review import need_unlocking
from annotations.models import Canvas, FrozenCanvas, LabelClass, MergedClass, Rollback
from annotations.pair_queries import Pair, Standing, pairs
from annotations.review_queries import workflow_of
from annotations.version_queries import need_images, version_for
from datasets.actions.archive import archive_images, restore_images
from datasets.models import Dataset, DatasetVersion, Image
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.errors import Conflict, NotFound
from modelship.live.statements import share_rows
from modelship.projects.gate import check

KIND = "dataset.rollback"
SOURCE = DatasetVersion.Source.ROLLBACK


@transaction.atomic
def request_rollback(actor: Actor, dataset: Dataset, number: int) -> tuple[Job, bool]:
    """Queue the way back to the version `number`; returns the job and whether it is new.

    Raises NotFound and Forbidden as the gate does, and NotFound for an absent version, Unprocessable
    for a table, Conflict while the dataset goes back to another version.
    """
    check(actor, dataset.project, "manage")
    need_images(dataset)
    version = version_for(actor, dataset, number)
    if Image.objects.filter(dataset=dataset, state=Image.State.APPROVED).exists():
        need_unlocking(actor, dataset.project)
    job, is_new = enqueue(
        KIND,
        tenant=dataset.tenant,
        args={"dataset": str(dataset.id), "version": number},
        actor=actor,
        project=dataset.project,
        title=f"Roll {dataset.name} back to version {number}"[:200],
        dedupe_key=f"rollback:{dataset.id}",
    )
    if job.args["version"] != number:
        going = job.args["version"]
        raise Conflict(
            f"The dataset is on its way back to version {going}. Wait for that job to end, or cancel it.",
            code="already_running",
        )
    if is_new:
        Rollback.objects.create(job=job, dataset=dataset, to=version)
        record(actor, "dataset.rollback_requested", f"dataset:{dataset.id}", version=number)
    return job, is_new


def run_rollback(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Go back, image by image, each in one transaction; a later attempt goes on where the last one ended.

    Before anything is touched the dataset is frozen. What an image got until its turn came goes into
    that version, what it gets afterwards stays.
    """
    rollback = Rollback.objects.select_related("dataset__project", "dataset__tenant", "to", "before")
    run = rollback.filter(job=job).first()
    if run is None:
        raise NotFound("The dataset or its version was deleted. There is nothing to go back to.")
    actor = Actor.machine(job.tenant, job.id, f"Rollback to version {run.to.number}", job.created_by)
    if run.before is None:
        with ctx.fenced():
            _begin(run, actor)
    _bring_images(run, actor, ctx)
    if run.after is None:
        with ctx.fenced():
            _end(run, actor)
    return {
        "version": run.to.number,
        "before": run.before.number if run.before else None,
        "after": run.after.number if run.after else None,
        "images": run.images,
        "archived": run.archived,
        "restored": run.restored,
    }


def _begin(run: Rollback, actor: Actor) -> None:
    """One moment: what was is frozen, and classes, the name and the choice of images are those of the version."""
    number = run.to.number
    run.before = freeze_anew(actor, run.dataset, SOURCE, f"Before the rollback to version {number}.")
    restore_classes(actor, run.dataset.project, run.to)
    gone = FrozenCanvas.objects.filter(version=run.before).exclude(
        image__in=FrozenCanvas.objects.filter(version=run.to).values("image")
    )
    come = Image.objects.filter(
        dataset=run.dataset, archived_at__isnull=False, frozen__version=run.to
    ).values_list("pk", flat=True)
    back = list(come)
    run.archived = archive_images(
        actor, run.dataset, list(gone.values_list("image_id", flat=True)), f"rollback to version {number}"
    )
    run.restored = restore_images(actor, run.dataset, back)
    _rename(run.dataset, run.to.dataset_name)
    run.save(update_fields=["before", "archived", "restored"])


def _rename(dataset: Dataset, name: str) -> None:
    """Unless another dataset of the project has the name by now."""
    try:
        with transaction.atomic():
            Dataset.objects.filter(pk=dataset.pk).exclude(name=name).update(name=name)
    except IntegrityError:
        return


def _bring_images(run: Rollback, actor: Actor, ctx: JobContext) -> None:
    assert run.before is not None
    total = run.to.image_count
    for batch in pairs(run.to, run.before, beyond=run.reached):
        for pair in batch:
            if pair.before is not None:
                with ctx.fenced():
                    _bring_image(run, pair, pair.before, actor)
                ctx.progress(run.images, max(total, run.images), f"{pair.before.filename}: brought back.")


def _bring_image(run: Rollback, pair: Pair, then: Standing, actor: Actor) -> None:
    """The image at its turn: what it is goes into the version before, then it becomes what it was."""
    gone = _gone_classes(run)
    if not Image.objects.filter(pk=pair.image_id).exists():
        return
    canvas = lock_canvas(pair.image_id)
    _note(run, pair, canvas)
    bring_back(canvas, then, gone, actor=actor, states=workflow_of(run.dataset.project_id).states)
    name_and_split_back(pair.image_id, then)
    run.images, run.reached = run.images + 1, pair.ordinal
    Rollback.objects.filter(pk=run.pk).update(images=run.images, reached=run.reached)


def _note(run: Rollback, pair: Pair, canvas: Canvas) -> None:
    """What came to the image since the version before was made is part of that version."""
    known = pair.after
    if known is None:
        return
    facts = ("filename", "state", "split", "box_count")
    image = Image.objects.filter(pk=pair.image_id).values(*facts).get()
    if (known.seq, known.filename, known.split) != (canvas.seq, image["filename"], image["split"]):
        FrozenCanvas.objects.filter(version=run.before, image=pair.image_id).update(seq=canvas.seq, **image)


def _gone_classes(run: Rollback) -> dict[str, str | None]:
    """Classes that somebody deleted while this runs, each with the one that took its boxes, or none."""
    wanted = {label["id"] for label in run.to.classes}
    share_rows(LabelClass, wanted, waits=True)
    there = LabelClass.objects.filter(project_id=run.dataset.project_id, id__in=wanted)
    gone: dict[str, str | None] = dict.fromkeys(
        wanted - {str(pk) for pk in there.values_list("pk", flat=True)}
    )
    merged = MergedClass.objects.filter(
        project_id=run.dataset.project_id, old_id__in=[UUID(uid) for uid in gone]
    )
    return gone | {str(old): str(into) for old, into in merged.values_list("old_id", "into_id")}


def _end(run: Rollback, actor: Actor) -> None:
    """Classes that only came later go where nothing uses them, and what there is now becomes a version."""
    assert run.before is not None
    number = run.to.number
    drop_later_classes(actor, run.dataset, run.to)
    count_frozen(run.before)
    run.after = freeze_anew(actor, run.dataset, SOURCE, f"After the rollback to version {number}.")
    run.save(update_fields=["after"])
    facts = {"version": number, "before": run.before.number, "after": run.after.number, "images": run.images}
    record(actor, "dataset.rolled_back", f"dataset:{run.dataset.pk}", **facts)
