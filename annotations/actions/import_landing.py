"""Labels of a file written down: several pictures in one transaction as far as nobody else is at them, each exactly once."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from uuid import UUID

import structlog
from django.db import DatabaseError, IntegrityError

from annotations.actions.apply_edits import Wish, apply_edits, apply_idle
from annotations.actions.canvas_log import lock_canvas, lock_idle, make_canvases
from annotations.actions.import_check import Walk
from annotations.actions.outcome import Outcome
from annotations.actions.review import note_move, write_step
from annotations.edits import MAX_EDITS, BoxState
from annotations.formats.reading import Findings, ReadImage
from annotations.import_queries import Known
from annotations.importing import report as reports
from annotations.importing.planning import Classes, Plan, plan_image
from annotations.models import Import
from annotations.queries import all_boxes_of
from datasets.models import Image
from modelship.accounts.actors import Actor
from modelship.lib.clock import now
from modelship.lib.errors import Problem, Unavailable

# So many pictures at most, those of so many seconds and with so many shapes, are written down together.
LOT, LOT_SECONDS, LOT_SHAPES = 20, 0.25, 2_000
# What leads to each state that can be taken over.
STEPS = {"submitted": "submit", "approved": "approve", "changes_requested": "reject"}
Done = Counter[str]
log = structlog.get_logger(__name__)


def remember(row: Import, done: Done, reached: int | None = None) -> None:
    """Note what was done, in the transaction that did it."""
    rows = Import.objects.filter(pk=row.pk)
    counted = Counter(rows.values_list("counted", flat=True).get()) + done
    rows.update(counted=dict(counted), **({} if reached is None else {"reached": reached}))


@dataclass
class Draft:
    """What one picture gets. Its findings are the import's once it is written: what is tried again tells them anew."""

    number: int
    image: ReadImage
    known: Known
    plan: Plan = field(default_factory=Plan)
    findings: Findings = field(default_factory=Findings)
    done: Done = field(default_factory=Counter)

    def note(self, edits: Sequence[dict[str, object]], outcome: Outcome) -> None:
        """Count what was done of the edits, and tell what was not."""
        lost = {drop.op_id for drop in outcome.dropped}
        for drop in outcome.dropped:
            what = f"On {self.image.name}: {drop.detail}"
            fix = "Look at the picture, and label it by hand."
            self.findings.error(f"edit_{drop.code}", self.image.file, what, fix)
        kinds = Counter(edit["kind"] for edit in edits if edit["op_id"] not in lost)
        self.done += Counter(added=kinds["add"], removed=kinds["delete"], dropped=len(lost))


class Landing:
    """Collects pictures and writes them in their order, with the note how far this is in the same transaction."""

    def __init__(self, walk: Walk, actor: Actor, classes: Callable[[], Classes]) -> None:
        self._walk, self._actor, self._classes = walk, actor, classes
        self._drafts: list[Draft] = []
        self._due = 0.0

    def take(self, number: int, image: ReadImage, known: Known) -> None:
        if any(draft.known.id == known.id for draft in self._drafts):
            # What it lacks shows once its first labels are there.
            self.finish()
        if not self._drafts:
            self._due = time.monotonic() + LOT_SECONDS
        self._drafts.append(Draft(number, image, known))
        shapes = sum(len(draft.image.shapes) for draft in self._drafts)
        if len(self._drafts) == LOT or shapes >= LOT_SHAPES or time.monotonic() >= self._due:
            self.finish()

    def finish(self) -> None:
        """Write what was collected."""
        left, self._drafts = self._drafts, []
        while left:
            count = self._together(left)
            for draft in left if count is None else left[count : count + 1]:
                self._alone(draft)
            left = [] if count is None else left[count + 1 :]

    def _together(self, drafts: Sequence[Draft]) -> int | None:
        """How many of them, from the first on, were written at once; None where one of them spoils that."""
        if len(drafts) < 2:
            return 0
        ids = [draft.known.id for draft in drafts]
        try:
            make_canvases(ids)
            with self._walk.ctx.fenced():
                idle = lock_idle(ids)
                present = all_boxes_of(list(idle))
                held = takewhile(lambda draft: draft.known.id in idle, drafts)
                fresh = (self._planned(draft, present.get(draft.known.id, ())) for draft in held)
                part = list(takewhile(lambda draft: len(draft.plan.edits) <= MAX_EDITS, fresh))
                self._write(part)
                if part:
                    remember(self._walk.row, _sum(part), part[-1].number + 1)
        except (DatabaseError, Problem) as error:
            log.warning("labels_landed_alone", images=len(drafts), error=repr(error))
            return None
        for draft in part:
            self._tell(draft)
        return len(part)

    def _planned(self, draft: Draft, present: Sequence[BoxState]) -> Draft:
        """The draft with its plan, begun anew."""
        draft = Draft(draft.number, draft.image, draft.known)
        if draft.image.labelled:
            walk = self._walk
            facts = (walk.row.id, draft.known.id, draft.image, present, self._classes(), walk.wish)
            draft.plan = plan_image(*facts, draft.findings)
            draft.done += Counter(known=draft.plan.known, skipped=draft.plan.skipped)
        return draft

    def _write(self, drafts: Sequence[Draft]) -> None:
        """Raises where an answer is missing: then nothing of them is written."""
        asked = [draft for draft in drafts if draft.plan.edits]
        wishes = [Wish(draft.known.id, draft.plan.edits, self._actor, None, None) for draft in asked]
        for draft, answer in zip(asked, apply_idle(wishes) if wishes else (), strict=True):
            if not isinstance(answer, Outcome):
                raise answer or Unavailable("Somebody else is at one of the pictures.")
            draft.note(draft.plan.edits, answer)
        self._settle(drafts)

    def _settle(self, drafts: Sequence[Draft]) -> None:
        """Sides and states of review, as far as they are taken over."""
        sides: Mapping[str, list[UUID]] = defaultdict(list)
        for draft in drafts:
            if self._walk.moves(draft.known, draft.image):
                sides[draft.image.split].append(draft.known.id)
                draft.done["splits"] += 1
            if self._walk.reviews(draft.known, draft.image):
                canvas = lock_canvas(draft.known.id)
                source, canvas.review_state = canvas.review_state, self._walk.review_state(draft.image)
                action = STEPS[canvas.review_state]
                write_step(canvas, self._actor, action=action, comment="Imported.")
                note_move(canvas, source, "import")
                draft.done["reviews"] += 1
        for side, ids in sides.items():
            Image.objects.filter(id__in=ids).update(split=side, updated_at=now())

    def _alone(self, draft: Draft) -> None:
        """Write one picture; what is wrong with it costs no other its labels."""
        try:
            with self._walk.ctx.fenced():
                canvas = lock_canvas(draft.known.id)
                present = all_boxes_of([canvas.pk]).get(canvas.pk, ())
                written = self._planned(draft, present)
                edits = written.plan.edits
                for start in range(0, len(edits), MAX_EDITS):
                    part = edits[start : start + MAX_EDITS]
                    written.note(part, apply_edits(draft.known.id, part, actor=self._actor))
                self._settle([written])
                remember(self._walk.row, written.done, draft.number + 1)
        except (IntegrityError, Problem) as error:
            self._refuse(draft, error)
        else:
            self._tell(written)

    def _refuse(self, draft: Draft, error: IntegrityError | Problem) -> None:
        log.warning("labels_refused", image=str(draft.known.id), error=repr(error))
        reason = error.detail if isinstance(error, Problem) else "It was changed or deleted meanwhile."
        what = f"The labels of {draft.image.name} can't be written: {reason}"
        fix = "Import the file again; what is there already stays."
        with self._walk.ctx.fenced():
            remember(self._walk.row, Counter(), draft.number + 1)
        self._walk.findings.error("picture_failed", draft.image.file, what, fix)
        self._walk.count(draft.image, reports.REFUSED, None, draft.known)

    def _tell(self, draft: Draft) -> None:
        self._walk.findings.take(draft.findings)
        self._walk.count(draft.image, reports.MATCHED, draft.plan, draft.known)


def _sum(drafts: Sequence[Draft]) -> Done:
    return sum((draft.done for draft in drafts), Counter())
