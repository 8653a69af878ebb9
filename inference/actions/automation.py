"""Label on upload: what a project wants, and the job that takes the pictures that came in since."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from datasets.models import Dataset, Image
from inference.actions.autolabel import allowed_options
from inference.automation_queries import problem_with
from inference.models import Arrival, DetectorModel, LabelOnUpload
from inference.options import ON_ARRIVAL, LabelOptions
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.lease import seconds_from_now
from modelship.jobs.models import Job
from modelship.jobs.states import FAILED
from modelship.lib.clock import now
from modelship.lib.errors import NotFound
from modelship.projects.models import Project

# What comes within so many seconds is labelled by one job.
PAUSE_SECONDS = 1.5
TRIES = 3


@transaction.atomic
def label_on_upload(
    actor: Actor, project: Project, model: DetectorModel, asked: dict[str, Any], *, is_on: bool = True
) -> LabelOnUpload:
    """From now on, have new pictures of the project labelled; `asked` are fields of labelling that were read before.

    Missing classes are only made where the actor may make them by hand.
    """
    allowed = allowed_options(actor, project, LabelOptions.read(asked, model.spec))
    asked = {**asked, "create_classes": allowed.creates_classes}
    wish, _ = LabelOnUpload.objects.update_or_create(
        project=project,
        defaults={
            "tenant": project.tenant,
            "model": model,
            "model_name": model.name,
            "asked": asked,
            "is_on": is_on,
            "created_by": actor.user,
            "updated_at": now(),
        },
    )
    _record(actor, "label_on_upload.changed", wish)
    return wish


@transaction.atomic
def switch_off(actor: Actor, project: Project) -> LabelOnUpload:
    """Leave new pictures alone, and remember how they were labelled. Raises NotFound where nothing is set up."""
    wish = LabelOnUpload.objects.select_for_update(of=("self",)).filter(project=project).first()
    if wish is None:
        raise NotFound("Nothing is set up for new pictures. Choose a model first.", code="not_set_up")
    wish.is_on, wish.updated_at = False, now()
    wish.save(update_fields=["is_on", "updated_at"])
    _record(actor, "label_on_upload.changed", wish)
    return wish


@transaction.atomic
def forget_label_on_upload(actor: Actor, project: Project) -> None:
    """Leave new pictures alone. Doing it again changes nothing."""
    wish = LabelOnUpload.objects.select_for_update(of=("self",)).filter(project=project).first()
    if wish is not None:
        wish.delete()
        _record(actor, "label_on_upload.removed", wish)


def _record(actor: Actor, verb: str, wish: LabelOnUpload) -> None:
    model = str(wish.model_id) if wish.model_id else None
    record(actor, verb, f"project:{wish.project_id}", model=model, is_on=wish.is_on, options=wish.asked)


def note_arrivals(dataset: Dataset, images: Sequence[Image]) -> None:
    """Remember new pictures where the project wants them labelled, and order the job; in the caller's transaction.

    Where the model can't label, nothing is remembered: the project's page says so, and the pictures come in.
    """
    wishes = LabelOnUpload.objects.select_related("model", "created_by")
    wish = wishes.filter(project=dataset.project_id, is_on=True).first()
    if wish is None or problem_with(wish):
        return
    Arrival.objects.bulk_create([Arrival(image=image, dataset=dataset) for image in images])
    _order(wish, dataset)


def _order(wish: LabelOnUpload, dataset: Dataset) -> None:
    """A job that has not begun takes what has come until it does; one that has begun needs another behind it.

    The job's row is held until the pictures are in, so that it begins before or after, never between.
    """
    key = str(dataset.id)
    for _ in range(TRIES):
        job, is_new = enqueue(
            ON_ARRIVAL,
            tenant=dataset.tenant,
            args={"dataset": key},
            actor=Actor.machine(dataset.tenant, wish.project_id, "Label on upload", wish.created_by),
            project=dataset.project,
            title=f"Label new pictures of {dataset.name}"[:200],
            dedupe_key=key,
            run_at=seconds_from_now(PAUSE_SECONDS),
        )
        waiting = Job.objects.filter(pk=job.pk, dedupe_key=key).select_for_update(no_key=True)
        if is_new or waiting.values_list("pk", flat=True).first() is not None:
            return


def take_arrivals(job: Job, ctx: JobContext) -> str:
    """Give the job what has come in, once, and the project's wish of this moment; returns why nothing can be done.

    From here on others order a job of their own. What an earlier job failed at is taken, too.
    """
    if "model" in job.args:
        return ""
    with ctx.fenced():
        wish = LabelOnUpload.objects.select_related("model").filter(project=job.project_id).first()
        reason = "Label on upload was switched off." if wish is None or not wish.is_on else problem_with(wish)
        mine = Arrival.objects.filter(dataset=job.args["dataset"])
        mine.filter(job=None).update(job=job)
        mine.filter(job__state=FAILED).update(job=job)
        args = job.args if reason or wish is None else {**job.args, **_work_of(wish)}
        Job.objects.filter(pk=job.pk).update(args=args, dedupe_key="")
    job.args = args
    return reason


def _work_of(wish: LabelOnUpload) -> dict[str, Any]:
    spec = wish.model.spec if wish.model else {}
    return {"model": str(wish.model_id), "options": LabelOptions.read(wish.asked, spec).as_args()}


def end_arrivals(job: Job, ctx: JobContext) -> int:
    """What the job took is dealt with, whatever came of it; returns how many pictures that were."""
    with ctx.fenced():
        deleted, _ = Arrival.objects.filter(job=job).delete()
    return deleted
