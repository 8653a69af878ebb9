"""The steps that every change of canvases shares: lock, next revision, log row, counters, wake-up after commit."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from annotations.edits import BoxState, edits_message
from annotations.models import Box, Canvas, CanvasEdit
from annotations.queries import batch_of, first_score, wires
from datasets.models import Image
from modelship.accounts.actors import Actor
from modelship.lib.clock import now
from modelship.live.events import Event
from modelship.live.rooms import hub
from modelship.live.statements import Prepared, insert_rows, update_rows

# What every revision changes of the canvas itself; the text of its boxes is made anew when read.
CANVAS_CHANGING = (
    *("seq", "review_state", "blob", "blob_seq", "updated_at"),
    *("holder_id", "held_until", "is_held_hard", "is_ranked"),
)
# What whoever holds a canvas knows of it.
CANVAS_KNOWN = ("seq", "review_state", "holder_id", "held_until", "is_held_hard")
# What a picture says of its boxes, for lists.
SETTLED = ("state", "box_count", "proposed_count", "lowest_score", "highest_score", "updated_at")


def room_of(image_id: UUID | str) -> str:
    return f"canvas:{image_id}"


def lock_canvas(image_id: UUID) -> Canvas:
    """The canvas, held until the transaction ends; everybody who changes it waits here."""
    found = _locked(image_id)
    if not found:
        Canvas.objects.bulk_create([Canvas(pk=image_id)], ignore_conflicts=True)
        found = _locked(image_id)
    return Canvas(pk=image_id, **dict(zip(CANVAS_KNOWN, found[0], strict=True)))


_locked = Prepared(
    lambda image_id: Canvas.objects.select_for_update().filter(pk=image_id).values_list(*CANVAS_KNOWN)
)


def make_canvases(image_ids: Collection[UUID]) -> None:
    """Make those that are missing, so that `lock_idle` finds them. Call it where nothing is held."""
    there = set(Canvas.objects.filter(pk__in=image_ids).values_list("pk", flat=True))
    # In order, so that two who make the same ones never wait for each other.
    missing = [Canvas(pk=uid) for uid in sorted(set(image_ids) - there)]
    Canvas.objects.bulk_create(missing, ignore_conflicts=True)


def lock_idle(image_ids: Collection[UUID]) -> dict[UUID, Canvas]:
    """Those of the canvases that are there and that nobody holds, held until the transaction ends.

    Their images are held with them. It never waits, so it can't meet anybody who waits for these.
    """
    return {
        uid: Canvas(pk=uid, **dict(zip(CANVAS_KNOWN, known, strict=True)))
        for uid, _, *known in _idle(image_ids)
    }


# With a column of the image, its row is locked too.
_idle = Prepared(
    lambda image_ids: (
        Canvas.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(pk__in=image_ids)
        .values_list("pk", "image__state", *CANVAS_KNOWN)
    )
)


def person_of(actor: Actor) -> str | None:
    """Whom the boxes are credited to; a machine credits nobody, `source` says what it was."""
    return None if actor.job_id or actor.user_id is None else str(actor.user_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """Accepted edits that made revision `seq` of one canvas."""

    canvas: Canvas
    seq: int
    edits: Sequence[dict[str, Any]]
    actor: Actor
    ref: str | None


def append(
    canvas: Canvas, edits: Sequence[dict[str, Any]], *, actor: Actor, ref: str | None
) -> dict[str, Any]:
    """Log the accepted edits as the next revision; returns the batch as everybody reads it."""
    canvas.seq += 1
    return append_all([Entry(canvas, canvas.seq, edits, actor, ref)])[0]


def append_all(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The same for several canvases, and for several revisions of one, in order."""
    logged, rows, at = [], [], now()
    canvases: dict[UUID, list[Any]] = {}
    for entry in entries:
        canvas, actor = entry.canvas, entry.actor.wire() | {"user": person_of(entry.actor)}
        rows.append([canvas.pk, entry.seq, entry.ref, actor, entry.edits, at])
        held = (canvas.holder_id, canvas.held_until, canvas.is_held_hard)
        canvases[canvas.pk] = [entry.seq, canvas.review_state, None, None, at, *held, False, canvas.pk]
        logged.append(batch_of(entry.seq, entry.ref, actor, at, entry.edits))
    insert_rows(CanvasEdit, ("canvas_id", "seq", "ref", "actor", "edits", "created_at"), rows)
    update_rows(Canvas, CANVAS_CHANGING, ("image_id",), list(canvases.values()))
    return logged


@dataclass(frozen=True, slots=True)
class Growth:
    """How many more boxes, and proposals, the image of a held canvas shows."""

    canvas: Canvas
    shown: int = 0
    proposed: int = 0


def settle_image(canvas: Canvas, *, shown: int = 0, proposed: int = 0) -> str:
    """Add to the image's counters and write the state that follows; returns that state."""
    return settle_images([Growth(canvas, shown, proposed)])[0]


def settle_images(growths: Sequence[Growth]) -> list[str]:
    """The same for several canvases, each once. Only who holds the canvas changes the counters of its image.

    The boxes have to be written by then: the scores are read from them.
    """
    counts = {uid: counted for uid, *counted in _counts([one.canvas.pk for one in growths])}
    rows: list[list[Any]] = []
    for one in growths:
        box_count, proposed_count, *scores = counts[one.canvas.pk]
        box_count, proposed_count = box_count + one.shown, proposed_count + one.proposed
        state = _image_state(one.canvas, box_count, proposed_count)
        rows.append([state, box_count, proposed_count, *scores, now(), one.canvas.pk])
    update_rows(Image, SETTLED, ("id",), rows)
    return [row[0] for row in rows]


_counts = Prepared(
    lambda image_ids: Image.objects.filter(pk__in=image_ids).values_list(
        "id", "box_count", "proposed_count", first_score("score"), first_score("-score")
    )
)


def _image_state(canvas: Canvas, box_count: int, proposed_count: int) -> str:
    """A review state shows as it is; an open canvas shows how far the labelling is."""
    if canvas.review_state != Canvas.ReviewState.OPEN:
        return canvas.review_state
    if proposed_count:
        return Image.State.PROPOSED
    if box_count or Box.objects.filter(canvas=canvas, deleted=False).exists():
        return Image.State.LABELED
    return Image.State.NEW


@dataclass(frozen=True, slots=True)
class News:
    """A logged batch on its way to the canvas's room."""

    image_id: UUID
    batch: dict[str, Any]
    # What the sender is told in place of the batch.
    reply: dict[str, Any] | None = None
    # Boxes that the batch brings back, which others may not know.
    restored: Sequence[BoxState] = ()

    def event(self) -> Event:
        return Event(
            room=room_of(self.image_id),
            seq=self.batch["seq"],
            body=orjson.dumps(edits_message(self.batch, wires(self.restored))).decode(),
            ref=self.batch["ref"],
            reply=None if self.reply is None else orjson.dumps(self.reply).decode(),
        )


def announce(image_id: UUID, batch: dict[str, Any]) -> None:
    """Tell the room once the transaction has committed. Lost news heal: the log is the truth."""
    announce_all([News(image_id, batch)])


def announce_all(news: Sequence[News]) -> None:
    events = [one.event() for one in news]
    transaction.on_commit(lambda: hub.publish(*events))
