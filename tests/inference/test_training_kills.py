"""A worker that is killed in the middle of a training: real processes, one SIGKILL, one checkpoint."""

import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.inference.test_kills import PATIENCE, upload_pictures
from tests.inference.trainings import added, small_base, squares
from tests.servers import Server

pytest.importorskip("torch", reason="needs PyTorch: make train-install")
pytestmark = [pytest.mark.slow, pytest.mark.train, pytest.mark.timeout(600)]
STEPS, PICTURES = 150, 3


@pytest.fixture
def server(tmp_path: Path):
    settings = {"MODELSHIP_JOB_LEASE_SECONDS": "2", "MODELSHIP_INFERENCE_SESSIONS": "1"}
    server = Server(tmp_path / "home", worker=True, pages=False, **settings)
    yield server.start()
    server.stop()


def labelled_dataset(server: Server, key: str) -> str:
    project = server.call("POST", "projects", key, {"name": "Kills"})[1]["id"]
    names = dict.fromkeys(("boat", "crane"), "")
    for name in names:
        names[name] = server.call("POST", f"projects/{project}/classes", key, {"name": name})[1]["id"]
    dataset = server.call("POST", "datasets", key, {"name": "Pictures", "project": project})[1]["id"]
    drawn = {f"{number}.png": squares(number) for number in range(PICTURES)}
    upload_pictures(server, key, dataset, {name: data for name, (data, _) in drawn.items()})
    for image in server.call("GET", f"images?dataset={dataset}", key)[1]["results"]:
        pairs = zip(drawn[image["filename"]][1], names.values(), strict=True)
        edits = [added(box, class_id) for box, class_id in pairs]
        body = {"ref": str(uuid4()), "edits": edits, "base_seq": 0}
        assert server.call("POST", f"images/{image['id']}/edits", key, body)[0] == 200
    return dataset


def until(server: Server, holds: Any) -> Any:
    deadline = time.monotonic() + 3 * PATIENCE
    while not (found := holds()):
        assert time.monotonic() < deadline, server.log
        time.sleep(0.1)
    return found


def trainers(folder: Path) -> list[str]:
    """The processes of this machine that train in the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "inference.training.run" in line and str(folder) in line:
            found.append(process.name)
    return found


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks for processes in /proc")
def test_a_killed_worker_costs_a_training_a_few_steps(server: Server, tmp_path: Path):
    key = server.bootstrap()["api_key"]
    base = small_base(tmp_path / "base.onnx")
    server.manage("install_model", "--file", str(base), "--name", "harbour-nano", "--json")
    dataset = labelled_dataset(server, key)
    started = server.call("POST", f"datasets/{dataset}/train", key, {"steps": STEPS})[1]
    folder = server.home / "training" / started["job"]["id"]

    until(server, (folder / "checkpoint").exists)
    server.kill_worker()
    until(server, lambda: not trainers(folder))
    server.restart()

    def ended() -> Any:
        shown = server.call("GET", f"trainings/{started['training']['id']}", key)[1]
        return None if shown["state"] in ("queued", "running") else shown

    shown = until(server, ended)
    # Attempts count from the last that got further, so how many there were is not to be read off the job.
    assert shown["state"] == "succeeded", shown["job"]
    assert [point["step"] for point in shown["history"]] == list(range(1, STEPS + 1))
    assert server.query("SELECT count(*) FROM inference_detectormodel") == [(2,)]
    until(server, lambda: not folder.exists())
