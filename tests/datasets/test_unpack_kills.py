"""A worker that dies while it unpacks: the next one goes on, and the outcome is that of a run without deaths."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.datasets.pictures import picture
from tests.datasets.uploads import zipped
from tests.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("server")]
PICTURES, KILLS = 400, 3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("unpack")
    server = Server(home, worker=True, pages=False, MODELSHIP_JOB_LEASE_SECONDS="2").start()
    yield server
    server.stop()


def archive() -> bytes:
    """Pictures, every fifth of them twice, every tenth broken."""
    files = []
    for number in range(PICTURES):
        data = b"hello" if number % 10 == 9 else picture(number)
        files.append((f"day/{number:03}.png", data))
        if number % 5 == 0:
            files.append((f"copy/{number:03}.png", data))
    return zipped(*files)


def test_each_picture_is_in_once_and_each_member_has_its_verdict(server: Server, tmp_path: Path):
    key = server.bootstrap()["api_key"]
    project = server.call("POST", "projects", key, {"name": "P"})[1]["id"]
    dataset = server.call("POST", "datasets", key, {"project": project, "name": "D"})[1]["id"]
    answer = httpx.post(
        f"{server.url}/api/v1/datasets/{dataset}/images",
        headers={"Authorization": f"Api-Key {key}"},
        files={"files": ("a.zip", archive())},
        timeout=30,
    )
    upload = answer.json()["results"][0]["upload"]
    dice, kills = random.Random(5), 0

    deadline = time.monotonic() + 90
    while (shown := server.call("GET", f"uploads/{upload}", key)[1]["upload"])["state"] == "completing":
        assert time.monotonic() < deadline
        progress = shown["job"]["progress"]["done"]
        if (
            kills < KILLS
            and shown["job"]["state"] == "running"
            and progress > kills * 40 + dice.randrange(10)
        ):
            server.kill_worker()
            server.restart()
            kills += 1

    verdicts = server.call("GET", f"uploads/{upload}/verdicts?limit=500", key)[1]["results"]
    counts = {
        status: sum(row["status"] == status for row in verdicts)
        for status in ("created", "duplicate", "refused")
    }
    broken = PICTURES // 10
    assert (kills, shown["state"]) == (KILLS, "done")
    assert [row["number"] for row in verdicts] == list(range(PICTURES + PICTURES // 5))
    assert counts == {"created": PICTURES - broken, "duplicate": PICTURES // 5, "refused": broken}
    images = server.call("GET", f"images?dataset={dataset}&limit=500", key)[1]["results"]
    assert sorted(image["metadata"]["path"] for image in images) == sorted(
        row["path"] for row in verdicts if row["status"] == "created"
    )
