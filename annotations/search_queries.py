"""What a search may ask of the boxes of a picture: `class`, `score`, `source`; and its counts by class."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from annotations.models import Box, LabelClass
from datasets.models import Image
from datasets.search import facets, keys
from datasets.search.among import Among
from datasets.search.facets import Answer, Question
from datasets.search.keys import LOOKUPS, ORDERED, Key
from datasets.search.matching import matching
from datasets.search.terms import Search, Term
from datasets.search.values import numbers_of

T = TypeVar("T")
# Whether the column of that name tells one of certain pictures.
InImages = Callable[[str], Q]
NONE = "none"
CLASS = "class"
EXTREMES = {"<": "lowest_score", "<=": "lowest_score", ">": "highest_score", ">=": "highest_score"}
# Counting by class reads the boxes of every picture that fits: of more a sample tells.
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
    return found if has_class or not shared else found & _shared(terms, shared)


def _shared(terms: Sequence[Term], shared: Q) -> Q:
    given = [term for term in terms if not term.is_not]
    return _of(given[0], Q()) if len(given) == 1 else _any(shared)


def _of(term: Term, shared: Q) -> Q:
    if term.key == "score" and term.op in EXTREMES:
        return _extreme(term)
    if term.key != "class":
        return _any(_about(term))
    named = [value for value in term.values if value != NONE]
    found = _any(_class_is(named) & shared) if named else Q()
    return found | ~_any(Q()) if NONE in term.values else found


def _extreme(term: Term) -> Q:
    """Some proposal has such a score: the picture says so itself, and has an index for it."""
    found = Q()
    for value in numbers_of(term):
        found |= Q(**{f"{EXTREMES[term.op]}__{LOOKUPS[term.op]}": value})
    return found


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


def classes_counted(question: Question) -> Answer:
    """The classes of the project, each with how many pictures would fit with it."""
    counts, is_estimate = counted(question, (CLASS,), lambda is_in, _: _by_class(is_in))
    known = LabelClass.objects.filter(project=question.dataset.project_id).values_list("id", "name", "color")
    classes = [
        {"id": str(uid), "name": name, "color": color, "count": counts(uid)} for uid, name, color in known
    ]
    return Answer(classes, is_estimate)


def counted(
    question: Question, keys: tuple[str, ...], count: Callable[[InImages, int], dict[T, int]]
) -> tuple[Callable[[T], int | None], bool]:
    """What `count` finds of the pictures that fit all but these keys, and of how many; and whether that is an estimate.

    Up to `COUNTED` pictures are looked at, of more only the sample's: their numbers are None where it tells none.
    """
    rest = question.search.without(*keys)
    exact = question.patience.counted(lambda: _exactly(question, rest, count))
    if exact is not None:
        return lambda value: exact.get(value, 0), False
    drawn = [uid for uid, *_ in question.sample.matching(rest)]
    hits = count(lambda column: Q(Among(column, drawn)), len(drawn))
    return lambda value: question.sample.scaled(hits.get(value, 0)), True


def _exactly(
    question: Question, rest: Search, count: Callable[[InImages, int], dict[T, int]]
) -> dict[T, int] | None:
    total, rows = question.total, matching(Image.objects.filter(dataset=question.dataset), rest).order_by()
    if total is not None and rest != question.search:
        total = rows[: COUNTED + 1].count()
    if total is None or total > COUNTED:
        return None
    return count(lambda column: Q(**{f"{column}__in": rows.values("pk")}), total)


def _by_class(is_in: InImages) -> dict[UUID | None, int]:
    shown = Box.objects.filter(is_in("canvas_id"), deleted=False).exclude(state=Box.State.REJECTED)
    return dict(shown.values_list("label_id").annotate(Count("canvas_id", distinct=True)))


def register_keys() -> None:
    """Called once, when the app is ready."""
    facets.register(CLASS, classes_counted)
    keys.register(
        Key("class", "class:name or class:none", of_boxes, group="boxes of a picture"),
        Key("score", "score<0.4", of_boxes, ops=ORDERED, group="boxes of a picture"),
        Key("source", "source:model", of_boxes, choices=tuple(Box.Source.values), group="boxes of a picture"),
    )
