import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection, connections

from modelship.jobs.actions import enqueue
from modelship.jobs.models import Job
from modelship.jobs.worker import Plan, Worker
from tests.modelship.jobs import kinds
from tests.people import Person

ROOT = Path(__file__).resolve().parents[3]
kinds.register_all()


def queue(person: Person, kind: str, **options: object) -> Job:
    args = options.pop("args", {})
    return enqueue(kind, tenant=person.tenant, args=args, actor=person.actor, **options)[0]


def wait_until(is_true: Callable[[], object], seconds: float = 20.0) -> float:
    """Wait for it and return how long it took; fails after `seconds`."""
    began = time.monotonic()
    while not is_true():
        assert time.monotonic() - began < seconds, "It did not happen in time."
        time.sleep(0.05)
    return time.monotonic() - began


def state_of(job: Job) -> str:
    return Job.objects.values_list("state", flat=True).get(pk=job.pk)


@pytest.fixture
def crew() -> Iterator[Callable[..., Worker]]:
    """Starts workers on threads of this process; stops them at the end."""
    started: list[tuple[Worker, threading.Thread]] = []

    def start(**options: object) -> Worker:
        worker = Worker(Plan(frozenset(kinds.KINDS), **options))
        thread = threading.Thread(target=lambda: (worker.run(), connections.close_all()))
        thread.start()
        started.append((worker, thread))
        return worker

    yield start
    for worker, thread in started:
        worker.stop()
        thread.join(15)
        assert not thread.is_alive()
    # A slot that was given up on still writes its ending; the database must be there for it.
    for thread in threading.enumerate():
        if thread.name.startswith("slot-"):
            thread.join(15)


def database_url() -> str:
    """The test database, for another process."""
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{config['NAME']}"
    secret = f"{quote(config['USER'], safe='')}:{quote(config['PASSWORD'], safe='')}"
    return f"postgres://{secret}@{quote(config['HOST'], safe='')}:{config['PORT']}/{config['NAME']}"


class Process:
    """A real `manage.py worker`."""

    def __init__(self, *arguments: str, lease: int = 2) -> None:
        env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "modelship.settings.test",
            "DATABASE_URL": database_url(),
            "MODELSHIP_HOME": str(settings.MODELSHIP_HOME),
            "MODELSHIP_TEST_APPS": "tests.modelship.jobs",
            "MODELSHIP_JOB_LEASE_SECONDS": str(lease),
            "MODELSHIP_LOG_LEVEL": "INFO",
        }
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "worker", *arguments],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def ends(self, seconds: float = 20) -> int:
        return self.process.wait(seconds)

    def said(self) -> str:
        return self.process.stdout.read()


@pytest.fixture
def start_process() -> Iterator[Callable[..., Process]]:
    started: list[Process] = []

    def start(*arguments: str, **options: int) -> Process:
        started.append(Process(*arguments, **options))
        return started[-1]

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.kill()
        worker.process.stdout.close()
