"""A worker that is killed while it measures: what it saw stays, and each picture is looked at once."""

import time
from pathlib import Path

import pytest

from tests.inference.installed import drawn
from tests.inference.models import tiny_yolox
from tests.inference.test_kills import PATIENCE, upload_pictures
from tests.servers import Server

IMAGES, KILLS = 24, 2


@pytest.fixture
def server(tmp_path: Path):
    server = Server(tmp_path / "home", worker=True, MODELSHIP_JOB_LEASE_SECONDS="2")
    yield server.start()
    server.stop()


def rows(server: Server) -> int:
    return server.query("SELECT count(*) FROM inference_evaluatedimage")[0][0]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_killed_worker_loses_no_picture_and_looks_at_none_twice(server: Server, tmp_path: Path):
    key = server.bootstrap()["api_key"]
    server.manage(
        "install_model", "--file", str(tiny_yolox(tmp_path / "tiny.onnx")), "--name", "tiny", "--json"
    )
    project = server.call("POST", "projects", key, {"name": "Kills"})[1]["id"]
    server.call("POST", f"projects/{project}/classes", key, {"name": "thing"})
    dataset = server.call("POST", "datasets", key, {"name": "Pictures", "project": project})[1]["id"]
    pictures = {f"{number:02}.png": drawn(number, size=(256, 192)) for number in range(IMAGES)}
    upload_pictures(server, key, dataset, pictures)

    made = server.call("POST", f"datasets/{dataset}/evaluations", key, {"ways": [{"model": "tiny"}]})[1]
    kept = 0
    for kill in range(KILLS):
        deadline = time.monotonic() + PATIENCE
        while rows(server) < (kill + 1) * 4:
            assert time.monotonic() < deadline, server.log
            time.sleep(0.01)
        server.kill_worker()
        assert rows(server) >= kept
        kept = rows(server)
        server.restart()

    deadline = time.monotonic() + PATIENCE
    path = f"evaluations/{made['evaluation']['id']}"
    while (told := server.call("GET", path, key)[1])["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, server.log
        time.sleep(0.2)
    assert (told["state"], told["results"]["images"]) == ("succeeded", IMAGES)
    assert told["results"]["ways"][0]["proposed"] == IMAGES
    assert rows(server) == IMAGES
