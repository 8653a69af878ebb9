"""Training goes on from the detector that ships with the server: it keeps what it knew and learns a new class."""

import itertools

import pytest
from django.test import override_settings

from annotations.actions.apply_edits import apply_edits
from annotations.actions.freeze import freeze_dataset
from annotations.actions.labels import create_class
from annotations.models import LabelClass
from datasets.harbour import View, draw
from datasets.models import Dataset
from inference.actions.builtin import install_builtin
from inference.models import TrainingRun
from modelship.jobs.runner import run_queued
from tests.inference.installed import add_image
from tests.inference.trainings import added, train
from tests.people import Person

pytest.importorskip("torch", reason="needs PyTorch: make train-install")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.train,
    pytest.mark.timeout(900),
]
# The detector knows boats and containers; it never heard of lorries, though it knows them by another name.
NAMES = {"boat": "boat", "container": "container", "truck": "lorry"}
STEPS = 60


@pytest.fixture(autouse=True)
def scratch(tmp_path):
    with override_settings(MODELSHIP_TRAINING=tmp_path / "training", MODELSHIP_INFERENCE_SESSIONS=2):
        yield


def label_ports(person: Person, dataset: Dataset, count: int) -> None:
    """Drawn ports with their exact boxes, accepted; each has containers, whichever are held out."""
    for name in ("container", "lorry"):
        create_class(person.actor, dataset.project, name=name)
    classes = dict(LabelClass.objects.filter(project=dataset.project).values_list("name", "id"))
    scenes = (draw(View(seed, 1280, 960)) for seed in itertools.count(9_000))
    busy = (scene for scene in scenes if any(thing.name == "container" for thing in scene.things))
    for number, scene in enumerate(itertools.islice(busy, count)):
        image = add_image(person, dataset, scene.jpeg(), f"{number:02}.jpg")
        edits = [
            added((thing.x, thing.y, thing.w, thing.h), classes[NAMES[thing.name]])
            for thing in scene.things
            if thing.name in NAMES
        ]
        assert not apply_edits(image.id, edits, actor=person.actor).dropped


def test_training_goes_on_from_the_built_in_detector(alice, dataset):
    base = install_builtin()
    label_ports(alice, dataset, 10)
    version = freeze_dataset(alice.actor, dataset)

    answer = train(alice, dataset, version=version.number, steps=STEPS, val_share=0.3)
    assert answer.status_code == 202, answer.content
    run_queued()

    run = TrainingRun.objects.get(id=answer.json()["training"]["id"])
    assert run.job.state == "succeeded", run.job.error
    assert (run.base, run.model.input_width) == (base, 640)
    before, after = run.metrics["before"], run.metrics["after"]
    assert before["unknown"] == ["lorry"]
    known, learnt = before["sliced"]["classes"], after["sliced"]["classes"]
    assert known["container"]["ap50"] > 0.7
    assert learnt["container"]["ap50"] > 0.8 * known["container"]["ap50"]
    assert known["lorry"]["ap50"] == 0
    assert learnt["lorry"]["ap50"] > 0.1
