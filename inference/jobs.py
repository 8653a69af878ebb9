"""Background work of inference: labelling many images, fetching models of the catalogue, training, measuring."""

from typing import Any

from inference.actions import autolabel as labelling
from inference.actions import catalog, pipeline
from inference.actions import evaluate as evaluating
from inference.actions import train as training
from inference.catalog import KIND as INSTALL
from inference.catalog import entry_named
from inference.evaluation_jobs import evaluate
from inference.labelling_jobs import autolabel, label_arrivals
from inference.options import ON_ARRIVAL
from inference.training_jobs import train
from modelship.accounts.actors import Actor
from modelship.jobs.chain import run_chain
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.registry import register

KIB = 1024


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
    register(evaluating.KIND, evaluate, title="Measure models", max_attempts=5)
