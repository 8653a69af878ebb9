"""Kinds of work that tests run: honest ones, unlucky ones and hostile ones."""

import os
import signal
import time
from pathlib import Path

from modelship.jobs.context import JobContext
from modelship.jobs.errors import Retryable
from modelship.jobs.models import Job
from modelship.jobs.registry import register
from modelship.lib.errors import Unprocessable
from modelship.projects.models import Project


def unit_name(job: Job, number: int) -> str:
    return f"{job.id}/{number}"


def steps(job: Job, ctx: JobContext) -> dict:
    """Each unit of work is a row with a unique name, so that doing one twice would fail."""
    note(job)
    done = Project.objects.filter(name__startswith=str(job.id)).count()
    for number in range(done, job.args["units"]):
        ctx.progress(number, job.args["units"], "Working.")
        time.sleep(job.args.get("pause", 0))
        with ctx.fenced():
            Project.objects.create(tenant=job.tenant, name=unit_name(job, number))
    ctx.progress(job.args["units"])
    return {"units": job.args["units"]}


def note(job: Job) -> None:
    """Leave a line for each start where the test asked for it."""
    if "log" in job.args:
        with Path(job.args["log"]).open("a") as file:
            file.write(f"{os.getpid()} {job.attempts}\n")


def flaky(job: Job, ctx: JobContext) -> dict:
    if job.attempts < job.args["works_at"]:
        raise Retryable("The camera did not answer.", after=job.args.get("after"))
    return {"attempts": job.attempts}


def broken(job: Job, ctx: JobContext) -> None:
    raise ValueError("a secret that belongs in the log alone")


def refused(job: Job, ctx: JobContext) -> None:
    raise Unprocessable("The file has no pages. Upload another one.", code="no_pages")


def unplugged(job: Job, ctx: JobContext) -> None:
    raise ConnectionError("a host name that belongs in the log alone")


def poison(job: Job, ctx: JobContext) -> None:
    note(job)
    os.kill(os.getpid(), signal.SIGKILL)


def patient(job: Job, ctx: JobContext) -> None:
    """Works until somebody stops it."""
    while True:
        ctx.check()
        time.sleep(0.02)


def stubborn(job: Job, ctx: JobContext) -> dict:
    """One long step that looks neither left nor right."""
    note(job)
    time.sleep(job.args["seconds"])
    return {}


def nonsense(job: Job, ctx: JobContext) -> dict:
    return {"when": object()}


KINDS = {
    "test.steps": steps,
    "test.flaky": flaky,
    "test.broken": broken,
    "test.refused": refused,
    "test.unplugged": unplugged,
    "test.poison": poison,
    "test.patient": patient,
    "test.stubborn": stubborn,
    "test.nonsense": nonsense,
}


def register_all() -> None:
    for kind, handler in KINDS.items():
        register(kind, handler, title=f"Test of {handler.__name__}")
