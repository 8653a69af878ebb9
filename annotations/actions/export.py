"""Exports: ordered, made into a file, landed, deleted."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from typing import Any

import orjson
import structlog
from django.db import IntegrityError, transaction

from annotations.actions.export_desks import clear_desks, kept_desk, passing_desk, subject_of
from annotations.actions.export_media import DatasetMedia
from annotations.contents import (
    Contents,
    boxes_for_export,
    contents_of,
    dataset_for_export,
    history_for_export,
    threads_for_export,
)
from annotations.export_order import ExportOrder
from annotations.formats.desk import Desk
from annotations.formats.names import safe_stem
from annotations.formats.records import ExportImage, Tally
from annotations.formats.writing import Extras, FileKind
from annotations.models import Export
from datasets.actions.free_bytes import free_later
from datasets.models import Dataset
from datasets.storage import Staged, put_staged
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import cancel, enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.errors import Conflict, Unavailable, Unprocessable
from modelship.lib.ids import new_id

KIND = "export"
STORE_TRIES = 3
CHUNK_BYTES = 1 << 20
Progress = Callable[[int, int], None]
log = structlog.get_logger(__name__)


@transaction.atomic
def request_export(actor: Actor, dataset: Dataset, order: ExportOrder) -> tuple[Export, Job]:
    """Order an export that the door has allowed; its job makes the file.

    The same order sent again while its job lives is that export. Raises Unprocessable for a table, for a
    version that the dataset does not have, where no image is chosen, and where files by split are wanted
    and no image is on a side.
    """
    check_exportable(dataset)
    contents = contents_of(dataset, order.version, order.chosen)
    total = contents.image_count(order.image_states)
    if order.chosen and not total:
        raise Unprocessable("No picture is selected. Choose some first.", code="nothing_selected")
    if order.by_split and not contents.splits(order.image_states):
        detail = "No image is in train, val or test yet. Split the dataset first, or leave 'by_split' out."
        raise Unprocessable(detail, code="not_split", field="by_split")
    order.classes.check(contents.classes())
    uid = new_id()
    job, is_new = enqueue(
        KIND,
        tenant=actor.tenant,
        args={"export": str(uid), "dataset": str(dataset.id)},
        actor=actor,
        project=dataset.project,
        dedupe_key=_key(actor, dataset, order),
        title=_title(dataset, order),
        total=total,
    )
    if not is_new:
        return _under_way(job), job
    export = Export.objects.create(
        id=uid,
        tenant=actor.tenant,
        project=dataset.project,
        dataset=dataset,
        format=order.format_name,
        options=order.as_options(),
        filename=filename_of(dataset, order),
        job=job,
        created_by=actor.user,
    )
    facts = {"dataset": str(dataset.id), "format": export.format, "version": order.version}
    for name in ("include_gps", "include_threads"):
        if getattr(order, name):
            facts[name] = True
    record(actor, "export.requested", f"export:{export.id}", **facts)
    return export, job


def _under_way(job: Job) -> Export:
    found = Export.objects.filter(job=job).select_related("job__project", "blob", "project").first()
    if found is None:
        raise Conflict("The same export is being stopped at this moment. Try again.", code="busy")
    return found


def _key(actor: Actor, dataset: Dataset, order: ExportOrder) -> str:
    """Equal for equal orders of one person."""
    told = {"by": actor.wire(), "dataset": str(dataset.id), "format": order.format_name, **order.as_options()}
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


@transaction.atomic
def delete_export(actor: Actor, export: Export) -> None:
    """Delete an export that the door has allowed, with its file; one that is still being made is stopped."""
    if export.job and export.job.is_live:
        cancel(export.job, actor)
    record(
        actor, "export.deleted", f"export:{export.id}", dataset=str(export.dataset_id), format=export.format
    )
    export.delete()
    free_later(actor)


def check_exportable(dataset: Dataset) -> None:
    if dataset.kind != Dataset.Kind.IMAGES:
        raise Unprocessable("Only datasets of images can be exported here.", code="not_images")


def run_export(export: Export, ctx: JobContext) -> dict[str, object]:
    """Make the file and land it. A run after a kill goes on where the last one was, and ends in the same bytes.

    On another machine, or where classes or names changed meanwhile, it begins anew.
    """
    clear_desks()
    order = ExportOrder.stored(export.format, export.options)
    contents = contents_of(export.dataset, order.version, order.chosen)
    described = dataset_for_export(contents, order)
    with kept_desk(export, subject_of(described, order)) as desk:
        if not desk.is_new:
            log.info("export.goes_on", export=str(export.id), images=desk.counter("tally")["images"])
        tally = write_export(contents, order, desk, ctx.progress)
        ctx.progress(tally.images, tally.images, "Storing the file")
        stage = _staged(desk)
        land(export, order, stage, ctx)
    return {**tally.as_dict(), "export": str(export.id), "bytes": stage.size, "sha256": stage.sha256}


@contextmanager
def made(contents: Contents, order: ExportOrder) -> Iterator[Staged]:
    """The finished file of a small export on the local disk for the length of the block."""
    with passing_desk() as desk:
        write_export(contents, order, desk, lambda done, total: None)
        yield _staged(desk)


def write_export(contents: Contents, order: ExportOrder, desk: Desk, progress: Progress) -> Tally:
    """Make the file of what the dataset holds on a desk. `progress` hears of every image and may raise."""
    described = dataset_for_export(contents, order)
    reached, total = desk.counter("reached"), contents.image_count(order.image_states)
    already = desk.counter("tally")["images"]

    def passing() -> Iterator[ExportImage]:
        after = -1 if desk.is_new else reached["ordinal"]
        for done, (ordinal, image) in enumerate(boxes_for_export(contents, order, after), start=already):
            progress(done, max(total, done))
            yield image
            # Asked for the next image, the writer is done with this one.
            reached["ordinal"] = ordinal
            desk.keep_in_time()

    extras = replace(extras_of(order, DatasetMedia(described)), rows=_rows(contents, order))
    return order.format.write(described, passing(), desk, extras)


def _rows(contents: Contents, order: ExportOrder) -> dict[str, Iterator[dict[str, Any]]]:
    """What goes along besides labels and pictures."""
    rows = {}
    if order.format.is_whole:
        rows["history"] = history_for_export(contents, order)
    if order.include_threads:
        rows["threads"] = threads_for_export(contents, order)
    return rows


def land(export: Export, order: ExportOrder, stage: Staged, ctx: JobContext) -> None:
    """Store the file and name it in the export's row, unless the lease was lost or the export deleted."""
    kind = kind_of(order)
    for _ in range(STORE_TRIES):
        blob = put_staged(export.tenant, stage, kind.content_type)
        try:
            with ctx.fenced():
                if not Export.objects.filter(pk=export.pk).update(blob=blob):
                    raise Conflict("The export was deleted while it was made.", code="export_deleted")
            return
        except IntegrityError:
            # Equal bytes that nothing held were freed in between: they are stored again.
            continue
    raise Unavailable("The file could not be stored. The job tries again.")


def extras_of(order: ExportOrder, media: DatasetMedia | None = None) -> Extras:
    return Extras(
        media, images=order.include_images, previews=order.include_previews, by_split=order.by_split
    )


def kind_of(order: ExportOrder) -> FileKind:
    return order.format.kind(extras_of(order))


def filename_of(dataset: Dataset, order: ExportOrder) -> str:
    """Like `harbour-coco-20260102-0304.zip`: safe on every system, and different from the last one's.

    Of a version: `harbour-v3-coco-20260102-0304.zip`.
    """
    # safe_stem takes what follows a dot for an extension, so a name gets one to lose.
    stem = safe_stem(f"{dataset.name}.export")
    version = "" if order.version is None else f"-v{order.version}"
    moment = now().astimezone(UTC).strftime("%Y%m%d-%H%M")
    return f"{stem}{version}-{order.format_name}-{moment}{kind_of(order).extension}"


def _title(dataset: Dataset, order: ExportOrder) -> str:
    which = "" if order.version is None else f", version {order.version},"
    if order.chosen:
        which = ", chosen pictures,"
    return f"Export {dataset.name}{which} as {order.format.title}"[:200]


def _staged(desk: Desk) -> Staged:
    digest, size = hashlib.sha256(), 0
    with desk.result.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return Staged(str(desk.result), digest.hexdigest(), size)
