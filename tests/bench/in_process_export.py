"""Many boxes in a database, and their export in this process; needs Django set up."""

import gc
import random
import resource
import time
from uuid import uuid4

from django.db import connection

from annotations.actions.export import write_export
from annotations.actions.export_desks import passing_desk
from annotations.contents import contents_of
from annotations.export_order import ExportOrder
from annotations.models import Box, Canvas, LabelClass
from datasets.models import Blob, Dataset, Image

BATCH = 2_000
CLASSES = 80
WIDTH, HEIGHT = 1280, 960


def fill(dataset_id: str, images: int, boxes: int) -> int:
    """Images without bytes, each with so many accepted boxes of 80 classes."""
    dataset = Dataset.objects.select_related("project").get(pk=dataset_id)
    labels = LabelClass.objects.bulk_create(
        LabelClass(project=dataset.project, name=f"class {at}", color="#0072b2", order=10 + at)
        for at in range(CLASSES)
    )
    dice = random.Random(1)
    for start in range(0, images, BATCH):
        numbers = range(start + 1, min(start + BATCH, images) + 1)
        made = _images(dataset, numbers, boxes)
        Box.objects.bulk_create(
            _box(image, dice.choice(labels), dice) for image in made for _ in range(boxes)
        )
    return images * boxes


def _images(dataset: Dataset, numbers: range, boxes: int) -> list[Image]:
    common = {"tenant_id": dataset.tenant_id}
    blobs = Blob.objects.bulk_create(
        Blob(**common, sha256=uuid4().hex * 2, size=1, content_type="image/jpeg") for _ in numbers
    )
    looks = {"width": WIDTH, "height": HEIGHT, "format": "jpeg", "state": "labeled", "box_count": boxes}
    images = Image.objects.bulk_create(
        Image(
            **common, dataset=dataset, blob=blob, filename=f"image_{number:06}.jpg", ordinal=number, **looks
        )
        for number, blob in zip(numbers, blobs, strict=True)
    )
    Canvas.objects.bulk_create(Canvas(image=image, seq=1) for image in images)
    return images


def _box(image: Image, label: LabelClass, dice: random.Random) -> Box:
    w, h = round(dice.uniform(10, 300), 2), round(dice.uniform(10, 300), 2)
    x, y = round(dice.uniform(0, WIDTH - w), 2), round(dice.uniform(0, HEIGHT - h), 2)
    seqs = {"created_seq": 1, "seq": 1}
    return Box(canvas_id=image.pk, uid=uuid4(), label=label, x=x, y=y, w=w, h=h, **seqs)


def measured(dataset_id: str, what: str) -> dict[str, float]:
    """Processor seconds of one export, or of `rows`: reading what it needs and no more; and the peak of the process in MiB."""
    dataset = Dataset.objects.get(pk=dataset_id)
    # As a worker does when it starts.
    gc.freeze()
    began = time.process_time()
    if what == "rows":
        _read_rows()
    else:
        order = ExportOrder(what)
        with passing_desk() as desk:
            tally = write_export(contents_of(dataset, None), order, desk, lambda done, total: None)
        assert tally.boxes == Box.objects.count()
    seconds = time.process_time() - began
    return {"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _read_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT canvas_id, label_id, x, y, w, h, score FROM annotations_box ORDER BY canvas_id, id"
        )
        while cursor.fetchmany(5_000):
            pass
