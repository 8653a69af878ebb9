"""Reads of canvases, boxes, the edit log and classes. Only this module and the write path see their tables."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import DatabaseError, transaction
from django.db.models import Count, OuterRef, Q, Subquery

from annotations.edits import BoxState
from annotations.models import Box, Canvas, CanvasEdit, LabelClass
from datasets.models import Dataset, Image
from modelship.accounts.models import User
from modelship.lib.clock import wire
from modelship.lib.errors import Unavailable
from modelship.live.statements import Prepared

MAX_LOG = 500
# Shapes whose frame says nothing of an object's size.
SIZELESS = ("tag", "point")
# Building the text of fewer boxes is as quick as storing and loading it.
BLOB_FROM = 100
READ_TRIES = 5
BOX_COLUMNS = (
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
    "created_by_id",
    "updated_by_id",
    "created_seq",
    "seq",
    "deleted",
    "z",
    "locked",
)


def object_sizes(image_ids: Sequence[UUID], *, most: int) -> list[float]:
    """The square roots of the areas of up to `most` objects in those images, in pixels; nothing that was rejected."""
    rows = Box.objects.filter(canvas_id__in=image_ids, deleted=False).exclude(state="rejected")
    frames = rows.exclude(shape__in=SIZELESS).values_list("w", "h")[:most]
    return [math.sqrt(w * h) for w, h in frames]


@dataclass(frozen=True, slots=True)
class CanvasState:
    """A canvas at one revision; `boxes` is the JSON text of its live boxes, oldest first."""

    seq: int
    review_state: str
    boxes: bytes


def box_state(row: Sequence[Any]) -> BoxState:
    """A row of BOX_COLUMNS as the value that edits are judged on."""
    uid, label, *rest = row
    model, created_by, updated_by = row[12], row[15], row[16]
    values = dict(zip(BOX_COLUMNS[2:], rest, strict=True))
    del values["model_id"], values["created_by_id"], values["updated_by_id"]
    return BoxState(
        id=str(uid),
        class_id=_text(label),
        model=_text(model),
        created_by=_text(created_by),
        updated_by=_text(updated_by),
        **values,
    )


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def names_of(boxes: Iterable[BoxState], known: Mapping[str, str] | None = None) -> dict[str, str]:
    """The names of the people who made or changed these boxes, by id; `known` ones are not looked up."""
    names = dict(known or {})
    unknown = {person for box in boxes for person in box.people} - names.keys()
    if unknown:
        users = User.objects.filter(id__in=unknown).only("name", "email")
        names |= {str(user.id): user.display_name for user in users}
    return names


def wires(boxes: Sequence[BoxState], known: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    names = names_of(boxes, known)
    return [box.wire(names) for box in boxes]


def first_score(order: str) -> Subquery:
    """The first score, by `score` or `-score`, among the proposals in sight of a picture of the outer query."""
    proposals = Box.objects.filter(canvas=OuterRef("pk"), state=Box.State.PROPOSED, deleted=False)
    return Subquery(proposals.filter(score__isnull=False).order_by(order).values("score")[:1])


def canvas_state(image_id: UUID) -> CanvasState:
    """The canvas as of one revision, never a mixture of two; an image without edits is at 0.

    The text is kept with the canvas, so a second read of a crowded image costs one row.
    """
    for _ in range(READ_TRIES):
        found = _canvas_row(image_id)
        if found is None:
            return CanvasState(0, Canvas.ReviewState.OPEN, b"[]")
        seq, review_state, blob, blob_seq = found
        if blob is not None and blob_seq == seq:
            return CanvasState(seq, review_state, bytes(blob))
        boxes = live_boxes(image_id)
        text = orjson.dumps(wires(boxes))
        if Canvas.objects.filter(pk=image_id, seq=seq).exists():
            if len(boxes) >= BLOB_FROM:
                _keep(image_id, seq, text)
            return CanvasState(seq, review_state, text)
    raise Unavailable("The image is being edited very quickly. Try again.")


def _canvas_row(image_id: UUID) -> tuple[int, str, Any, int | None] | None:
    return Canvas.objects.filter(pk=image_id).values_list("seq", "review_state", "blob", "blob_seq").first()


def _keep(image_id: UUID, seq: int, text: bytes) -> None:
    """Only a saving of time: a busy database may refuse it."""
    try:
        with transaction.atomic():
            Canvas.objects.filter(pk=image_id, seq=seq).update(blob=text, blob_seq=seq)
    except DatabaseError:
        return


def live_boxes(image_id: UUID) -> list[BoxState]:
    rows = Box.objects.filter(canvas_id=image_id, deleted=False).order_by("pk").values_list(*BOX_COLUMNS)
    return [box_state(row) for row in rows.iterator(chunk_size=5_000)]


def live_boxes_of(image_ids: Collection[UUID]) -> dict[UUID, list[BoxState]]:
    """The same of several images, each of which is in the answer."""
    found: dict[UUID, list[BoxState]] = {image_id: [] for image_id in image_ids}
    for canvas_id, *row in _live_boxes(found):
        found[canvas_id].append(box_state(row))
    return found


_live_boxes = Prepared(
    lambda image_ids: (
        Box.objects.filter(canvas_id__in=image_ids, deleted=False)
        .order_by("pk")
        .values_list("canvas_id", *BOX_COLUMNS)
    )
)


def all_boxes(image_id: UUID) -> dict[str, BoxState]:
    """Every box of the image by id, deleted ones too, oldest first."""
    return {box.id: box for box in all_boxes_of([image_id]).get(image_id, ())}


def all_boxes_of(image_ids: Collection[UUID]) -> dict[UUID, list[BoxState]]:
    """Every box of the images, deleted ones too, oldest first; images without any are left out."""
    found: dict[UUID, list[BoxState]] = defaultdict(list)
    rows = Box.objects.filter(canvas_id__in=image_ids).order_by("canvas_id", "pk")
    for canvas_id, *row in rows.values_list("canvas_id", *BOX_COLUMNS).iterator(chunk_size=5_000):
        found[canvas_id].append(box_state(row))
    return found


def boxes_by_image(
    image_ids: Sequence[UUID], *, states: Sequence[str] | None = None, min_score: float | None = None
) -> dict[UUID, list[dict[str, Any]]]:
    """The live boxes of several images as wire boxes, oldest first; images without any are left out.

    `min_score` keeps boxes that have no score: people don't give one.
    """
    rows = Box.objects.filter(canvas_id__in=image_ids, deleted=False).order_by("canvas_id", "pk")
    if states is not None:
        rows = rows.filter(state__in=states)
    if min_score is not None:
        rows = rows.filter(Q(score__isnull=True) | Q(score__gte=min_score))
    found: dict[UUID, list[BoxState]] = defaultdict(list)
    for canvas_id, *row in rows.values_list("canvas_id", *BOX_COLUMNS).iterator(chunk_size=5_000):
        found[canvas_id].append(box_state(row))
    names = names_of(box for boxes in found.values() for box in boxes)
    return {image_id: [box.wire(names) for box in boxes] for image_id, boxes in found.items()}


def log_since(image_id: UUID, seq: int, limit: int = MAX_LOG) -> list[dict[str, Any]]:
    """The accepted batches after revision `seq`, in order."""
    rows = CanvasEdit.objects.filter(canvas_id=image_id, seq__gt=seq).order_by("seq")[:limit]
    return [logged(row) for row in rows]


def logged(row: CanvasEdit) -> dict[str, Any]:
    return batch_of(row.seq, _text(row.ref), row.actor, row.created_at, row.edits)


def batch_of(
    seq: int, ref: str | None, actor: Mapping[str, Any], at: datetime, edits: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """An accepted batch as everybody reads it."""
    return {"seq": seq, "ref": ref, "actor": actor, "at": wire(at), "edits": edits}


def seqs_of(image_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The revisions of several canvases; those without edits are left out."""
    return dict(Canvas.objects.filter(pk__in=image_ids).values_list("pk", "seq"))


def canvas_dict(image_id: UUID) -> dict[str, Any]:
    """What a snapshot says about the canvas beside its boxes."""
    columns = ("state", "width", "height", "canvas__review_state")
    state, width, height, review_state = Image.objects.values_list(*columns).get(id=image_id)
    return {
        "id": str(image_id),
        "state": state,
        "review_state": review_state or Canvas.ReviewState.OPEN,
        "is_locked": review_state == Canvas.ReviewState.APPROVED,
        "width": width,
        "height": height,
    }


def class_dict(label: LabelClass) -> dict[str, Any]:
    return {
        "id": str(label.id),
        "project": str(label.project_id),
        "name": label.name,
        "color": label.color,
        "hotkey": label.hotkey,
        "attributes": label.attributes,
        "use": label.use,
        "skeleton": label.skeleton,
        "order": label.order,
        "created_at": wire(label.created_at),
    }


def classes_of(project_id: UUID) -> list[dict[str, Any]]:
    return [class_dict(label) for label in LabelClass.objects.filter(project_id=project_id)]


def class_uses(project_id: UUID) -> Mapping[UUID, int]:
    """How many live boxes each class of the project has, in the datasets that everybody may see."""
    living = Q(boxes__deleted=False, boxes__canvas__image__dataset__audience=Dataset.Audience.EVERYONE)
    rows = LabelClass.objects.filter(project_id=project_id).annotate(uses=Count("boxes", filter=living))
    return dict(rows.values_list("id", "uses"))


def is_reviewed(dataset_id: UUID) -> bool:
    """Whether a person has judged a proposal in the dataset, or taken a picture on to its review."""
    judged = Box.objects.filter(canvas__image__dataset=dataset_id, source=Box.Source.MODEL, deleted=False)
    moved_on = Canvas.objects.filter(image__dataset=dataset_id).exclude(review_state=Canvas.ReviewState.OPEN)
    return judged.exclude(state=Box.State.PROPOSED).exists() or moved_on.exists()


def has_accepted(dataset_id: UUID) -> bool:
    rows = Box.objects.filter(canvas__image__dataset=dataset_id, state=Box.State.ACCEPTED, deleted=False)
    return rows.exists()
