"""A small base model and drawn pictures with squares in them: enough for a network to get better within seconds."""

import io
import random
from pathlib import Path
from uuid import UUID, uuid4

from PIL import Image as Picture

from annotations.actions.apply_edits import apply_edits
from annotations.models import LabelClass
from datasets.models import Dataset, Image
from inference.models import DetectorModel
from modelship.accounts.models import Tenant
from tests.inference.installed import add_image, put_in_place
from tests.people import Person

SIDE = 96
STEPS = 60


def small_base(path: Path, names: tuple[str, ...] = ("boat", "buoy"), seed: int = 0) -> Path:
    """A network that has learnt nothing, for inputs of 96 x 96; its file is one that training can go on from."""
    import torch

    from inference.training.network import YoloxNano
    from inference.training.onnx_file import write_onnx

    torch.manual_seed(seed)
    write_onnx(YoloxNano(len(names)).eval(), path, class_names=names, input_size=(SIDE, SIDE))
    return path


def installed_base(path: Path, tenant: Tenant | None, **fields) -> DetectorModel:
    return put_in_place(small_base(path), "harbour-nano", tenant, is_trainable=True, license="MIT", **fields)


def squares(number: int) -> tuple[bytes, list[tuple[float, float, float, float]]]:
    """A dark picture with two bright squares, and where they are: x, y, width, height."""
    rng = random.Random(number)
    picture = Picture.new("RGB", (SIDE, SIDE), (20 + number % 30, 40, 60))
    boxes = []
    for left in (rng.randrange(4, 24), rng.randrange(50, 66)):
        top, side = rng.randrange(4, 60), rng.randrange(18, 26)
        picture.paste((250, 230 - number % 20, 200), (left, top, left + side, top + side))
        boxes.append((float(left), float(top), float(side), float(side)))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue(), boxes


def label_squares(person: Person, dataset: Dataset, count: int, first: int = 0) -> list[Image]:
    """Pictures of squares, each left one accepted as a boat and each right one as a crane."""
    classes = dict(LabelClass.objects.filter(project=dataset.project).values_list("name", "id"))
    return [labelled_image(person, dataset, number, classes) for number in range(first, first + count)]


def labelled_image(person: Person, dataset: Dataset, number: int, classes: dict[str, UUID]) -> Image:
    data, boxes = squares(number)
    image = add_image(person, dataset, data, f"{number:03}.png")
    pairs = zip(boxes, ("boat", "crane"), strict=True)
    edits = [added(box, classes[name]) for box, name in pairs]
    assert not apply_edits(image.id, edits, actor=person.actor).dropped
    image.refresh_from_db()
    return image


def added(box: tuple[float, float, float, float], class_id: UUID) -> dict:
    patch = dict(zip("xywh", box, strict=True)) | {"class_id": str(class_id), "shape": "box"}
    return {"op_id": str(uuid4()), "kind": "add", "box_id": str(uuid4()), "patch": patch}


def train(person: Person, dataset: Dataset, **body):
    body = {"steps": STEPS, **body}
    return person.api.post(f"/api/v1/datasets/{dataset.id}/train", body, content_type="application/json")
