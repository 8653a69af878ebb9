"""A dataset of many images without bytes, and its versions, through the actions; needs Django set up."""

import statistics
import time
from collections.abc import Callable
from uuid import uuid4

from annotations.actions.apply_edits import apply_edits
from annotations.actions.freeze import freeze_dataset
from annotations.actions.rollback import request_rollback
from annotations.diff_queries import Moments, diff_summary
from annotations.models import Box, Canvas, CanvasEdit, FrozenCanvas
from annotations.split_queries import items_of
from datasets.models import Blob, Dataset, Image
from datasets.splitting import Rule, dealt
from modelship.jobs.runner import run_queued
from tests.bench.in_process import actor_of
from tests.live_clients import add

BATCH = 2_000
BOXES = 3
CHANGED = 10


def measured(dataset_id: str, key: str, images: int, repeats: int) -> dict[str, float]:
    """Seconds by what was done."""
    dataset, actor = Dataset.objects.select_related("project").get(pk=dataset_id), actor_of(key)
    fill(dataset, images)
    first = freeze_dataset(actor, dataset)
    chosen = list(Image.objects.filter(dataset=dataset).order_by("ordinal")[:CHANGED])
    found: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], object]) -> None:
        began = time.perf_counter()
        work()
        found.setdefault(name, []).append(time.perf_counter() - began)

    for _ in range(repeats):
        timed("find that nothing changed since the last version", lambda: freeze_dataset(actor, dataset))
        for image in chosen:
            apply_edits(image.id, [add()], actor=actor)
        timed(
            "compare version 1 with now", lambda: diff_summary(Moments.of(actor, dataset, first.number, None))
        )
        timed("make a version", lambda: freeze_dataset(actor, dataset))
        touched = CanvasEdit.objects.count()
        request_rollback(actor, dataset, first.number)
        timed("go back to version 1, with a version before and after", run_queued)
        assert CanvasEdit.objects.count() == touched + CHANGED
    rule = Rule()
    timed("read all images and deal them out by class", lambda: dealt(items_of(dataset, rule), rule))
    assert Box.objects.count() <= BOXES * images + 2 * CHANGED * repeats
    assert FrozenCanvas.objects.filter(version=first).count() == images
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def fill(dataset: Dataset, images: int) -> None:
    """Canvases at revision 1, whose log says what their boxes are."""
    label = dataset.project.classes.first()
    for start in range(0, images, BATCH):
        numbers = range(start + 1, min(start + BATCH, images) + 1)
        blobs = [
            Blob(tenant_id=dataset.tenant_id, sha256=uuid4().hex * 2, size=1, content_type="image/png")
            for _ in numbers
        ]
        Blob.objects.bulk_create(blobs)
        made = [
            Image(
                tenant_id=dataset.tenant_id,
                dataset=dataset,
                blob=blob,
                filename=f"{number}.png",
                width=200,
                height=100,
                format="png",
                ordinal=number,
                state="labeled",
                box_count=BOXES,
            )
            for number, blob in zip(numbers, blobs, strict=True)
        ]
        Image.objects.bulk_create(made)
        Canvas.objects.bulk_create([Canvas(image=image, seq=1) for image in made])
        boxes = [
            Box(canvas_id=image.pk, uid=uuid4(), label=label, x=1, y=1, w=9, h=9, created_seq=1, seq=1)
            for image in made
            for _ in range(BOXES)
        ]
        Box.objects.bulk_create(boxes)
        CanvasEdit.objects.bulk_create(
            [_logged(image, boxes[at * BOXES :][:BOXES]) for at, image in enumerate(made)]
        )


def _logged(image: Image, boxes: list[Box]) -> CanvasEdit:
    edits = [
        {
            "op_id": str(uuid4()),
            "kind": "add",
            "box_id": str(box.uid),
            "patch": {"class_id": str(box.label_id), "shape": "box", "x": 1.0, "y": 1.0, "w": 9.0, "h": 9.0},
        }
        for box in boxes
    ]
    return CanvasEdit(
        canvas_id=image.pk, seq=1, actor={"kind": "key", "user": None, "name": "Bench"}, edits=edits
    )
