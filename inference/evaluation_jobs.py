"""The background work of an evaluation: look at each picture once, then count."""

from contextlib import closing
from typing import Any
from uuid import UUID

from datasets.models import Image
from inference.actions.autolabel import check_size
from inference.actions.evaluate import note_image
from inference.asking import ModelFails
from inference.evaluation_pictures import Reader
from inference.evaluation_results import results_of
from inference.looking import Glance, Look, Tally, awaited, looking
from inference.models import Evaluation
from inference.queries import visible_to
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import NotFound, Problem, Unprocessable


def evaluate(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Look at the pictures that have no row yet, each exactly once, and count the results from all rows.

    Images that can't be read are listed in the result; a model that can't work fails the job.
    """
    evaluation = _evaluation_of(job)
    reader, tally = Reader(evaluation), Tally()
    looks = _looks(job, reader)
    done = set(evaluation.pictures.values_list("image_id", flat=True))
    waiting = [image_id for image_id in map(UUID, evaluation.images) if image_id not in done]
    finished, total = len(done), len(done) + len(waiting)
    ctx.progress(finished, total, "Starting.")
    with closing(looking(looks, waiting, tally, tenant=job.tenant_id, is_left_out=_nothing)) as glances:
        for glance in glances:
            message = _settle(ctx, evaluation, reader, glance, tally)
            finished += 1
            ctx.progress(finished, total, f"{glance.image.filename}: {message}")
            tally.check_hope()
    ctx.progress(finished, total, "Counting.")
    _finish(evaluation, ctx)
    return {
        "evaluation": str(evaluation.id),
        "images": evaluation.pictures.count(),
        "failed_count": tally.failed,
        "failed": tally.failures,
    }


def _nothing(image: Image) -> bool:
    """Every image is looked at, an approved one too: nothing is put on it."""
    return False


def _evaluation_of(job: Job) -> Evaluation:
    found = Evaluation.objects.filter(job=job).first()
    if found is None:
        raise NotFound("The evaluation was deleted, or its dataset.", code="evaluation_gone")
    return found


def _looks(job: Job, reader: Reader) -> list[Look]:
    wanted = {model_id for model_id, _ in reader.looks}
    models = {str(model.id): model for model in visible_to(job.tenant).filter(id__in=wanted)}
    if wanted - models.keys():
        raise Unprocessable("The model was deleted. Start again with another one.", code="model_gone")
    return [Look(models[model_id], options) for model_id, options in reader.looks]


def _settle(ctx: JobContext, evaluation: Evaluation, reader: Reader, glance: Glance, tally: Tally) -> str:
    """Write down what was seen, or why not; returns it in words."""
    image = glance.image
    try:
        awaited(ctx, glance, tally.patience)
        sights = glance.sights
        for seen in sights:
            check_size(seen, image)
    except ModelFails:
        raise
    except Problem as problem:
        tally.fail(image, problem)
        return problem.detail
    tally.in_a_row = 0
    with ctx.fenced():
        if not Evaluation.objects.filter(pk=evaluation.pk).exists():
            raise NotFound("The evaluation was deleted, or its dataset.", code="evaluation_gone")
        try:
            row = note_image(evaluation, reader, image, sights)
        except NotFound:
            return "deleted meanwhile, so it is left out."
    told = [one["proposed"] for one in row.counts["ways"]]
    return f"{' and '.join(f'{count:,}' for count in told)} box{'es' * (told != [1])}."


def _finish(evaluation: Evaluation, ctx: JobContext) -> None:
    results = results_of(evaluation)
    ctx.check()
    with ctx.fenced():
        if not Evaluation.objects.filter(pk=evaluation.pk).update(results=results, finished_at=now()):
            raise NotFound("The evaluation was deleted, or its dataset.", code="evaluation_gone")
