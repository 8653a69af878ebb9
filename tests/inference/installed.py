"""Installed models and pictures, put in place without the detours that other tests prove."""

import io
from pathlib import Path

from PIL import Image as Picture

from annotations.models import Box
from datasets.actions.ingest import ingest_image
from datasets.models import Dataset, Image
from inference.engine.inspection import inspect_model
from inference.model_files import keep_model, sha256_of
from inference.models import DetectorModel
from modelship.accounts.models import Tenant
from tests.people import Person


def put_in_place(path: Path, name: str, tenant: Tenant | None, **fields) -> DetectorModel:
    spec, sha256 = inspect_model(path), sha256_of(path)
    keep_model(path, sha256)
    return DetectorModel.objects.create(
        tenant=tenant,
        name=name,
        task=spec.task,
        head=spec.head,
        input_width=spec.input_size[0],
        input_height=spec.input_size[1],
        class_names=list(spec.class_names),
        spec=spec.to_dict(),
        sha256=sha256,
        size=path.stat().st_size,
        **fields,
    )


def drawn(
    number: int = 0, *, size: tuple[int, int] = (64, 64), spots: tuple[tuple[int, int], ...] = ()
) -> bytes:
    """A black PNG whose first pixel makes it unlike others, with white squares of 8 px at `spots`."""
    picture = Picture.new("RGB", size)
    picture.putpixel((size[0] - 1, size[1] - 1), (number % 256, number // 256, 1))
    for left, top in spots:
        picture.paste((255, 255, 255), (left, top, left + 8, top + 8))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def add_images(person: Person, dataset: Dataset, count: int, **look) -> list[Image]:
    return [add_image(person, dataset, drawn(number, **look), f"{number:03}.png") for number in range(count)]


def add_image(person: Person, dataset: Dataset, data: bytes, name: str) -> Image:
    verdict = ingest_image(dataset, name, data, actor=person.actor)
    assert verdict.status == "created", verdict
    return verdict.image


def boxes_of(image: Image) -> list[Box]:
    return list(Box.objects.filter(canvas_id=image.id, deleted=False).order_by("pk").select_related("label"))
