"""A worker that is killed in the middle: real processes, a real database, one SIGKILL after the other."""

import io
import os
import time
import urllib.request
from pathlib import Path
from uuid import uuid4

import pytest

from tests.inference.installed import drawn
from tests.inference.models import tiny_yolox
from tests.servers import Server

IMAGES, KILLS = 24, 3
PATIENCE = 100


def upload_pictures(server: Server, key: str, dataset: str, pictures: dict[str, bytes]) -> None:
    boundary = uuid4().hex
    body = io.BytesIO()
    for name, data in pictures.items():
        body.write(
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            "Content-Type: image/png\r\n\r\n".encode()
        )
        body.write(data + b"\r\n")
    body.write(f"--{boundary}--\r\n".encode())
    request = urllib.request.Request(
        f"{server.url}/api/v1/datasets/{dataset}/images",
        data=body.getvalue(),
        headers={
            "Authorization": f"Api-Key {key}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.status == 200


def wait_for_runs(server: Server, count: int) -> None:
    """Look into the database itself: the moment between two images is short."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.query("SELECT count(*) FROM inference_imagerun")[0][0] >= count:
            return
        time.sleep(0.01)
    raise AssertionError(f"the worker got nowhere:\n{server.log}")


@pytest.fixture
def server(tmp_path: Path):
    server = Server(tmp_path / "home", worker=True, MODELSHIP_JOB_LEASE_SECONDS="2")
    yield server.start()
    server.stop()


@pytest.mark.skipif(
    not os.environ.get("DATABASE_URL", "").startswith("postgres"),
    reason="on SQLite a worker is killed twenty times, in test_kills_many",
)
@pytest.mark.timeout(300)
def test_a_killed_worker_loses_no_image_and_labels_none_twice(server: Server, tmp_path: Path):
    key = server.bootstrap()["api_key"]
    server.manage(
        "install_model", "--file", str(tiny_yolox(tmp_path / "tiny.onnx")), "--name", "tiny", "--json"
    )
    project = server.call("POST", "projects", key, {"name": "Kills"})[1]["id"]
    dataset = server.call("POST", "datasets", key, {"name": "Pictures", "project": project})[1]["id"]
    pictures = {f"{number:02}.png": drawn(number, size=(256, 192)) for number in range(IMAGES)}
    upload_pictures(server, key, dataset, pictures)

    job = server.call("POST", f"datasets/{dataset}/label", key, {"model": "tiny"})[1]["job"]["id"]
    shown = []
    for kill in range(KILLS):
        wait_for_runs(server, (kill + 1) * 4)
        server.kill_worker()
        shown.append(server.call("GET", f"jobs/{job}", key)[1]["progress"]["done"])
        server.restart()

    deadline = time.monotonic() + PATIENCE
    while (state := server.call("GET", f"jobs/{job}", key)[1])["state"] in ("queued", "running"):
        assert time.monotonic() < deadline, f"{state}\n{server.log}"
        time.sleep(0.2)
    assert (state["state"], state["result"]["images"], state["result"]["boxes"]) == (
        "succeeded",
        IMAGES,
        IMAGES,
    )
    assert shown == sorted(shown)
    per_image = server.query(
        "SELECT count(*), count(DISTINCT uid), max(created_seq) FROM annotations_box GROUP BY canvas_id"
    )
    logged = server.query("SELECT count(*) FROM annotations_canvasedit")[0][0]
    assert per_image == [(1, 1, 1)] * IMAGES
    assert logged == IMAGES
