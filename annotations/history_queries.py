"""Reads of an image's history: its moments, its boxes at each, and the edits that would bring them back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from annotations.edits import BoxState, fold_log
from annotations.edits.moments import moment_of
from annotations.edits.restoring import Plan, plan_moment, plan_person
from annotations.models import CanvasEdit, LabelClass
from annotations.queries import logged, seqs_of, wires
from datasets.models import Image
from modelship.lib.errors import Unprocessable

LOG_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What to bring back: the picture at `seq`, some `boxes` of it, or what `person` did after `since`."""

    seq: int | None = None
    boxes: Sequence[str] | None = None
    person: str | None = None
    since: int = 0


def present_seq(image_id: UUID) -> int:
    return seqs_of([image_id]).get(image_id, 0)


def moments_before(image_id: UUID, before: int, limit: int) -> list[dict[str, Any]]:
    """The moments below revision `before`, newest first."""
    rows = CanvasEdit.objects.filter(canvas_id=image_id, seq__lt=before).order_by("-seq")[:limit]
    return [moment_of(logged(row)) for row in rows]


def state_at(image_id: UUID, seq: int) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """The moment, None for the beginning, and the boxes that were alive then, oldest first.

    Raises Unprocessable for a revision that the image has not reached.
    """
    need_revision(image_id, seq)
    moment = next(iter(moments_before(image_id, seq + 1, 1)), None)
    boxes = fold_log(_batches(image_id, last=seq))
    return moment, wires([box for box in boxes.values() if not box.deleted])


def folded_at(image_id: UUID, seq: int) -> dict[str, BoxState]:
    """Every box of the image at a revision that it has reached, deleted ones too, oldest first."""
    return fold_log(_batches(image_id, last=seq)) if seq else {}


def plan_for(image: Image, wish: Wish) -> Plan:
    """The edits that would fulfil the wish now. Raises Unprocessable for an unknown revision."""
    classes = {
        str(pk)
        for pk in LabelClass.objects.filter(project_id=image.dataset.project_id).values_list("pk", flat=True)
    }
    if wish.person is not None:
        return plan_person(_batches(image.id), wish.person, classes, wish.since)
    seq = wish.seq or 0
    need_revision(image.id, seq)
    then = fold_log(_batches(image.id, last=seq))
    now = fold_log(_batches(image.id, after=seq), then)
    return plan_moment(now, then, classes, wish.boxes)


def need_revision(image_id: UUID, seq: int) -> None:
    last = present_seq(image_id)
    if seq > last:
        raise Unprocessable(f"The image has no revision {seq} yet. The last one is {last}.", code="unknown")


def _batches(image_id: UUID, *, after: int = 0, last: int | None = None) -> Iterator[dict[str, Any]]:
    """The log after one revision and up to another, a chunk in memory at a time."""
    rows = CanvasEdit.objects.filter(canvas_id=image_id, seq__gt=after).order_by("seq")
    if last is not None:
        rows = rows.filter(seq__lte=last)
    for seq, actor, edits in rows.values_list("seq", "actor", "edits").iterator(chunk_size=LOG_CHUNK):
        yield {"seq": seq, "actor": actor, "edits": edits}
