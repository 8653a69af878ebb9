"""What the people of a round agree on, put on the pictures that it is about: ordinary edits, of those who drew it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from annotations.actions.apply_edits import apply_edits
from annotations.actions.canvas_log import lock_canvas
from annotations.agreement_queries import Opinion, dispute_id, opinion_of, opinion_on
from annotations.edits import MAX_EDITS, BoxState
from annotations.models import Canvas, CanvasAuthor, Round
from annotations.queries import live_boxes
from annotations.round_queries import Shared, shared_pictures, works_on
from datasets.models import Image
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.jobs.actions import enqueue
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.lib.errors import BadRequest, Conflict, NotFound, Unprocessable
from modelship.lib.ids import new_id

KIND = "annotations.consensus"
# What became of a picture.
TAKEN, SAME, DISPUTED, WAITING, APPROVED, REFUSED = (
    *("taken", "same", "disputed", "waiting", "approved"),
    "refused",
)
VERDICTS = (TAKEN, SAME, DISPUTED, WAITING, APPROVED, REFUSED)
# So many pictures that were left out are told one by one; the rest is counted.
TOLD = 100
VALUES = ("class_id", "shape", "x", "y", "w", "h", "rotation", "points", "attributes")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box that the picture is to have, and who drew it so."""

    box: BoxState
    people: tuple[str, ...]


class _Refused(Exception):
    """An edit was not accepted, so the picture stays as it is."""


@transaction.atomic
def request_take_over(actor: Actor, found: Round) -> tuple[Job, bool]:
    """Order what is agreed on for all pictures that have no dispute; the same order while its job lives is that job.

    Raises Conflict for a round that is not open yet.
    """
    if found.state == Round.State.MAKING:
        raise Conflict("The round is still being made. Wait for its job.", code="not_open")
    job, is_new = enqueue(
        KIND,
        tenant=found.tenant,
        args={"dataset": str(found.dataset_id), "round": str(found.pk), **_fresh()},
        actor=actor,
        project=found.dataset.project,
        dedupe_key=str(found.pk),
        title=f"Take over the consensus of round {found.number} of {found.dataset.name}"[:200],
        total=len(shared_pictures(found)),
    )
    if is_new:
        record(actor, "round.consensus_requested", f"round:{found.pk}", dataset=str(found.dataset_id))
    return job, is_new


def run_take_over(job: Job, ctx: JobContext) -> dict[str, Any]:
    """Picture by picture in the order of the dataset, each with the note how far this is.

    So a killed job goes on behind the last one, and one that is as agreed already is left as it is.
    """
    found = Round.objects.select_related("dataset__project", "tenant").filter(pk=job.args["round"]).first()
    if found is None:
        raise NotFound("The round was taken away. There is nothing to do.", code="round_gone")
    # Whose each box is comes from the round.
    actor = Actor.importer(job.tenant, job.id, f"Consensus of round {found.number}", job.created_by)
    # Jobs that are tried again from the beginning count anew.
    args = {**_fresh(), **job.args}
    left = [one for one in shared_pictures(found) if one.ordinal > args["after"]]
    for picture, works in works_on(left):
        with ctx.fenced():
            verdict = _take_agreed(actor, found, picture, works)
            args["after"] = picture.ordinal
            args["counts"] = dict(Counter(args["counts"]) + Counter([verdict]))
            if verdict not in (TAKEN, SAME) and len(args["left_out"]) < TOLD:
                told = {"image": str(picture.image_id), "filename": picture.filename, "status": verdict}
                args["left_out"] = [*args["left_out"], told]
            Job.objects.filter(pk=job.pk).update(args=args)
        ctx.progress(sum(args["counts"].values()), message=f"{picture.filename}: {verdict}.")
    counts = {verdict: args["counts"].get(verdict, 0) for verdict in VERDICTS}
    return {**counts, "left_out": args["left_out"], "round": str(found.pk)}


def _fresh() -> dict[str, Any]:
    return {"after": 0, "counts": {}, "left_out": []}


def decide(
    actor: Actor, found: Round, image_id: UUID, decisions: Mapping[str, Collection[str]]
) -> dict[str, Any]:
    """Take one picture over with its disputes decided: for each the people whose marks are right, or nobody.

    The same decisions a second time change nothing. Raises NotFound for another picture, Unprocessable where a dispute
    is not decided or somebody is named who marked nothing there, Conflict where it can't be written.
    """
    opinion = opinion_on(found, image_id)
    if not opinion.works:
        raise Conflict("Nobody has handed this picture in yet.", code="waiting")
    wanted = [*_agreed(opinion), *_decided(opinion, decisions)]
    verdict = put(actor, opinion.picture, wanted)
    if verdict == APPROVED:
        raise Conflict("The picture is approved. Reopen it to take anything over.", code="approved")
    if verdict == REFUSED:
        raise Conflict("Somebody works on this picture, or has locked boxes on it.", code="locked")
    return {"image": str(image_id), "status": verdict, "boxes": len(wanted)}


def _decided(opinion: Opinion, decisions: Mapping[str, Collection[str]]) -> Iterable[Drawn]:
    known = {dispute_id(one.marks): one for one in opinion.consensus.disputes}
    if set(decisions) - set(known):
        raise Unprocessable("The works have changed. Look at the picture again.", code="outdated")
    if missing := sorted(set(known) - set(decisions)):
        raise Unprocessable(
            "Decide each dispute: whose mark is right, several, or nobody's.",
            code="undecided",
            disputes=missing,
        )
    for uid, people in decisions.items():
        for who in people:
            if who not in known[uid].marks:
                raise BadRequest("Somebody is named who marked nothing there.", field="decisions")
            yield Drawn(known[uid].marks[who], (who,))


def _agreed(opinion: Opinion) -> list[Drawn]:
    return [Drawn(one.box, one.people) for one in opinion.consensus.agreed]


def _take_agreed(actor: Actor, found: Round, picture: Shared, works: Mapping[str, Sequence[BoxState]]) -> str:
    """In the caller's transaction. What somebody is still to do waits, unless the round is over."""
    is_over = found.state == Round.State.CLOSED
    if not works or (picture.waits and not is_over):
        return WAITING
    opinion = opinion_of(found, picture, works)
    return put(actor, picture, _agreed(opinion)) if opinion.is_agreed else DISPUTED


@transaction.atomic
def put(actor: Actor, picture: Shared, wanted: Sequence[Drawn]) -> str:
    """Have the picture show these boxes and no others; what is there already stays as it is."""
    if not Image.objects.filter(pk=picture.image_id).exists():
        return REFUSED
    canvas = lock_canvas(picture.image_id)
    if canvas.review_state == Canvas.ReviewState.APPROVED:
        return APPROVED
    edits = _edits(live_boxes(picture.image_id), wanted)
    if not edits:
        return SAME
    try:
        with transaction.atomic():
            _write(actor, picture, edits)
    except _Refused:
        return REFUSED
    drew = {UUID(who) for one in wanted for who in one.people}
    CanvasAuthor.objects.bulk_create(
        [CanvasAuthor(image_id=picture.image_id, user_id=who) for who in sorted(drew)], ignore_conflicts=True
    )
    record(actor, "image.consensus_taken", f"image:{picture.image_id}", boxes=len(wanted))
    return TAKEN


def _write(actor: Actor, picture: Shared, edits: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(edits), MAX_EDITS):
        outcome = apply_edits(picture.image_id, edits[start : start + MAX_EDITS], actor=actor)
        if outcome.dropped:
            raise _Refused


def _edits(present: Sequence[BoxState], wanted: Sequence[Drawn]) -> list[dict[str, Any]]:
    """Deletions before additions, so that a tag can take the place of its like."""
    missing = Counter(_value(one.box) for one in wanted)
    gone = []
    for box in present:
        if not box.is_shown:
            continue
        value = _value(box)
        if box.state == "accepted" and missing[value] > 0:
            missing[value] -= 1
        else:
            gone.append(_edit("delete", box.id, {}))
    added = []
    for one in wanted:
        value = _value(one.box)
        if missing[value] > 0:
            missing[value] -= 1
            patch = {name: getattr(one.box, name) for name in VALUES} | {
                "source": "human",
                "state": "accepted",
            }
            added.append(_edit("add", str(new_id()), patch))
    return [*gone, *added]


def _edit(kind: str, box_id: str, patch: dict[str, Any]) -> dict[str, Any]:
    return {"op_id": str(new_id()), "kind": kind, "box_id": box_id, "patch": patch}


def _value(box: BoxState) -> bytes:
    told = {name: getattr(box, name) for name in VALUES}
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
