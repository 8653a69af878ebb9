"""Imports: a file taken in, looked through, taken over, forgotten."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from annotations.import_queries import unknown_classes
from annotations.importing.wish import ImportWish
from annotations.models import Import
from annotations.version_queries import need_images
from datasets.actions.free_bytes import free_later
from datasets.archives import kind_of_name
from datasets.imaging.names import display_name
from datasets.models import Blob, Dataset
from datasets.storage import put_bytes
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import cancel, enqueue
from modelship.jobs.models import Job
from modelship.lib.errors import Conflict, TooLarge, Unavailable, Unprocessable

STORE_TRIES = 3
CHECK, APPLY = "annotations.import_check", "annotations.import_apply"


def request_import(
    actor: Actor, dataset: Dataset, file: UploadedFile, wish: ImportWish, *, dry_run: bool
) -> tuple[Import, Job]:
    """Keep the file and queue the look through it, or with `dry_run` False taking it over at once.

    The dataset is one that the gate let through for `manage`. Raises Unprocessable for a table, an empty file or a class that
    the project does not have, TooLarge, and Conflict where the quota does not hold the file.
    """
    need_images(dataset)
    _check_wish(dataset, wish)
    name = display_name(file.name or "")
    _check_size(name, file.size or 0)
    for _ in range(STORE_TRIES):
        file.seek(0)
        blob = put_bytes(dataset.tenant, file, "application/octet-stream")
        # Equal bytes that nothing held may be freed at this moment: then they are stored again.
        with suppress(IntegrityError):
            return _received(actor, dataset, name, blob, wish, CHECK if dry_run else APPLY)
    raise Unavailable("The file could not be stored. Send it again.")


@transaction.atomic
def _received(
    actor: Actor, dataset: Dataset, name: str, blob: Blob, wish: ImportWish, kind: str
) -> tuple[Import, Job]:
    row = Import.objects.create(
        tenant=dataset.tenant,
        dataset=dataset,
        filename=name,
        blob=blob,
        options=wish.as_options(),
        created_by=actor.user,
    )
    record(actor, "import.received", f"import:{row.id}", dataset=str(dataset.id), filename=name)
    return row, _queue(actor, row, kind)


def _check_size(name: str, size: int) -> None:
    limit = settings.MODELSHIP_MAX_ARCHIVE_BYTES if kind_of_name(name) else settings.MODELSHIP_MAX_FILE_BYTES
    if size == 0:
        raise Unprocessable("The file is empty. Choose another one.", code="empty_file")
    if size > limit:
        raise TooLarge(f"The file may have {limit:,} bytes.", code="file_too_large", limit=limit)


def _check_wish(dataset: Dataset, wish: ImportWish) -> None:
    if unknown := unknown_classes(dataset, wish):
        detail = f"{unknown[0][:100]} can't become a class that the project does not have. Choose one of its classes."
        raise Unprocessable(detail, code="unknown_class", field="classes")


@transaction.atomic
def look_again(actor: Actor, row: Import, wish: ImportWish) -> Job:
    """Queue another look through the file with other wishes. Raises Conflict while a job is at it, and once it is taken over."""
    row = _mine(row)
    _check_wish(row.dataset, wish)
    row.options, row.report = wish.as_options(), None
    row.save(update_fields=["options", "report"])
    return _queue(actor, row, CHECK)


@transaction.atomic
def apply_import(actor: Actor, row: Import, wish: ImportWish) -> Job:
    """Queue taking the file over. Raises as `look_again` does; sent again while its job lives it is that job."""
    held = Import.objects.select_for_update().get(pk=row.pk)
    if held.is_applying and held.job and held.job.is_live and held.options == wish.as_options():
        return held.job
    row = _mine(row)
    _check_wish(row.dataset, wish)
    row.options = wish.as_options()
    row.save(update_fields=["options"])
    record(actor, "import.applied", f"import:{row.id}", dataset=str(row.dataset_id), **row.options)
    return _queue(actor, row, APPLY)


def _mine(row: Import) -> Import:
    """The row, locked, if nothing is at work on it."""
    held = Import.objects.select_for_update(of=("self",)).select_related("dataset", "job").get(pk=row.pk)
    if held.applied_at:
        raise Conflict("This file was taken over already. Send it again to import it once more.", code="done")
    if held.job and held.job.is_live:
        raise Conflict("A job is working on this file. Wait for it, or cancel it.", code="busy")
    return held


def _queue(actor: Actor, row: Import, kind: str) -> Job:
    word = "Look through" if kind == CHECK else "Import"
    job, _ = enqueue(
        kind,
        tenant=row.tenant,
        args={"import": str(row.id), "dataset": str(row.dataset_id)},
        actor=actor,
        project=row.dataset.project,
        dedupe_key=str(row.id),
        title=f"{word} {row.filename}"[:200],
    )
    row.job, row.is_applying = job, kind == APPLY
    # Another order begins at the first picture again; a retry of the same job goes on.
    row.reached, row.counted = 0, {}
    row.save(update_fields=["job", "is_applying", "reached", "counted"])
    return job


@transaction.atomic
def delete_import(actor: Actor, row: Import) -> None:
    """Forget the file and what was found in it; what was taken over stays. A job that works on it is stopped."""
    if row.job and row.job.is_live:
        cancel(row.job, actor)
    facts: dict[str, Any] = {"dataset": str(row.dataset_id), "filename": row.filename}
    record(actor, "import.deleted", f"import:{row.id}", **facts)
    row.delete()
    free_later(actor)
