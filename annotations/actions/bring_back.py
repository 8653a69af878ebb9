"""Bringing one image back to where it stood at a version: its boxes, its review, its name and its split."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from annotations.actions import box_rows
from annotations.actions.canvas_log import (
    Growth,
    News,
    announce_all,
    append,
    person_of,
    settle_images,
)
from annotations.actions.review import note_move, reopen_held
from annotations.edits import MAX_EDITS, BoxState, fold
from annotations.edits.returning import edits_back
from annotations.history_queries import folded_at
from annotations.models import Canvas
from annotations.pair_queries import Standing
from annotations.queries import all_boxes
from datasets.models import Image
from modelship.accounts.actors import Actor
from modelship.lib.clock import now
from modelship.lib.ids import new_id

# An image shows its review where there is one; else how far its labelling is.
REVIEWED = (
    Canvas.ReviewState.SUBMITTED.value,
    Canvas.ReviewState.APPROVED.value,
    Canvas.ReviewState.CHANGES_REQUESTED.value,
)
REASON = "The dataset goes back to an earlier version."
Classes = Mapping[str, str | None]


def bring_back(
    canvas: Canvas, then: Standing, classes: Classes, *, actor: Actor, states: Collection[str] = REVIEWED
) -> int:
    """Write the edits that lead a held canvas back to `then`; returns how many. In the caller's transaction.

    They are logged and announced like any edit. Locked boxes take part, and an approved image is reopened first:
    who may unlock and reopen decided that. `classes` says what became of classes that can't be had back, and
    `states` which states the project still knows.
    """
    edits, boxes = _edits(canvas, then, classes)
    wanted = then.state if then.state in REVIEWED and then.state in states else Canvas.ReviewState.OPEN.value
    is_reviewed_alike = canvas.review_state == wanted
    if canvas.review_state == Canvas.ReviewState.APPROVED and (edits or not is_reviewed_alike):
        reopen_held(canvas, actor, REASON)
        is_reviewed_alike = canvas.review_state == wanted
    news: list[News] = []
    for start in range(0, len(edits), MAX_EDITS):
        news.append(_write(canvas, edits[start : start + MAX_EDITS], boxes, actor))
    source = canvas.review_state
    if not is_reviewed_alike:
        canvas.review_state = wanted
    if news or not is_reviewed_alike:
        (state,) = settle_images([_growth(canvas, boxes)])
        if not is_reviewed_alike:
            news.append(News(canvas.pk, append(canvas, [_step(canvas, state)], actor=actor, ref=None)))
            note_move(canvas, source, "rollback")
    announce_all(news)
    return len(edits) + (not is_reviewed_alike)


def name_and_split_back(image_id: UUID, then: Standing) -> None:
    Image.objects.filter(pk=image_id).update(filename=then.filename, split=then.split, updated_at=now())


def _edits(
    canvas: Canvas, then: Standing, classes: Classes
) -> tuple[list[dict[str, Any]], dict[str, BoxState]]:
    """What has to be done, and the boxes as they are."""
    if canvas.seq == then.seq:
        return [], {}
    boxes = all_boxes(canvas.pk)
    return edits_back(boxes, folded_at(canvas.pk, then.seq), classes), boxes


def _write(
    canvas: Canvas, edits: Sequence[Mapping[str, Any]], boxes: dict[str, BoxState], actor: Actor
) -> News:
    """One revision; `boxes` are led on."""
    made = [{"op_id": str(new_id()), **edit} for edit in edits]
    before = {edit["box_id"]: boxes[edit["box_id"]] for edit in made}
    for edit in made:
        uid = edit["box_id"]
        boxes[uid] = fold(boxes[uid], edit, canvas.seq + 1, person_of(actor))
    box_rows.save([(canvas.pk, before, {uid: boxes[uid] for uid in before})])
    restored = [boxes[edit["box_id"]] for edit in made if edit["kind"] == "restore"]
    return News(canvas.pk, append(canvas, made, actor=actor, ref=None), restored=restored)


def _growth(canvas: Canvas, boxes: Mapping[str, BoxState]) -> Growth:
    """Against what the image counts now, so that the counters end as the boxes say."""
    counted = Image.objects.values_list("box_count", "proposed_count").get(pk=canvas.pk)
    if not boxes:
        return Growth(canvas)
    shown = [box for box in boxes.values() if box.is_shown]
    proposed = sum(box.state == "proposed" for box in shown)
    return Growth(canvas, len(shown) - counted[0], proposed - counted[1])


def _step(canvas: Canvas, state: str) -> dict[str, Any]:
    patch = {
        "state": state,
        "review_state": canvas.review_state,
        "is_locked": canvas.review_state == Canvas.ReviewState.APPROVED,
        "comment": "",
    }
    return {"op_id": str(new_id()), "kind": "canvas", "box_id": None, "patch": patch}
