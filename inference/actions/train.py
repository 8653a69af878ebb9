"""Training a detector on a dataset: queue it, write down how it goes, let the new model in."""

import hashlib
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction
from django.utils.text import Truncator

from datasets.models import Dataset
from inference.actions.models import MAX_NAME, Origin, drop_unused, enter_model, proven_model
from inference.model_files import keep_model
from inference.models import DetectorModel, TrainingRun
from inference.training_child import need_installed
from inference.training_order import TrainingOrder
from inference.training_set import TrainingSet, training_set
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.errors import Stopped
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import NotFound, Unprocessable

KIND = "train_detector"
SOURCE = "trained"
# Between the parts of a trained model's name: what it was first, and what it learnt from.
JOINT = " · "


def queue_training(
    actor: Actor, dataset: Dataset, base: DetectorModel, order: TrainingOrder
) -> tuple[TrainingRun, Job]:
    """Queue a training that the door has allowed; the same wish while it is queued or running is the same job.

    Raises Conflict where this server can't train, and Unprocessable for a base that training can't go on
    from and for a dataset that nothing can be learnt from.
    """
    need_installed()
    check_trainable(base)
    found = training_set(dataset, order.version, order.val_share)
    return _queued(actor, dataset, base, order, found)


def check_trainable(base: DetectorModel) -> None:
    if not base.is_trainable:
        raise Unprocessable(
            f"{base.name} was not trained here, so training can't go on from it. Choose a model that was, "
            "such as harbour-nano.",
            code="not_trainable",
        )


@transaction.atomic
def _queued(
    actor: Actor, dataset: Dataset, base: DetectorModel, order: TrainingOrder, found: TrainingSet
) -> tuple[TrainingRun, Job]:
    args = {"dataset": str(dataset.id), "model": str(base.id), **order.as_options()}
    job, is_new = enqueue(
        KIND,
        tenant=dataset.tenant,
        args=args,
        actor=actor,
        project=dataset.project,
        title=f"Train {base.name} on {dataset.name}"[:200],
        total=order.steps,
        dedupe_key=hashlib.sha256(orjson.dumps(args, option=orjson.OPT_SORT_KEYS)).hexdigest(),
    )
    if not is_new:
        return TrainingRun.objects.get(job=job), job
    run = TrainingRun.objects.create(
        tenant=dataset.tenant,
        project=dataset.project,
        dataset=dataset,
        version=order.version,
        job=job,
        base=base,
        base_name=base.name,
        license=base.license,
        options=order.as_options(),
        classes=found.class_names,
        counts=found.counts,
        held_out=found.held_out,
        created_by=actor.user,
    )
    facts = {"dataset": str(dataset.id), "model": base.name, **order.as_options()}
    record(actor, "training.requested", f"training:{run.id}", **facts)
    return run, job


def note_set(run: TrainingRun, found: TrainingSet, ctx: JobContext) -> None:
    """Write down which pictures the training really has: labels may have changed since it was asked for."""
    write(run, ctx, classes=found.class_names, counts=found.counts, held_out=found.held_out, history=[])


def note_history(run: TrainingRun, points: list[dict[str, Any]], ctx: JobContext) -> None:
    write(run, ctx, history=points)


def write(run: TrainingRun, ctx: JobContext, **fields: Any) -> None:
    """Update the row under the lease. Raises NotFound where it went with its dataset."""
    with ctx.fenced():
        if not TrainingRun.objects.filter(pk=run.pk).update(**fields):
            raise NotFound("The dataset was deleted, and its training with it.", code="dataset_gone")


def land_model(run: TrainingRun, path: Path, result: dict[str, Any], ctx: JobContext) -> DetectorModel:
    """Let the trained file in for the tenant and finish the run, both or neither, and only under the lease.

    The same bytes again are the same model.
    """
    actor = Actor.machine(run.tenant, ctx.job.id, "training", ctx.job.created_by)
    origin = Origin(source=SOURCE, license=run.license)
    prepared = proven_model(path, name=name_of(run), tenant=run.tenant, origin=origin)
    twin = DetectorModel.objects.filter(tenant=run.tenant, sha256=prepared.sha256).first()
    prepared.name = twin.name if twin else free_name(run, prepared.name)
    keep_model(path, prepared.sha256)
    try:
        model = _landed(run, prepared, result, actor, ctx)
    except (Stopped, NotFound):
        drop_unused(prepared.sha256)
        raise
    keep_model(path, model.sha256)
    return model


def _landed(
    run: TrainingRun, prepared: DetectorModel, result: dict[str, Any], actor: Actor, ctx: JobContext
) -> DetectorModel:
    ctx.check()
    with ctx.fenced():
        model = enter_model(prepared, actor)
        told = {"device": result["device"], "training_seconds": result["training_seconds"]}
        write(run, ctx, model=model, metrics={**result["metrics"], **told}, finished_at=now())
        facts = {"model": str(model.id), "name": model.name, "dataset": str(run.dataset_id)}
        record(actor, "training.finished", f"training:{run.id}", **facts)
    return model


def name_of(run: TrainingRun) -> str:
    """harbour-nano · Day one v3: what it was first, and what it learnt from last."""
    root = run.base_name.split(JOINT)[0]
    version = f" v{run.version}" if run.version else ""
    return Truncator(f"{root}{JOINT}{run.dataset.name}{version}").chars(MAX_NAME - 8)


def free_name(run: TrainingRun, name: str) -> str:
    """The name, with a number where the tenant has other models of that name."""
    taken = set(
        DetectorModel.objects.filter(tenant=run.tenant, name__startswith=name).values_list("name", flat=True)
    )
    candidates = (f"{name} ({number})" if number > 1 else name for number in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)
