"""What a search may ask of the threads on pictures: `thread` and `mentions`."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from annotations.assignment_search import people_named
from annotations.models import Comment, Thread
from annotations.search_queries import NONE
from datasets.search import keys
from datasets.search.keys import Key
from datasets.search.terms import Term

THREAD, MENTIONS = "thread", "mentions"
GROUP = (THREAD, MENTIONS)
STATES = {"open": Q(resolved_at__isnull=True), "resolved": Q(resolved_at__isnull=False)}


def of_threads(terms: Sequence[Term]) -> Q:
    """`thread:open mentions:me` means one thread that is all of it; a negated term means no such thread.

    `thread:none` finds pictures without any.
    """
    shared, found, is_asked = Q(), Q(), False
    for term in terms:
        if term.is_not:
            found &= ~_of(term, Q())
        elif term.key == THREAD and NONE in term.values:
            found &= _of(term, Q())
        else:
            shared, is_asked = shared & _about(term), True
    return found & _any(shared) if is_asked else found


def _of(term: Term, shared: Q) -> Q:
    named = [value for value in term.values if value != NONE or term.key != THREAD]
    found = _any(_about(term) & shared) if named else Q(pk__in=[])
    return found | ~_any(Q()) if len(named) < len(term.values) else found


def _about(term: Term) -> Q:
    people = people_named([value for value in term.values if value not in (*STATES, NONE)])
    if term.key == MENTIONS:
        return _said(mentions__user__in=people)
    found = Q(created_by__in=people) | _said(author__in=people)
    for value in term.values:
        found |= STATES.get(value, Q(pk__in=[]))
    return found


def _said(**what: object) -> Q:
    return Q(Exists(Comment.objects.filter(thread=OuterRef("pk"), **what)))


def _any(condition: Q) -> Q:
    return Q(Exists(Thread.objects.filter(image=OuterRef("pk")).filter(condition)))


def register_keys() -> None:
    """Called once, when the app is ready."""
    group = "threads of a picture"
    keys.register(
        Key(
            THREAD,
            "thread:open, thread:resolved, thread:me or thread:none",
            of_threads,
            group=group,
            names_people=True,
        ),
        Key(MENTIONS, "mentions:me or mentions:name", of_threads, group=group, names_people=True),
    )
