"""Reconciling a place with the database: what is new, changed, missing or orphaned; told, or put right too."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction

from datasets.actions.free_bytes import free_blob, unheld
from datasets.actions.ingest_source import bring_in, source_of
from datasets.actions.notice import lots
from datasets.actions.open_source import listed, opened
from datasets.models import Blob, Dataset, Image, ScanFinding, Source, SourceFile
from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.errors import NotFound

KIND = "datasets.scan"
LOT = 500
SHELVES = [f"{number:02x}" for number in range(256)]
Finding = ScanFinding.Kind
Status = SourceFile.Status


@transaction.atomic
def start_scan(
    actor: Actor, dataset: Dataset, *, source: Source | None = None, applies: bool
) -> tuple[Job, bool]:
    """Queue a scan of one source, or of what is stored for a dataset; the gate let the actor manage it."""
    args: dict[str, Any] = {"dataset": str(dataset.id), "apply": applies}
    if source is not None:
        args["source"] = str(source.id)
    subject = source.id if source else dataset.id
    return enqueue(
        KIND,
        tenant=actor.tenant,
        args=args,
        actor=actor,
        project=dataset.project,
        dedupe_key=f"scan:{subject}:{'apply' if applies else 'look'}",
        title=f"{'Scan and apply' if applies else 'Scan'}: {(source or dataset).name}"[:200],
    )


def run_scan(job: Job, ctx: JobContext) -> dict[str, Any]:
    """The handler. Findings are those of this attempt: an earlier one's are dropped first."""
    with ctx.fenced():
        ScanFinding.objects.filter(job=job).delete()
    if "source" in job.args:
        return _scan_source(job, ctx)
    return _scan_stored(job, ctx)


def _scan_source(job: Job, ctx: JobContext) -> dict[str, Any]:
    source = source_of(job)
    seen: set[int] = set()
    count = 0
    with opened(source) as reader:
        for lot in lots(source, listed(source, reader)):
            count += len(lot.entries)
            ctx.progress(0, message=f"Comparing: {count:,} files.")
            seen.update(row.pk for row in lot.known.values())
            _find(job, ctx, Finding.NEW, ((one.key, one.size) for one in lot.new))
            _find(job, ctx, Finding.CHANGED, ((one.key, one.size) for one in lot.changed))
    gone = [pk for pk in _known(source) if pk not in seen]
    for some in _some(gone):
        rows = SourceFile.objects.filter(pk__in=some)
        _find(job, ctx, Finding.MISSING, rows.values_list("key", "size"))
        if job.args["apply"]:
            with ctx.fenced():
                rows.update(status=Status.MISSING)
    if job.args["apply"]:
        bring_in(source, job, ctx)
    return {**_counts(job), "listed": count}


def _known(source: Source) -> Iterator[int]:
    rows = SourceFile.objects.filter(source=source).exclude(status=Status.MISSING)
    return rows.values_list("pk", flat=True).iterator(chunk_size=2000)


def _scan_stored(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Storage is compared a shelf at a time (the first two digits of the digest), listing before rows:
    bytes get their row first, so what has none by then is nobody's."""
    dataset = (
        Dataset.objects.select_related("tenant").filter(tenant=job.tenant, id=job.args["dataset"]).first()
    )
    if dataset is None:
        raise NotFound("The dataset was deleted. There is nothing to scan.", code="dataset_gone")
    for number, shelf in enumerate(SHELVES, start=1):
        stored = _stored(job.tenant, shelf)
        rows = set(
            Blob.objects.filter(tenant=job.tenant, sha256__startswith=shelf).values_list("sha256", flat=True)
        )
        images = Image.objects.filter(dataset=dataset, blob__sha256__startswith=shelf)
        kept = images.values_list("filename", "blob__sha256", "blob__size")
        lost = [(f"{name} ({sha256})", size) for name, sha256, size in kept if sha256 not in stored]
        _find(job, ctx, Finding.MISSING, lost)
        orphans = sorted(stored - rows)
        _find(job, ctx, Finding.ORPHANED, ((sha256, None) for sha256 in orphans))
        if job.args["apply"]:
            _free(job.tenant, orphans)
        ctx.progress(number, len(SHELVES), "Comparing what is stored with the database.")
    _scan_unheld(job, ctx)
    return _counts(job)


def _scan_unheld(job: Job, ctx: JobContext) -> None:
    """Bytes that have a row which nothing refers to."""
    for some in _some(list(unheld(job.tenant))):
        rows = Blob.objects.filter(pk__in=some)
        _find(job, ctx, Finding.ORPHANED, rows.values_list("sha256", "size"))
        if job.args["apply"]:
            for blob_id in some:
                free_blob(blob_id)
                ctx.check()


def _stored(tenant: Tenant, shelf: str) -> set[str]:
    try:
        return set(default_storage.listdir(f"t/{tenant.id}/blobs/{shelf}")[1])
    except FileNotFoundError:
        return set()


def _free(tenant: Tenant, orphans: Iterable[str]) -> None:
    """Bytes without a row get one and are freed by it: an upload of the same bytes at this moment is safe."""
    for sha256 in orphans:
        blob, _ = Blob.objects.get_or_create(
            tenant=tenant, sha256=sha256, defaults={"size": 0, "content_type": "application/octet-stream"}
        )
        free_blob(blob.pk)


def _find(job: Job, ctx: JobContext, kind: str, found: Iterable[tuple[str, int | None]]) -> None:
    rows = [ScanFinding(job=job, kind=kind, subject=subject[:1024], size=size) for subject, size in found]
    if rows:
        with ctx.fenced():
            ScanFinding.objects.bulk_create(rows, batch_size=LOT, ignore_conflicts=True)


def _some(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), LOT):
        yield ids[start : start + LOT]


def _counts(job: Job) -> dict[str, Any]:
    counts = {kind: ScanFinding.objects.filter(job=job, kind=kind).count() for kind in Finding.values}
    return {**counts, "applied": bool(job.args["apply"])}
