"""Looking once more at pictures that came before there were measures: the order for the work, and the work."""

import dataclasses
import tempfile
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Q, QuerySet

from datasets.actions.examine import examined, intrinsic_of
from datasets.imaging.formats import format_named
from datasets.imaging.inspect import Inspected
from datasets.models import Image
from datasets.storage import Staged, local_copy
from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.errors import Problem

KIND = "datasets.measure"
# After what people wait for.
PRIORITY = -5
# What a killed run has to do again at most; a transaction for each.
BATCH = 20
UNMEASURED = Q(phash=None) | Q(intrinsic={})
log = structlog.get_logger(__name__)


def tenants_to_measure() -> QuerySet[Tenant]:
    """Those with pictures that came before there were measures."""
    return Tenant.objects.filter(pk__in=Image.objects.filter(UNMEASURED).values("tenant"))


def tenants_never_measured() -> QuerySet[Tenant]:
    """Of these, the ones that no such job was ever queued for: what it couldn't read, it can't read next time."""
    return tenants_to_measure().exclude(pk__in=Job.objects.filter(kind=KIND).values("tenant"))


def measure_later(tenant: Tenant) -> bool:
    """Queue the job that measures the tenant's pictures; False where it waits or runs already."""
    _, is_new = enqueue(
        KIND,
        tenant=tenant,
        args={},
        actor=Actor(tenant=tenant, role="owner", name="Measurer"),
        dedupe_key=KIND,
        priority=PRIORITY,
        total=_unmeasured(tenant).count(),
    )
    return is_new


def run_measuring(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Find of each picture what its ingest would find today. Killed, it goes on where it was; again, it finds nothing.

    A picture whose bytes are lost or damaged is counted and passed over.
    """
    rows = _unmeasured(job.tenant).select_related("blob").order_by("id")
    left = rows.count()
    total = max(job.total, left)
    done, unreadable = total - left, 0
    batch = list(rows[:BATCH])
    while batch:
        found = {}
        for image in batch:
            found[image.id] = _facts_of(image)
            done += 1
            ctx.progress(min(done, total), total)
        with ctx.fenced():
            for image_id, facts in found.items():
                if facts is not None and facts.measures is not None:
                    fields = dataclasses.asdict(facts.measures)
                    Image.objects.filter(pk=image_id).update(intrinsic=intrinsic_of(facts), **fields)
        unreadable += list(found.values()).count(None)
        batch = list(rows.filter(id__gt=batch[-1].id)[:BATCH])
    return {"measured": left - unreadable, "unreadable": unreadable}


def _unmeasured(tenant: Tenant) -> QuerySet[Image]:
    return Image.objects.filter(UNMEASURED, tenant=tenant)


def _facts_of(image: Image) -> Inspected | None:
    """What the file is and measures; None where it can't be read any more."""
    kind, blob = format_named(image.format), image.blob
    try:
        with (
            local_copy(blob) as path,
            tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="measured-") as folder,
        ):
            return examined(Staged(path, blob.sha256, blob.size), kind, folder)
    except Problem as problem:
        if problem.code == "busy":
            raise
        log.warning("measure.unreadable", image=str(image.id), code=problem.code)
        return None
