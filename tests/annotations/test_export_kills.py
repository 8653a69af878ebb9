"""A worker that is killed while it makes an export: the next one goes on, and nobody can tell from the file."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.data import ROOT
from tests.live_clients import World
from tests.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
IMAGES, BOXES = 240, 3
# Of how many images an attempt is made sure when it is killed.
KILLED_AT = (30, 90, 200)
PATIENCE = 100

# A worker that makes sure of each image, takes its time for it, and notes in a file that it read one.
WORKER = """
import sys, time
import django
django.setup()
from django.core.management import call_command
from annotations.formats import desk
from modelship.jobs.context import JobContext
desk.KEEP_SECONDS = 0.0
told = JobContext.progress
def progress(self, done, total=None, message=""):
    if not message:
        with open(sys.argv[1], "ab") as seen:
            seen.write(b".")
        time.sleep(0.004)
    told(self, done, total, message)
JobContext.progress = progress
call_command("worker", "--concurrency", "1")
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("kills") / "home"
    server = Server(home, pages=False, MODELSHIP_JOB_LEASE_SECONDS="2")
    world = World.make(server.start())
    server.python(
        f"from tests.bench.in_process_export import fill; fill({world.dataset!r}, {IMAGES}, {BOXES})"
    )
    yield world
    server.stop()


class Workers:
    """One after the other, all noting in one file what they read."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.seen, self.log = folder / "seen", folder / "worker.log"
        self.env = {**server.env, "MODELSHIP_LOG_LEVEL": "INFO"}
        self.now: subprocess.Popen | None = None

    def hire(self) -> None:
        with self.log.open("ab") as log:
            self.now = subprocess.Popen(
                [sys.executable, "-c", WORKER, str(self.seen)], env=self.env, cwd=ROOT, stdout=log, stderr=log
            )

    def kill(self) -> None:
        if self.now is not None:
            self.now.send_signal(signal.SIGKILL)
            self.now.wait()
            self.now = None

    def read(self) -> int:
        """How many images all of them read."""
        return self.seen.stat().st_size if self.seen.exists() else 0

    def gone_on_at(self) -> list[int]:
        lines = [orjson.loads(line) for line in self.log.read_bytes().splitlines() if line.startswith(b"{")]
        return [line["images"] for line in lines if line.get("event") == "export.goes_on"]


@pytest.fixture
def workers(world: World, tmp_path: Path):
    workers = Workers(world.server, tmp_path)
    yield workers
    workers.kill()


def ordered(world: World, **asked: Any) -> dict[str, Any]:
    status, told = world.server.call("POST", f"datasets/{world.dataset}/exports", world.key, asked)
    assert status == 202, told
    return told["export"]


def made_sure_of(server: Server, export: str) -> int:
    """How many images the next worker need not read."""
    try:
        point = orjson.loads((server.home / "tmp" / f"export-{export}" / "point.json").read_bytes())
    except FileNotFoundError:
        return 0
    return point["counters"]["tally"]["images"]


def wait_until(condition: Any, workers: Workers) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, workers.log.read_text()
        time.sleep(0.005)


def ended(world: World, export: dict[str, Any], workers: Workers) -> dict[str, Any]:
    """The export, as soon as its job is over: the file is there a moment before that."""
    job: dict[str, Any] = {}

    def is_over() -> bool:
        job.update(world.server.call("GET", f"jobs/{export['job']['id']}", world.key)[1])
        return job["state"] not in ("queued", "running")

    wait_until(is_over, workers)
    assert job["state"] == "succeeded", f"{job}\n{workers.log.read_text()}"
    return world.server.call("GET", f"exports/{export['id']}", world.key)[1]


@pytest.mark.parametrize(
    "asked",
    [{"format": "coco"}, {"format": "zip", "include_images": False, "include_previews": False}],
    ids=lambda asked: asked["format"],
)
def test_three_kills_change_no_byte_and_cost_a_few_images(world: World, workers: Workers, asked: Any):
    export, server = ordered(world, **asked), world.server

    for images in KILLED_AT:
        workers.hire()
        wait_until(lambda least=images: made_sure_of(server, export["id"]) >= least, workers)
        workers.kill()
    workers.hire()
    killed, read = ended(world, export, workers), workers.read()
    undisturbed = ended(world, ordered(world, **asked), workers)

    assert killed["id"] != undisturbed["id"]
    assert (killed["sha256"], killed["bytes"]) == (undisturbed["sha256"], undisturbed["bytes"])
    assert len(workers.gone_on_at()) == len(KILLED_AT)
    assert all(found >= images for found, images in zip(workers.gone_on_at(), KILLED_AT, strict=True))
    # An image that was read may not be made sure of yet.
    assert IMAGES <= read <= IMAGES + 2 * len(KILLED_AT)
    assert workers.read() == read + IMAGES
    assert desks(server) == []


def test_without_its_desk_an_export_begins_anew_and_ends_in_the_same_bytes(
    world: World, workers: Workers, tmp_path: Path
):
    """As on another machine."""
    export, server = ordered(world, format="csv"), world.server

    workers.hire()
    wait_until(lambda: made_sure_of(server, export["id"]) >= KILLED_AT[0], workers)
    workers.kill()
    [desk] = desks(server)
    shutil.move(desk, tmp_path / "elsewhere")
    before = workers.read()
    workers.hire()
    killed, read = ended(world, export, workers), workers.read()
    undisturbed = ended(world, ordered(world, format="csv"), workers)

    assert killed["sha256"] == undisturbed["sha256"]
    assert (workers.gone_on_at(), read - before) == ([], IMAGES)


def desks(server: Server) -> list[Path]:
    return [path for path in (server.home / "tmp").iterdir() if path.name.startswith("export-")]
