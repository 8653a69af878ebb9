"""Files with labels, as people send them, and the way through an import."""

import io
import json
import zipfile
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from annotations.models import Box
from datasets.models import Dataset, Image
from modelship.jobs.context import JobContext
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.people import Person

CHECK, APPLY = "annotations.import_check", "annotations.import_apply"
KINDS = [CHECK, APPLY]


def zipped(files: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def send(person: Person, dataset: Dataset, data: bytes, name: str = "labels.zip", **fields: str) -> Any:
    """Send a file, without waiting for what comes of it."""
    url = f"/api/v1/datasets/{dataset.id}/imports"
    return person.api.post(url, {"file": SimpleUploadedFile(name, data), **fields})


def checked(
    person: Person, dataset: Dataset, data: bytes, name: str = "labels.zip", **fields: str
) -> dict[str, Any]:
    """The import after the doctor has looked."""
    answer = send(person, dataset, data, name, **fields)
    assert answer.status_code == 202, answer.content
    run_queued(KINDS)
    return shown(person, answer.json()["import"]["id"])


def imported(
    person: Person, dataset: Dataset, data: bytes, name: str = "labels.zip", **fields: str
) -> dict[str, Any]:
    """The import after it was taken over at once."""
    return checked(person, dataset, data, name, dry_run="false", **fields)


def shown(person: Person, import_id: str) -> dict[str, Any]:
    return person.api.get(f"/api/v1/imports/{import_id}").json()


def apply(person: Person, import_id: str, **wish: Any) -> Any:
    url = f"/api/v1/imports/{import_id}/apply"
    return person.api.post(url, json.dumps(wish), content_type="application/json")


def coco(pictures: dict[str, list[tuple[str, list[float]]]], size: tuple[int, int] = (200, 100)) -> bytes:
    """A COCO file of boxes `(class, [x, y, w, h])` by picture."""
    names = sorted({name for boxes in pictures.values() for name, _ in boxes})
    images = [
        {"id": at, "file_name": name, "width": size[0], "height": size[1]} for at, name in enumerate(pictures)
    ]
    rows = [
        {"image_id": at, "category_id": names.index(name), "bbox": frame}
        for at, boxes in enumerate(pictures.values())
        for name, frame in boxes
    ]
    annotations = [{"id": number, **row, "area": 1, "iscrowd": 0} for number, row in enumerate(rows)]
    categories = [{"id": at, "name": name} for at, name in enumerate(names)]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories}).encode()


def boxes_on(image: Image) -> list[tuple[Any, ...]]:
    """Class, frame, source and state of what the picture shows."""
    rows = Box.objects.filter(canvas=image.pk, deleted=False).order_by("pk")
    return list(rows.values_list("label__name", "x", "y", "w", "h", "source", "state"))


def job_of(row: dict[str, Any]) -> Job:
    return Job.objects.get(pk=row["job"]["id"])


class Interrupted(JobContext):
    """A worker that is told to stop after so many pictures."""

    left = 6

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        super().progress(done, total, message)
        self.left -= 1
        if not self.left:
            self._stopping.set()
            self.check()
