"""The one write path: socket, REST, imports and models all change boxes here."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from annotations.actions import box_rows
from annotations.actions.batch import Batch, Before, Change, Verdict
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
    """Apply batches in one transaction, in order; each gets the answer that `apply_edits` gives.

    What many people do at the same moment costs a fraction of one transaction each. A batch whose
    canvas somebody holds, or that spoils the transaction, is applied alone after the others.
    """
    batches, refusals = _read(wishes)
    answers: dict[int, Outcome | Exception] = {**refusals}
    try:
        answers |= _apply(batches, _hold_idle)
    except Exception as error:  # noqa: BLE001 - alone, each batch meets its own failure again
        log.warning("batches_applied_alone", batches=len(batches), error=repr(error))
    for at, batch in batches.items():
        if at not in answers:
            answers[at] = _answer(batch)
    return [answers[at] for at in range(len(wishes))]


def apply_idle(wishes: Sequence[Wish]) -> list[Outcome | Problem | None]:
    """Apply, in one transaction, the batches whose canvases are there and nobody holds; None for the others.

    It waits for nobody, so that who calls it may hold other rows. Raises what spoils the transaction.
    """
    batches, refusals = _read(wishes)
    answers = refusals | _apply(batches, _hold_idle)
    return [answers.get(at) for at in range(len(wishes))]


def _read(wishes: Sequence[Wish]) -> tuple[dict[int, Batch], dict[int, Outcome | Problem]]:
    """Batches by the place of their wish, and the refusals of those that can't be read or may not be made."""
    batches: dict[int, Batch] = {}
    refusals: dict[int, Outcome | Problem] = {}
    places = places_for([(wish.actor, wish.image_id) for wish in wishes], "annotate")
    for at, (wish, place) in enumerate(zip(wishes, places, strict=True)):
        try:
            if isinstance(place, Problem):
                raise place
            batches[at] = Batch.read(
                place, wish.edits, actor=wish.actor, base_seq=wish.base_seq, ref=wish.ref
            )
        except Problem as problem:
            refusals[at] = problem
    return batches, refusals


def _answer(batch: Batch) -> Outcome | Exception:
    try:
        return _alone(batch)
    except Exception as error:  # noqa: BLE001 - it belongs to who sent the batch
        return error


def _alone(batch: Batch) -> Outcome:
    try:
        answers = _apply({0: batch}, _hold_one)
    except IntegrityError:
        # A class vanished between the look and the write; the second look sees that.
        answers = _apply({0: batch}, _hold_one)
    answer = answers[0]
    if isinstance(answer, Problem):
        raise answer
    return answer


def _hold_one(batches: Collection[Batch]) -> dict[UUID, Canvas]:
    """The canvas of a single batch, once it is free. First its classes: who deletes a class holds that, and
    then waits for canvases.
    """
    (batch,) = batches
    share_rows(LabelClass, batch.class_ids, waits=True)
    return {batch.image.id: lock_canvas(batch.image.id)}


def _hold_idle(batches: Collection[Batch]) -> dict[UUID, Canvas]:
    """The canvases that can be had without waiting, of batches whose classes stay."""
    named = {uid for batch in batches for uid in batch.class_ids}
    shared = share_rows(LabelClass, named, waits=False)
    losing = {batch.image.id for batch in batches if not batch.class_ids <= shared}
    return lock_idle({batch.image.id for batch in batches} - losing)


@transaction.atomic
def _apply(
    batches: Mapping[int, Batch], hold: Callable[[Collection[Batch]], Mapping[UUID, Canvas]]
) -> dict[int, Outcome | Problem]:
    """Answers by the batch's key, of those that can be judged now; of one canvas, the first ones."""
    canvases = hold(batches.values())
    held = {key: batch for key, batch in batches.items() if batch.image.id in canvases}
    known = _judged_before(held.values())
    boxes = box_rows.load(_by_image(held.values(), lambda batch: batch.box_ids))
    answers: dict[int, Outcome | Problem] = {}
    verdicts: dict[int, Verdict] = {}
    changed, left = set[UUID](), set[UUID]()
    for key, batch in held.items():
        uid = batch.image.id
        touched = {one: boxes[uid][one] for one in batch.box_ids if one in boxes[uid]}
        if uid in left or (uid in changed and batch.looks_around(touched)):
            # What the others change of the canvas can't be counted before it is written.
            left.add(uid)
            continue
        try:
            verdict = verdicts[key] = batch.judge(canvases[uid], known[uid].of(batch), touched)
        except Problem as problem:
            answers[key] = problem
            continue
        if verdict.accepted:
            changed.add(uid)
            canvases[uid].seq = verdict.seq
            boxes[uid] |= verdict.after
        known[uid] = known[uid].after(verdict)
    return answers | dict(zip(verdicts, _write(list(verdicts.values())), strict=True))


def _write(verdicts: Sequence[Verdict]) -> list[Outcome]:
    """Write what was accepted, remember what was refused, and tell the rooms."""
    changing = [verdict for verdict in verdicts if verdict.accepted]
    changes: dict[UUID, Change] = {}
    for verdict in changing:
        changes.setdefault(verdict.canvas.pk, Change(verdict.canvas, {}, {})).add(verdict)
    box_rows.save((uid, change.before, change.after) for uid, change in changes.items())
    logged = append_all([verdict.entry for verdict in changing])
    insert_rows(CanvasOp, OP_COLUMNS, [row for verdict in verdicts for row in verdict.ops])
    settle_images([growth for change in changes.values() if (growth := change.growth)])
    names = _names(verdicts)
    outcomes = [verdict.outcome(names) for verdict in verdicts]
    told = [
        (verdict, outcome) for verdict, outcome in zip(verdicts, outcomes, strict=True) if verdict.accepted
    ]
    announce_all(
        [
            News(verdict.canvas.pk, batch, outcome.ack(), verdict.restored)
            for (verdict, outcome), batch in zip(told, logged, strict=True)
        ]
    )
    return outcomes


def _names(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """The names of the people of all boxes that are told of; the senders are known."""
    senders = [verdict.batch.actor for verdict in verdicts]
    known = {
        person: actor.user.display_name for actor in senders if (person := person_of(actor)) and actor.user
    }
    return names_of([box for verdict in verdicts for box in verdict.touched], known)


def _by_image(batches: Iterable[Batch], ids: Callable[[Batch], Iterable[str]]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {}
    for batch in batches:
        found.setdefault(batch.image.id, set()).update(ids(batch))
    return found


def _judged_before(batches: Collection[Batch]) -> dict[UUID, Before]:
    found = {batch.image.id: (dict[str, int](), dict[str, Dropped]()) for batch in batches}
    for canvas_id, op_id, seq, code, detail in _ops(_by_image(batches, lambda batch: batch.op_ids)):
        applied, refused = found[canvas_id]
        if code:
            refused[str(op_id)] = Dropped(str(op_id), code, detail)
        else:
            applied[str(op_id)] = seq
    return {canvas_id: Before(*both) for canvas_id, both in found.items()}


_ops = PreparedPairs(CanvasOp.objects.values_list(*OP_COLUMNS), "canvas_id", "op_id")
