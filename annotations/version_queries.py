"""Reads of dataset versions: what was frozen, and the boxes of that moment, folded from the log."""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotations.edits import BoxState, fold_log
from annotations.export_queries import Choice, boxes_of
from annotations.formats.records import ExportBox, ExportClass
from annotations.models import Box, CanvasEdit, FrozenCanvas
from annotations.queries import seqs_of
from datasets.models import Dataset, DatasetVersion
from modelship.accounts.actors import Actor
from modelship.lib.clock import wire
from modelship.lib.errors import NotFound, Unprocessable
from modelship.projects.gate import check

LOG_CHUNK = 500


def need_images(dataset: Dataset) -> None:
    """Raises Unprocessable for a table."""
    if dataset.kind != Dataset.Kind.IMAGES:
        raise Unprocessable("Only datasets of images have versions here.", code="not_images")


def versions_of(actor: Actor, dataset: Dataset) -> QuerySet[DatasetVersion]:
    """The versions of a dataset, each with the number of its images that are still there as `present`.

    Raises NotFound and Forbidden as the gate does, Unprocessable for a table.
    """
    check(actor, dataset.project, "view")
    need_images(dataset)
    # Counted from one index: rows of images that went at the very moment of freezing count as present.
    kept = FrozenCanvas.objects.filter(version=OuterRef("pk"))
    number = kept.order_by().values("version").annotate(number=Count("pk")).values("number")
    present = Coalesce(Subquery(number, output_field=IntegerField()), 0)
    earlier = DatasetVersion.objects.filter(dataset=dataset, number__lt=OuterRef("number"))
    parent = Subquery(earlier.order_by("-number").values("number")[:1])
    rows = DatasetVersion.objects.filter(dataset=dataset).select_related("created_by")
    return rows.annotate(present=present, parent=parent)


def version_for(actor: Actor, dataset: Dataset, number: int) -> DatasetVersion:
    """One version of the dataset, as `versions_of` gives it. Raises NotFound for an absent one."""
    version = versions_of(actor, dataset).filter(number=number).first()
    if version is None:
        raise NotFound()
    return version


def version_dict(version: DatasetVersion) -> dict[str, Any]:
    """A version that `versions_of` or `version_for` gave. Images that were deleted since are `gone`."""
    return {
        "number": version.number,
        "parent": version.parent,  # type: ignore[attr-defined]
        "dataset": str(version.dataset_id),
        "message": version.message,
        "source": version.source,
        "created_by": str(version.created_by_id) if version.created_by_id else None,
        "created_at": wire(version.created_at),
        "counts": {
            "images": version.image_count,
            "boxes": version.box_count,
            "gone": version.image_count - version.present,  # type: ignore[attr-defined]
        },
    }


def classes_at(version: DatasetVersion) -> list[ExportClass]:
    """The classes under the names they had, in the order in which labels number them."""
    return [ExportClass(**{**label, "id": UUID(label["id"])}) for label in version.classes]


def images_at(version: DatasetVersion, states: Collection[str] = ()) -> QuerySet[FrozenCanvas]:
    """The frozen rows whose image is still there; with `states`, of images that stood in one of them."""
    # The join drops rows without their image; naming the dataset would make databases begin there.
    rows = FrozenCanvas.objects.filter(version=version, image__dataset__isnull=False)
    return rows.filter(state__in=states) if states else rows


def boxes_at(
    version: DatasetVersion, image_ids: Sequence[UUID], choice: Choice
) -> dict[UUID, list[ExportBox]]:
    """The chosen boxes of some images as they were, oldest first; images without any are left out.

    Where the canvas is still at the frozen revision the live rows serve; elsewhere the log is folded.
    """
    frozen = FrozenCanvas.objects.filter(version=version, image__in=image_ids)
    bounds = {image_id: seq for image_id, seq in frozen.values_list("image_id", "seq") if seq}
    still = _at_their_bounds(bounds, bounds)
    found = boxes_of(list(still), choice)
    # An edit may have come before the rows were read; whoever is at the frozen revision now was so then.
    unmoved = _at_their_bounds(still, bounds)
    folded = _folded(version, bounds.keys() - unmoved, choice)
    return {image_id: boxes for image_id, boxes in found.items() if image_id in unmoved} | folded


def log_at(version: DatasetVersion, image_ids: Collection[UUID]) -> QuerySet[CanvasEdit]:
    """What had been done to the images when they were frozen."""
    bound = FrozenCanvas.objects.filter(version=version, image=OuterRef("canvas_id")).values("seq")
    return CanvasEdit.objects.filter(canvas_id__in=image_ids, seq__lte=Subquery(bound))


def _at_their_bounds(image_ids: Iterable[UUID], bounds: dict[UUID, int]) -> set[UUID]:
    return {image_id for image_id, seq in seqs_of(list(image_ids)).items() if seq == bounds[image_id]}


def _folded(
    version: DatasetVersion, image_ids: Collection[UUID], choice: Choice
) -> dict[UUID, list[ExportBox]]:
    """Read one canvas after the other, so that memory holds one log row at a time."""
    if not image_ids:
        return {}
    rows = log_at(version, image_ids)
    columns = rows.order_by("canvas_id", "seq").values_list("canvas_id", "seq", "actor", "edits")
    found = {}
    for image_id, batches in groupby(columns.iterator(chunk_size=LOG_CHUNK), key=itemgetter(0)):
        boxes = fold_log({"seq": seq, "actor": actor, "edits": edits} for _, seq, actor, edits in batches)
        if kept := [_export_box(box) for box in boxes.values() if _is_chosen(box, choice)]:
            found[image_id] = kept
    return found


def _is_chosen(box: BoxState, choice: Choice) -> bool:
    """What `Choice.of` asks of rows, asked of a value."""
    if box.deleted or box.state not in choice.states:
        return False
    if choice.min_score is None or box.state != Box.State.PROPOSED:
        return True
    return box.score is not None and box.score >= choice.min_score


def _export_box(box: BoxState) -> ExportBox:
    return ExportBox(
        UUID(box.id),
        _id(box.class_id),
        box.shape,
        box.x,
        box.y,
        box.w,
        box.h,
        box.rotation,
        box.points,
        box.attributes,
        box.source,
        box.score,
        _id(box.model),
        box.provenance,
        box.state,
        box.z,
        box.locked,
        _id(box.created_by),
        _id(box.updated_by),
        box.seq,
    )


def _id(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)
