"""The one write path: socket, REST, imports and models all change boxes here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from annotations.actions import box_rows
from annotations.actions.canvas_log import announce, append, lock_canvas, person_of, settle_image
from annotations.edits import BoxState, Dropped, Edit, Judged, Rules, fold, judge, parse_batch
from annotations.models import Box, Canvas, CanvasOp, LabelClass, MergedClass
from annotations.queries import wires
from datasets.queries import Place, place_for
from modelship.accounts.actors import Actor
from modelship.lib.errors import Conflict, Forbidden, PreconditionFailed, Problem, Unprocessable
from modelship.live.statements import Prepared, insert_rows

# What is said where no edit of a batch was accepted, the most telling code first.
REFUSALS: tuple[tuple[str, type[Problem], str], ...] = (
    ("locked", Forbidden, "The image is approved. Reopen it to edit."),
    ("denied", Forbidden, "You may not make these edits."),
    ("quota", Conflict, "The image holds as many boxes as it may. Delete some first."),
    ("changed", Conflict, "Somebody changed these boxes meanwhile."),
    ("gone", Conflict, "These boxes were deleted meanwhile."),
    ("exists", Conflict, "These boxes are there already."),
    ("unknown", Unprocessable, "These boxes or classes do not exist."),
    ("bad", Unprocessable, "These edits can't be made. Look at each one's reason."),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch. `boxes` are the changed ones that are alive, as they are now."""

    seq: int
    ref: str | None
    boxes: list[dict[str, Any]]
    dropped: list[Dropped]
    accepted: int
    replayed: bool

    def ack(self) -> dict[str, Any]:
        return {
            "type": "ack",
            "ref": self.ref,
            "seq": self.seq,
            "boxes": self.boxes,
            "dropped": [drop.wire() for drop in self.dropped],
        }

    def problem(self) -> Problem | None:
        """The refusal where nothing was accepted, now or earlier; None otherwise."""
        if self.accepted or self.replayed:
            return None
        codes = {drop.code for drop in self.dropped}
        code, kind, detail = next(refusal for refusal in REFUSALS if refusal[0] in codes)
        if code == "locked":
            # The image, or some of its boxes.
            detail = next(drop.detail for drop in self.dropped if drop.code == code)
        return kind(
            detail,
            code="quota_exceeded" if code == "quota" else code,
            dropped=[drop.wire() for drop in self.dropped],
        )


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
    wishes, unreadable = parse_batch(edits)
    batch = _Batch(image, actor, wishes, unreadable, ref)
    try:
        return batch.apply(base_seq, if_match)
    except IntegrityError:
        # A class vanished between the look and the write; the second look sees that.
        return batch.apply(base_seq, if_match)


@dataclass(frozen=True, slots=True)
class _Batch:
    image: Place
    actor: Actor
    wishes: list[Edit]
    unreadable: list[Dropped]
    ref: str | None

    @transaction.atomic
    def apply(self, base_seq: int | None, if_match: int | None) -> Outcome:
        canvas = lock_canvas(self.image.id)
        known, refused = self._judged_before()
        fresh = [edit for edit in self.wishes if edit.op_id not in known and edit.op_id not in refused]
        if fresh or not (known or refused):
            _check_revision(canvas, base_seq, if_match)
        before = box_rows.load(canvas.pk, {edit.box_id for edit in self.wishes})
        after, accepted, judged_bad = self._judge(canvas, before, fresh)
        why = refused | {drop.op_id: drop for drop in judged_bad}
        dropped = [*self.unreadable, *(why[edit.op_id] for edit in self.wishes if edit.op_id in why)]
        touched = [after[uid] for uid in dict.fromkeys(edit.box_id for edit in self.wishes) if uid in after]
        if not accepted:
            insert_rows(_rows(canvas, [], judged_bad))
            seq = max(known.values(), default=canvas.seq)
            return self._outcome(seq, touched if known else [], dropped, accepted, known)
        box_rows.save(canvas.pk, before, after)
        logged = append(canvas, accepted, actor=self.actor, ref=self.ref)
        insert_rows(_rows(canvas, accepted, judged_bad))
        if any(box.standing != _standing(before.get(uid)) for uid, box in after.items()):
            settle_image(canvas, **_growth(before, after))
        outcome = self._outcome(canvas.seq, touched, dropped, accepted, known)
        restored = {edit["box_id"] for edit in accepted if edit["kind"] == "restore"}
        announce(
            self.image.id, logged, reply=outcome.ack(), restored=[after[uid] for uid in sorted(restored)]
        )
        return outcome

    def _judged_before(self) -> tuple[dict[str, int], dict[str, Dropped]]:
        """The op ids that are in the log, with their revisions, and those that were refused."""
        applied, refused = {}, {}
        for op_id, seq, code, detail in _ops(self.image.id, [edit.op_id for edit in self.wishes]):
            if code:
                refused[str(op_id)] = Dropped(str(op_id), code, detail)
            else:
                applied[str(op_id)] = seq
        return applied, refused

    def _judge(
        self, canvas: Canvas, before: Mapping[str, BoxState], fresh: Sequence[Edit]
    ) -> tuple[dict[str, BoxState], list[Judged], list[Dropped]]:
        """Judge in order, each edit on top of those before it."""
        boxes, accepted, dropped = dict(before), [], []
        wishes, known = self._classes(before, fresh)
        rules, person = self._rules(canvas, before, wishes, known), person_of(self.actor)
        for edit in wishes:
            verdict = judge(boxes.get(edit.box_id), edit, rules)
            if isinstance(verdict, Dropped):
                dropped.append(verdict)
                continue
            accepted.append(verdict)
            old = boxes.get(edit.box_id)
            boxes[edit.box_id] = fold(old, verdict, canvas.seq + 1, person)
            rules = rules.after(old, boxes[edit.box_id])
        return boxes, accepted, dropped

    def _rules(
        self,
        canvas: Canvas,
        before: Mapping[str, BoxState],
        fresh: Sequence[Edit],
        known: Mapping[str, list[Any]],
    ) -> Rules:
        """What is allowed now, asking the database only what these edits need to know."""
        room = 0
        if any(edit.kind in ("add", "restore") for edit in fresh):
            room = settings.MODELSHIP_MAX_BOXES - Box.objects.filter(canvas=canvas, deleted=False).count()
        return Rules(
            author=self.actor.kind,
            width=self.image.width,
            height=self.image.height,
            classes=frozenset(known),
            room=room,
            is_locked=canvas.review_state == Canvas.ReviewState.APPROVED,
            schemas=known,
            tags=self._tags(canvas, before, fresh),
        )

    def _classes(
        self, before: Mapping[str, BoxState], fresh: Sequence[Edit]
    ) -> tuple[Sequence[Edit], dict[str, list[Any]]]:
        """The edits with the classes that are meant now, and the schemas of all classes they are about.

        A class that was merged into another since means that other one.
        """
        named = {edit.patch["class_id"] for edit in fresh if edit.patch.get("class_id")}
        described = {edit.box_id for edit in fresh if edit.patch.get("attributes")}
        present = {box.class_id for uid, box in before.items() if uid in described and box.class_id}
        known = self._schemas(named | present)
        gone = named - known.keys()
        if not gone:
            return fresh, known
        rows = MergedClass.objects.filter(project_id=self.image.project.id, old_id__in=gone)
        merged = {str(old): str(into) for old, into in rows.values_list("old_id", "into_id")}
        known |= self._schemas(set(merged.values()) - known.keys())
        return [edit.renamed(merged) for edit in fresh], known

    def _schemas(self, ids: set[str]) -> dict[str, list[Any]]:
        return {str(pk): schema for pk, schema in _classes(self.image.project.id, ids)}

    def _tags(self, canvas: Canvas, before: Mapping[str, BoxState], fresh: Sequence[Edit]) -> dict[str, str]:
        """The living tags by class, where these edits are about tags."""
        is_asked = any(edit.patch.get("shape") == "tag" for edit in fresh)
        if not is_asked and not any(box.shape == "tag" for box in before.values()):
            return {}
        rows = Box.objects.filter(canvas=canvas, shape="tag", deleted=False, label__isnull=False)
        return {str(label): str(uid) for label, uid in rows.values_list("label_id", "uid")}

    def _outcome(
        self,
        seq: int,
        touched: Sequence[BoxState],
        dropped: list[Dropped],
        accepted: Sequence[Judged],
        applied_before: Mapping[str, int],
    ) -> Outcome:
        person, user = person_of(self.actor), self.actor.user
        known = {person: user.display_name} if person and user else {}
        return Outcome(
            seq=seq,
            ref=self.ref,
            boxes=wires([box for box in touched if not box.deleted], known),
            dropped=dropped,
            accepted=len(accepted),
            replayed=bool(applied_before),
        )


_ops = Prepared(
    lambda canvas_id, op_ids: CanvasOp.objects.filter(canvas_id=canvas_id, op_id__in=op_ids).values_list(
        "op_id", "seq", "code", "detail"
    )
)
_classes = Prepared(
    lambda project_id, ids: LabelClass.objects.filter(project_id=project_id, id__in=ids).values_list(
        "id", "attributes"
    )
)


def _rows(canvas: Canvas, accepted: Sequence[Judged], dropped: Sequence[Dropped]) -> list[CanvasOp]:
    """What is remembered of each edit: who is told that one was refused never finds it applied later."""
    return [
        *(CanvasOp(canvas=canvas, op_id=edit["op_id"], seq=canvas.seq) for edit in accepted),
        *(
            CanvasOp(
                canvas=canvas, op_id=drop.op_id, seq=canvas.seq, code=drop.code, detail=drop.detail[:500]
            )
            for drop in dropped
        ),
    ]


def _check_revision(canvas: Canvas, base_seq: int | None, if_match: int | None) -> None:
    if if_match is not None and if_match != canvas.seq:
        raise PreconditionFailed(
            "The image was edited since you read it. Read it again and repeat.", seq=canvas.seq
        )
    if base_seq is not None and base_seq > canvas.seq:
        raise Conflict(
            "You know of edits that this server does not have. Reload.", code="ahead", seq=canvas.seq
        )


def _standing(box: BoxState | None) -> tuple[bool, str] | None:
    return None if box is None else box.standing


def _growth(before: Mapping[str, BoxState], after: Mapping[str, BoxState]) -> dict[str, int]:
    """How many more boxes, and proposals, the image shows."""

    def shown(boxes: Mapping[str, BoxState]) -> int:
        return sum(box.is_shown for box in boxes.values())

    def proposed(boxes: Mapping[str, BoxState]) -> int:
        return sum(box.is_shown and box.state == "proposed" for box in boxes.values())

    return {"shown": shown(after) - shown(before), "proposed": proposed(after) - proposed(before)}
