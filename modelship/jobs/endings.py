"""Who is told that a job failed. Apps above say so in `AppConfig.ready()`, so this app imports none of them."""

from collections.abc import Callable

from modelship.jobs.models import Job

# Called in the transaction that ends the job, with the job as it was claimed.
Told = Callable[[Job], None]

_told: list[Told] = []


def register(told: Told) -> None:
    """Called once by the app that tells people, when it is ready."""
    if told not in _told:
        _told.append(told)


def tell_failed(job: Job) -> None:
    for told in _told:
        told(job)
