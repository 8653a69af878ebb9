"""Making the demo: a project with classes, a dataset of drawn pictures, boxes at every stage."""

from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from annotations.actions.apply_edits import apply_edits
from annotations.models import LabelClass
from datasets.actions.ingest import ingest_image
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.lib.ids import derived_id
from modelship.projects.models import Project
from modelship.web.demo.scenes import Thing, draw_scene

NAME = "Demo: the harbour"
CLASSES = (("boat", "#e69f00", "1"), ("container", "#56b4e9", "2"))
PICTURES = 6
LABELLED = 2


@dataclass(frozen=True)
class Demo:
    project: Project
    dataset: Dataset
    created: bool


def make_demo(owner: Actor) -> Demo:
    """Make the demo in the owner's tenant, or find it; a run that was cut short is completed."""
    project, created = Project.objects.get_or_create(
        tenant=owner.tenant,
        name=NAME,
        defaults={
            "description": "Drawn pictures of a small harbour. Accept, move or reject the proposals, then export.",
            "created_by": owner.user,
        },
    )
    classes = {name: _class(project, order, name) for order, (name, _, _) in enumerate(CLASSES)}
    dataset, _ = Dataset.objects.get_or_create(
        tenant=owner.tenant,
        project=project,
        name="Six aerial views",
        defaults={"created_by": owner.user},
    )
    proposer = Actor.machine(owner.tenant, derived_id("demo", project.id), "Demo detector", user=owner.user)
    for number in range(PICTURES):
        picture, things = draw_scene(number + 1)
        image = ingest_image(dataset, f"harbour-{number + 1}.jpg", picture, actor=owner).image
        if image is not None:
            _label(image, things, classes, owner if number < LABELLED else proposer)
    return Demo(project, dataset, created)


def _class(project: Project, order: int, name: str) -> UUID:
    _, color, hotkey = CLASSES[order]
    defaults = {"color": color, "hotkey": hotkey, "order": order}
    return LabelClass.objects.get_or_create(project=project, name=name, defaults=defaults)[0].id


def _label(image: Image, things: list[Thing], classes: dict[str, UUID], actor: Actor) -> None:
    """Boxes by a person are accepted; the detector's are proposals, a little off and not all sure."""
    dice = Random(image.ordinal)  # noqa: S311 - jitter, not secrets
    edits = [
        _edit(image, index, thing, classes, None if actor.kind == "user" else dice)
        for index, thing in enumerate(things)
    ]
    apply_edits(image.id, edits, actor=actor)


def _edit(
    image: Image, index: int, thing: Thing, classes: dict[str, UUID], dice: Random | None
) -> dict[str, Any]:
    slack = 0.0 if dice is None else dice.uniform(0, 0.06) * min(thing.w, thing.h)
    patch: dict[str, Any] = {
        "class_id": str(classes[thing.name]),
        "shape": "box",
        "x": round(thing.x + slack, 2),
        "y": round(thing.y + slack, 2),
        "w": round(thing.w - slack, 2),
        "h": round(thing.h - slack, 2),
        "state": "accepted",
    }
    if dice is not None:
        patch |= {"state": "proposed", "score": round(dice.uniform(0.35, 0.97), 3)}
    return {
        "op_id": str(derived_id("demo", image.id, index, "op")),
        "box_id": str(derived_id("demo", image.id, index)),
        "kind": "add",
        "patch": patch,
    }
