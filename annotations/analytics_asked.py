"""What is asked of the analytics of a project: which days, which dataset."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from annotations.analytics_queries import Scope
from datasets.audience import unlisted_for
from datasets.models import Dataset
from datasets.queries import dataset_for
from modelship.accounts.actors import Actor
from modelship.api.values import id_of
from modelship.lib.clock import now
from modelship.lib.errors import BadRequest, NotFound
from modelship.projects.models import Project

USUAL_DAYS, MOST_DAYS = 30, 366
EARLIEST = date(2000, 1, 1)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def scope_of(actor: Actor, project: Project, asked: Mapping[str, str]) -> Scope:
    """The pictures and days that `from`, `to` and `dataset` name; the last 30 days where they do not.

    Raises BadRequest for what is no day, for days in the wrong order or more than 366, NotFound for a dataset that
    is not the project's.
    """
    scope, dataset = days_of(project, asked), _dataset(actor, project, asked)
    left_out = () if dataset else tuple(unlisted_for(actor).values_list("pk", flat=True))
    return replace(scope, dataset=dataset, left_out=left_out)


def days_of(project: Project, asked: Mapping[str, str]) -> Scope:
    """All pictures of the project, in the days that are asked for. Raises BadRequest as `scope_of` does."""
    # Where the sun rises first, tomorrow has begun.
    latest = now().date() + timedelta(days=1)
    last = _day(asked, "to", latest, default=now().date())
    first = _day(asked, "from", latest, default=max(EARLIEST, last - timedelta(days=USUAL_DAYS - 1)))
    if first > last:
        raise BadRequest("'from' must not be after 'to'.", field="from")
    if (last - first).days >= MOST_DAYS:
        raise BadRequest(f"Ask for {MOST_DAYS} days at most.", field="from")
    return Scope(project, None, first, last)


def _day(asked: Mapping[str, str], key: str, latest: date, *, default: date) -> date:
    if key not in asked:
        return default
    try:
        found = date.fromisoformat(asked[key]) if DAY.fullmatch(asked[key]) else date.min
    except ValueError:
        found = date.min
    if not EARLIEST <= found <= latest:
        raise BadRequest(
            f"'{key}' must be a day like {now().date()}, from 2000 on and not to come.", field=key
        )
    return found


def _dataset(actor: Actor, project: Project, asked: Mapping[str, str]) -> Dataset | None:
    if "dataset" not in asked:
        return None
    found = dataset_for(actor, id_of(asked["dataset"], "dataset"), "view")
    if found.project_id != project.pk:
        raise NotFound()
    return found
