"""Changing many pictures: a few at once, more as a job that goes on where it was killed."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max

from datasets.actions.bulk_changes import BY_NAME, BulkChange, Done, Part
from datasets.models import Dataset
from datasets.selection import Selection
from modelship.accounts.actors import Actor
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.errors import NotFound, Unprocessable

KIND = "datasets.bulk"
BATCH = 200


@dataclass(frozen=True)
class Answer:
    """How many pictures were meant, and what became of them or the job that sees to it."""

    matched: int
    done: Done | None = None
    job: Job | None = None


def change_many(
    actor: Actor, dataset: Dataset, change: BulkChange, selection: Selection, value: Any
) -> Answer:
    """Make a change to the selected pictures of a dataset that the gate let through.

    As many as the change takes at once change now, all or none; more change in a job. Raises Unprocessable where nothing is selected, and what the change raises of its value.
    """
    rows = selection.rows(dataset)
    chosen = list(rows.order_by("ordinal").values_list("pk", flat=True)[: change.at_once + 1])
    if not chosen:
        raise Unprocessable("No picture is selected. Choose some first.", code="nothing_selected")
    value = change.settle(actor, dataset, value)
    if len(chosen) <= change.at_once:
        with transaction.atomic():
            return Answer(len(chosen), change.apply(Part(actor, dataset, chosen), value))
    job = order_change(actor, dataset, change, selection, value)
    return Answer(job.total, job=job)


def order_change(
    actor: Actor,
    dataset: Dataset,
    change: BulkChange,
    selection: Selection,
    value: Any,
    *,
    parent: Job | None = None,
) -> Job:
    """Queue a change whose value was settled, to the pictures that are selected now."""
    rows = selection.rows(dataset)
    args = {
        "dataset": str(dataset.id),
        "action": change.name,
        "value": value,
        "selection": selection.as_args(),
        # What comes in later was not meant.
        "last": rows.order_by().aggregate(last=Max("ordinal"))["last"] or 0,
        "after": 0,
        "passed": 0,
        "changed": 0,
        "refused": 0,
    }
    job, _ = enqueue(
        KIND,
        tenant=dataset.tenant,
        args=args,
        actor=actor,
        project=dataset.project,
        title=f"{change.title} in {dataset.name}"[:200],
        total=rows.count(),
        parent=parent,
    )
    return job


def run_bulk(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Change the selected pictures in gallery order, each part together with the note how far it is.

    So a killed job goes on behind the last part, and nothing is changed or counted twice.
    """
    dataset = _dataset_of(job)
    change, selection = BY_NAME[job.args["action"]], Selection.from_args(job.args["selection"])
    actor = Actor.machine(job.tenant, job.id, job.title, job.created_by)
    # Jobs of an earlier release did not count what they had passed.
    args = {"passed": 0, **job.args}
    rows = selection.rows(dataset).filter(ordinal__lte=args["last"]).order_by("ordinal")
    size = min(BATCH, change.at_once)
    while part := list(rows.filter(ordinal__gt=args["after"]).values_list("pk", "ordinal")[:size]):
        with ctx.fenced():
            these = Part(actor, dataset, [pk for pk, _ in part], args["passed"])
            done = change.apply(these, args["value"])
            args["passed"] += len(part)
            args["after"] = part[-1][1]
            args["changed"] += done.changed
            args["refused"] += done.refused
            Job.objects.filter(pk=job.pk).update(args=args)
        ctx.progress(args["passed"])
    return {"changed": args["changed"], "refused": args["refused"]}


def _dataset_of(job: Job) -> Dataset:
    found = Dataset.objects.select_related("project", "tenant").filter(
        tenant=job.tenant, id=job.args["dataset"]
    )
    dataset = found.first()
    if dataset is None:
        raise NotFound("The dataset was deleted. There is nothing to do.", code="dataset_gone")
    return dataset
