"""A source that is a folder, and what one does with it."""

import json
import os
from pathlib import Path
from typing import Any

from django.test import override_settings

from datasets.actions.open_source import opened
from datasets.models import Source, SourceFile
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.datasets.pictures import picture
from tests.people import Person


def filled(folder: Path, count: int, start: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(start, start + count):
        (folder / f"{number:04}.png").write_bytes(picture(number))
    return folder


def send(person: Person, verb: str, path: str, body: Any = None) -> Any:
    call = getattr(person.api, verb)
    return call(f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json")


def add_source(person: Person, dataset: Any, kind: str, config: dict, name: str = "Quay") -> Source:
    """Kept while the operator opened every folder; what they allow later is each test's matter."""
    body = {"dataset": str(dataset.id), "kind": kind, "name": name, "config": config}
    with override_settings(MODELSHIP_SOURCE_FOLDERS=["/"]):
        answer = send(person, "post", "sources", body)
    assert answer.status_code == 201, answer.content
    return Source.objects.get(id=answer.json()["id"])


def ingest(person: Person, source: Source) -> Job:
    """One run, to its end."""
    answer = send(person, "post", "ingest", {"source": str(source.id)})
    assert answer.status_code == 202, answer.content
    run_queued(["datasets.ingest"])
    return Job.objects.get(id=answer.json()["job"]["id"])


def counts(job: Job) -> dict[str, int]:
    """The numbers of a run that are not zero."""
    assert job.state == "succeeded", job.error
    return {name: value for name, value in job.result.items() if value}


def row(source: Source, key: str) -> SourceFile:
    return SourceFile.objects.get(source=source, key=key)


def keys(source: Source) -> list[str]:
    with opened(source) as reader:
        return sorted(entry.key for entry in reader.entries())


def replace(path: Path, data: bytes) -> None:
    """As editors save: the new file takes the name of the old one."""
    fresh = path.with_suffix(".tmp-new")
    fresh.write_bytes(data)
    os.replace(fresh, path)
