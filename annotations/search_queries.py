"""What a search may ask of the boxes of a picture: `class`, `score`, `source`."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from annotations.models import Box
from datasets.search import keys
from datasets.search.keys import LOOKUPS, ORDERED, Key
from datasets.search.terms import Term
from datasets.search.values import numbers_of

NONE = "none"


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
    ids = [value for value in named if _is_id(value)]
    return Q(label__name__in=named) | Q(label_id__in=ids) if ids else Q(label__name__in=named)


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _any(condition: Q) -> Q:
    shown = Box.objects.filter(canvas_id=OuterRef("pk"), deleted=False).exclude(state=Box.State.REJECTED)
    return Q(Exists(shown.filter(condition)))


def register_keys() -> None:
    """Called once, when the app is ready."""
    keys.register(
        Key("class", "class:name or class:none", of_boxes, group="boxes of a picture"),
        Key("score", "score<0.4", of_boxes, ops=ORDERED, group="boxes of a picture"),
        Key("source", "source:model", of_boxes, choices=tuple(Box.Source.values), group="boxes of a picture"),
    )
