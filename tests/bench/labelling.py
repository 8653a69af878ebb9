"""A labelling job from the wish to the last proposal: server, worker, children, database."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.bench.ingest import post
from tests.bench.report import Table, median, ratio
from tests.bench.world import caller, served

JOBS = 3
PATIENCE = 300.0
BODY = {"model": "yolox_nano", "confidence": 0.3, "create_classes": True}


def measured(model: Path, photos: list[Path], limit: float) -> Table:
    """`limit`: seconds that the model alone needs for the photos."""
    table = Table(
        f"Labelling job: yolox_nano, {len(photos)} stored photos, a worker beside the server",
        ("way", "photos/s", "time / limit", "boxes"),
    )
    with served(worker=True) as world, caller(world) as client:
        answer = client.post("models", files={"file": (model.name, model.read_bytes())})
        assert answer.status_code == 201, answer.text
        post(client, world.dataset, photos)
        # The first one makes the classes and warms the files up; each further one replaces its proposals.
        seconds = [job_seconds(client, world.dataset) for _ in range(JOBS + 1)][1:]
        listed = client.get("images", params={"dataset": world.dataset, "limit": 500}).json()["results"]
    table.add("limit: session.run alone, 2 sessions x 1 thread", len(photos) / limit, "1.00x", None)
    typical, boxes = median(seconds), sum(image["proposed_count"] for image in listed)
    table.add("job, from its start to its end", len(photos) / typical, ratio(typical, limit), boxes)
    table.notes.append("A job starts its children and opens the model in each; that is in its time.")
    return table


def job_seconds(client: httpx.Client, dataset: str) -> float:
    """Run one job and return how long the worker was at it."""
    answer = client.post(f"datasets/{dataset}/label", json=BODY)
    assert answer.status_code == 202, answer.text
    job = ended(client, answer.json()["job"]["id"])
    assert job["state"] == "succeeded", job
    started, finished = (datetime.fromisoformat(job[name]) for name in ("started_at", "finished_at"))
    return (finished - started).total_seconds()


def ended(client: httpx.Client, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        job = client.get(f"jobs/{job_id}").json()
        if job["finished_at"]:
            return job
        time.sleep(0.2)
    raise AssertionError(f"The job {job_id} did not end.")
