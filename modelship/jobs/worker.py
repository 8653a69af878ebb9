"""The worker process: slots that claim and run jobs, watched over by the main thread."""

import random
import threading
import time
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from modelship.jobs import lease
from modelship.jobs.context import JobContext
from modelship.jobs.pulse import SILENCE_SECONDS, Pulse
from modelship.jobs.runner import run

IDLE_SECONDS, SLEEPY_SECONDS, SLEEPY_AFTER = 0.2, 0.6, 60.0
WATCH_SECONDS = 0.2
STOP_SECONDS = 5.0
LONGEST_DATABASE_WAIT = 10.0
DATABASE_TROUBLE = (DatabaseError, InterfaceError)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Plan:
    """What a worker is started for.

    `jobs` is how many each slot runs at most; `drain` ends on an empty queue; `only` is the one job to take.
    """

    kinds: frozenset[str]
    slots: int = 1
    jobs: int | None = None
    drain: bool = False
    only: UUID | None = None
    silence: float = SILENCE_SECONDS


class Slot(threading.Thread):
    """One thread that runs one job at a time."""

    def __init__(self, plan: Plan, stopping: threading.Event, number: int) -> None:
        super().__init__(name=f"slot-{number}", daemon=True)
        self.plan = plan
        self.stopping = stopping
        self.number = number
        self.pulse: Pulse | None = None
        self.is_finished = False
        self._idle_since = time.monotonic()

    @property
    def hangs(self) -> bool:
        pulse = self.pulse
        return pulse is not None and pulse.has_given_up

    def run(self) -> None:
        ran, trouble = 0, 0
        try:
            while not self.stopping.is_set() and ran != self.plan.jobs and not self.hangs:
                try:
                    worked = self._work()
                    trouble = 0
                except DATABASE_TROUBLE as error:
                    trouble += 1
                    self._wait_for_database(trouble, error)
                    continue
                ran += worked
                if not worked:
                    if self.plan.drain:
                        break
                    self._rest()
            self.is_finished = True
        finally:
            connection.close()

    def _work(self) -> bool:
        job = lease.claim(self.plan.kinds, only=self.plan.only)
        if job is None:
            return False
        ctx = JobContext(job, stopping=self.stopping)
        self.pulse = Pulse(ctx, silence=self.plan.silence)
        with self.pulse:
            run(ctx)
        if not self.hangs:
            self.pulse = None
        close_old_connections()
        self._idle_since = time.monotonic()
        return True

    def _rest(self) -> None:
        """Look again soon while there was work lately, a little later in quiet times."""
        is_sleepy = time.monotonic() - self._idle_since > SLEEPY_AFTER
        spread = random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards no secret
        self.stopping.wait((SLEEPY_SECONDS if is_sleepy else IDLE_SECONDS) * spread)

    def _wait_for_database(self, trouble: int, error: Exception) -> None:
        log.warning("worker.database_away", slot=self.number, error=str(error), tries=trouble)
        connection.close()
        self.stopping.wait(min(0.25 * 2.0**trouble, LONGEST_DATABASE_WAIT))


class Worker:
    """Runs a plan until it is done or `stop` is called; the same in a terminal, a container or a test."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.stopping = threading.Event()
        self._slots: list[Slot] = []
        self._sweep_at = 0.0

    def stop(self) -> None:
        """Ask for an orderly end: running handlers stop at their next step and their jobs are put back."""
        self.stopping.set()

    def run(self) -> None:
        """Work until there is a reason to end, then leave no lease behind."""
        log.info("worker.started", slots=self.plan.slots, kinds=sorted(self.plan.kinds))
        self._sweep()
        self._slots = [self._started(number) for number in range(self.plan.slots)]
        while not self.stopping.is_set() and not all(slot.is_finished for slot in self._slots):
            self._sweep()
            self._slots = [self._kept_or_replaced(slot) for slot in self._slots]
            # Not stopping.wait: a signal handler that sets an event its own thread waits on can deadlock.
            time.sleep(WATCH_SECONDS)
        self._end()
        log.info("worker.stopped")

    def _started(self, number: int) -> Slot:
        slot = Slot(self.plan, self.stopping, number)
        slot.start()
        return slot

    def _kept_or_replaced(self, slot: Slot) -> Slot:
        """A hanging thread can't be ended from outside; its place is given to a new one."""
        if slot.is_finished or (slot.is_alive() and not slot.hangs):
            return slot
        log.error("worker.slot_replaced", slot=slot.number)
        return self._started(slot.number)

    def _sweep(self) -> None:
        at = time.monotonic()
        if at < self._sweep_at:
            return
        self._sweep_at = at + min(5.0, settings.MODELSHIP_JOB_LEASE_SECONDS / 4)
        try:
            lease.sweep()
        except DATABASE_TROUBLE as error:
            log.warning("worker.sweep_missed", error=str(error))
            connection.close()

    def _end(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        for slot in self._slots:
            slot.join(max(0.0, deadline - time.monotonic()))
        for slot in self._slots:
            if slot.is_alive() and slot.pulse is not None:
                self._release(slot.pulse.ctx)
        connection.close()

    def _release(self, ctx: JobContext) -> None:
        """Take the job from a handler that does not stop in time; whatever it still writes is fenced off."""
        try:
            released = lease.release(ctx.job)
        except DATABASE_TROUBLE as error:
            log.warning("worker.release_missed", job=str(ctx.job.id), error=str(error))
            return
        log.warning("worker.job_released", job=str(ctx.job.id), released=released)
