"""A labelling job from the wish to the last proposal: server, worker, children, database."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.bench.ingest import post
from tests.bench.processor import spent_by
from tests.bench.report import Table, Took, median, ratio
from tests.bench.world import caller, served
from tests.live_clients import World

JOBS = 3
PATIENCE = 300.0
BODY = {"model": "yolox_nano", "confidence": 0.3, "create_classes": True}


def measured(model: Path, photos: list[Path], limits: list[Took]) -> Table:
    """`limits`: of the model alone on the photos, and of reading, fitting and running alone."""
    table = Table(
        f"Labelling job: yolox_nano, {len(photos)} stored photos, a worker beside the server",
        ("way", "photos/s", "of session.run", "of read + run", "CPU ms a photo", "boxes"),
    )
    with served(worker=True) as world, caller(world) as client:
        answer = client.post("models", files={"file": (model.name, model.read_bytes())})
        assert answer.status_code == 201, answer.text
        post(client, world.dataset, photos)
        # The first one makes the classes and warms the files up; each further one replaces its proposals.
        jobs = [job_took(client, world) for _ in range(JOBS + 1)][1:]
        listed = client.get("images", params={"dataset": world.dataset, "limit": 500}).json()["results"]
    took = Took(median([one.wall for one in jobs]), median([one.cpu for one in jobs]))
    boxes = sum(image["proposed_count"] for image in listed)
    bare, least = limits
    for name, one, found in (
        ("limit: session.run alone, 2 sessions x 1 thread", bare, None),
        ("limit: read, fit and session.run, 2 threads", least, None),
        ("job, from its start to its end", took, boxes),
    ):
        table.add(
            name, len(photos) / one.wall, ratio(bare.wall, one.wall), ratio(least.wall, one.wall),
            one.cpu * 1000 / len(photos), found,
        )  # fmt: skip
    table.notes.append(
        "A job starts its children and opens the model in each; that is in its time. CPU: the worker and its children, "
        "without the server and the database. The second limit is what a picture takes that nobody has looked at: "
        "decoded at full size, since a smaller one gives other boxes."
    )
    return table


def job_took(client: httpx.Client, world: World) -> Took:
    """Run one job and return how long the worker was at it."""
    assert world.server.worker is not None
    before = spent_by(world.server.worker.pid)
    answer = client.post(f"datasets/{world.dataset}/label", json=BODY)
    assert answer.status_code == 202, answer.text
    job = ended(client, answer.json()["job"]["id"])
    assert job["state"] == "succeeded", job
    started, finished = (datetime.fromisoformat(job[name]) for name in ("started_at", "finished_at"))
    return Took((finished - started).total_seconds(), spent_by(world.server.worker.pid) - before)


def ended(client: httpx.Client, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        job = client.get(f"jobs/{job_id}").json()
        if job["finished_at"]:
            return job
        time.sleep(0.2)
    raise AssertionError(f"The job {job_id} did not end.")
