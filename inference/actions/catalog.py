"""Installing a model of the catalogue: queue it, fetch it, let it in like any other file."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings

from inference.actions.models import Origin, install_file
from inference.catalog import CatalogEntry
from inference.models import DetectorModel
from inference.queries import is_staff
from modelship.accounts.actions import need_role
from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
from modelship.jobs.actions import enqueue
from modelship.jobs.models import Job
from modelship.lib.errors import Forbidden, Unprocessable
from modelship.lib.outbound import Policy, Progress, download

KIND = "install_model"
# Release pages send on to their file stores, from https to https.
REDIRECTS = 3


def queue_install(
    actor: Actor, entry: CatalogEntry, *, allow_unpinned: bool, is_shared: bool = False
) -> tuple[Job, bool]:
    """Queue the installation for the actor's tenant, or for everybody where platform staff ask for it.

    Raises Forbidden below manager, and Unprocessable for an entry without a checksum that nobody accepted.
    """
    need_role(actor, "manage")
    if is_shared and not is_staff(actor):
        raise Forbidden("Only the operators of this server install models for everybody.")
    check_pinned(entry, allow_unpinned=allow_unpinned)
    args: dict[str, Any] = {"name": entry.name, "is_shared": is_shared, "allow_unpinned": allow_unpinned}
    return enqueue(
        KIND,
        tenant=actor.tenant,
        args=args,
        actor=actor,
        title=f"Install {entry.name}",
        dedupe_key=f"{entry.name}:{is_shared}",
    )


def check_pinned(entry: CatalogEntry, *, allow_unpinned: bool) -> None:
    if not entry.is_pinned and not allow_unpinned:
        raise Unprocessable(
            f"No checksum is known for {entry.name}, so what arrives can't be compared. "
            "Confirm that you trust its source (allow_unpinned), then compare the checksum that is shown.",
            code="unpinned",
            url=entry.url,
        )


def install_entry(
    entry: CatalogEntry,
    *,
    tenant: Tenant | None,
    actor: Actor | None = None,
    on_progress: Progress | None = None,
) -> DetectorModel:
    """Download an entry and install it; raises what `download` and `install_file` raise."""
    policy = Policy.allowing(settings.MODELSHIP_OUTBOUND_ALLOW, redirects=REDIRECTS)
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="model-") as folder:
        path = Path(folder) / entry.file
        with path.open("w+b") as file:
            download(
                entry.url,
                file,
                max_bytes=settings.MODELSHIP_MAX_MODEL_BYTES,
                sha256=entry.sha256 or None,
                policy=policy,
                on_progress=on_progress,
            )
        origin = Origin(source=entry.url, license=entry.license)
        return install_file(path, name=entry.name, tenant=tenant, actor=actor, origin=origin)
