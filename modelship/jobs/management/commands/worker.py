"""`manage.py worker`: runs background jobs until it is told to stop."""

import gc
import os
import signal
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from modelship.jobs.registry import kind_names
from modelship.jobs.worker import Plan, Worker


class Command(BaseCommand):
    help = "Run background jobs. The first SIGTERM or Ctrl-C ends it in good order, the second at once."
    # A worker serves no pages: it starts faster without checking every URL.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=settings.MODELSHIP_WORKER_THREADS, metavar="N")
        parser.add_argument("--kinds", nargs="+", metavar="KIND", help="only these kinds of jobs")
        ends = parser.add_mutually_exclusive_group()
        ends.add_argument("--once", action="store_true", help="run one job that is ready, then end")
        ends.add_argument("--drain", action="store_true", help="end when no job is ready")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker(plan_of(options))

        def on_signal(number: int, frame: FrameType | None) -> None:
            if worker.stopping.is_set():
                os._exit(1)
            worker.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, on_signal)
        # What is loaded by now stays: looking through it again and again for garbage costs jobs a fifth of their time.
        gc.freeze()
        worker.run()


def plan_of(options: dict[str, Any]) -> Plan:
    """Raises CommandError for an unknown kind or a concurrency below one."""
    kinds = frozenset(options["kinds"] or kind_names())
    if unknown := sorted(kinds - kind_names()):
        raise CommandError(f"No such kind: {', '.join(unknown)}. Known: {', '.join(sorted(kind_names()))}.")
    if options["concurrency"] < 1:
        raise CommandError("--concurrency must be at least 1.")
    if options["once"]:
        return Plan(kinds, slots=1, jobs=1, drain=True)
    return Plan(kinds, slots=options["concurrency"], drain=options["drain"])
