"""The one write path: socket, REST, imports and models all change boxes here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from annotations.actions import box_rows
from annotations.actions.batch import Batch, Before, Verdict
from annotations.actions.canvas_log import (
    News,
    announce_all,
    append_all,
    lock_canvas,
    lock_idle,
    person_of,
    settle_images,
)
from annotations.actions.outcome import Outcome
from annotations.edits import Dropped
from annotations.models import Canvas, CanvasOp, LabelClass
from annotations.queries import names_of
from datasets.queries import place_for, places_for
from modelship.accounts.actors import Actor
from modelship.lib.errors import Problem
from modelship.live.statements import PreparedPairs, insert_rows, share_rows

log = structlog.get_logger(__name__)

OP_COLUMNS = ("canvas_id", "op_id", "seq", "code", "detail")


def apply_edits(
    image_id: UUID | str,
    edits: Any,
    *,
    actor: Actor,
    base_seq: int | None = None,
    ref: str | None = None,
    if_match: int | None = None,
) -> Outcome:
    """Judge wire edits one by one, apply those that are accepted as one revision, and log them.

    `edits` is a list of 1 to 500 edits as they came over the wire; nothing is assumed of it.

    Fields merge by arrival; an op id that was judged before gets the same answer and is not judged
    again, so resending is always safe. Each edit is judged by itself: `Outcome.dropped` says which were not
    applied and why. Raises NotFound, Forbidden, BadRequest (unreadable batch), PreconditionFailed
    (`if_match` is not the present revision) and Conflict (`base_seq` lies in the future: the
    database was restored).
    """
    image = place_for(actor, image_id, "annotate")
    return _alone(Batch.read(image, edits, actor=actor, base_seq=base_seq, ref=ref, if_match=if_match))


@dataclass(frozen=True, slots=True)
class Wish:
    """A call of `apply_edits` that may be answered together with others."""

    image_id: UUID
    edits: Any
    actor: Actor
    base_seq: int | None
    ref: str | None


def apply_together(wishes: Sequence[Wish]) -> list[Outcome | Exception]:
    """Apply batches of different images in one transaction; each gets the answer that `apply_edits` gives.

    What many people do at the same moment costs a fraction of one transaction each. A batch whose
    canvas somebody holds, or that spoils the transaction, is applied alone after the others.
    """
    places = places_for([(wish.actor, wish.image_id) for wish in wishes], "annotate")
    answers: dict[UUID, Outcome | Exception] = {}
    batches: list[Batch] = []
    for wish, place in zip(wishes, places, strict=True):
        try:
            if isinstance(place, Problem):
                raise place
            batches.append(
                Batch.read(place, wish.edits, actor=wish.actor, base_seq=wish.base_seq, ref=wish.ref)
            )
        except Problem as problem:
            answers[wish.image_id] = problem
    try:
        answers |= _apply(batches, _hold_idle)
    except Exception as error:  # noqa: BLE001 - alone, each batch meets its own failure again
        log.warning("batches_applied_alone", batches=len(batches), error=repr(error))
    for batch in batches:
        if batch.image.id not in answers:
            answers[batch.image.id] = _answer(batch)
    return [answers[wish.image_id] for wish in wishes]


def _answer(batch: Batch) -> Outcome | Exception:
    try:
        return _alone(batch)
    except Exception as error:  # noqa: BLE001 - it belongs to who sent the batch
        return error


def _alone(batch: Batch) -> Outcome:
    try:
        answers = _apply([batch], _hold_one)
    except IntegrityError:
        # A class vanished between the look and the write; the second look sees that.
        answers = _apply([batch], _hold_one)
    answer = answers[batch.image.id]
    if isinstance(answer, Problem):
        raise answer
    return answer


def _hold_one(batches: Sequence[Batch]) -> dict[UUID, Canvas]:
    """The canvas of a single batch, once it is free. First its classes: who deletes a class holds that, and
    then waits for canvases.
    """
    (batch,) = batches
    share_rows(LabelClass, batch.class_ids, waits=True)
    return {batch.image.id: lock_canvas(batch.image.id)}


def _hold_idle(batches: Sequence[Batch]) -> dict[UUID, Canvas]:
    """The canvases that can be had without waiting, of batches whose classes stay."""
    named = {uid for batch in batches for uid in batch.class_ids}
    shared = share_rows(LabelClass, named, waits=False)
    return lock_idle([batch.image.id for batch in batches if batch.class_ids <= shared])


@transaction.atomic
def _apply(
    batches: Sequence[Batch], hold: Callable[[Sequence[Batch]], Mapping[UUID, Canvas]]
) -> dict[UUID, Outcome | Problem]:
    """Answers by image, of those whose canvas is held."""
    canvases = hold(batches)
    held = [batch for batch in batches if batch.image.id in canvases]
    known = _judged_before(held)
    boxes = box_rows.load({batch.image.id: batch.box_ids for batch in held})
    answers: dict[UUID, Outcome | Problem] = {}
    verdicts: list[Verdict] = []
    for batch in held:
        key = batch.image.id
        try:
            verdicts.append(batch.judge(canvases[key], known[key], boxes[key]))
        except Problem as problem:
            answers[key] = problem
    return answers | _write(verdicts)


def _write(verdicts: Sequence[Verdict]) -> dict[UUID, Outcome]:
    """Write what was accepted, remember what was refused, and tell the rooms."""
    changing = [verdict for verdict in verdicts if verdict.accepted]
    box_rows.save((verdict.canvas.pk, verdict.before, verdict.after) for verdict in changing)
    logged = append_all([verdict.entry for verdict in changing])
    insert_rows(CanvasOp, OP_COLUMNS, [row for verdict in verdicts for row in verdict.ops])
    settle_images([growth for verdict in changing if (growth := verdict.growth)])
    names = _names(verdicts)
    answers = {verdict.canvas.pk: verdict.outcome(names) for verdict in verdicts}
    announce_all(
        [
            News(verdict.canvas.pk, batch, answers[verdict.canvas.pk].ack(), verdict.restored)
            for verdict, batch in zip(changing, logged, strict=True)
        ]
    )
    return answers


def _names(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """The names of the people of all boxes that are told of; the senders are known."""
    senders = [verdict.batch.actor for verdict in verdicts]
    known = {
        person: actor.user.display_name for actor in senders if (person := person_of(actor)) and actor.user
    }
    return names_of([box for verdict in verdicts for box in verdict.touched], known)


def _judged_before(batches: Sequence[Batch]) -> dict[UUID, Before]:
    found = {batch.image.id: (dict[str, int](), dict[str, Dropped]()) for batch in batches}
    for canvas_id, op_id, seq, code, detail in _ops({batch.image.id: batch.op_ids for batch in batches}):
        applied, refused = found[canvas_id]
        if code:
            refused[str(op_id)] = Dropped(str(op_id), code, detail)
        else:
            applied[str(op_id)] = seq
    return {canvas_id: Before(*both) for canvas_id, both in found.items()}


_ops = PreparedPairs(CanvasOp.objects.values_list(*OP_COLUMNS), "canvas_id", "op_id")
