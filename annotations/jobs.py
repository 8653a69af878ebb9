"""Background work of annotations."""

from typing import Any

from annotations.actions import clone, make_round, rank, rollback, rounds, split, take_over, transfer
from annotations.actions.export import KIND, run_export
from annotations.actions.import_apply import run_apply
from annotations.actions.import_check import run_check
from annotations.actions.imports import APPLY, CHECK
from annotations.models import Export
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.registry import register
from modelship.lib.errors import NotFound


def export(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Make the file of an export. Running it again makes the same bytes, which are stored once."""
    rows = Export.objects.select_related("dataset", "tenant")
    found = rows.filter(tenant=job.tenant, id=job.args["export"]).first()
    if found is None:
        raise NotFound("The export was deleted. Order a new one.")
    return run_export(found, ctx)


def register_jobs() -> None:
    """Called once, when the app is ready."""
    register(KIND, export, title="Export")
    register(rollback.KIND, rollback.run_rollback, title="Roll back to a version")
    register(clone.KIND, clone.run_clone, title="Copy a dataset")
    register(transfer.KIND, transfer.run_transfer, title="Copy or move pictures", max_attempts=5)
    register(rank.KIND, rank.run_rank, title="Order by uncertainty")
    register(split.KIND, split.run_split, title="Split into train, val and test")
    register(rounds.KIND, make_round.run_round, title="Begin a round", max_attempts=5)
    register(take_over.KIND, take_over.run_take_over, title="Take over a consensus", max_attempts=5)
    register(CHECK, run_check, title="Look through an import")
    register(APPLY, run_apply, title="Import labels", max_attempts=5)
