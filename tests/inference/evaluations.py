"""Evaluations asked for and run, and pictures whose truth is exact."""

from uuid import uuid4

from annotations.actions.apply_edits import apply_edits
from annotations.models import Canvas, LabelClass
from datasets.models import Dataset, Image
from inference.models import Evaluation
from modelship.accounts.actors import Actor
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.inference.installed import add_image, drawn
from tests.people import Person

Frame = tuple[float, float, float, float]
# What the tiny model of the fixture `thing` sees in every picture of 64 x 64.
SEEN: Frame = (8.0, 16.0, 16.0, 24.0)


def classes_of(dataset: Dataset) -> dict[str, str]:
    return {
        name: str(pk)
        for pk, name in LabelClass.objects.filter(project=dataset.project).values_list("id", "name")
    }


def add_class(dataset: Dataset, name: str) -> LabelClass:
    order = LabelClass.objects.filter(project=dataset.project).count()
    return LabelClass.objects.create(project=dataset.project, name=name, color="#0072b2", order=order)


def put(person: Person, image: Image, class_id: str, frame: Frame, **patch) -> str:
    """A box that is accepted unless `patch` says otherwise; returns its id."""
    box_id = str(uuid4())
    x, y, w, h = frame
    edit = {
        "op_id": str(uuid4()),
        "kind": "add",
        "box_id": box_id,
        "patch": {"class_id": class_id, "x": x, "y": y, "w": w, "h": h, **patch},
    }
    # Only programs add what models propose.
    machine = Actor.machine(person.tenant, uuid4(), "a model")
    outcome = apply_edits(image.id, [edit], actor=machine if "source" in patch else person.actor)
    assert not outcome.dropped, outcome
    return box_id


def approve(*images: Image, state: str = "approved") -> None:
    for image in images:
        Canvas.objects.update_or_create(image=image, defaults={"review_state": state})
        Image.objects.filter(id=image.id).update(state=state)


def reviewed(person: Person, dataset: Dataset, number: int, *boxes: tuple[str, Frame]) -> Image:
    """An approved picture of 64 x 64 with those boxes, classes by name."""
    image = add_image(person, dataset, drawn(number), f"{number:03}.png")
    known = classes_of(dataset)
    for name, frame in boxes:
        put(person, image, known[name], frame)
    approve(image)
    return image


def ask(person: Person, dataset: Dataset, *ways: dict, **more):
    body = {"ways": list(ways), **more}
    return person.api.post(
        f"/api/v1/datasets/{dataset.id}/evaluations", body, content_type="application/json"
    )


def evaluated(person: Person, dataset: Dataset, *ways: dict, **more) -> Evaluation:
    answer = ask(person, dataset, *ways, **more)
    assert answer.status_code == 202, answer.content
    run_queued()
    job = Job.objects.get(id=answer.json()["job"]["id"])
    assert job.state == "succeeded", job.error
    return Evaluation.objects.get(id=answer.json()["evaluation"]["id"])
