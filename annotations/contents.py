"""What a dataset holds, as it is now or at a version, behind one face: exports and training read both alike."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from django.db.models import QuerySet, Sum

from annotations.export_order import ExportOrder
from annotations.export_queries import (
    BATCH,
    FROZEN_COLUMNS,
    LASTING_COLUMNS,
    Choice,
    ImageRow,
    boxes_of,
    classes_for_export,
    export_image,
    log_of,
    rows_by_ordinal,
)
from annotations.formats.records import ExportBox, ExportClass, ExportDataset, ExportImage
from annotations.formats.shapes import Labelled, labelled
from annotations.formats.sides import sides_among
from annotations.models import Box, FrozenCanvas
from annotations.queries import seqs_of
from annotations.thread_export_queries import thread_rows
from annotations.version_queries import boxes_at, classes_at, images_at, log_at
from datasets.models import Dataset, DatasetVersion, Image
from datasets.selection import Selection
from modelship.accounts.models import User
from modelship.lib.clock import wire
from modelship.lib.errors import Unprocessable

Row = TypeVar("Row", Image, FrozenCanvas)


class Contents(Protocol):
    """Images in gallery order with their boxes. Empty `states` mean images in any state."""

    dataset: Dataset
    # The number of the version; None for the dataset as it is now.
    number: int | None
    name: str

    def classes(self) -> list[ExportClass]: ...

    def image_count(self, states: Sequence[str] = ()) -> int: ...

    def box_count(self, states: Sequence[str] = ()) -> int:
        """How many boxes the images hold, by their counters and so only about."""
        ...

    def splits(self, states: Sequence[str] = ()) -> tuple[str, ...]:
        """The sides that the images are on, in their order; none where no image is on one."""
        ...

    def batches(self, states: Sequence[str] = ()) -> Iterator[list[Image]]:
        """Images with their blobs, a batch at a time."""
        ...

    def rows(self, states: Sequence[str] = (), after: int = -1) -> Iterator[list[ImageRow]]:
        """What exports look at of the images, a batch at a time: those whose ordinal is above `after`."""
        ...

    def boxes(self, image_ids: Sequence[UUID], choice: Choice) -> dict[UUID, list[ExportBox]]: ...

    def log(self, image_ids: Sequence[UUID]) -> QuerySet[Any]: ...

    def seq_of(self, image_id: UUID) -> int | None:
        """The revision of an image of the dataset; None where the version does not have it."""
        ...


class AsItIsNow:
    """An image that is added while somebody reads comes at the end."""

    number: int | None = None

    def __init__(self, dataset: Dataset, chosen: Selection | None = None) -> None:
        self.dataset, self.name, self._chosen = dataset, dataset.name, chosen

    def classes(self) -> list[ExportClass]:
        return classes_for_export(self.dataset.project_id)

    def image_count(self, states: Sequence[str] = ()) -> int:
        return self._images(states).count()

    def box_count(self, states: Sequence[str] = ()) -> int:
        return self._images(states).aggregate(boxes=Sum("box_count"))["boxes"] or 0

    def splits(self, states: Sequence[str] = ()) -> tuple[str, ...]:
        return sides_among(set(self._images(states).values_list("split", flat=True).distinct()))

    def batches(self, states: Sequence[str] = ()) -> Iterator[list[Image]]:
        return _by_ordinal(self._images(states).select_related("blob"))

    def rows(self, states: Sequence[str] = (), after: int = -1) -> Iterator[list[ImageRow]]:
        return rows_by_ordinal(self._images(states), ("id", *FROZEN_COLUMNS, *LASTING_COLUMNS), after)

    def boxes(self, image_ids: Sequence[UUID], choice: Choice) -> dict[UUID, list[ExportBox]]:
        return boxes_of(image_ids, choice)

    def log(self, image_ids: Sequence[UUID]) -> QuerySet[Any]:
        return log_of(image_ids)

    def seq_of(self, image_id: UUID) -> int | None:
        return seqs_of([image_id]).get(image_id, 0)

    def _images(self, states: Sequence[str]) -> QuerySet[Image]:
        if self._chosen is None:
            images = Image.objects.kept().filter(dataset=self.dataset)
        else:
            images = self._chosen.rows(self.dataset)
        return images.filter(state__in=states) if states else images


class AtVersion:
    """Images bear the file name and the state that they had; they are to be read, never saved."""

    def __init__(self, dataset: Dataset, version: DatasetVersion) -> None:
        self.dataset, self.version = dataset, version
        self.name = version.dataset_name
        self.number: int | None = version.number

    def classes(self) -> list[ExportClass]:
        return classes_at(self.version)

    def image_count(self, states: Sequence[str] = ()) -> int:
        return images_at(self.version, states).count()

    def box_count(self, states: Sequence[str] = ()) -> int:
        return images_at(self.version, states).aggregate(boxes=Sum("box_count"))["boxes"] or 0

    def splits(self, states: Sequence[str] = ()) -> tuple[str, ...]:
        rows = images_at(self.version, states)
        return sides_among(set(rows.values_list("split", flat=True).distinct()))

    def batches(self, states: Sequence[str] = ()) -> Iterator[list[Image]]:
        for rows in _by_ordinal(images_at(self.version, states).select_related("image__blob")):
            yield [_as_it_was(row) for row in rows]

    def rows(self, states: Sequence[str] = (), after: int = -1) -> Iterator[list[ImageRow]]:
        lasting = (f"image__{column}" for column in LASTING_COLUMNS)
        return rows_by_ordinal(
            images_at(self.version, states), ("image_id", *FROZEN_COLUMNS, *lasting), after
        )

    def boxes(self, image_ids: Sequence[UUID], choice: Choice) -> dict[UUID, list[ExportBox]]:
        return boxes_at(self.version, image_ids, choice)

    def log(self, image_ids: Sequence[UUID]) -> QuerySet[Any]:
        return log_at(self.version, image_ids)

    def seq_of(self, image_id: UUID) -> int | None:
        return images_at(self.version).filter(image=image_id).values_list("seq", flat=True).first()


def contents_of(dataset: Dataset, number: int | None = None, chosen: Selection | None = None) -> Contents:
    """What the dataset holds now, all or only the chosen images, or held at the version `number`.

    Raises Unprocessable for an absent one.
    """
    if number is None:
        return AsItIsNow(dataset, chosen)
    version = DatasetVersion.objects.filter(dataset=dataset, number=number).first()
    if version is None:
        detail = f"This dataset has no version {number}. Leave 'version' out for what it holds now."
        raise Unprocessable(detail, code="no_such_version", field="version")
    return AtVersion(dataset, version)


def dataset_for_export(contents: Contents, order: ExportOrder) -> ExportDataset:
    members = User.objects.filter(memberships__tenant_id=contents.dataset.tenant_id).distinct()
    return ExportDataset(
        id=contents.dataset.id,
        name=contents.name,
        classes=order.classes.classes(contents.classes()),
        version=contents.number,
        people={user.id: user.display_name for user in members},
        selection=_selection(order),
        splits=contents.splits(order.image_states) if order.by_split else (),
    )


def _selection(order: ExportOrder) -> dict[str, Any]:
    """What was chosen. Places and comments are named only where they go along: exports of a version keep their bytes."""
    chosen = {"format": order.format_name, **order.shown_options()}
    for name in ("include_gps", "include_threads"):
        if not chosen[name]:
            del chosen[name]
    return chosen


def boxes_for_export(
    contents: Contents, order: ExportOrder, after: int = -1
) -> Iterator[tuple[int, ExportImage]]:
    """The ordinal of each chosen image, and the image with its chosen boxes, oldest first.

    Those beyond the ordinal `after` come. Memory holds one batch of images.
    """
    choice = Choice(order.states, order.min_score, order.format.reads)
    ids = order.classes.ids(contents.classes()) if order.classes.names else None
    for batch in contents.rows(order.image_states, after):
        boxes = contents.boxes([image.id for image in batch], choice)
        for image in batch:
            found: Sequence[ExportBox] = boxes.get(image.id, ())
            if ids is not None:
                found = order.classes.boxes(found, ids)
            yield image.ordinal, export_image(image, found, order)


def history_for_export(contents: Contents, order: ExportOrder) -> Iterator[dict[str, Any]]:
    """What was done to each chosen image, oldest first: its log up to the moment that goes out."""
    columns = ("canvas_id", "seq", "created_at", "actor", "edits")
    for batch in contents.rows(order.image_states):
        rows = contents.log([image.id for image in batch]).order_by("canvas_id", "seq").values_list(*columns)
        for image_id, seq, created_at, actor, edits in rows.iterator(chunk_size=BATCH):
            moment = wire(created_at)
            yield {"image": image_id, "seq": seq, "created_at": moment, "actor": actor, "edits": edits}


def threads_for_export(contents: Contents, order: ExportOrder) -> Iterator[dict[str, Any]]:
    """What people say about each chosen image, as it is at this moment: of a version too, for nobody keeps what was said when."""
    for batch in contents.batches(order.image_states):
        pictures = {image.id: {"sha256": image.blob.sha256, "filename": image.filename} for image in batch}
        yield from thread_rows(pictures)


class ClassedBox(NamedTuple):
    """An upright rectangle inside its picture, in pixels of the upright original."""

    class_name: str
    x: float
    y: float
    w: float
    h: float


def accepted_boxes(
    dataset: Dataset, version: DatasetVersion | None = None, *, image_states: Sequence[str] = ()
) -> Iterator[tuple[Image, list[ClassedBox]]]:
    """Each image, with its blob, and what a detector learns from it: the accepted boxes that have a class.

    Of the dataset as it is now, or at a version. Turned boxes and polygons give the rectangle around
    them, as YOLO and COCO exports do; points and lines are left out. Images without boxes come too.
    """
    contents: Contents = AsItIsNow(dataset) if version is None else AtVersion(dataset, version)
    described = ExportDataset(dataset.id, contents.name, contents.classes())
    for batch in contents.batches(image_states):
        boxes = contents.boxes([image.id for image in batch], Choice((Box.State.ACCEPTED.value,)))
        for image in batch:
            size = (image.width, image.height)
            found = labelled(described, boxes.get(image.id, ()), size, Counter())
            yield image, [_classed(one, described) for one in found]


def _classed(found: Labelled, described: ExportDataset) -> ClassedBox:
    name = described.classes[found.class_index].name
    return ClassedBox(name, found.left, found.top, found.right - found.left, found.bottom - found.top)


def _by_ordinal(rows: QuerySet[Row]) -> Iterator[list[Row]]:
    """Not through one long cursor, as `rows_by_ordinal`."""
    last = -1
    while batch := list(rows.filter(ordinal__gt=last).order_by("ordinal")[:BATCH]):
        yield batch
        last = batch[-1].ordinal


def _as_it_was(row: FrozenCanvas) -> Image:
    image = row.image
    image.filename, image.state, image.box_count = row.filename, row.state, row.box_count
    image.split = row.split
    return image
