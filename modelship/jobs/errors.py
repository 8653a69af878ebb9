"""How a handler ends, other than by returning."""

from modelship.lib.errors import Unavailable


class Retryable(Unavailable):
    """The work may succeed later: it is tried again with growing pauses until the attempts are used up."""

    def __init__(self, detail: str, *, code: str | None = None, after: float | None = None) -> None:
        super().__init__(detail, code=code)
        self.after = after


class Stopped(Exception):
    """The work has to end now; handlers let it pass, cleaning up on the way."""


class Cancelled(Stopped):
    """Somebody cancelled the job."""


class LeaseLost(Stopped):
    """The job belongs to another worker by now; nothing that this one writes may land."""


class WorkerStopping(Stopped):
    """This worker is shutting down; the job goes back to the queue and continues elsewhere."""
