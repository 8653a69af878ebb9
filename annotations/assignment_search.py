"""What a search may ask of assignments: `assignee`, `task`, `due`; and the pictures of each person beside a list."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q

from annotations.assignment_queries import waiting
from annotations.models import Assignment
from annotations.search_queries import NONE, InImages, counted
from datasets.audience import people_who_see
from datasets.search import facets, keys
from datasets.search.facets import Answer, Question
from datasets.search.keys import ME, ORDERED, Key, without_me
from datasets.search.terms import Search, Term
from datasets.search.values import span_of
from modelship.accounts.models import User
from modelship.lib.errors import BadRequest

ASSIGNEE, TASK, DUE = "assignee", "task", "due"
GROUP = (ASSIGNEE, TASK, DUE)
OPEN = "open"
DAY = timedelta(days=1)


def of_assignments(terms: Sequence[Term]) -> Q:
    """`assignee:me task:review due<2026-12` means one assignment that is all of it.

    `assignee:none` finds pictures without one that is all the rest; a negated term those without such a one.
    """
    shared, found = _shared(terms), Q()
    people = [term for term in terms if term.key == ASSIGNEE and not term.is_not]
    for term in terms:
        if term.is_not:
            found &= ~(_of_people(term, Q()) if term.key == ASSIGNEE else _any(_about(term)))
    is_open = any(term.key == TASK and OPEN in term.values for term in terms)
    for term in people:
        found &= _of_people(term, shared)
        if is_open and NONE not in term.values:
            # Says nothing new, but nothing of the picture's state either: the database can start at what is theirs.
            found &= _of_people(term, Q())
    return found if people or not shared else found & _any(shared)


def _shared(terms: Sequence[Term]) -> Q:
    shared = Q()
    for term in terms:
        if term.key != ASSIGNEE and not term.is_not:
            shared &= _about(term)
    return shared


def _of_people(term: Term, shared: Q) -> Q:
    named = [value for value in term.values if value != NONE]
    found = _any(Q(user__in=people_named(named)) & shared) if named else Q()
    return found | ~_any(shared) if NONE in term.values else found


def people_named(named: Sequence[str]) -> list[UUID]:
    """Looked up first: the database then knows how many pictures somebody has, and starts there.

    By id, e-mail or name, or by what stands before the @ where there is no name. `me` of nobody is nobody.
    """
    known, texts = Q(pk__in=[]), [value for value in named if value != ME]
    for value in texts:
        known |= Q(email__iexact=value) | Q(name__iexact=value)
        known |= Q(name="", email__istartswith=f"{value}@")
    ids = [uid for value in texts if (uid := _id(value))]
    return list(User.objects.filter(known | Q(pk__in=ids)).values_list("pk", flat=True))


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _about(term: Term) -> Q:
    if term.key == DUE:
        return _due(term)
    found = Q()
    for value in term.values:
        found |= waiting() if value == OPEN else Q(purpose=value)
    return found


def _due(term: Term) -> Q:
    start, end = span_of(term)
    if end - start < DAY:
        raise BadRequest("'due' needs a day, as 2026-12-01, a month or a year.", code="bad_search", field=DUE)
    first, behind = start.date(), end.date()
    known: dict[str, Callable[[], Q]] = {
        ":": lambda: Q(due_on__gte=first, due_on__lt=behind),
        "<": lambda: Q(due_on__lt=first),
        "<=": lambda: Q(due_on__lt=behind),
        ">": lambda: Q(due_on__gte=behind),
        ">=": lambda: Q(due_on__gte=first),
    }
    return known[term.op]()


def _any(condition: Q) -> Q:
    """Whether the picture has such an assignment. Its state is handed in: no second look at the picture."""
    state = ExpressionWrapper(OuterRef("state"), output_field=CharField())
    rows = Assignment.objects.standing().filter(image=OuterRef("pk"))
    return Q(Exists(rows.annotate(picture_state=state).filter(condition)))


def people_counted(question: Question) -> Answer:
    """Who may label in the project, each with how many pictures would fit as theirs, and at last nobody."""
    people = people_who_see(question.dataset, "annotate")
    counts, is_estimate = counted(
        question, GROUP, lambda is_in, number: _by_person(question.search, is_in, number)
    )
    who = [(user.pk, user.display_name, user.email) for user in people]
    persons = [
        {"id": str(uid) if uid else None, "name": name, "email": email, "count": counts(uid)}
        for uid, name, email in [*who, (None, "Nobody", None)]
    ]
    return Answer(persons, is_estimate)


def _by_person(search: Search, is_in: InImages, number: int) -> dict[UUID | None, int]:
    # Somebody may have a picture both to label and to review.
    pairs = set(_theirs(search).filter(is_in("image_id")).values_list("user_id", "image_id"))
    counts = Counter[UUID | None](user for user, _ in pairs)
    counts[None] = number - len({image for _, image in pairs})
    return counts


def _theirs(search: Search) -> Any:
    """The assignments that the search's terms on tasks and days mean, whosever they are."""
    shared = _shared(without_me(search).of(*GROUP))
    return Assignment.objects.standing().annotate(picture_state=F("image__state")).filter(shared)


def register_keys() -> None:
    """Called once, when the app is ready."""
    group = "assignments of a picture"
    tasks = (*Assignment.Purpose.values, OPEN)
    facets.register(ASSIGNEE, people_counted)
    keys.register(
        Key(
            ASSIGNEE,
            "assignee:me, assignee:name or assignee:none",
            of_assignments,
            group=group,
            names_people=True,
        ),
        Key(TASK, "task:label, task:review or task:open", of_assignments, choices=tasks, group=group),
        Key(DUE, "due<2026-12-01", of_assignments, ops=ORDERED, group=group),
    )
