"""Jobs in a row: one that has its steps done one after the other, each of them a job of its own.

The steps are in the arguments of the first, as `{"name", "title", "job"}`: whoever takes it over goes on where it was.
"""

import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from modelship.jobs import lease
from modelship.jobs.context import JobContext
from modelship.jobs.errors import Cancelled
from modelship.jobs.models import Job
from modelship.jobs.pulse import Pulse
from modelship.jobs.runner import run
from modelship.jobs.states import CANCELLED, FINISHED, QUEUED, SUCCEEDED
from modelship.lib.errors import Problem, Unprocessable

# What each step counts in the progress of the whole.
SHARE = 100
LOOK_SECONDS = 0.3
Step = dict[str, Any]
# Queues the named step of a job as its child; None where nothing is left to do.
Order = Callable[[Job, str], Job | None]


class StepContext(JobContext):
    """What a step holds while it runs inside of the whole: what stops the whole stops the step."""

    def __init__(self, job: Job, whole: JobContext, place: int, title: str) -> None:
        super().__init__(job, ticks_itself=whole.ticks_itself)
        self._whole, self._place, self._title = whole, place, title

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        super().progress(done, total, message)
        tell(self._whole, self._place, self._title, self._done, self._total)

    def check(self) -> None:
        self._whole.check()
        super().check()


def steps(**titles: str) -> list[Step]:
    """Steps in order, for the arguments of the job; none of them has begun."""
    return [{"name": name, "title": title, "job": None} for name, title in titles.items()]


def run_chain(job: Job, ctx: JobContext, order: Order) -> dict[str, Any]:
    """Have every step done. Raises Unprocessable where one failed or was cancelled: those behind it don't begin.

    A step is ordered together with the note of its job, and so once, and runs in this very worker unless another
    one is quicker.
    """
    planned: list[Step] = job.args["steps"]
    ctx.progress(0, SHARE * len(planned))
    for place, step in enumerate(planned):
        if step["job"] is None and not step.get("is_skipped"):
            _begin(job, ctx, step, order)
        if step["job"] is not None:
            _see_through(ctx, place, step)
        tell(ctx, place, step["title"], 1, 1)
    return {"steps": len(planned), "skipped_steps": sum(bool(step.get("is_skipped")) for step in planned)}


def tell(ctx: JobContext, place: int, title: str, done: int, total: int) -> None:
    """Show how far the whole is by how far one step of it is."""
    ctx.progress(place * SHARE + (SHARE * done // total if total else 0), message=f"{title}.")


def _begin(job: Job, ctx: JobContext, step: Step, order: Order) -> None:
    try:
        with ctx.fenced():
            child = order(job, step["name"])
            step |= {"job": str(child.id)} if child else {"is_skipped": True}
            Job.objects.filter(pk=job.pk).update(args=job.args)
    except Problem as problem:
        raise _stopped(step, problem.detail) from problem


def _see_through(ctx: JobContext, place: int, step: Step) -> None:
    """Come back when the step is done."""
    while (child := Job.objects.get(pk=step["job"])).state != SUCCEEDED:
        if child.state in FINISHED:
            _check_cancelled(ctx)
            said = "it was cancelled." if child.state == CANCELLED else (child.error or {}).get("detail", "")
            raise _stopped(step, said)
        if child.state != QUEUED or not _run_here(ctx, place, step, child):
            tell(ctx, place, step["title"], child.done, child.total)
            time.sleep(LOOK_SECONDS)
        ctx.check()


def _run_here(ctx: JobContext, place: int, step: Step, child: Job) -> bool:
    """One attempt at the step, where no other worker has it and it may start now."""
    claimed = lease.claim([child.kind], only=child.pk)
    if claimed is None:
        return False
    inner = StepContext(claimed, ctx, place, step["title"])
    with nullcontext() if ctx.ticks_itself else Pulse(inner):
        run(inner)
    return True


def _check_cancelled(ctx: JobContext) -> None:
    """Who cancels the whole cancels its step, which may be the first to hear of it."""
    if lease.cancel_wish(ctx.job):
        raise Cancelled


def _stopped(step: Step, said: str) -> Problem:
    return Unprocessable(
        f"{step['title']}: {said} Retry to go on from there.", code="step_stopped", step=step["name"]
    )
