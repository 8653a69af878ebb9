"""Background work of inference: labelling many images, fetching models of the catalogue, training."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Sum

from annotations.actions.freeze import freeze_automatically
from datasets.models import Dataset, DatasetVersion, Image
from datasets.storage import local_copy
from inference.actions import autolabel as labelling
from inference.actions import automation, catalog, pipeline
from inference.actions import train as training
from inference.actions.propose import Proposed, Run, propose
from inference.asking import ModelFails, OutOfLimits
from inference.automation_queries import arrivals_of
from inference.catalog import KIND as INSTALL
from inference.catalog import entry_named
from inference.detection import Detection, Seen
from inference.models import DetectorModel, ImageRun
from inference.options import ON_ARRIVAL, LabelOptions, Selection
from inference.patience import Patience
from inference.queries import image_ids, visible_to
from inference.training_jobs import train
from modelship.accounts.actors import Actor
from modelship.accounts.models import User
from modelship.jobs.chain import run_chain
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.registry import register
from modelship.lib.errors import NotFound, Problem, Unprocessable

POLL_SECONDS = 0.2
# Pictures whose rows are read at once.
READ_AHEAD = 20
SHOWN_FAILURES = 20
# A model that is this often too slow or too large in a row will be so for the rest.
HOPELESS = 5
KIB = 1024

Look = tuple[Image, Future[Seen] | None]


@dataclass
class Tally:
    """What this attempt saw go wrong, and what it waits for; what went well is counted from the rows."""

    patience: Patience = field(default_factory=Patience)
    locked: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)
    failed: int = 0
    in_a_row: int = 0

    def fail(self, image: Image, problem: Problem) -> None:
        self.failed += 1
        self.in_a_row = self.in_a_row + 1 if isinstance(problem, OutOfLimits) else 0
        if len(self.failures) < SHOWN_FAILURES:
            said = {"image": str(image.id), "filename": image.filename}
            self.failures.append({**said, "code": problem.code, "detail": problem.detail})

    def check_hope(self) -> None:
        if self.in_a_row >= HOPELESS:
            raise ModelFails(
                f"The model did not answer in time or memory on {HOPELESS} images in a row. "
                "Choose a smaller model or larger slices.",
                code="model_hopeless",
            )


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
    """Look at what waits, and write it down one after the other; returns the result of the job."""
    total, tally = len(waiting) + finished, Tally()
    ctx.progress(finished, total, f"Starting {run.model.name}.")
    # Closed by name: whatever ends the loop, the children end before the job does.
    with closing(_looking(run, waiting, tally.patience)) as looking:
        for image, seeing in looking:
            message = _settle(ctx, run, image, seeing, tally)
            finished += 1
            ctx.progress(finished, total, f"{image.filename}: {message}")
            tally.check_hope()
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


def _looking(run: Run, waiting: Sequence[UUID], patience: Patience) -> Generator[Look, None, None]:
    """Images in order with what the model sees in them, a few ahead of the one that is written down.

    Many images are looked at side by side, a single one tile by tile; either way all sessions work.
    """
    sessions = settings.MODELSHIP_INFERENCE_SESSIONS
    lanes = max(1, min(sessions, len(waiting)))
    ahead: deque[Look] = deque()
    with (
        ThreadPoolExecutor(lanes, "autolabel") as threads,
        Detection(
            run.model, lanes=lanes, sessions=sessions // lanes, group=run.actor.tenant.id.hex
        ) as detection,
    ):
        look = partial(_look, patience, detection, run)
        try:
            for image in _images(waiting):
                ahead.append((image, _begun(threads, look, image)))
                if len(ahead) > 2 * lanes:
                    yield ahead.popleft()
            while ahead:
                yield ahead.popleft()
        finally:
            # Cancelled, or the lease is lost: what is not begun is not begun, what runs is killed.
            patience.leave()
            for _, seeing in ahead:
                if seeing:
                    seeing.cancel()


def _images(image_ids: Sequence[UUID]) -> Iterator[Image]:
    """In order, each as it was a few images ago; deleted ones are left out. What is written looks again."""
    rows = Image.objects.select_related("blob", "dataset__project")
    for start in range(0, len(image_ids), READ_AHEAD):
        wanted = image_ids[start : start + READ_AHEAD]
        known = rows.in_bulk(wanted)
        yield from (known[image_id] for image_id in wanted if image_id in known)


def _begun(threads: ThreadPoolExecutor, look: Callable[[Image], Seen], image: Image) -> Future[Seen] | None:
    """The look at an image under way; None for an approved one, which would take no proposals."""
    if image.state == Image.State.APPROVED:
        return None
    return threads.submit(look, image)


def _look(patience: Patience, detection: Detection, run: Run, image: Image) -> Seen:
    """The work of one thread. It reads no rows: it has no database connection to give back."""
    with local_copy(image.blob) as path:
        return patience.look(detection, path, run.options.detect)


def _settle(ctx: JobContext, run: Run, image: Image, seeing: Future[Seen] | None, tally: Tally) -> str:
    """Write down what was seen, or why not; returns it in words."""
    try:
        if seeing is None:
            return _skipped(tally)
        seen = _awaited(ctx, seeing, tally.patience)
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


def _awaited(ctx: JobContext, seeing: Future[Seen], patience: Patience) -> Seen:
    """The result, giving a sign of life and hearing of a cancel meanwhile."""
    while True:
        if patience.reason:
            ctx.progress(0, message=patience.reason)
        ctx.check()
        if wait([seeing], POLL_SECONDS).done:
            return seeing.result()


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


def prepare(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Clean, label and assign, as far as it was asked for."""
    return run_chain(job, ctx, pipeline.order_step)


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
    # Each attempt goes on where the last one was, so workers may die often on the way.
    register(labelling.KIND, autolabel, title="Label images", max_attempts=5)
    register(ON_ARRIVAL, label_arrivals, title="Label new pictures", max_attempts=5)
    register(pipeline.KIND, prepare, title="Prepare a dataset", max_attempts=5)
    register(INSTALL, install_model, title="Install a model")
    register(training.KIND, train, title="Train a detector")
