"""Pages of jobs: the list, one job, and its two buttons."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from modelship.accounts.actors import Actor
from modelship.api.pages import SignedInRequest, signed_in
from modelship.api.paging import page
from modelship.jobs import actions
from modelship.jobs.models import Job
from modelship.jobs.queries import (
    NEWEST_FIRST,
    job_for,
    jobs_for,
    may_steer,
    progress_of,
    steerable_job,
    steps_of,
)
from modelship.jobs.states import CANCELLED, FAILED, FINISHED, LIVE, QUEUED
from modelship.lib.clock import now
from modelship.lib.errors import Conflict

# A job that waits longer than this for its first start makes people ask whether a worker runs.
PATIENCE_SECONDS = 15
NO_WORKER = "No worker has taken this yet. Is one running? Start it with “manage.py worker”."
TABS = {
    "": ("All", None),
    "live": ("Working", LIVE),
    "failed": ("Failed", frozenset({FAILED})),
    "ended": ("Ended", FINISHED - {FAILED}),
}


SPANS = ((3600, "h"), (60, "min"), (1, "s"))


def span(seconds: float) -> str:
    """The largest unit that fits: 42 s, 3 min, 2 h."""
    length, unit = next((pair for pair in SPANS if seconds >= pair[0]), SPANS[-1])
    return f"{max(round(seconds / length), 1)} {unit}"


def figures(job: Job) -> str:
    """How far the job is, in one line."""
    progress = progress_of(job)
    if not job.total:
        return f"{job.done:,} done" if job.done else ""
    parts = [f"{job.done:,} of {job.total:,}"]
    if progress["rate"]:
        parts.append(f"{progress['rate']:,.1f} a second")
    if progress["eta_s"] is not None:
        parts.append(f"about {span(progress['eta_s'])} left")
    return " · ".join(parts)


def card(actor: Actor, job: Job) -> dict[str, Any]:
    """What the templates show of one job; two cards of equal `look` differ only in words and numbers."""
    is_waiting = job.state == QUEUED and job.attempts == 0
    is_late = is_waiting and (now() - job.created_at).total_seconds() > PATIENCE_SECONDS
    # The last step of what is over says nothing any more.
    words = NO_WORKER if is_late else job.message if job.is_live else ""
    done = figures(job)
    looks = (job.state, job.attempts, job.cancel_requested, bool(done), bool(words), bool(job.total))
    return {
        "job": job,
        "figures": done,
        "words": words,
        "results": results(job),
        "look": " ".join(str(look) for look in looks),
        "may_cancel": job.is_live and not job.cancel_requested and may_steer(actor, job),
        "may_retry": job.state in (FAILED, CANCELLED) and may_steer(actor, job),
    }


def results(job: Job) -> list[tuple[str, Any]]:
    """The counts in the result, named for people; the rest is for programs."""
    found = (job.result or {}).items()
    return [(name.replace("_", " ").capitalize(), value) for name, value in found if type(value) is int]


@require_safe
@signed_in
def jobs(request: SignedInRequest) -> HttpResponse:
    """The tenant's jobs, newest first."""
    asked = request.GET.get("show", "")
    current = asked if asked in TABS else ""
    found = jobs_for(request.actor).select_related("project", "created_by")
    states = TABS[current][1]
    if states is not None:
        found = found.filter(state__in=states)
    listed = page(request, found, order=NEWEST_FIRST, to_dict=lambda job: card(request.actor, job))
    return render(
        request,
        "jobs/list.html",
        {"page": listed, "tabs": tabs(), "current": current},
    )


def tabs() -> list[dict[str, Any]]:
    base = reverse("jobs")
    return [
        {"key": key, "label": label, "href": f"{base}?show={key}" if key else base}
        for key, (label, _) in TABS.items()
    ]


@require_safe
@signed_in
def job(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    """One job: how far it is, how it ended, what to do next."""
    found = job_for(request.actor, job_id)
    shown, steps = card(request.actor, found), steps_of(found)
    shown["look"] = " ".join([shown["look"], *(step["state"] for step in steps)])
    return render(
        request,
        "jobs/detail.html",
        {"card": shown, "steps": steps, "crumbs": [{"href": reverse("jobs"), "label": "Jobs"}]},
    )


@require_POST
@signed_in
def job_cancel(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    return steer(request, job_id, actions.cancel, "The job was cancelled.")


@require_POST
@signed_in
def job_retry(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    return steer(request, job_id, actions.retry, "The job is queued again.")


def steer(
    request: SignedInRequest, job_id: UUID, action: Callable[[Job, Actor], Job], done: str
) -> HttpResponse:
    """Do it and go back to where the button was; a job that moved on meanwhile is told in words."""
    found = steerable_job(request.actor, job_id)
    try:
        found = action(found, request.actor)
    except Conflict as conflict:
        messages.error(request, conflict.detail)
    else:
        messages.success(
            request, "The job stops at its next step." if found.cancel_requested and found.is_live else done
        )
    return redirect(back_to(request, job_id))


def back_to(request: HttpRequest, job_id: UUID) -> str:
    """The list where the form says so, else the job: never an address that somebody else chose."""
    return reverse("jobs") if request.POST.get("back") == "list" else reverse("job", args=[job_id])
