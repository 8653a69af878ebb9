"""Forgetting the oldest of what language models answered, so that the known answers do not grow for ever."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet

from inference.models import LanguageAnswer, LanguageEndpoint
from modelship.lib.clock import now

AT_ONCE = 5_000


def prune_all_answers() -> int:
    """Of all endpoints; returns how many answers were forgotten."""
    return sum(prune_answers(endpoint) for endpoint in LanguageEndpoint.objects.only("pk"))


def prune_answers(endpoint: LanguageEndpoint) -> int:
    """Forget what is too old, and the oldest of what is too many; returns how many answers that was."""
    known = LanguageAnswer.objects.filter(endpoint=endpoint)
    latest = now() - timedelta(days=settings.MODELSHIP_LANGUAGE_ANSWER_DAYS)
    forgotten = _deleted(known.filter(created_at__lt=latest))
    most = settings.MODELSHIP_LANGUAGE_ANSWERS
    newest_beyond = (
        known.order_by("-created_at", "-pk").values_list("created_at", "pk")[most : most + 1].first()
    )
    if newest_beyond is None:
        return forgotten
    at, pk = newest_beyond
    older, as_old = known.filter(created_at__lt=at), known.filter(created_at=at, pk__lte=pk)
    return forgotten + _deleted(older) + _deleted(as_old)


def _deleted(rows: QuerySet[LanguageAnswer]) -> int:
    """In batches, so that nobody who writes waits for long."""
    total = 0
    while some := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        total += LanguageAnswer.objects.filter(pk__in=some).delete()[0]
    return total
