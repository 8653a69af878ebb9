"""The steps that every change of a canvas shares: lock, next revision, log row, wake-up after commit."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import F

from annotations.edits import BoxState, edits_message
from annotations.models import Box, Canvas, CanvasEdit
from annotations.queries import batch_of, wires
from datasets.models import Image
from modelship.accounts.actors import Actor
from modelship.lib.clock import now
from modelship.live.events import Event
from modelship.live.rooms import hub
from modelship.live.statements import Prepared, insert_rows, update_rows

# What every revision changes of the canvas itself; the text of its boxes is made anew when read.
CANVAS_CHANGING = ("seq", "review_state", "blob", "blob_seq", "updated_at")


def room_of(image_id: UUID | str) -> str:
    return f"canvas:{image_id}"


def lock_canvas(image_id: UUID) -> Canvas:
    """The canvas, held until the transaction ends; everybody who changes it waits here."""
    found = _locked(image_id)
    if not found:
        Canvas.objects.bulk_create([Canvas(pk=image_id)], ignore_conflicts=True)
        found = _locked(image_id)
    seq, review_state = found[0]
    return Canvas(pk=image_id, seq=seq, review_state=review_state)


_locked = Prepared(
    lambda image_id: Canvas.objects.select_for_update().filter(pk=image_id).values_list("seq", "review_state")
)


def person_of(actor: Actor) -> str | None:
    """Whom the boxes are credited to; a machine credits nobody, `source` says what it was."""
    return None if actor.job_id or actor.user_id is None else str(actor.user_id)


def append(
    canvas: Canvas, edits: Sequence[dict[str, Any]], *, actor: Actor, ref: str | None
) -> dict[str, Any]:
    """Log the accepted edits as the next revision; returns the batch as everybody reads it."""
    canvas.seq += 1
    row = CanvasEdit(
        canvas=canvas,
        seq=canvas.seq,
        ref=ref,
        actor=actor.wire() | {"user": person_of(actor)},
        edits=list(edits),
    )
    insert_rows([row])
    values = [canvas.seq, canvas.review_state, None, None, row.created_at, canvas.pk]
    update_rows(Canvas, CANVAS_CHANGING, ("image_id",), [values])
    return batch_of(row)


def settle_image(canvas: Canvas, *, shown: int = 0, proposed: int = 0) -> str:
    """Add to the image's counters and write the state that follows; returns that state."""
    rows = Image.objects.filter(pk=canvas.pk)
    box_count, proposed_count = rows.values_list("box_count", "proposed_count").get()
    box_count, proposed_count = box_count + shown, proposed_count + proposed
    state = _image_state(canvas, box_count, proposed_count)
    rows.update(
        box_count=F("box_count") + shown,
        proposed_count=F("proposed_count") + proposed,
        state=state,
        updated_at=now(),
    )
    return state


def _image_state(canvas: Canvas, box_count: int, proposed_count: int) -> str:
    """A review state shows as it is; an open canvas shows how far the labelling is."""
    if canvas.review_state != Canvas.ReviewState.OPEN:
        return canvas.review_state
    if proposed_count:
        return Image.State.PROPOSED
    if box_count or Box.objects.filter(canvas=canvas, deleted=False).exists():
        return Image.State.LABELED
    return Image.State.NEW


def announce(
    image_id: UUID,
    batch: dict[str, Any],
    *,
    reply: dict[str, Any] | None = None,
    restored: Sequence[BoxState] = (),
) -> None:
    """Tell the room once the transaction has committed. Lost news heal: the log is the truth."""
    event = Event(
        room=room_of(image_id),
        seq=batch["seq"],
        body=orjson.dumps(edits_message(batch, wires(restored))).decode(),
        ref=batch["ref"],
        reply=None if reply is None else orjson.dumps(reply).decode(),
    )
    transaction.on_commit(lambda: hub.publish(event))
