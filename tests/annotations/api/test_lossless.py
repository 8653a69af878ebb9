"""Whatever a dataset holds: out as our own ZIP or JSON and in again elsewhere, it is the same to the last field."""

import hashlib
import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image as Picture

from annotations.actions import threads as actions
from annotations.actions.apply_edits import apply_edits
from annotations.actions.export import write_export
from annotations.actions.labels import create_class
from annotations.actions.review import review
from annotations.anchors import Anchor
from annotations.contents import contents_of
from annotations.export_order import ExportOrder
from annotations.formats.desk import Desk
from annotations.formats.records import ExportBox, ExportClass
from annotations.models import Box, LabelClass, Thread
from annotations.queries import live_boxes
from annotations.thread_queries import thread_dicts
from datasets.actions.ingest import ingest_image
from datasets.models import Dataset, Image
from modelship.accounts.actors import Actor
from modelship.lib.ids import new_id
from modelship.projects.models import Project
from tests.annotations.api.importing import imported, job_of
from tests.annotations.formats.reading.strategies import TEXT, worlds
from tests.people import Person

pytestmark = pytest.mark.django_db
# A world is expensive: to make a failing one smaller would take longer than to read it.
CALM = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
STATES = ("proposed", "accepted", "rejected")
# A comment, and how far its thread is: whether it has an answer, and whether it is resolved.
SAID = st.tuples(
    TEXT.filter(str.strip), st.sampled_from(("picture", "point", "region", "box")), *([st.booleans()] * 2)
)
METADATA = st.fixed_dictionaries(
    {},
    optional={
        "description": TEXT,
        "keywords": st.lists(TEXT.filter(str.strip), max_size=2),
        "Schicht": st.integers(-(1 << 53), 1 << 53),
        "path": TEXT,
    },
)


def fresh(person: Person, name: str) -> Dataset:
    project = Project.objects.create(tenant=person.tenant, name=f"{name} {new_id()}", created_by=person.user)
    return Dataset.objects.create(tenant=person.tenant, project=project, name=name, created_by=person.user)


def built(alice: Person, bob: Person, world: Any, described: Sequence[Any], said: Sequence[Any]) -> Dataset:
    """The dataset of the world in our database, its boxes brought by an import, so that each field is as it says."""
    told, images = world
    dataset = fresh(alice, "Here")
    classes = {known.id: _class(alice, dataset.project, known) for known in told.classes}
    for at, picture in enumerate(images):
        data = io.BytesIO()
        Picture.new("RGB", (picture.width, picture.height), (at, 7, 9)).save(data, "PNG")
        name = picture.filename.replace(".jpg", ".png")
        verdict = ingest_image(dataset, name, data.getvalue(), actor=alice.actor, metadata=described[at])
        assert verdict.image is not None, verdict.problem
        Image.objects.filter(pk=verdict.image.pk).update(split=picture.split)
        _draw(alice, verdict.image, picture.boxes, classes)
        _talk(alice, bob, verdict.image, said[at])
        if picture.state == "approved":
            review(verdict.image.pk, "approve", actor=bob.actor)
    return dataset


def _class(alice: Person, project: Project, known: ExportClass) -> LabelClass:
    more = {"attributes": list(known.attributes), "skeleton": dict(known.skeleton), "use": "both"}
    return create_class(alice.actor, project, name=known.name, color=known.color, hotkey=known.hotkey, **more)


def _draw(
    alice: Person, image: Image, boxes: Sequence[ExportBox], classes: Mapping[UUID, LabelClass]
) -> None:
    robot = Actor.importer(alice.tenant, new_id(), "elsewhere", alice.user)
    for box in boxes:
        patch = {name: getattr(box, name) for name in box._fields if not name.endswith(("_by", "id", "seq"))}
        patch |= {"class_id": str(classes[box.class_id].id) if box.class_id else None}
        patch |= {"model": str(box.model) if box.model else None, "points": [list(one) for one in box.points]}
        if box.source == "human":
            patch["score"] = None
        edit = {"op_id": str(new_id()), "kind": "add", "box_id": str(new_id()), "patch": patch}
        # A tag without a class, or a second one, is none that a picture can have.
        apply_edits(image.pk, [edit], actor=robot)


def _talk(alice: Person, bob: Person, image: Image, said: Sequence[Any]) -> None:
    for text, kind, is_answered, is_resolved in said:
        boxes = [box for box in live_boxes(image.pk) if box.shape != "tag"]
        place = {"point": (3.25, 4.0, 0.0, 0.0), "region": (1.0, 2.0, 5.5, 6.0)}.get(kind)
        anchor = Anchor(kind, place) if kind != "box" else Anchor("picture")
        if kind == "box" and boxes:
            anchor = Anchor("box", box_id=UUID(boxes[0].id))
        thread, _ = actions.open_thread(
            alice.actor, image, anchor, text=text.strip(), mentions=[bob.user.id] if is_answered else ()
        )
        if is_answered:
            actions.reply(bob.actor, thread, text="Seen. ✓")
        if is_resolved:
            actions.settle(bob.actor, thread, is_open=False)


def state(dataset: Dataset) -> dict[str, Any]:
    """All that the dataset holds, classes by their names and people by theirs."""
    names = {label.id: label.name for label in LabelClass.objects.filter(project=dataset.project)}
    looks = LabelClass.objects.filter(project=dataset.project, name__in=_used(dataset))
    found: dict[str, Any] = {
        "classes": list(
            looks.order_by("name").values("name", "color", "attributes", "skeleton", "use", "hotkey")
        ),
        "images": [],
    }
    for image in Image.objects.filter(dataset=dataset).select_related("blob").order_by("ordinal"):
        facts = {
            name: getattr(image, name)
            for name in ("filename", "width", "height", "state", "split", "metadata")
        }
        boxes = []
        for box in live_boxes(image.pk):
            row = {
                name: getattr(box, name)
                for name in ExportBox._fields
                if name not in ("seq", "created_by", "updated_by")
            }
            boxes.append({**row, "class_id": names[UUID(box.class_id)] if box.class_id else None})
        found["images"].append(
            {**facts, "sha256": image.blob.sha256, "boxes": boxes, "threads": _threads(image)}
        )
    return found


def _used(dataset: Dataset) -> set[str]:
    """The classes of its boxes: those that nothing is of come over where something is."""
    rows = Box.objects.filter(canvas__image__dataset=dataset, deleted=False, label__isnull=False)
    return set(rows.values_list("label__name", flat=True))


def _threads(image: Image) -> list[dict[str, Any]]:
    """By their names: who is nobody here has no id."""
    rows = thread_dicts(list(Thread.objects.filter(image=image).select_related("image").order_by("number")))
    left_out = ("image", "dataset", "seq", "revision", "imported")
    return [
        {
            **{key: _named(row[key]) for key in row if key not in left_out},
            "comments": [
                {key: _named(one[key]) for key in one if key not in left_out} for one in row["comments"]
            ],
        }
        for row in rows
    ]


def _named(value: Any) -> Any:
    if isinstance(value, list):
        return [_named(one) for one in value]
    return value["name"] if isinstance(value, dict) and {"id", "name"} == set(value) else value


def hash_of(found: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(found, option=orjson.OPT_SORT_KEYS)).hexdigest()


def out(dataset: Dataset, format_name: str) -> bytes:
    is_zip = format_name == "zip"
    order = ExportOrder(format_name, states=STATES, include_images=is_zip, include_threads=True)
    with tempfile.TemporaryDirectory() as folder, Desk(Path(folder)) as desk:
        write_export(contents_of(dataset), order, desk, lambda done, total: None)
        return desk.result.read_bytes()


def freed(dataset: Dataset) -> None:
    """The dataset with nothing on its pictures: the ids are free."""
    Thread.objects.filter(image__dataset=dataset).delete()
    Box.objects.filter(canvas__image__dataset=dataset).delete()


DRAWN = (
    worlds(),
    st.lists(METADATA, min_size=3, max_size=3),
    st.lists(st.lists(SAID, max_size=2), min_size=3, max_size=3),
)


@CALM
@given(*DRAWN)
def test_a_zip_makes_an_empty_dataset_of_another_tenant_the_same(alice, bob, charlie, world, described, said):
    here = built(alice, bob, world, described, said)
    was, data, count = state(here), out(here, "zip"), len(world[1])
    freed(here)
    there = fresh(charlie, "There")

    row = imported(charlie, there, data, "here.zip", review="true")
    if not count:
        assert row["state"] == "failed"
        return
    now = state(there)
    again = imported(charlie, there, data, "here.zip", review="true")

    assert row["state"] == "done", job_of(row).error
    assert now == was
    assert hash_of(now) == hash_of(was)
    assert hash_of(state(there)) == hash_of(was), "Twice imported something twice."
    counts = again["result"]["counts"] if again["result"] else again["report"]["counts"]
    assert (counts["added"], counts["comments"], counts["pictures"]) == (0, 0, 0)


@CALM
@given(*DRAWN)
def test_json_makes_the_same_pictures_the_same(alice, bob, charlie, world, described, said):
    here = built(alice, bob, world, described, said)
    was, data = state(here), out(here, "json")
    there = fresh(charlie, "There")
    for image in Image.objects.filter(dataset=here).order_by("ordinal"):
        image.pk, image.tenant, image.dataset = new_id(), charlie.tenant, there
        image.state, image.split, image.box_count, image.proposed_count = "new", "", 0, 0
        image.save(force_insert=True)
    freed(here)

    imported(charlie, there, data, "here.json", review="true")

    now = state(there)
    assert now == was
    assert hash_of(now) == hash_of(was)
