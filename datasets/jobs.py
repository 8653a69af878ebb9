"""Background work of datasets."""

from typing import Any
from uuid import UUID

from datasets import incoming
from datasets.actions import bulk, check, ingest_source, measure, scan, sweep, tile, unpack, uploads
from datasets.actions.free_bytes import KIND, free_blob, unheld
from datasets.models import CleanReport, CleanSweep, UploadSession
from datasets.upload_queries import RELATED
from modelship.accounts.actors import Actor
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.registry import register
from modelship.lib.errors import NotFound
from modelship.usage.actions import recount
from modelship.usage.models import Quota
from modelship.usage.resources import STORAGE


def free_bytes(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Free what the tenant no longer holds. Running it again finds less to do."""
    found = list(unheld(job.tenant))
    freed = 0
    for done, blob_id in enumerate(found, start=1):
        freed += free_blob(blob_id)
        ctx.progress(done, len(found))
    # Uploads that were under way into a dataset that is gone, and the room that was held for them.
    incoming.delete_orphans(job.tenant)
    for quota in Quota.objects.filter(tenant=job.tenant, resource=STORAGE):
        recount(quota)
    return {"freed": freed}


def clean(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Check a dataset under the rules of its report."""
    found = CleanReport.objects.filter(tenant=job.tenant, id=job.args["report"]).select_related("dataset")
    report = found.first()
    if report is None:
        raise NotFound("The report was deleted. Check the dataset again.")
    return check.run_check(report, ctx)


def clean_apply(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Archive what a report has marked."""
    return sweep.run_sweep(_sweep_of(job), _cleaner(job), ctx)


def clean_undo(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Take back what a sweep archived."""
    return sweep.run_undo(_sweep_of(job), _cleaner(job), ctx)


def _sweep_of(job: Job) -> CleanSweep:
    found = CleanSweep.objects.filter(tenant=job.tenant, id=job.args["sweep"])
    known = found.select_related("dataset", "report").first()
    if known is None:
        raise NotFound("The clean-up was deleted with its dataset. There is nothing to do.")
    return known


def _cleaner(job: Job) -> Actor:
    return Actor.machine(job.tenant, job.id, "clean-up", job.created_by)


def sweep_uploads(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Give up uploads whose time has run out. How many is not told: they may be other tenants'."""
    uploads.sweep_uploads()
    return {}


def complete_upload(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Judge a file whose client does not ask for it. Running it again repeats the verdict."""
    session = UploadSession.objects.select_related(*RELATED).filter(pk=UUID(job.args["upload"])).first()
    if session is None:
        return {}
    actor = Actor.machine(job.tenant, job.id, job.title, job.created_by)
    return {"verdict": uploads.complete_upload(actor, session).verdict}


def register_jobs() -> None:
    """Called once, when the app is ready."""
    register(KIND, free_bytes, title="Free deleted files")
    register(uploads.SWEEP, sweep_uploads, title="Give up expired uploads")
    register(uploads.COMPLETE, complete_upload, title="Take in an upload")
    register(unpack.KIND, unpack.run_unpack, title="Unpack an archive", max_attempts=5)
    register(measure.KIND, measure.run_measuring, title="Measure pictures")
    register(tile.KIND, tile.run_tiling, title="Cut a large picture into tiles")
    register(bulk.KIND, bulk.run_bulk, title="Change many pictures", max_attempts=5)
    register(check.KIND, clean, title="Check a dataset")
    register(sweep.KIND, clean_apply, title="Archive what a check found")
    register(sweep.UNDO_KIND, clean_undo, title="Take back a clean-up")
    # Each attempt goes on where the last one was, and a source that was away for a moment is worth another.
    register(ingest_source.KIND, ingest_source.run_ingest, title="Import from a source", max_attempts=10)
    register(scan.KIND, scan.run_scan, title="Scan")
