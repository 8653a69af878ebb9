"""Reads of what changed on pictures since somebody reviewed them last: a step that they took, or that they said so."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from annotations.assignment_search import people_named
from annotations.diffing import diff_boxes
from annotations.diffing.boxes import plain
from annotations.history_queries import folded_at, present_seq
from annotations.models import Box, ReviewStep, Seen
from datasets.search import keys
from datasets.search.keys import Key
from datasets.search.terms import Term
from modelship.lib.clock import wire

# So many changes are listed; all are counted.
MOST_LISTED = 2_000
SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Last:
    """When somebody reviewed a picture last: at which revision, and by what, a step or `seen`."""

    seq: int
    at: datetime
    action: str


def last_review(user_id: UUID | None, image_id: UUID) -> Last | None:
    """The later of the person's last step and of what they said that they have seen; nothing where there is neither."""
    step = ReviewStep.objects.filter(image=image_id, user=user_id).order_by("-seq").first()
    seen = Seen.objects.filter(image=image_id, user=user_id).first()
    found = [Last(seen.seq, seen.at, SEEN)] if seen else []
    if step is not None:
        found.append(Last(step.seq, step.created_at, step.action))
    return max(found, key=lambda one: one.seq, default=None)


def changes_for(user_id: UUID | None, image_id: UUID) -> dict[str, Any]:
    """{"since", "seq", "counts", "changes"}: which boxes differ now from how the person knows them, and in what.

    What they changed last themselves they know.
    """
    last = last_review(user_id, image_id)
    seq = present_seq(image_id)
    shown = {"seq": last.seq, "at": wire(last.at), "action": last.action} if last else None
    found = []
    if last is not None and last.seq < seq:
        now = folded_at(image_id, seq)
        own = {uid for uid, box in now.items() if box.updated_by == str(user_id)}
        found = diff_boxes(folded_at(image_id, last.seq), now)
        found = [change for change in found if change.box_id not in own]
    return {
        "since": shown,
        "seq": seq,
        "counts": Counter(word for change in found for word in change.words),
        "changes": [
            {
                "box_id": change.box_id,
                "words": list(change.words),
                "before": plain(change.before),
                "after": plain(change.after),
            }
            for change in found[:MOST_LISTED]
        ],
    }


def of_changed(terms: Sequence[Term]) -> Q:
    """Whether boxes of the picture were changed by others since one of the people reviewed it last."""
    found = Q()
    for term in terms:
        changed = Q(pk__in=[])
        for person in people_named(term.values):
            changed |= _changed_since(person)
        found &= ~changed if term.is_not else changed
    return found


def _changed_since(person: UUID) -> Q:
    """First the pictures that the person has reviewed at all, which an index tells; then whether a box is newer."""
    steps, seen = ReviewStep.objects.filter(user=person), Seen.objects.filter(user=person)
    last = Greatest(_latest(steps), _latest(seen))
    newer = Box.objects.filter(canvas=OuterRef("pk"), seq__gt=last).exclude(updated_by_id=person)
    known = Q(pk__in=steps.values("image")) | Q(pk__in=seen.values("image"))
    return known & Q(Exists(newer))


def _latest(rows: QuerySet[Any]) -> Coalesce:
    """The highest revision among those of the picture that a box of the outer query is on; 0 where there is none."""
    of_picture = rows.filter(image=OuterRef("canvas_id")).order_by("-seq")
    return Coalesce(Subquery(of_picture.values("seq")[:1]), 0)


def register_keys() -> None:
    """Called once, when the app is ready."""
    keys.register(Key("changed", "changed:me", of_changed, names_people=True))
