"""A batch of edits of one canvas: read, judged on what the canvas holds, and what is to be written of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count

from annotations.actions.canvas_log import Entry, Growth, person_of
from annotations.actions.holds import hold_for, why_held
from annotations.actions.outcome import Outcome
from annotations.edits import BoxState, Dropped, Edit, Judged, Rules, fold, judge, parse_batch
from annotations.models import Box, Canvas, LabelClass, MergedClass
from annotations.queries import wires
from datasets.queries import Place
from modelship.accounts.actors import Actor
from modelship.lib.errors import Conflict, PreconditionFailed
from modelship.live.statements import Prepared


@dataclass(frozen=True, slots=True)
class Before:
    """Op ids of a batch that were judged before: those in the log, with their revisions, and those refused."""

    applied: Mapping[str, int]
    refused: Mapping[str, Dropped]

    def of(self, batch: "Batch") -> "Before":
        """What is known of this batch's own."""
        if not self:
            return self
        ids = set(batch.op_ids)
        return Before(
            {uid: seq for uid, seq in self.applied.items() if uid in ids},
            {uid: drop for uid, drop in self.refused.items() if uid in ids},
        )

    def after(self, verdict: "Verdict") -> "Before":
        return Before(
            {**self.applied, **{edit["op_id"]: verdict.seq for edit in verdict.accepted}},
            {**self.refused, **{drop.op_id: drop for drop in verdict.refused}},
        )

    def __contains__(self, op_id: str) -> bool:
        return op_id in self.applied or op_id in self.refused

    def __bool__(self) -> bool:
        return bool(self.applied or self.refused)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judged batch: the boxes that it touches, before and after, and what happened to each edit."""

    batch: "Batch"
    canvas: Canvas
    # The revision that the canvas is at once this is written.
    seq: int
    known: Before
    before: Mapping[str, BoxState]
    after: Mapping[str, BoxState]
    accepted: Sequence[Judged]
    refused: Sequence[Dropped]

    @property
    def entry(self) -> Entry:
        return Entry(self.canvas, self.seq, self.accepted, self.batch.actor, self.batch.ref)

    @property
    def touched(self) -> list[BoxState]:
        """The boxes that the sender is told of, as they are now: all of a batch of which anything was applied."""
        if not self.accepted and not self.known.applied:
            return []
        ids = dict.fromkeys(edit.box_id for edit in self.batch.wishes)
        return [box for uid in ids if (box := self.after.get(uid)) and not box.deleted]

    @property
    def restored(self) -> list[BoxState]:
        ids = {edit["box_id"] for edit in self.accepted if edit["kind"] == "restore"}
        return [self.after[uid] for uid in sorted(ids)]

    @property
    def ops(self) -> list[tuple[UUID, str, int, str, str]]:
        """What is remembered of each edit: who is told that one was refused never finds it applied later."""
        key, seq = self.canvas.pk, self.seq
        return [
            *((key, edit["op_id"], seq, "", "") for edit in self.accepted),
            *((key, drop.op_id, seq, drop.code, drop.detail[:500]) for drop in self.refused),
        ]

    def outcome(self, names: Mapping[str, str]) -> Outcome:
        """What the sender is told, once everything is written; `names` are those of the people of `touched`."""
        why = {**self.known.refused, **{drop.op_id: drop for drop in self.refused}}
        seq = self.seq
        if not self.accepted:
            seq = max(self.known.applied.values(), default=seq)
        return Outcome(
            seq=seq,
            ref=self.batch.ref,
            boxes=wires(self.touched, names),
            dropped=[
                *self.batch.unreadable,
                *(why[edit.op_id] for edit in self.batch.wishes if edit.op_id in why),
            ],
            accepted=len(self.accepted),
            replayed=bool(self.known.applied),
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """What one actor wishes of one canvas."""

    image: Place
    actor: Actor
    wishes: list[Edit]
    unreadable: list[Dropped]
    base_seq: int | None
    ref: str | None
    if_match: int | None

    @classmethod
    def read(
        cls,
        image: Place,
        edits: Any,
        *,
        actor: Actor,
        base_seq: int | None = None,
        ref: str | None = None,
        if_match: int | None = None,
    ) -> "Batch":
        """Raises BadRequest where `edits` can't be answered one by one."""
        return cls(image, actor, *parse_batch(edits), base_seq, ref, if_match)

    @property
    def op_ids(self) -> list[str]:
        return [edit.op_id for edit in self.wishes]

    @property
    def box_ids(self) -> set[str]:
        return {edit.box_id for edit in self.wishes}

    @property
    def class_ids(self) -> set[str]:
        return {edit.patch["class_id"] for edit in self.wishes if edit.patch.get("class_id")}

    def looks_around(self, before: Mapping[str, BoxState]) -> bool:
        """Whether judging it takes more of the canvas than the boxes that it is about."""
        is_counted = any(edit.kind in ("add", "restore") for edit in self.wishes)
        return is_counted or any(box.shape == "tag" for box in before.values())

    def judge(self, canvas: Canvas, known: Before, before: Mapping[str, BoxState]) -> Verdict:
        """Judge edit by edit, each on top of those before it; `before` holds the touched boxes that exist.

        Raises PreconditionFailed and Conflict as `apply_edits` says.
        """
        fresh = [edit for edit in self.wishes if edit.op_id not in known]
        if fresh or not known:
            self._check_revision(canvas)
        boxes, accepted, refused = dict(before), [], []
        wishes, classes = self._classes(before, fresh)
        rules, person = self._rules(canvas, before, wishes, classes), person_of(self.actor)
        for edit in wishes:
            old = boxes.get(edit.box_id)
            verdict = judge(old, edit, rules)
            if isinstance(verdict, Dropped):
                refused.append(verdict)
                continue
            accepted.append(verdict)
            boxes[edit.box_id] = fold(old, verdict, canvas.seq + 1, person)
            rules = rules.after(old, boxes[edit.box_id])
        if accepted:
            hold_for(canvas, self.actor, self.image.project)
        return Verdict(self, canvas, canvas.seq + bool(accepted), known, before, boxes, accepted, refused)

    def _check_revision(self, canvas: Canvas) -> None:
        if self.if_match is not None and self.if_match != canvas.seq:
            raise PreconditionFailed(
                "The image was edited since you read it. Read it again and repeat.", seq=canvas.seq
            )
        if self.base_seq is not None and self.base_seq > canvas.seq:
            raise Conflict(
                "You know of edits that this server does not have. Reload.", code="ahead", seq=canvas.seq
            )

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
            counted = _living(canvas.pk)
            room = settings.MODELSHIP_MAX_BOXES - (counted[0][0] if counted else 0)
        return Rules(
            author="import" if self.actor.imports else self.actor.kind,
            width=self.image.width,
            height=self.image.height,
            classes=frozenset(known),
            room=room,
            is_locked=canvas.review_state == Canvas.ReviewState.APPROVED,
            hold=why_held(canvas, self.actor),
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


_living = Prepared(
    lambda canvas_id: (
        Box.objects.filter(canvas_id=canvas_id, deleted=False).values("canvas_id").values_list(Count("pk"))
    )
)
_classes = Prepared(
    lambda project_id, ids: LabelClass.objects.filter(project_id=project_id, id__in=ids).values_list(
        "id", "attributes"
    )
)


@dataclass(frozen=True, slots=True)
class Change:
    """What several verdicts on one canvas make of its boxes together; a box that is new has no `before`."""

    canvas: Canvas
    before: dict[str, BoxState]
    after: dict[str, BoxState]

    def add(self, verdict: Verdict) -> None:
        for uid, box in verdict.after.items():
            if uid not in self.after and uid in verdict.before:
                self.before[uid] = verdict.before[uid]
            self.after[uid] = box

    @property
    def growth(self) -> Growth | None:
        """How the counters of the image change; None where nothing that they depend on does."""
        if all(box.standing == _standing(self.before.get(uid)) for uid, box in self.after.items()):
            return None
        shown = _shown(self.after) - _shown(self.before)
        return Growth(self.canvas, shown, _proposed(self.after) - _proposed(self.before))


def _standing(box: BoxState | None) -> tuple[bool, str] | None:
    return None if box is None else box.standing


def _shown(boxes: Mapping[str, BoxState]) -> int:
    return sum(box.is_shown for box in boxes.values())


def _proposed(boxes: Mapping[str, BoxState]) -> int:
    return sum(box.is_shown and box.state == "proposed" for box in boxes.values())
