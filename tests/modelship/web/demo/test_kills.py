"""The worker is killed while it draws: the next one goes on, and no picture is there or labelled twice."""

import json
import time
from pathlib import Path

import pytest

from tests.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PICTURES, PATIENCE = 6, 120


def wait_for_images(server: Server, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while server.query("SELECT count(*) FROM datasets_image")[0][0] < count:
        assert time.monotonic() < deadline, server.log
        time.sleep(0.01)


@pytest.fixture
def server(tmp_path: Path):
    server = Server(
        tmp_path / "home",
        worker=True,
        pages=False,
        MODELSHIP_JOB_LEASE_SECONDS="2",
        MODELSHIP_DEMO_PICTURES=str(PICTURES),
    )
    yield server.start()
    server.stop()


def test_a_killed_worker_draws_nothing_twice(server: Server):
    key = server.bootstrap()["api_key"]
    server.manage("demo")
    for count in (1, 3, 5):
        wait_for_images(server, count)
        server.kill_worker()
        server.restart()

    deadline = time.monotonic() + PATIENCE
    while any(job["state"] in ("queued", "running") for job in server.call("GET", "jobs", key)[1]["results"]):
        assert time.monotonic() < deadline, server.log
        time.sleep(0.3)

    jobs = server.call("GET", "jobs", key)[1]["results"]
    assert {job["state"] for job in jobs} == {"succeeded"}
    assert [job["kind"] for job in jobs].count("demo") == 1
    seeds = [json.loads(row[0]) for row in server.query("SELECT metadata FROM datasets_image")]
    assert len({seed["harbour_seed"] for seed in seeds}) == len(seeds) == PICTURES
    runs = server.query("SELECT count(*), count(DISTINCT image_id) FROM inference_imagerun")
    assert runs == [(PICTURES, PICTURES)]
