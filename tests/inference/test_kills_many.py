"""Twenty SIGKILLs at random moments while 500 pictures are labelled, and a worker that is stopped but not dead."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.inference.installed import drawn
from tests.inference.models import tiny_yolox
from tests.inference.test_kills import PATIENCE, upload_pictures, wait_for_runs
from tests.servers import ROOT, Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PICTURES, KILLS, LOT = 500, 20, 100
# Some die this soon, mostly before they get anywhere; others this long after they got further.
EARLY_SHARE, EARLY_SECONDS, LATE_SECONDS = 0.25, 1.0, 0.05
# So few pictures an attempt may do that there is work left for the last one.
SHARE = PICTURES // KILLS // 2
TAKEN_OVER_SECONDS = 60
# Workers that wait for the one at work to fall.
SPARE = 2
STARTED = '"job.started"'


# Loads what a worker needs once, and forks one for each line that it reads, a log for its words; answers with its id.
NURSERY = """
import os, sys
import django
from django.core.management import call_command
django.setup()
import inference.jobs, inference.engine.detector, inference.looking
# A few pictures are written down together, so that an attempt's share is several lots.
inference.looking.LOT = 4
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os.setsid()
        log = os.open(line.strip(), os.O_WRONLY | os.O_CREAT)
        os.dup2(log, 1), os.dup2(log, 2), os.close(0)
        call_command("worker", "--concurrency", "1")
        os._exit(0)
    print(child, flush=True)
"""


class Crew:
    """Worker processes of a server, each with a log of its own that tells which of them is at work."""

    def __init__(self, server: Server, **settings: str) -> None:
        self.home = server.home
        self.workers: dict[int, Path] = {}
        env = {**server.env, "MODELSHIP_LOG_LEVEL": "INFO", **settings}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._nursery = subprocess.Popen(
            [sys.executable, "-c", NURSERY], env=env, cwd=ROOT, text=True, bufsize=1, **pipes
        )

    def hire(self) -> None:
        log = self.home / f"worker-{self._hired}.log"
        log.touch()
        self._nursery.stdin.write(f"{log}\n")
        self.workers[int(self._nursery.stdout.readline())] = log
        self._hired += 1

    _hired = 0

    def at_work(self) -> int:
        """The worker that has taken a job; waits for one."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for worker, log in self.workers.items():
                if STARTED in log.read_text():
                    return worker
            time.sleep(0.02)
        raise AssertionError(
            "no worker takes the job:\n" + "\n".join(log.read_text() for log in self.workers.values())
        )

    def signal(self, worker: int, number: signal.Signals) -> Path:
        """Send it, and count on that worker no more."""
        os.kill(worker, number)
        return self.workers.pop(worker)

    def dismiss(self) -> None:
        for worker in list(self.workers):
            self.signal(worker, signal.SIGKILL)
        self._nursery.kill()
        self._nursery.communicate()


class Watch(threading.Thread):
    """Asks the API for a job again and again, as a page does, and keeps what it was told."""

    def __init__(self, server: Server, key: str, job: str) -> None:
        super().__init__(daemon=True)
        self.told: list[tuple[str, int]] = []
        self._ask = lambda: server.call("GET", f"jobs/{job}", key)[1]
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.2):
            shown = self._ask()
            self.told.append((shown["state"], shown["progress"]["done"]))

    def end(self) -> None:
        self._ended.set()
        self.join()


@pytest.fixture
def server(tmp_path: Path):
    settings = {"MODELSHIP_JOB_LEASE_SECONDS": "2", "MODELSHIP_INFERENCE_SESSIONS": "1"}
    server = Server(tmp_path / "home", pages=False, **settings)
    yield server.start()
    server.stop()


@pytest.fixture
def crew(server: Server):
    crew = Crew(server)
    yield crew
    crew.dismiss()


@pytest.fixture
def patient_crew(server: Server):
    """Workers with the usual lease."""
    crew = Crew(server, MODELSHIP_JOB_LEASE_SECONDS="20")
    yield crew
    crew.dismiss()


def dataset_of(server: Server, key: str, folder: Path, count: int) -> str:
    server.manage(
        "install_model", "--file", str(tiny_yolox(folder / "tiny.onnx")), "--name", "tiny", "--json"
    )
    project = server.call("POST", "projects", key, {"name": "Kills"})[1]["id"]
    dataset = server.call("POST", "datasets", key, {"name": "Pictures", "project": project})[1]["id"]
    for first in range(0, count, LOT):
        numbers = range(first, min(first + LOT, count))
        upload_pictures(server, key, dataset, {f"{n:03}.png": drawn(n, size=(320, 240)) for n in numbers})
    return dataset


def ended(server: Server, key: str, job: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while (state := server.call("GET", f"jobs/{job}", key)[1])["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, state
        time.sleep(0.1)
    return state


def let_live(server: Server, dice: random.Random) -> None:
    """Come back at a random moment of an attempt, however fast the machine: before it has done its share."""
    before, moment = runs_of(server), EARLY_SECONDS
    if dice.random() >= EARLY_SHARE:
        wait_for_runs(server, before + 1)
        moment = LATE_SECONDS
    deadline = time.monotonic() + dice.uniform(0, moment)
    while time.monotonic() < deadline and runs_of(server) < before + SHARE:
        time.sleep(0.005)


def runs_of(server: Server) -> int:
    return server.query("SELECT count(*) FROM inference_imagerun")[0][0]


def quotas(server: Server) -> list[tuple]:
    return server.query("SELECT resource, used FROM usage_quota ORDER BY resource")


def assert_each_once(server: Server, count: int) -> None:
    """One box, one edit of the log and one record for each picture, however often it was looked at."""
    boxes = "SELECT count(*), count(DISTINCT uid), max(created_seq) FROM annotations_box GROUP BY canvas_id"
    assert server.query(boxes) == [(1, 1, 1)] * count
    assert server.query("SELECT count(*) FROM annotations_canvasedit") == [(count,)]
    runs = "SELECT count(*), count(DISTINCT image_id) FROM inference_imagerun"
    assert server.query(runs) == [(count, count)]
    proposed = "SELECT count(*) FROM datasets_image WHERE box_count = 1 AND proposed_count = 1"
    assert server.query(proposed) == [(count,)]


def test_twenty_kills_lose_no_picture_and_label_none_twice(server: Server, crew: Crew, tmp_path: Path):
    key = server.bootstrap()["api_key"]
    dataset = dataset_of(server, key, tmp_path, PICTURES)
    charged = quotas(server)
    dice = random.Random()

    job = server.call("POST", f"datasets/{dataset}/label", key, {"model": "tiny"})[1]["job"]["id"]
    watch = Watch(server, key, job)
    watch.start()
    for _ in range(SPARE):
        crew.hire()
    alive = 0
    for _ in range(KILLS):
        victim = crew.at_work()
        let_live(server, dice)
        alive += server.call("GET", f"jobs/{job}", key)[1]["state"] == "running"
        crew.signal(victim, signal.SIGKILL)
        crew.hire()
    state = ended(server, key, job)
    watch.end()

    assert (state["state"], state["result"]["images"]) == ("succeeded", PICTURES), state
    assert alive == KILLS, "the job ended before the last kill"
    assert_each_once(server, PICTURES)
    shown = [done for _, done in watch.told]
    assert shown == sorted(shown)
    assert {word for word, _ in watch.told} <= {"queued", "running", "succeeded"}
    assert quotas(server) == charged
    assert len(shown) > KILLS


def test_a_stopped_worker_is_relieved_and_what_it_writes_when_it_wakes_counts_for_nothing(
    server: Server, patient_crew: Crew, tmp_path: Path
):
    crew, key = patient_crew, server.bootstrap()["api_key"]
    dataset = dataset_of(server, key, tmp_path, LOT)
    job = server.call("POST", f"datasets/{dataset}/label", key, {"model": "tiny"})[1]["job"]["id"]
    for _ in range(SPARE):
        crew.hire()
    stopped = crew.at_work()

    log, at = crew.signal(stopped, signal.SIGSTOP), time.monotonic()
    crew.at_work()
    seconds = time.monotonic() - at
    os.kill(stopped, signal.SIGCONT)
    crew.workers[stopped] = log
    state = ended(server, key, job)

    assert seconds < TAKEN_OVER_SECONDS
    assert (state["state"], state["result"]["images"]) == ("succeeded", LOT)
    assert_each_once(server, LOT)
