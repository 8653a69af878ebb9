"""Reads for exports and previews: every box once, in a stable order, with memory for one batch of images."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby, islice, repeat
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from annotations.export_order import ExportOrder, shown
from annotations.formats.records import ExportBox, ExportClass, ExportImage
from annotations.models import Box, CanvasEdit, Export, LabelClass
from datasets.audience import check_in, hidden_from
from datasets.imaging.clean import clean_extension
from datasets.models import Dataset, Image
from datasets.queries import need_view
from modelship.accounts.actors import Actor
from modelship.jobs.queries import job_dict
from modelship.lib.clock import wire
from modelship.lib.errors import NotFound
from modelship.live.columns import column_chunks

# In the order of ExportBox's fields.
COLUMNS = (
    "uid",
    "label_id",
    "shape",
    "x",
    "y",
    "w",
    "h",
    "rotation",
    "points",
    "attributes",
    "source",
    "score",
    "model_id",
    "provenance",
    "state",
    "z",
    "locked",
    "created_by_id",
    "updated_by_id",
    "seq",
)


BATCH = 400
NOBODY = UUID(int=0)
# What a field holds that was not read.
UNREAD = {"id": NOBODY, **ExportBox._field_defaults}


class Choice(NamedTuple):
    """Which boxes are wanted; the score counts for proposals alone.

    `fields` are those of ExportBox that will be looked at: the others may keep their usual values. None means all.
    """

    states: Sequence[str]
    min_score: float | None = None
    fields: Collection[str] | None = None

    def of(self, rows: QuerySet[Box]) -> QuerySet[Box]:
        rows = rows.filter(deleted=False, state__in=self.states)
        if self.min_score is None:
            return rows
        return rows.filter(~Q(state=Box.State.PROPOSED) | Q(score__gte=self.min_score))


def classes_for_export(project_id: UUID) -> list[ExportClass]:
    """The classes in the order in which labels number them."""
    return [
        ExportClass(
            label.id, label.name, label.color, label.hotkey, label.attributes, label.use, label.skeleton
        )
        for label in LabelClass.objects.filter(project_id=project_id)
    ]


def boxes_of(image_ids: Sequence[UUID], choice: Choice) -> dict[UUID, list[ExportBox]]:
    found: dict[UUID, list[ExportBox]] = defaultdict(list)
    skipped = set() if choice.fields is None else set(UNREAD) - set(choice.fields)
    names = [column for column, name in zip(COLUMNS, ExportBox._fields, strict=True) if name not in skipped]
    rows = choice.of(Box.objects.filter(canvas_id__in=image_ids)).order_by("canvas_id", "pk")
    for canvases, *columns in column_chunks(rows.values_list("canvas_id", *names)):
        read = iter(columns)
        values = [repeat(UNREAD[name]) if name in skipped else next(read) for name in ExportBox._fields]
        # What ExportBox._make does, without a call of Python's own for each box.
        boxes = map(tuple.__new__, repeat(ExportBox), zip(*values, strict=False))
        for canvas_id, run in groupby(canvases):
            found[canvas_id].extend(islice(boxes, sum(1 for _ in run)))
    return found


def log_of(image_ids: Collection[UUID]) -> QuerySet[CanvasEdit]:
    """What was done to the images."""
    return CanvasEdit.objects.filter(canvas_id__in=image_ids)


class ImageRow(NamedTuple):
    """What an export looks at of an image; `ordinal` is its place among the others."""

    id: UUID
    ordinal: int
    filename: str
    state: str
    split: str
    width: int
    height: int
    format: str
    orientation: int
    sha256: str
    metadata: Mapping[str, Any]
    intrinsic: Mapping[str, Any]


# In the order of ImageRow's fields: those that a version freezes, and those that never change.
FROZEN_COLUMNS = ("ordinal", "filename", "state", "split")
LASTING_COLUMNS = ("width", "height", "format", "orientation", "blob__sha256", "metadata", "intrinsic")


def rows_by_ordinal(images: QuerySet[Any], columns: Sequence[str], after: int) -> Iterator[list[ImageRow]]:
    """A batch of images at a time, those beyond the ordinal `after`; `columns` are ImageRow's in the query.

    Read by ordinal and not through one long cursor, which would hold back the database for as long as an export takes.
    """
    while True:
        rows = images.filter(ordinal__gt=after).order_by("ordinal").values_list(*columns)[:BATCH]
        batch = [ImageRow(*row) for chunk in column_chunks(rows) for row in zip(*chunk, strict=True)]
        if not batch:
            return
        yield batch
        after = batch[-1].ordinal


def export_image(image: ImageRow, boxes: Sequence[ExportBox], order: ExportOrder) -> ExportImage:
    """With the extension of the bytes that go along; where none do, of those that people have."""
    if order.include_images:
        extension = clean_extension(image.filename, image.format, image.orientation)
    else:
        extension = own_extension(image.filename)
    return ExportImage(
        id=image.id,
        filename=image.filename,
        extension=extension,
        sha256=image.sha256,
        width=image.width,
        height=image.height,
        state=image.state,
        metadata=image.metadata,
        boxes=boxes,
        split=image.split,
        place=image.intrinsic.get("gps") if order.include_gps else None,
    )


def own_extension(filename: str) -> str:
    """What follows the last dot, where that is letters and digits and so safe in any file name."""
    stem, dot, extension = filename.rpartition(".")
    is_plain = extension.isascii() and extension.isalnum() and len(extension) <= 16
    return f".{extension}" if stem and dot and is_plain else ""


def exports_of(actor: Actor, dataset: Dataset | None = None) -> QuerySet[Export]:
    """The exports that the actor may see; `dataset` is one that the gate let through."""
    need_view(actor)
    rows = Export.objects.filter(tenant=actor.tenant).select_related("job__project", "blob", "project")
    hidden = hidden_from(actor).values("pk")
    return rows.exclude(dataset__in=hidden) if dataset is None else rows.filter(dataset=dataset)


def export_for(actor: Actor, export_id: UUID, need: str = "view") -> Export:
    """The actor's export. Raises NotFound for a foreign or absent one, Forbidden for too low a role."""
    found = Export.objects.filter(tenant=actor.tenant, id=export_id)
    export = found.select_related("job__project", "blob", "project", "dataset__project").first()
    if export is None:
        raise NotFound()
    check_in(actor, export.dataset, need)
    return export


def export_as_it_is(dataset: Dataset, format_name: str) -> Export | None:
    """The newest export in that format, if its job lives or if nothing in the dataset changed since it was ordered.

    One of a version is none of these, nor one that tells where pictures were taken.
    """
    rows = Export.objects.filter(dataset=dataset, format=format_name).select_related("job", "blob")
    export = next((row for row in rows.order_by("-created_at", "id")[:20] if _is_plain(row)), None)
    if export is None or export.job is None:
        return None
    if export.job.is_live:
        return export
    edited = CanvasEdit.objects.filter(canvas__image__dataset=dataset, created_at__gte=export.created_at)
    images = Image.objects.kept().filter(dataset=dataset)
    if states := _order_of(export).image_states:
        images = images.filter(state__in=states)
    is_same = export.job.total == images.count()
    return export if export.blob_id and is_same and not edited.exists() else None


def _is_plain(export: Export) -> bool:
    order = _order_of(export)
    return order.version is None and order.chosen is None and not order.include_gps


def _order_of(export: Export) -> ExportOrder:
    return ExportOrder.stored(export.format, export.options)


def state_of(export: Export) -> str:
    """Where the export stands: with its file it is done, before that it stands where its job does."""
    if export.blob_id:
        return "succeeded"
    return export.job.state if export.job else "failed"


def export_dict(export: Export) -> dict[str, Any]:
    return {
        "id": str(export.id),
        "dataset": str(export.dataset_id),
        "project": str(export.project_id),
        "format": export.format,
        "state": state_of(export),
        "options": shown(export.options),
        "filename": export.filename,
        "bytes": export.blob.size if export.blob else None,
        "sha256": export.blob.sha256 if export.blob else None,
        "created_by": str(export.created_by_id) if export.created_by_id else None,
        "created_at": wire(export.created_at),
        "job": job_dict(export.job) if export.job else None,
    }
