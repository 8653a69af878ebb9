"""Background work of language models: classifying the pictures and the texts of a dataset."""

from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from annotations.actions.freeze import freeze_automatically
from datasets.models import Dataset, DatasetVersion, Image
from inference.actions.ask import Asking, Reply
from inference.actions.classify import IMAGES, TEXTS, things_of
from inference.actions.meter import let_go_forgotten
from inference.actions.propose import Run
from inference.detection import Found, Seen
from inference.landing import landed
from inference.language_options import UNREVIEWED, TextSelection, question_of
from inference.language_queries import texts_to_classify, used_by
from inference.models import DetectorModel, ImageRun, LanguageEndpoint, Text
from inference.options import LabelOptions, Selection
from inference.queries import image_ids
from modelship.accounts.actors import Actor
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.registry import register
from modelship.lib.errors import NotFound, Problem, Unprocessable

SHOWN_FAILURES = 20
UNANSWERED = Unprocessable("The language model named none of the options.", code="unanswered")


@dataclass(frozen=True)
class Author:
    """A language model as boxes name it: the endpoint and the model there."""

    id: UUID
    name: str
    task: str = DetectorModel.Task.CLASSIFY


@dataclass
class Tally:
    """What this attempt saw; what it achieved is counted from the rows."""

    cached: int = 0
    locked: int = 0
    failed: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)

    def fail(self, subject: dict[str, str], problem: Problem) -> None:
        self.failed += 1
        if len(self.failures) < SHOWN_FAILURES:
            self.failures.append({**subject, "code": problem.code, "detail": problem.detail})


def classify_images(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Tag the selected pictures, each exactly once for this job, however often it is started.

    A tag and the row that says that its picture is done land in one fenced transaction. A quota that is used up
    or an endpoint that refuses ends the job; what is done stays.
    """
    dataset, endpoint = _dataset_of(job), _endpoint_of(job)
    author = Author(endpoint.id, endpoint.full_name)
    options = LabelOptions(replaces=job.args["replaces"], creates_classes=False)
    run = Run(job.id, Actor.machine(job.tenant, job.id, author.name), author, options, job.id)
    done = set(ImageRun.objects.filter(job=job).values_list("image_id", flat=True))
    chosen = image_ids(dataset, Selection.from_args(job.args["selection"]))
    waiting = [image_id for image_id in chosen if image_id not in done]
    tally, finished, total = Tally(), len(done), len(waiting) + len(done)
    if not finished and Image.objects.kept().filter(dataset=dataset, box_count__gt=0).exists():
        _freeze(job, dataset, f"Before classifying with {endpoint.name}.")
    ctx.progress(finished, total, f"Asking {author.name}.")
    with closing(_replies(job, ctx, endpoint, dataset, waiting)) as replies:
        for reply in replies:
            finished += 1
            ctx.progress(finished, total, _tag(ctx, run, reply, tally))
    runs = ImageRun.objects.filter(job=job)
    if tagged := runs.filter(boxes__gt=0).count():
        _freeze(job, dataset, f"After classifying {tagged:,} images with {endpoint.name}.")
    return {"images": runs.count(), "tagged": tagged, "skipped_locked": tally.locked, **_told(job, tally)}


def classify_texts(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Propose a label for each selected text, each once for this job; what people reviewed is never touched."""
    dataset, endpoint = _dataset_of(job), _endpoint_of(job)
    selection = TextSelection.from_args(job.args["selection"])
    rows = texts_to_classify(dataset, selection)
    if not job.args["replaces"]:
        rows = rows.filter(proposed_label="")
    waiting = list(rows.exclude(run=job.id).values_list("id", flat=True))
    finished = Text.objects.filter(dataset=dataset, run=job.id).count()
    tally, total = Tally(), finished + len(waiting)
    ctx.progress(finished, total, f"Asking {endpoint.full_name}.")
    with closing(_replies(job, ctx, endpoint, dataset, waiting)) as replies:
        for reply in replies:
            finished += 1
            ctx.progress(finished, total, _propose(ctx, job, endpoint, reply, tally))
    return {"texts": Text.objects.filter(dataset=dataset, run=job.id).count(), **_told(job, tally)}


def _replies(
    job: Job, ctx: JobContext, endpoint: LanguageEndpoint, dataset: Dataset, waiting: list[UUID]
) -> Any:
    let_go_forgotten(job)
    is_of_texts = job.kind == TEXTS
    asking = Asking(
        endpoint,
        question_of(job.args["question"]),
        job=job,
        uses_cache=job.args["cache"],
        check=ctx.check,
    )
    at_once = endpoint.texts_per_request if is_of_texts else 1
    return asking.replies(things_of(dataset, is_of_texts, waiting), at_once=at_once)


def _tag(ctx: JobContext, run: Run, reply: Reply, tally: Tally) -> str:
    """Write down what the model said of a picture, or why not; returns it in words."""
    image = Image.objects.select_related("blob", "dataset__project").filter(id=reply.id).first()
    if image is None:
        return "A picture was deleted meanwhile, so it is left out."
    if reply.verdict is None:
        problem = reply.problem or UNANSWERED
        tally.fail({"image": reply.id, "filename": image.filename}, problem)
        return f"{image.filename}: {problem.detail}"
    tally.cached += reply.is_cached
    frame = (0.0, 0.0, float(image.width), float(image.height))
    found = Found(reply.verdict.label, reply.verdict.confidence, *frame, slice=None, shape="tag")
    try:
        proposed = landed(ctx, run, image, Seen(image.width, image.height, [found], 0, 0))
    except NotFound:
        return f"{image.filename}: deleted meanwhile, so it is left out."
    if proposed.refusal:
        tally.locked += 1
        return f"{image.filename}: approved, so it stays as it is."
    return f"{image.filename}: {found.class_name}."


def _propose(ctx: JobContext, job: Job, endpoint: LanguageEndpoint, reply: Reply, tally: Tally) -> str:
    if reply.verdict is None:
        tally.fail({"text": reply.id}, reply.problem or UNANSWERED)
        return UNANSWERED.detail
    tally.cached += reply.is_cached
    with ctx.fenced():
        # Judged by the row as it is now: who reviewed it in this very moment wins.
        rows = Text.objects.filter(id=reply.id, state__in=UNREVIEWED)
        is_written = rows.update(
            state=Text.State.PROPOSED,
            label=reply.verdict.label,
            proposed_label=reply.verdict.label,
            confidence=reply.verdict.confidence,
            confidence_from=reply.verdict.confidence_from,
            model_name=endpoint.full_name,
            run=job.id,
            proposed_at=Now(),
        )
    if not is_written:
        tally.locked += 1
        return "A text was reviewed meanwhile, so it stays as it is."
    return f"Proposed {reply.verdict.label}."


def _told(job: Job, tally: Tally) -> dict[str, Any]:
    return {
        "cached": tally.cached,
        "tokens": used_by(job),
        "failed_count": tally.failed,
        "failed": tally.failures,
    }


def _dataset_of(job: Job) -> Dataset:
    found = Dataset.objects.select_related("project", "tenant").filter(id=job.args["dataset"]).first()
    if found is None:
        raise NotFound("The dataset was deleted.", code="dataset_gone")
    return found


def _endpoint_of(job: Job) -> LanguageEndpoint:
    rows = LanguageEndpoint.objects.select_related("tenant")
    found = rows.filter(tenant=job.tenant, id=job.args["endpoint"]).first()
    if found is None:
        raise Unprocessable("The endpoint was deleted. Start again with another one.", code="endpoint_gone")
    return found


def _freeze(job: Job, dataset: Dataset, message: str) -> None:
    actor = Actor.machine(job.tenant, job.id, job.title, job.created_by)
    freeze_automatically(actor, dataset, DatasetVersion.Source.LABEL, message)


def register_language_jobs() -> None:
    """Called once, when the app is ready."""
    register(IMAGES, classify_images, title="Classify images")
    register(TEXTS, classify_texts, title="Classify texts")
