"""From what a model saw to proposals on an image: classes by name, edits through the one write path."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar
from uuid import UUID

from django.db import transaction

from annotations.actions.apply_edits import Wish, apply_edits, apply_idle
from annotations.actions.labels import create_class
from annotations.actions.outcome import Outcome
from annotations.edits import MAX_EDITS, BoxState
from annotations.geometry import overlap
from annotations.queries import live_boxes, live_boxes_of
from datasets.models import Image
from inference.actions.ghosts import ghosts_of, keep_ghosts
from inference.detection import Found, Seen
from inference.models import DetectorModel
from inference.options import LabelOptions, Region
from inference.queries import class_key, known_classes
from modelship.accounts.actors import Actor
from modelship.lib.errors import Conflict, Problem
from modelship.lib.ids import derived_id
from modelship.projects.models import Project

Edit = dict[str, Any]
# An image, and what was seen in it.
Sight = tuple[Image, Seen]
# Two boxes of a class that overlap by so much show one thing.
SAME_FROM = 0.5


class Proposer(Protocol):
    """What proposes: an installed model, or a language model behind an endpoint."""

    @property
    def id(self) -> UUID: ...

    @property
    def name(self) -> str: ...

    @property
    def task(self) -> str: ...


P = TypeVar("P", bound=Proposer)


@dataclass(frozen=True)
class Run(Generic[P]):
    """Who proposes, for which run: a job or a single request. Ids of edits follow from the run's."""

    id: UUID
    actor: Actor
    model: P
    options: LabelOptions
    job: UUID | None = None


@dataclass(frozen=True)
class Proposed:
    """What became of the detections. `boxes` are the new ones as everybody reads them.

    `known` counts what was left out because a box shows it already.
    """

    seq: int | None
    boxes: list[dict[str, Any]]
    replaced: int
    unmapped: int
    dropped: int
    refusal: Problem | None = None
    known: int = 0


@transaction.atomic
def propose(run: Run, image: Image, seen: Seen, region: Region | None = None) -> Proposed:
    """Put what was seen on the image, in place of its untouched earlier proposals where that is wished.

    Boxes that people drew, changed or judged stay as they are. The same run again changes nothing.
    `refusal` tells why an image took no edit at all: it is approved, say.
    """
    classes = class_ids(image.dataset.project, {found.class_name for found in seen.found}, run)
    draft = _Draft.of(run, image, seen, classes, live_boxes(image.id), region)
    proposed = draft.become([apply_edits(image.id, part, actor=run.actor) for part in _parts(draft.edits)])
    _keep_ghosts(run, [(image, seen)] if proposed.refusal is None else [], region)
    return proposed


@transaction.atomic
def propose_idle(run: Run, sights: Sequence[Sight]) -> dict[UUID, Proposed | Problem]:
    """The same for several images of one project, by their ids, at a fraction of the cost.

    Those with very many boxes, and those that somebody holds in this moment, are left out: this waits for
    nobody. Raises what spoils the transaction.
    """
    sights = [(image, seen) for image, seen in sights if image.box_count + len(seen.found) <= MAX_EDITS]
    if not sights:
        return {}
    project = sights[0][0].dataset.project
    classes = class_ids(project, {found.class_name for _, seen in sights for found in seen.found}, run)
    present = live_boxes_of([image.id for image, _ in sights])
    drafts = [_Draft.of(run, image, seen, classes, present[image.id]) for image, seen in sights]
    drafts = [draft for draft in drafts if len(draft.edits) <= MAX_EDITS]
    asked = [draft for draft in drafts if draft.edits]
    wishes = [Wish(draft.image.id, draft.edits, run.actor, None, None) for draft in asked]
    answers = dict(zip((draft.image.id for draft in asked), apply_idle(wishes), strict=True))
    proposals: dict[UUID, Proposed | Problem] = {}
    for draft in drafts:
        answer = answers.get(draft.image.id) if draft.edits else draft.become([])
        if answer is not None:
            proposals[draft.image.id] = draft.become([answer]) if isinstance(answer, Outcome) else answer
    _keep_ghosts(run, [sight for sight in sights if _is_taken(proposals.get(sight[0].id))])
    return proposals


def _is_taken(proposed: Proposed | Problem | None) -> bool:
    return isinstance(proposed, Proposed) and proposed.refusal is None


def _keep_ghosts(run: Run, sights: Iterable[Sight], region: Region | None = None) -> None:
    """What the images' model half believed; a language model has no such thing."""
    if isinstance(run.model, DetectorModel):
        keep_ghosts([ghosts_of(image, run.model, seen.leftovers, region) for image, seen in sights])


@dataclass(frozen=True)
class _Draft:
    """The edits that put what was seen on an image: first the removals, then the additions."""

    image: Image
    seen: Seen
    removals: list[Edit]
    additions: list[Edit]
    mapped: int

    @classmethod
    def of(
        cls,
        run: Run,
        image: Image,
        seen: Seen,
        classes: Mapping[str, str],
        present: list[BoxState],
        region: Region | None = None,
    ) -> Self:
        mapped = [(number, found) for number, found in enumerate(seen.found) if found.class_name in classes]
        old = [box for box in present if _is_replaceable(run, box, region)]
        gone = {box.id for box in old}
        stays = _Standing(run, [box for box in present if box.id not in gone])
        new = [pair for pair in mapped if not stays.shows(pair[1], classes[pair[1].class_name])]
        removals = [_removal(run, image, box) for box in old]
        additions = [_addition(run, image, number, found, classes[found.class_name]) for number, found in new]
        return cls(image, seen, removals, additions, len(mapped))

    @property
    def edits(self) -> list[Edit]:
        return self.removals + self.additions

    def become(self, outcomes: list[Outcome]) -> Proposed:
        """What the outcomes of its edits, part by part, made of it."""
        added = {edit["box_id"] for edit in self.additions}
        boxes = [box for outcome in outcomes for box in outcome.boxes if box["id"] in added]
        return Proposed(
            seq=outcomes[-1].seq if outcomes else None,
            boxes=boxes,
            replaced=len(self.removals) - _dropped_of(outcomes, {edit["op_id"] for edit in self.removals}),
            unmapped=len(self.seen.found) - self.mapped,
            dropped=len(self.additions) - len(boxes) + self.seen.beyond,
            refusal=_refusal(outcomes),
            known=self.mapped - len(self.additions),
        )


class _Standing:
    """The boxes that stay on the image and that nobody rejected, where the run looks at them, and its tags."""

    def __init__(self, run: Run, boxes: list[BoxState]) -> None:
        self._boxes: dict[str | None, list[BoxState]] = defaultdict(list)
        self._tags: set[str | None] = set()
        for box in boxes:
            if box.shape == "tag":
                self._tags.add(box.class_id)
            elif run.options.skips_known and box.state != "rejected":
                self._boxes[box.class_id].append(box)

    def shows(self, found: Found, class_id: str) -> bool:
        """Whether the image has the tag, or a box of the class covers this one by half of what both cover."""
        if found.shape == "tag":
            return class_id in self._tags
        return any(overlap(found, box) >= SAME_FROM for box in self._boxes[class_id])


def class_ids(project: Project, names: Iterable[str], run: Run) -> dict[str, str]:
    """The project's class for each name, upper and lower case being equal; makes those that are missing.

    Names stay out where the run may not make classes, or the project holds no more.
    """
    known = known_classes(project.id)
    missing = sorted({name for name in names if class_key(name) not in known})
    if missing and run.options.creates_classes:
        for name in missing:
            _make(project, name, run.actor)
        known = known_classes(project.id)
    return {name: known[class_key(name)] for name in names if class_key(name) in known}


def _make(project: Project, name: str, actor: Actor) -> None:
    try:
        create_class(actor, project, name=name)
    except Conflict:
        # Somebody was quicker, or the project is full: the next look at its classes tells.
        return


def _is_replaceable(run: Run, box: BoxState, region: Region | None) -> bool:
    """Whether it is a model's proposal that nobody has touched since, with its middle in the region.

    A classifier replaces tags, a detector everything else.
    """
    tags = run.model.task == DetectorModel.Task.CLASSIFY
    is_untouched = box.seq == box.created_seq and box.state == "proposed" and box.source == "model"
    is_of_kind = (box.shape == "tag") == tags and not box.locked
    return run.options.replaces and is_untouched and is_of_kind and _is_in(box, region)


def _is_in(box: BoxState, region: Region | None) -> bool:
    if region is None:
        return True
    x, y, width, height = region
    return x <= box.x + box.w / 2 < x + width and y <= box.y + box.h / 2 < y + height


def _removal(run: Run, image: Image, box: BoxState) -> Edit:
    return {
        "op_id": str(derived_id(run.id, image.id, "remove", box.id)),
        "kind": "delete",
        "box_id": box.id,
        # Who judged it in this very moment wins.
        "expect": {"state": "proposed"},
    }


def _addition(run: Run, image: Image, number: int, found: Found, class_id: str) -> Edit:
    box_id = derived_id(run.id, image.id, number)
    provenance = {
        "slice": found.slice,
        "model_name": run.model.name,
        "job": str(run.job) if run.job else None,
    }
    patch: Mapping[str, Any] = {
        "class_id": class_id,
        "shape": found.shape,
        "x": found.x,
        "y": found.y,
        "w": found.w,
        "h": found.h,
        "source": "model",
        "score": found.score,
        "model": str(run.model.id),
        "provenance": provenance,
        "state": "proposed",
    }
    return {"op_id": str(derived_id(box_id, "add")), "kind": "add", "box_id": str(box_id), "patch": patch}


def _parts(edits: list[Edit]) -> Iterator[list[Edit]]:
    """Removals come first, so that the image has room for what follows."""
    for start in range(0, len(edits), MAX_EDITS):
        yield edits[start : start + MAX_EDITS]


def _dropped_of(outcomes: list[Outcome], op_ids: set[str]) -> int:
    return sum(drop.op_id in op_ids for outcome in outcomes for drop in outcome.dropped)


def _refusal(outcomes: list[Outcome]) -> Problem | None:
    """The reason where no part was accepted."""
    problems = [outcome.problem() for outcome in outcomes]
    return problems[0] if problems and all(problems) else None
