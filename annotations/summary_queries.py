"""Summaries of comparisons, kept: who steps from picture to picture does not have everything compared anew."""

from typing import Any

from django.core.cache import cache
from django.db.models import Q

from annotations.diff_queries import Moments, diff_summary
from annotations.models import Rollback
from datasets.models import DatasetVersion

KEPT_SECONDS = 24 * 3600
# How long numbers about now may stand beside pictures that somebody steps through.
STEPPED_SECONDS = 300


def summary_of(moments: Moments) -> dict[str, Any]:
    """What `diff_summary` says; two versions are compared once, as neither changes."""
    known = cache.get(_key(moments)) if _stands_still(moments) else None
    return known or _made(moments)


def summary_beside_pictures(moments: Moments) -> dict[str, Any]:
    """The summary as it was when the comparison was opened, if that is not long ago."""
    return cache.get(_key(moments)) or _made(moments)


def _made(moments: Moments) -> dict[str, Any]:
    summary = diff_summary(moments)
    seconds = KEPT_SECONDS if _stands_still(moments) else STEPPED_SECONDS
    cache.set(_key(moments), summary, seconds)
    return summary


def _stands_still(moments: Moments) -> bool:
    """The version before a rollback is brought up to date until that has ended."""
    if moments.after is None:
        return False
    both = [moments.before.pk, moments.after.pk]
    return not Rollback.objects.filter(Q(before__in=both) | Q(after__in=both), after=None).exists()


def _key(moments: Moments) -> str:
    """With how many of the images are still there: deleting one takes it out of its versions."""
    after = moments.after
    other = _named(after) if after else "now"
    return f"diff/{moments.dataset.pk}/{_named(moments.before)}/{other}"


def _named(version: DatasetVersion) -> str:
    return f"{version.number}-{version.present}"  # type: ignore[attr-defined]
