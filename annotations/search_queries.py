"""What a search may ask of the boxes of a picture: `class`, `score`, `source`; and its counts by class."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from annotations.models import Box, LabelClass
from datasets.models import Dataset, Image
from datasets.search import facets, keys
from datasets.search.keys import LOOKUPS, ORDERED, Key
from datasets.search.terms import Search, Term
from datasets.search.values import numbers_of
from datasets.search_queries import matching

NONE = "none"
CLASS = "class"
# Counting by class reads the boxes of every picture that fits: of more pictures people wait too long.
COUNTED = 20_000


def of_boxes(terms: Sequence[Term]) -> Q:
    """`class:ship score<0.4 score>0.2` means one box that is all of it; a negated term means no such box.

    Boxes that were deleted or rejected say nothing. A score is that of a proposal.
    """
    shared = Q()
    for term in terms:
        if term.key != "class" and not term.is_not:
            shared &= _about(term)
    found, has_class = Q(), False
    for term in terms:
        if term.is_not:
            found &= ~_of(term, Q())
        elif term.key == "class":
            found, has_class = found & _of(term, shared), True
    return found if has_class or not shared else found & _any(shared)


def _of(term: Term, shared: Q) -> Q:
    if term.key != "class":
        return _any(_about(term))
    named = [value for value in term.values if value != NONE]
    found = _any(_class_is(named) & shared) if named else Q()
    return found | ~_any(Q()) if NONE in term.values else found


def _about(term: Term) -> Q:
    found = Q()
    if term.key == "source":
        return Q(source__in=term.values)
    for value in numbers_of(term):
        found |= Q(**{f"score__{LOOKUPS[term.op]}": value})
    return Q(state=Box.State.PROPOSED) & found


def _class_is(named: Sequence[str]) -> Q:
    """Names are looked up first: the database then knows how rare a class is, and starts at its boxes."""
    known = LabelClass.objects.filter(name__in=named).values_list("pk", flat=True)
    return Q(label_id__in=[*known, *(UUID(value) for value in named if _is_id(value))])


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _any(condition: Q) -> Q:
    shown = Box.objects.filter(canvas_id=OuterRef("pk"), deleted=False).exclude(state=Box.State.REJECTED)
    return Q(Exists(shown.filter(condition)))


def classes_counted(dataset: Dataset, search: Search, total: int) -> list[dict[str, Any]]:
    """The classes of the project, each with how many pictures would fit with it; null where those are too many
    to count.
    """
    rest = search.without(CLASS)
    rows = matching(Image.objects.filter(dataset=dataset), rest).order_by()
    found = rows[: COUNTED + 1].count() if search.of(CLASS) else total
    counts: dict[UUID | None, int] = {}
    if found <= COUNTED:
        shown = Box.objects.filter(canvas_id__in=rows.values("pk"), deleted=False).exclude(
            state=Box.State.REJECTED
        )
        counts = dict(shown.values_list("label_id").annotate(Count("canvas_id", distinct=True)))
    return [
        {
            "id": str(uid),
            "name": name,
            "color": color,
            "count": counts.get(uid, 0) if found <= COUNTED else None,
        }
        for uid, name, color in LabelClass.objects.filter(project=dataset.project_id).values_list(
            "id", "name", "color"
        )
    ]


def register_keys() -> None:
    """Called once, when the app is ready."""
    facets.register(CLASS, classes_counted)
    keys.register(
        Key("class", "class:name or class:none", of_boxes, group="boxes of a picture"),
        Key("score", "score<0.4", of_boxes, ops=ORDERED, group="boxes of a picture"),
        Key("source", "source:model", of_boxes, choices=tuple(Box.Source.values), group="boxes of a picture"),
    )
