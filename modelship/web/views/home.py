"""The start page: where one left off, what waits, and the first steps of a newcomer."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from datasets.models import Dataset
from datasets.queries import datasets_of, images_of
from modelship.accounts.actors import Actor
from modelship.accounts.roles import role_allows
from modelship.api.pages import SignedInRequest, signed_in
from modelship.jobs.queries import NEWEST_FIRST, jobs_for
from modelship.jobs.states import FAILED, RUNNING
from modelship.lib.clock import now
from modelship.projects.queries import projects_of
from modelship.web.activity import shown_job
from modelship.web.assignments import own_tasks
from modelship.web.demo.project import demo_of
from modelship.web.demo.tour import mark_of, tour_of, without_sample
from modelship.web.queries import Tally, next_image, project_rows, tallies_of

PROJECTS_SHOWN = 12
NEEDS_SHOWN = 6
JOBS_SHOWN = 3
FAILED_SINCE = timedelta(days=7)


@require_safe
@signed_in
def home(request: SignedInRequest) -> HttpResponse:
    actor = request.actor
    tour = tour_of(actor)
    tallies = tallies_of(images_of(actor), "dataset_id")
    datasets = list(datasets_of(actor).select_related("project").order_by("-updated_at"))
    running = jobs_for(actor).filter(state=RUNNING).order_by(*NEWEST_FIRST)[:JOBS_SHOWN]
    return render(
        request,
        "web/home/index.html",
        {
            "projects": project_rows(
                actor, list(projects_of(actor).order_by("-updated_at")[:PROJECTS_SHOWN])
            ),
            "tour": tour,
            "sample": sample_offer(actor, tour),
            "resume": resume(to_resume(datasets, tour), tallies, request.session.get("dataset")),
            "tasks": own_tasks(actor),
            "needs": needs(actor, datasets, tallies),
            "jobs": [shown_job(job) for job in without_sample(running, tour)],
            "may_manage": role_allows(actor.role, "manage"),
            "new_project_url": reverse("project-new"),
        },
    )


def to_resume(datasets: Iterable[Dataset], tour: dict[str, Any] | None) -> list[Dataset]:
    """All but the sample while the tour leads through it: two ways on would be one too many."""
    return [dataset for dataset in datasets if tour is None or dataset.id != tour["dataset"].id]


def sample_offer(actor: Actor, tour: dict[str, Any] | None) -> str:
    """Which way to the tour is offered where it is not shown: its door's name, or nothing."""
    if tour is not None:
        return ""
    if demo_of(actor.tenant) is not None and mark_of(actor).is_hidden:
        return "tour-show"
    offers = role_allows(actor.role, "manage") and settings.MODELSHIP_DEMO_PICTURES
    return "sample-add" if offers else ""


def resume(
    datasets: Iterable[Dataset], tallies: dict[UUID, Tally], last: str | None
) -> dict[str, Any] | None:
    """The dataset looked at last, or the newest, as long as pictures in it are open."""
    unfinished = [dataset for dataset in datasets if tallies.get(dataset.id, Tally()).open]
    if not unfinished:
        return None
    dataset = next((one for one in unfinished if str(one.id) == last), unfinished[0])
    tally = tallies[dataset.id]
    return {
        "dataset": dataset,
        "left": tally.open,
        "total": tally.images,
        "done": tally.images - tally.open,
        "href": reverse("editor", args=[next_image(dataset)]),
    }


def needs(actor: Actor, datasets: Iterable[Dataset], tallies: dict[UUID, Tally]) -> list[dict[str, Any]]:
    """What only a person can move on, the most urgent first."""
    found = []
    failed = jobs_for(actor).filter(state=FAILED, finished_at__gt=now() - FAILED_SINCE).count()
    if failed:
        words = "1 job failed" if failed == 1 else f"{failed:,} jobs failed"
        found.append(
            {"href": f"{reverse('jobs')}?show=failed", "icon": "circle-alert", "kind": "bad", "text": words}
        )
    for dataset in datasets:
        tally = tallies.get(dataset.id, Tally())
        page = reverse("dataset", args=[dataset.id])
        if tally.changes_requested:
            found.append(
                _need(page, "changes_requested", f"{tally.changes_requested:,} to change in {dataset.name}")
            )
        if tally.submitted and role_allows(actor.role, "review"):
            found.append(_need(page, "submitted", f"{tally.submitted:,} to review in {dataset.name}"))
        if tally.waiting:
            found.append(_need(page, "proposed", f"{tally.waiting:,} with proposals in {dataset.name}"))
    return found[:NEEDS_SHOWN]


NEED_ICONS = {
    "changes_requested": ("message-square-warning", "bad"),
    "submitted": ("eye", "warn"),
    "proposed": ("sparkles", "dim"),
}


def _need(page: str, state: str, text: str) -> dict[str, Any]:
    icon, kind = NEED_ICONS[state]
    return {"href": f"{page}?state={state}", "icon": icon, "kind": kind, "text": text}
