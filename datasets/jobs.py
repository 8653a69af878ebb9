"""Background work of datasets."""

from typing import Any

from datasets.actions import bulk, tile
from datasets.actions.free_bytes import KIND, free_blob, unheld
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.registry import register


def free_bytes(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Free what the tenant no longer holds. Running it again finds less to do."""
    found = list(unheld(job.tenant))
    freed = 0
    for done, blob_id in enumerate(found, start=1):
        freed += free_blob(blob_id)
        ctx.progress(done, len(found))
    return {"freed": freed}


def register_jobs() -> None:
    """Called once, when the app is ready."""
    register(KIND, free_bytes, title="Free deleted files")
    register(bulk.KIND, bulk.run_bulk, title="Change many pictures")
    register(tile.KIND, tile.run_tiling, title="Cut a large picture into tiles")
