"""A labelling job from the wish to the last proposal: server, worker, children, database."""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from inference.engine.slicing import Slicing
from tests.bench.ingest import post
from tests.bench.processor import used_with_ended
from tests.bench.report import Table, Took, median, ratio
from tests.bench.world import caller, served
from tests.live_clients import World

JOBS = 3
PATIENCE = 600.0
BODY = {"model": "yolox_nano", "confidence": 0.3, "create_classes": True}


def measured(model: Path, photos: list[Path], ways: dict[Slicing | None, list[Took]]) -> list[Table]:
    """`ways`: how pictures are cut, and the limits of it: of the model alone, and of reading, fitting and running."""
    with served(worker=True) as world, caller(world) as client:
        answer = client.post("models", files={"file": (model.name, model.read_bytes())})
        assert answer.status_code == 201, answer.text
        post(client, world.dataset, photos)
        return [of_way(client, world, len(photos), slicing, limits) for slicing, limits in ways.items()]


def of_way(
    client: httpx.Client, world: World, count: int, slicing: Slicing | None, limits: list[Took]
) -> Table:
    cut = f"slices of {slicing.width} and the whole" if slicing else "whole"
    table = Table(
        f"Labelling job: yolox_nano, {count} stored photos, {cut}, a worker beside the server",
        ("way", "photos/s", "of session.run", "by CPU", "of read + run", "CPU ms a photo", "boxes"),
    )
    body = BODY | ({"slice": {"size": slicing.width, "overlap": slicing.overlap}} if slicing else {})
    # The first one makes the classes and warms the files up; each further one replaces its proposals.
    jobs = [job_took(client, world, body) for _ in range(JOBS + 1)][1:]
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
            name, count / one.wall, ratio(bare.wall, one.wall), ratio(bare.cpu, one.cpu),
            ratio(least.wall, one.wall), one.cpu * 1000 / count, found,
        )  # fmt: skip
    table.notes.append(
        "A job's children open the model; the first job starts them, and they stay. CPU: the worker and its children, "
        "without the server and the database. The second limit is what a picture takes that nobody has looked at: "
        "decoded at full size, since a smaller one gives other boxes."
    )
    return table


def job_took(client: httpx.Client, world: World, body: dict[str, Any]) -> Took:
    """Run one job and return how long the worker was at it."""
    assert world.server.worker is not None
    before = used_with_ended(world.server.worker.pid)
    answer = client.post(f"datasets/{world.dataset}/label", json=body)
    assert answer.status_code == 202, answer.text
    job = ended(client, answer.json()["job"]["id"])
    assert job["state"] == "succeeded", job
    started, finished = (datetime.fromisoformat(job[name]) for name in ("started_at", "finished_at"))
    spent = (used_with_ended(world.server.worker.pid) - before) / 1000
    return Took((finished - started).total_seconds(), spent)


def ended(client: httpx.Client, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        job = client.get(f"jobs/{job_id}").json()
        if job["finished_at"]:
            return job
        time.sleep(0.2)
    raise AssertionError(f"The job {job_id} did not end.")
