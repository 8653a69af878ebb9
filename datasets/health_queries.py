"""How the database and the storage behind a tenant's data are."""

from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Sum

from datasets.models import Blob, Dataset, Image, Source
from datasets.source_queries import scans_of
from modelship.accounts.actors import Actor
from modelship.accounts.roles import role_allows, scopes_allow
from modelship.jobs.queries import NEWEST_FIRST, job_dict
from modelship.lib.errors import Forbidden
from modelship.ops.health import CHECKS, verdict_of


def health_of(actor: Actor) -> dict[str, Any]:
    """For managers: whether the parts answer, and the tenant's own numbers. Raises Forbidden."""
    if not (scopes_allow(actor.scopes, "manage") and role_allows(actor.role, "manage")):
        raise Forbidden("Only managers see how the database is. Ask one.")
    parts = {name: verdict_of(CHECKS[name]) for name in ("database", "storage")}
    pending = pending_migrations()
    healthy = not pending and set(parts.values()) == {"ok"}
    last = scans_of(actor).order_by(*NEWEST_FIRST).first()
    return {
        "status": "ok" if healthy else "degraded",
        "database": {"status": parts["database"], "engine": connection.vendor},
        "storage": {"status": parts["storage"]},
        "migrations_pending": pending,
        "counts": counts_of(actor),
        "last_scan": job_dict(last) if last else None,
    }


def pending_migrations() -> int:
    """How many migrations of this release the database does not have yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def counts_of(actor: Actor) -> dict[str, int]:
    tenant = actor.tenant
    blobs = Blob.objects.filter(tenant=tenant)
    return {
        "datasets": Dataset.objects.filter(tenant=tenant).count(),
        "images": Image.objects.filter(tenant=tenant).count(),
        "blobs": blobs.count(),
        "bytes": blobs.aggregate(total=Sum("size"))["total"] or 0,
        "sources": Source.objects.filter(tenant=tenant).count(),
    }
