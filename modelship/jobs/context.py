"""What a handler holds while it runs: progress, the wish to stop, and the fence around its writes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import transaction

from modelship.jobs import lease
from modelship.jobs.errors import Cancelled, LeaseLost, Stopped, WorkerStopping
from modelship.jobs.models import Job

TICK_SECONDS = 0.4


class JobContext:
    """Handed to a handler beside its job.

    `progress` and `check` only touch memory, so they are cheap enough for every tile and may be
    called from any thread. The database hears of it by `tick`, which a worker calls from a thread
    of its own; without that thread (`ticks_itself`) the handler's own steps tick.
    """

    def __init__(
        self, job: Job, *, stopping: threading.Event | None = None, ticks_itself: bool = False
    ) -> None:
        self.job = job
        self.last_sign = time.monotonic()
        self._stopping = stopping or threading.Event()
        self.ticks_itself = ticks_itself
        self._lost = threading.Event()
        self._cancelled = threading.Event()
        self._guard = threading.Lock()
        self._done, self._total, self._message = job.done, job.total, job.message
        # How often progress was told, and which telling the row has; unequal means that one is unwritten.
        self._told = self._written = 0
        self._ticked_at = self._renewed_at = time.monotonic()

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        """Say how far the work is; what was shown as done never shrinks. Raises what `check` raises."""
        with self._guard:
            self._done = max(self._done, int(done))
            self._total = max(self._total if total is None else int(total), 0)
            if self._total:
                self._total = max(self._total, self._done)
            self._message = (message or self._message)[: lease.MESSAGE_LENGTH]
            self._told += 1
        self.check()

    def check(self) -> None:
        """Raises Cancelled, LeaseLost or WorkerStopping when the work has to end now."""
        self.last_sign = time.monotonic()
        if self.ticks_itself:
            self.tick()
        if self._lost.is_set():
            raise LeaseLost
        if self._cancelled.is_set():
            raise Cancelled
        if self._stopping.is_set():
            raise WorkerStopping

    def should_stop(self) -> bool:
        """The same question for code that wants an answer and not an exception."""
        try:
            self.check()
        except Stopped:
            return True
        return False

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """A transaction that commits only while the lease is held; raises LeaseLost otherwise.

        The job's row stays locked until the commit, so no other worker can take the job over
        between the check and the results landing. What was told of the progress by then lands along, so
        that an attempt which dies right afterwards is known to have got further.
        """
        with transaction.atomic():
            if not lease.lock_held(self.job):
                self.give_up()
                raise LeaseLost
            yield
            # In the same transaction: while it held the row, nobody else could renew the lease.
            told, fields = self._pending()
            lease.renew(self.job, **fields)
        self._written = told
        self.last_sign = time.monotonic()

    def tick(self) -> None:
        """Write what is unwritten, renew the lease when a third of it is used, hear of a cancel."""
        at = time.monotonic()
        if at - self._ticked_at < TICK_SECONDS:
            return
        self._ticked_at = at
        wish = lease.cancel_wish(self.job)
        if wish is None:
            self.give_up()
            return
        if wish:
            self._cancelled.set()
        if self._told != self._written or at - self._renewed_at >= settings.MODELSHIP_JOB_LEASE_SECONDS / 3:
            self._renew(at)

    def give_up(self) -> None:
        """From here on the job is somebody else's."""
        self._lost.set()

    def unwritten(self) -> dict[str, Any]:
        """The progress that the row does not show yet, as fields."""
        return self._pending()[1]

    def _pending(self) -> tuple[int, dict[str, Any]]:
        with self._guard:
            if self._told == self._written:
                return self._told, {}
            return self._told, {"done": self._done, "total": self._total, "message": self._message}

    def _renew(self, at: float) -> None:
        told, fields = self._pending()
        if lease.renew(self.job, **fields):
            self._written, self._renewed_at = told, at
        else:
            self.give_up()
