"""What happens around one dataset: jobs, exports and the models that could label it."""

from typing import Any

from django.db.models import Q
from django.urls import reverse

from annotations.formats import FORMATS
from annotations.models import Export
from datasets.models import Dataset
from inference.models import DetectorModel
from inference.queries import labellers_of
from inference.training_child import is_installed
from inference.training_queries import seconds_per_step, trainable_models
from modelship.accounts.actors import Actor
from modelship.jobs.models import Job
from modelship.jobs.queries import NEWEST_FIRST, job_dict, jobs_for
from modelship.jobs.states import FAILED, LIVE, SUCCEEDED

SHOWN = 4
LEADING = ("images", "boxes")
TITLES = {known.name: known.title for known in FORMATS}


def shown_job(job: Job) -> dict[str, Any]:
    """The job as the wire has it, with what came of it in a line."""
    return {**job_dict(job), "live": job.is_live, "outcome": outcome(job)}


def outcome(job: Job) -> str:
    """The numbers of the result, for a job that succeeded: "30 images, 214 boxes"."""
    if job.state != SUCCEEDED:
        return ""
    numbers = [(name, value) for name, value in (job.result or {}).items() if type(value) is int and value]
    # The database keeps the keys in an order of its own; what was worked on comes first.
    numbers.sort(key=lambda pair: (LEADING.index(pair[0]) if pair[0] in LEADING else len(LEADING), pair[0]))
    return ", ".join(f"{value:,} {name.removesuffix('_count').replace('_', ' ')}" for name, value in numbers)


def jobs_of(actor: Actor, dataset: Dataset) -> list[dict[str, Any]]:
    """The dataset's living jobs and the last few that ended; exports have a list of their own."""
    rows = jobs_for(actor).filter(project=dataset.project, args__dataset=str(dataset.id), export__isnull=True)
    # A step is on the page of its job.
    rows = rows.filter(parent=None)
    living = list(rows.filter(state__in=LIVE).order_by(*NEWEST_FIRST))
    ended = rows.exclude(state__in=LIVE).order_by(*NEWEST_FIRST)[: max(0, SHOWN - len(living))]
    return [shown_job(job) for job in [*living, *ended]]


def exports_of(actor: Actor, dataset: Dataset) -> list[dict[str, Any]]:
    """The last exports; those that are ready with their download."""
    rows = Export.objects.filter(tenant=actor.tenant, dataset=dataset).select_related("job", "blob")
    shown = rows.filter(Q(blob__isnull=False) | Q(job__state__in=[*LIVE, FAILED]))
    return [_export(export) for export in shown.order_by("-created_at", "id")[:SHOWN]]


def _export(export: Export) -> dict[str, Any]:
    return {
        "name": export.filename or f"{TITLES.get(export.format, export.format)} export",
        "words": TITLES.get(export.format, export.format),
        "created_at": export.created_at,
        "size": export.blob.size if export.blob else 0,
        "href": reverse("api-export-download", args=[export.id]) if export.blob else "",
        "job": shown_job(export.job) if export.job else None,
    }


def usable_models(actor: Actor) -> list[DetectorModel]:
    """The models that may label here: the tenant's own and everybody's."""
    return list(labellers_of(actor).order_by("name", "-created_at"))


def training_of(actor: Actor, dataset: Dataset) -> dict[str, Any]:
    """What the form of a training offers."""
    return {
        "is_installed": is_installed(),
        "models": trainable_models(actor),
        "versions": dataset.versions.order_by("-number"),
        "seconds": seconds_per_step(),
    }
