"""Reads of sources and scans; each comes through the tenancy gate, and none shows a secret."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from datasets.audience import check_in, hidden_from
from datasets.models import Dataset, ScanFinding, Source, SourceFile
from datasets.queries import need_view
from datasets.sources import source_kind
from datasets.sources.settings import shown
from modelship.accounts.actors import Actor
from modelship.jobs.models import Job
from modelship.jobs.queries import NEWEST_FIRST, job_dict, jobs_for, progress_of
from modelship.jobs.states import LIVE, SUCCEEDED
from modelship.lib.clock import wire
from modelship.lib.errors import NotFound

INGEST, SCAN = "datasets.ingest", "datasets.scan"
Status = SourceFile.Status
ERRORS_SHOWN = 5


def source_for(actor: Actor, source_id: UUID | str, need: str) -> Source:
    """The actor's source. Raises NotFound for a foreign or absent one, Forbidden for too low a role."""
    rows = Source.objects.select_related("dataset__project", "dataset__tenant")
    found = rows.filter(tenant=actor.tenant, id=source_id).first()
    if found is None:
        raise NotFound()
    check_in(actor, found.dataset, need)
    return found


def sources_of(actor: Actor, dataset: Dataset | None = None) -> QuerySet[Source]:
    """All sources that the actor may see, or those of one dataset that the gate let through."""
    need_view(actor)
    rows = Source.objects.filter(tenant=actor.tenant).select_related("dataset")
    hidden = hidden_from(actor).values("pk")
    return rows.exclude(dataset__in=hidden) if dataset is None else rows.filter(dataset=dataset)


def source_dict(source: Source) -> dict[str, Any]:
    """The wire shape. That there are secrets is told as `{"set": true}`; what they are is not even read."""
    kind = source_kind(source.kind)
    return {
        "id": str(source.id),
        "dataset": str(source.dataset_id),
        "name": source.name,
        "kind": source.kind,
        "config": shown(kind, source.config, source.secret_names),
        "created_by": str(source.created_by_id) if source.created_by_id else None,
        "created_at": wire(source.created_at),
        "updated_at": wire(source.updated_at),
    }


def file_dict(row: SourceFile) -> dict[str, Any]:
    return {
        "key": row.key,
        "status": row.status,
        "size": row.size,
        "modified": row.modified,
        "etag": row.etag,
        "sha256": row.sha256 or None,
        "image": str(row.image_id) if row.image_id else None,
        "problem": row.problem,
        "seen_at": wire(row.seen_at),
    }


def files_of(source: Source, status: str = "") -> QuerySet[SourceFile]:
    rows = SourceFile.objects.filter(source=source)
    return rows.filter(status=status) if status else rows


def file_counts(source: Source) -> dict[str, int]:
    """How many files stand in each status, every status named."""
    found = dict(files_of(source).values_list("status").annotate(Count("id")))
    return {status: found.get(status, 0) for status in Status.values}


def last_ingest(source: Source) -> Job | None:
    rows = Job.objects.filter(tenant=source.tenant_id, kind=INGEST, dedupe_key=f"source:{source.id}")
    return rows.order_by(*NEWEST_FIRST).first()


def counts_of_run(source: Source, run: UUID) -> dict[str, int]:
    """What one run came to, over all its attempts: each file counts once."""
    of_run, is_in = Q(run=run), Q(status=Status.INGESTED)
    return SourceFile.objects.filter(source=source).aggregate(
        created=Count("id", filter=of_run & is_in & Q(is_change=False)),
        changed=Count("id", filter=of_run & is_in & Q(is_change=True)),
        duplicate=Count("id", filter=of_run & Q(status=Status.DUPLICATE)),
        refused=Count("id", filter=of_run & Q(status=Status.REFUSED)),
        missing=Count("id", filter=of_run & Q(status=Status.MISSING)),
        unchanged=Count("id", filter=~of_run & ~Q(status__in=[Status.NEW, Status.MISSING])),
    )


def ingest_status(source: Source) -> dict[str, Any]:
    """How the last run of a source stands, or that there was none."""
    job = last_ingest(source)
    if job is None:
        return {"source": str(source.id), "stage": "never", "job": None}
    progress = progress_of(job)
    refused = files_of(source, Status.REFUSED).filter(run=job.id)
    last = refused.order_by("-id").values_list("key", "problem")[:ERRORS_SHOWN]
    share = 100.0 * job.done / job.total if job.total else None
    return {
        "source": str(source.id),
        "stage": stage_of(job),
        "processed": job.done,
        "total": job.total,
        "rate": progress["rate"],
        "eta_s": progress["eta_s"],
        "percent": 100.0 if job.state == SUCCEEDED else share and round(share, 1),
        "counts": counts_of_run(source, job.id),
        "errors": {
            "count": refused.count(),
            "last": [{"key": key, "problem": problem} for key, problem in last],
        },
        "job": job_dict(job),
    }


def stage_of(job: Job) -> str:
    if job.state not in LIVE:
        return "done" if job.state == SUCCEEDED else job.state
    if job.state == "queued" and not job.done:
        return "queued"
    if not job.total:
        return "listing"
    return "ingesting" if job.done < job.total else "finishing"


def scans_of(actor: Actor) -> QuerySet[Job]:
    need_view(actor)
    return jobs_for(actor).filter(kind=SCAN)


def findings_of(job: Job, kind: str = "") -> QuerySet[ScanFinding]:
    rows = ScanFinding.objects.filter(job=job)
    return rows.filter(kind=kind) if kind else rows


def finding_dict(row: ScanFinding) -> dict[str, Any]:
    return {"kind": row.kind, "subject": row.subject, "size": row.size}
