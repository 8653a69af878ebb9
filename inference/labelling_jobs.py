"""The background work of labelling: look at pictures, and put what was seen on them, each exactly once."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import wait
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Sum

from annotations.actions.freeze import freeze_automatically
from datasets.models import Dataset, DatasetVersion, Image
from inference.actions import autolabel as labelling
from inference.actions import automation
from inference.actions.propose import Proposed, Run, propose
from inference.asking import ModelFails
from inference.automation_queries import arrivals_of
from inference.detection import Seen
from inference.landing import landed_together
from inference.looking import Glance, Look, Tally, looking, lots
from inference.models import DetectorModel, ImageRun
from inference.options import LabelOptions, Selection
from inference.queries import image_ids, visible_to
from modelship.accounts.actors import Actor
from modelship.accounts.models import User
from modelship.jobs.context import JobContext
from modelship.jobs.errors import Cancelled, Stopped
from modelship.jobs.models import Job
from modelship.lib.errors import NotFound, Problem, Unprocessable
from modelship.lib.ids import new_id

# How long a cancelled job waits for the slices that are under way.
KEEP_SECONDS = 5.0


def autolabel(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Label the selected images, each exactly once for this job, however often it is started.

    An image's proposals and the row that says it is done land in one fenced transaction. Images that
    can't be read are listed in the result; a model that can't work fails the job.
    """
    run = _run_of(job)
    waiting, finished = _todo(job)
    if not finished:
        _freeze_before(run, job)
    result = _labelled(run, job, ctx, waiting, finished)
    dataset = _dataset_of(job)
    if result["images"]:
        _freeze(job, dataset, f"After labelling {result['images']:,} images with {run.model.name}.")
    return result


def label_arrivals(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Label what has come into the dataset until this job began, as its project wants new pictures labelled.

    Pictures bring no boxes, and come in small lots: no versions are made around each.
    """
    if reason := automation.take_arrivals(job, ctx):
        return {"images": 0, "skipped": automation.end_arrivals(job, ctx), "reason": reason}
    done = _done(job)
    waiting = [image_id for image_id in arrivals_of(job) if image_id not in done]
    result = _labelled(_run_of(job, job.created_by), job, ctx, waiting, len(done))
    automation.end_arrivals(job, ctx)
    return result


def _run_of(job: Job, person: User | None = None) -> Run:
    model = _model_of(job)
    return Run(
        id=job.id,
        actor=Actor.machine(job.tenant, job.id, model.name, person),
        model=model,
        options=LabelOptions.from_args(job.args["options"]),
        job=job.id,
    )


def _labelled(run: Run, job: Job, ctx: JobContext, waiting: Sequence[UUID], finished: int) -> dict[str, Any]:
    """Look at what waits, and write it down lot by lot; returns the result of the job."""
    total, tally = len(waiting) + finished, Tally()
    ctx.progress(finished, total, f"Starting {run.model.name}.")
    look, tenant = Look(run.model, run.options.detect), job.tenant_id
    with closing(looking([look], waiting, tally, tenant=tenant, is_left_out=_is_approved)) as glances:
        try:
            for lot in lots(ctx, glances, tally.patience):
                for glance, message in _settled(ctx, run, lot, tally):
                    finished += 1
                    ctx.progress(finished, total, f"{glance.image.filename}: {message}")
        except Cancelled:
            _keep_slices(ctx, run, tally.ahead)
            raise
    return _result(job, tally)


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
    done = _done(job)
    chosen = image_ids(dataset, Selection.from_args(job.args["selection"]))
    return [image_id for image_id in chosen if image_id not in done], len(done)


def _done(job: Job) -> set[UUID]:
    return set(ImageRun.objects.filter(job=job).values_list("image_id", flat=True))


def _is_approved(image: Image) -> bool:
    """An approved image would take no proposals."""
    return image.state == Image.State.APPROVED


def _settled(ctx: JobContext, run: Run, lot: Sequence[Glance], tally: Tally) -> Iterator[tuple[Glance, str]]:
    """Write down what was seen in a lot, and then tell of each glance in words, or why nothing came of it.

    Raises ModelFails of a model that can't do the work, or does not get on.
    """
    seen = [_seen(glance) for glance in lot]
    sights = [(glance.image, one) for glance, one in zip(lot, seen, strict=True) if isinstance(one, Seen)]
    proposals = iter(landed_together(ctx, run, sights))
    for glance, one in zip(lot, seen, strict=True):
        yield glance, _told(glance.image, next(proposals) if isinstance(one, Seen) else one, tally)
        tally.check_hope()


def _seen(glance: Glance) -> Seen | Problem | None:
    """What was seen, or what is wrong with the picture; None where it was left out."""
    if glance.seeing is None:
        return None
    try:
        [seen] = glance.sights
        labelling.check_size(seen, glance.image)
    except Problem as problem:
        return problem
    return seen


def _told(image: Image, became: Proposed | Problem | None, tally: Tally) -> str:
    """Count what became of an image, and say it; raises ModelFails."""
    match became:
        case None:
            return _skipped(tally)
        case ModelFails():
            raise became
        case NotFound():
            return "deleted meanwhile, so it is left out."
        case Problem():
            tally.fail(image, became)
            return became.detail
    tally.in_a_row = 0
    if became.refusal:
        return _skipped(tally)
    return f"{len(became.boxes)} box{'es' * (len(became.boxes) != 1)}."


def _skipped(tally: Tally) -> str:
    tally.locked += 1
    return "approved, so it stays as it is."


def _keep_slices(ctx: JobContext, run: Run, glances: Iterable[Glance]) -> None:
    """What the finished slices of half seen pictures gave is added, and takes the place of nothing.

    Such a picture does not count as done: a retry looks at it again.
    """
    halves = [glance for glance in glances if glance.has_slices and glance.seeing]
    for glance in halves:
        glance.stop()
    seeings = [glance.seeing for glance in halves if glance.seeing]
    wait(seeings, KEEP_SECONDS)
    options = replace(run.options, replaces=False, skips_known=True)
    for glance, seeing in zip(halves, seeings, strict=True):
        # Whatever is wrong with the picture, or whoever has the job by now: the rest ends as it was to end.
        with suppress(Problem, Stopped):
            if seeing.done():
                [seen] = seeing.result()
                labelling.check_size(seen, glance.image)
                with ctx.fenced():
                    propose(replace(run, id=new_id(), options=options), glance.image, seen)


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
