"""The heartbeat of a running job, on a thread and a database connection of its own."""

import threading
import time
from types import TracebackType

import structlog
from django.db import DatabaseError, InterfaceError, connection

from modelship.jobs.context import TICK_SECONDS, JobContext

# A handler that gives no sign for this long is taken to hang: its lease is left to run out.
SILENCE_SECONDS = 900.0
log = structlog.get_logger(__name__)


class Pulse:
    """Keeps the lease alive while its block runs, however long one step of the handler takes.

    It stops when the handler gave no sign (progress, check, fenced) for `silence` seconds: another
    worker then takes the job over, and whatever the hanging handler still writes is fenced off.
    """

    def __init__(self, ctx: JobContext, *, silence: float = SILENCE_SECONDS) -> None:
        self.ctx = ctx
        self.silence = silence
        self.has_given_up = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"pulse-{ctx.job.id}", daemon=True)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._ended.wait(TICK_SECONDS):
                if time.monotonic() - self.ctx.last_sign > self.silence:
                    self._abandon()
                    return
                self._tick()
        finally:
            connection.close()

    def _tick(self) -> None:
        try:
            self.ctx.tick()
        except (DatabaseError, InterfaceError) as error:
            # The next tick tries again; a lease that runs out meanwhile is noticed then.
            log.warning("job.pulse_missed", job=str(self.ctx.job.id), error=str(error))
            connection.close()

    def _abandon(self) -> None:
        log.error("job.hangs", job=str(self.ctx.job.id), kind=self.ctx.job.kind, silence=self.silence)
        self.has_given_up = True
        self.ctx.give_up()
