"""Background work of inference: labelling many images, fetching models of the catalogue, training, measuring."""

from concurrent.futures import Future
from contextlib import closing
from typing import Any
from uuid import UUID

from django.db.models import Sum

from annotations.actions.freeze import freeze_automatically
from datasets.models import Dataset, DatasetVersion, Image
from inference.actions import autolabel as labelling
from inference.actions import catalog
from inference.actions import evaluate as evaluating
from inference.actions import train as training
from inference.actions.propose import Proposed, Run, propose
from inference.catalog import KIND as INSTALL
from inference.catalog import entry_named
from inference.detection import ModelFails, Seen
from inference.evaluation_jobs import evaluate
from inference.looking import Look, Sights, Tally, awaited, looking
from inference.models import DetectorModel, ImageRun
from inference.options import LabelOptions, Selection
from inference.queries import image_ids, visible_to
from inference.training_jobs import train
from modelship.accounts.actors import Actor
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.registry import register
from modelship.lib.errors import NotFound, Problem, Unprocessable

KIB = 1024


def autolabel(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Label the selected images, each exactly once for this job, however often it is started.

    An image's proposals and the row that says it is done land in one fenced transaction. Images that
    can't be read are listed in the result; a model that can't work fails the job.
    """
    model = _model_of(job)
    run = Run(
        id=job.id,
        actor=Actor.machine(job.tenant, job.id, model.name),
        model=model,
        options=LabelOptions.from_args(job.args["options"]),
        job=job.id,
    )
    waiting, finished = _todo(job)
    total, tally = len(waiting) + finished, Tally()
    if not finished:
        _freeze_before(run, job)
    ctx.progress(finished, total, f"Starting {model.name}.")
    look = Look(model, run.options.detect)
    with closing(looking([look], waiting, is_left_out=_is_approved)) as seen:
        for image, seeing in seen:
            message = _settle(ctx, run, image, seeing, tally)
            finished += 1
            ctx.progress(finished, total, f"{image.filename}: {message}")
            tally.check_hope()
    result = _result(job, tally)
    dataset = _dataset_of(job)
    if result["images"]:
        _freeze(job, dataset, f"After labelling {result['images']:,} images with {model.name}.")
    return result


def _freeze_before(run: Run, job: Job) -> None:
    """Where there are boxes that this run may replace or add to, they can be had back."""
    dataset = _dataset_of(job)
    if Image.objects.kept().filter(dataset=dataset, box_count__gt=0).exists():
        _freeze(job, dataset, f"Before labelling with {run.model.name}.")


def _freeze(job: Job, dataset: Dataset, message: str) -> None:
    actor = Actor.machine(job.tenant, job.id, job.title, job.created_by)
    freeze_automatically(actor, dataset, DatasetVersion.Source.LABEL, message)


def _model_of(job: Job) -> DetectorModel:
    model = visible_to(job.tenant).filter(id=job.args["model"]).first()
    if model is None:
        raise Unprocessable("The model was deleted. Start again with another one.", code="model_gone")
    return model


def _dataset_of(job: Job) -> Dataset:
    dataset = Dataset.objects.filter(id=job.args["dataset"]).first()
    if dataset is None:
        raise NotFound("The dataset was deleted.", code="dataset_gone")
    return dataset


def _todo(job: Job) -> tuple[list[UUID], int]:
    """The images that this job has not labelled yet, in gallery order, and how many it has."""
    dataset = _dataset_of(job)
    done = set(ImageRun.objects.filter(job=job).values_list("image_id", flat=True))
    chosen = image_ids(dataset, Selection.from_args(job.args["selection"]))
    return [image_id for image_id in chosen if image_id not in done], len(done)


def _is_approved(image: Image) -> bool:
    """An approved image would take no proposals."""
    return image.state == Image.State.APPROVED


def _settle(ctx: JobContext, run: Run, image: Image, seeing: Future[Sights] | None, tally: Tally) -> str:
    """Write down what was seen, or why not; returns it in words."""
    try:
        if seeing is None:
            return _skipped(tally)
        [seen] = awaited(ctx, seeing)
        labelling.check_size(seen, image)
        proposed = _landed(ctx, run, image, seen)
    except ModelFails:
        raise
    except NotFound:
        return "deleted meanwhile, so it is left out."
    except Problem as problem:
        tally.fail(image, problem)
        return problem.detail
    tally.in_a_row = 0
    if proposed.refusal:
        return _skipped(tally)
    return f"{len(proposed.boxes)} box{'es' * (len(proposed.boxes) != 1)}."


def _skipped(tally: Tally) -> str:
    tally.locked += 1
    return "approved, so it stays as it is."


def _landed(ctx: JobContext, run: Run, image: Image, seen: Seen) -> Proposed:
    """Proposals and the mark that the image is done, both or neither, and only under the lease."""
    with ctx.fenced():
        proposed = propose(run, image, seen)
        if not proposed.refusal:
            ImageRun.objects.create(
                job_id=run.id,
                image=image,
                boxes=len(proposed.boxes),
                unmapped=proposed.unmapped,
                dropped=proposed.dropped,
                milliseconds=seen.milliseconds,
            )
    return proposed


def _result(job: Job, tally: Tally) -> dict[str, Any]:
    runs = ImageRun.objects.filter(job=job)
    sums = runs.aggregate(boxes=Sum("boxes"), unmapped=Sum("unmapped"), dropped=Sum("dropped"))
    return {
        "images": runs.count(),
        **{name: value or 0 for name, value in sums.items()},
        "skipped_locked": tally.locked,
        "failed_count": tally.failed,
        "failed": tally.failures,
    }


def install_model(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Fetch a model of the catalogue and let it in; progress counts KiB."""
    entry = entry_named(job.args["name"])
    catalog.check_pinned(entry, allow_unpinned=job.args["allow_unpinned"])

    def heard(received: int, total: int | None) -> None:
        arrived = received == total
        message = "Trying the model out." if arrived else f"Downloading {entry.file}."
        ctx.progress(received // KIB, (total or entry.size) // KIB, message)

    model = catalog.install_entry(
        entry,
        tenant=None if job.args["is_shared"] else job.tenant,
        actor=Actor.machine(job.tenant, job.id, "catalogue", job.created_by),
        on_progress=heard,
    )
    return {
        "model": str(model.id),
        "name": model.name,
        "sha256": model.sha256,
        "is_pinned": entry.is_pinned,
    }


def register_jobs() -> None:
    """Called once, when the app is ready."""
    register(labelling.KIND, autolabel, title="Label images")
    register(INSTALL, install_model, title="Install a model")
    register(training.KIND, train, title="Train a detector")
    register(evaluating.KIND, evaluate, title="Measure models")
