"""Boxes at a version are those that the rows held at its moment, whatever came after."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from annotations.actions.apply_edits import apply_edits
from annotations.actions.labels import create_class, delete_class
from annotations.actions.review import review
from annotations.contents import accepted_boxes, contents_of
from annotations.export_queries import Choice
from annotations.models import LabelClass
from annotations.workflow import DEFAULT
from datasets.actions.images import delete_image
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.lib.errors import Conflict, Unprocessable
from tests.annotations.actions.test_convergence import BATCHES, RELAXED, named
from tests.annotations.frozen import EVERY, frozen, held
from tests.live_clients import add, change
from tests.people import Person

STEPS_OF_PEOPLE = st.one_of(
    BATCHES.map(lambda batches: ("edit", batches[0][1])),
    st.tuples(st.just("review"), st.sampled_from(sorted(DEFAULT.steps))),
    st.tuples(st.just("class goes"), st.sampled_from([None, "boat", "crane"])),
    st.tuples(st.just("machine"), st.floats(0, 1)),
)
CHOICES = st.builds(
    Choice,
    st.sets(st.sampled_from(EVERY.states), min_size=1).map(tuple),
    st.none() | st.floats(0, 1),
    st.none(),
)


def take(step: tuple[str, Any], image: Image, alice: Person, robot: Actor) -> None:
    """One thing that changes a canvas; a refusal is a fine outcome too."""
    kind, what = step
    project = image.dataset.project
    classes = {label.name: str(label.id) for label in LabelClass.objects.filter(project=project)}
    try:
        if kind == "edit":
            edits = [
                change(verb, box, named(expect, classes), **(named(patch, classes) or {}))
                for verb, box, patch, expect in what
            ]
            apply_edits(image.id, edits, actor=alice.actor)
        elif kind == "machine":
            made = add(class_id=classes.get("boat"), score=what, source="model", state="proposed")
            apply_edits(image.id, [made], actor=robot)
        elif kind == "review":
            review(image.id, what, actor=alice.actor)
        elif classes.get("crane"):
            delete_class(alice.actor, project, classes["crane"], move_to=classes.get(what or ""))
        else:
            create_class(alice.actor, project, name="crane")
    except (Conflict, Unprocessable):
        return


@RELAXED
@given(steps=st.lists(STEPS_OF_PEOPLE, min_size=1, max_size=8), choice=CHOICES)
def test_every_past_moment_folds_to_what_the_rows_said_then(
    steps: list, choice: Choice, make_picture: Any, dataset: Dataset, alice: Person, robot: Actor
):
    Image.objects.filter(dataset=dataset).delete()
    image: Image = make_picture()
    then = {}
    for step in steps:
        take(step, image, alice, robot)
        version = frozen(alice, dataset)
        then[version.number] = held(dataset), held(dataset, choice=choice), version.classes

    for number, (everything, chosen, classes) in then.items():
        assert held(dataset, number) == everything
        assert held(dataset, number, choice) == chosen
        assert [label.name for label in contents_of(dataset, number).classes()] == [
            label["name"] for label in classes
        ]


def test_names_and_states_are_those_of_the_version(alice: Person, picture: Image, boat: LabelClass):
    dataset = picture.dataset
    apply_edits(picture.id, [add(class_id=str(boat.id))], actor=alice.actor)
    version = frozen(alice, dataset)

    boat.name = "ferry"
    boat.save()
    review(picture.id, "approve", actor=alice.actor)
    Image.objects.filter(id=picture.id).update(filename="renamed.png")

    ((was, boxes),) = accepted_boxes(dataset, version)
    ((now, boxes_now),) = accepted_boxes(dataset)
    assert (was.filename, was.state, boxes) == ("1.png", "labeled", [("boat", 10, 10, 20, 20)])
    assert (now.filename, now.state, boxes_now) == ("renamed.png", "approved", [("ferry", 10, 10, 20, 20)])
    assert list(accepted_boxes(dataset, version, image_states=["approved"])) == []


def test_a_detector_learns_from_accepted_rectangles_with_a_class(
    alice: Person, robot: Actor, picture: Image, make_picture: Any, boat: LabelClass
):
    make_picture()
    label = str(boat.id)
    triangle = [[50, 50], [90, 50], [70, 80]]
    edits = [
        add(class_id=label, x=190, w=10, h=50),
        add(class_id=label, shape="polygon", points=triangle),
        add(class_id=label, shape="point", points=[[3, 3]]),
        add(class_id=label, state="rejected"),
        add(),
    ]
    assert apply_edits(picture.id, edits, actor=alice.actor).dropped == []
    apply_edits(picture.id, [add(class_id=label, source="model", score=0.9)], actor=robot)
    version = frozen(alice, picture.dataset)

    for found in (accepted_boxes(picture.dataset), accepted_boxes(picture.dataset, version)):
        assert [(image.filename, boxes) for image, boxes in found] == [
            ("1.png", [("boat", 190, 10, 10, 50), ("boat", 50, 50, 40, 30)]),
            ("2.png", []),
        ]


def test_a_deleted_image_leaves_the_version_and_breaks_nothing(
    alice: Person, picture: Image, make_picture: Any, dataset: Dataset
):
    other = make_picture()
    for image in (picture, other):
        apply_edits(image.id, [add()], actor=alice.actor)
    version = frozen(alice, dataset)

    delete_image(alice.actor, Image.objects.select_related("blob").get(id=picture.id))

    contents = contents_of(dataset, version.number)
    assert list(held(dataset, version.number)) == ["2.png"]
    assert (contents.image_count(), contents.box_count()) == (1, 1)


@pytest.mark.parametrize("is_edited", [False, True])
def test_queries_don_t_grow_with_the_images(
    is_edited: bool, alice: Person, dataset: Dataset, make_picture: Any
):
    def queries() -> int:
        for _ in range(3):
            apply_edits(make_picture().id, [add()], actor=alice.actor)
        version = frozen(alice, dataset)
        if is_edited:
            for image in Image.objects.filter(dataset=dataset):
                apply_edits(image.id, [add()], actor=alice.actor)
        with CaptureQueriesContext(connection) as captured:
            assert all(len(boxes) == 0 for _, boxes in accepted_boxes(dataset, version))
        return len(captured)

    assert queries() == queries()
