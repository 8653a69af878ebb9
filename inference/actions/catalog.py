"""Installing a model of the catalogue: queue it, fetch it, let it in like any other file."""

import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from inference.actions.models import Origin, install_file
from inference.catalog import KIND, CatalogEntry
from inference.models import DetectorModel
from inference.queries import is_staff
from modelship.accounts.actions import need_role
from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
from modelship.jobs.actions import enqueue
from modelship.jobs.models import Job
from modelship.lib.errors import Forbidden, Problem, Unprocessable
from modelship.lib.outbound import Policy, Progress, download

# Release pages send on to their file stores, from https to https.
REDIRECTS = 3
ELSEWHERE = "Download the file elsewhere and upload it under Add a model, or set MODELSHIP_MODEL_MIRROR."
# What went wrong by the code of the download's refusal, and what to do next.
WORDS = {
    "unreachable": ("{host} can't be reached from this server.", ELSEWHERE),
    "answered": ("{host} answered {answered} instead of sending {file}.", ELSEWHERE),
    "cut_off": ("{host} broke off in the middle of {file}, several times.", f"Try again, or: {ELSEWHERE}"),
    "too_slow": ("{host} took too long to send {file}.", f"Try again, or: {ELSEWHERE}"),
    "too_large": ("{host} sends more than the {limit:,} bytes that {file} may have.", ELSEWHERE),
    "bad_checksum": (
        "{host} sent another file than {file}: its SHA-256 differs, so nothing was kept.",
        "Try again later, or get the file from another source and upload it under Add a model.",
    ),
    "redirected": ("{host} sends on to another address too often.", ELSEWHERE),
    "not_encrypted": (
        "{host}, or where it sends on to, is not reached over https.",
        "Use an https address for MODELSHIP_MODEL_MIRROR, or allow the place by MODELSHIP_OUTBOUND_ALLOW.",
    ),
    "address_denied": (
        "{host}, or where it sends on to, is inside a private network.",
        "Ask the operator to allow it by MODELSHIP_OUTBOUND_ALLOW.",
    ),
    "bad_url": ("{url} is no web address.", "Correct MODELSHIP_MODEL_MIRROR."),
}


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
    """Download an entry and install it, fed as the catalogue declares.

    Raises Problems that name the host and what to do next for a download that fails, and what
    `install_file` raises. Whatever was received is gone then.
    """
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="model-") as folder:
        path = Path(folder) / entry.file
        _fetch(entry, path, on_progress)
        return install_file(
            path,
            name=entry.name,
            tenant=tenant,
            actor=actor,
            overrides=entry.feed.overrides(),
            origin=Origin(source=entry.url, license=entry.license),
        )


def _fetch(entry: CatalogEntry, path: Path, on_progress: Progress | None) -> None:
    limit = settings.MODELSHIP_MAX_MODEL_BYTES
    try:
        with path.open("w+b") as file:
            download(
                entry.url,
                file,
                max_bytes=min(limit, entry.size) if entry.is_pinned else limit,
                sha256=entry.sha256 or None,
                policy=Policy.allowing(settings.MODELSHIP_OUTBOUND_ALLOW, redirects=REDIRECTS),
                on_progress=on_progress,
            )
    except Problem as problem:
        raise _explained(problem, entry) from problem


def _explained(problem: Problem, entry: CatalogEntry) -> Problem:
    """The same refusal in words for who installs: which host, what happened, what to do next."""
    words = WORDS.get("answered" if "answered" in problem.extra else problem.code)
    if words is None:
        return problem
    host = urlsplit(entry.url).netloc
    facts = {**problem.extra, "host": host, "file": entry.file, "url": entry.url}
    return type(problem)(" ".join(words).format_map(facts), code=problem.code, **problem.extra)
