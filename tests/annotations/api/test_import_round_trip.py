"""What goes out comes back: the same shapes, ids and states, and the same objects from every format."""

import pytest

from annotations.actions.review import review
from annotations.actions.workflows import change_workflow
from annotations.models import Box, Canvas
from datasets.models import Dataset, Image
from tests.annotations.api.importing import imported, job_of, zipped
from tests.annotations.api.worlds import draw, exported, picture, proposal, quay
from tests.data import shared_data

pytestmark = pytest.mark.django_db


def test_a_dataset_of_our_own_json_comes_back_as_it_was(alice, dataset, project):
    images = quay(alice, dataset)
    draw(alice, images[0], shape="polygon", points=[[1, 1], [30, 1], [30, 30]])
    review(images[0].pk, "submit", actor=alice.actor)
    data = exported(alice, dataset, format="json", states=["accepted", "proposed", "rejected"])
    ways = ("uid", "label__name", "shape", "x", "y", "w", "h", "rotation", "points", "attributes")
    more = ("source", "score", "model_id", "provenance", "state", "z", "locked")
    was = list(Box.objects.order_by("canvas__image__ordinal", "pk").values_list(*ways, *more))
    twin = Dataset.objects.create(tenant=alice.tenant, project=project, name="Twin", created_by=alice.user)
    for image in images:
        copy = Image.objects.get(pk=image.pk)
        copy.pk, copy.dataset, copy.state, copy.box_count, copy.proposed_count = None, twin, "new", 0, 0
        copy.save()

    row = imported(alice, twin, data, "labels.json", review="true")

    assert row["state"] == "done", job_of(row).error
    rows = Box.objects.filter(canvas__image__dataset=twin).order_by("canvas__image__ordinal", "pk")
    assert list(rows.values_list(*ways, *more)) == was
    states = list(Image.objects.filter(dataset=twin).order_by("ordinal").values_list("state", flat=True))
    assert states == list(
        Image.objects.filter(dataset=dataset).order_by("ordinal").values_list("state", flat=True)
    )
    assert Canvas.objects.filter(image__dataset=twin, review_state="submitted").count() == 1


def test_a_proposal_of_a_model_stays_one(alice, dataset):
    image = picture(alice, dataset)
    proposal(alice, image, 0.75)
    data = exported(alice, dataset, format="json", states=["proposed"])
    Box.objects.all().delete()

    imported(alice, dataset, data, "labels.json")

    [box] = Box.objects.filter(canvas=image.pk)
    assert (box.source, box.score, box.state) == ("model", 0.75, "proposed")


@pytest.mark.parametrize("layout", ["coco_format_v1", "pascalvoc_format", "yolo_format"])
def test_a_hundred_photos_get_their_273_objects(alice, dataset, layout):
    folder = shared_data("formats/voc100")
    files = {}
    for path in sorted((folder / "gts" / layout).rglob("*")):
        if path.is_file():
            files[f"labels/{path.relative_to(folder / 'gts' / layout)}"] = path.read_bytes()
    for path in sorted((folder / "images").glob("*.jpg")):
        files[f"images/{path.name}"] = path.read_bytes()

    row = imported(alice, dataset, zipped(files))

    assert row["state"] == "done", job_of(row).error
    assert (row["result"]["counts"]["pictures"], row["result"]["counts"]["added"]) == (100, 273)
    assert Box.objects.filter(canvas__image__dataset=dataset, deleted=False).count() == 273
    errors = [finding for finding in row["result"]["findings"] if finding["severity"] == "error"]
    assert errors == []


@pytest.mark.parametrize(
    ("preset", "state"), [("standard", "approved"), ("strict", "submitted"), ("two_reviews", "submitted")]
)
def test_an_approval_from_elsewhere_counts_only_where_one_person_could_give_it(
    alice, dataset, project, preset, state
):
    image = picture(alice, dataset)
    draw(alice, image)
    review(image.pk, "approve", actor=alice.actor)
    data = exported(alice, dataset, format="json")
    review(image.pk, "reopen", actor=alice.actor)
    change_workflow(alice.actor, project, {"preset": preset})

    row = imported(alice, dataset, data, "labels.json", review="true")

    image.refresh_from_db()
    assert (row["state"], image.state) == ("done", state)
    assert Canvas.objects.get(pk=image.pk).review_state == state


def test_our_zip_finds_its_pictures_by_what_they_were_made_of(alice, dataset):
    first, *_ = quay(alice, dataset)
    data = exported(alice, dataset, format="zip", states=["accepted", "proposed"])
    Box.objects.filter(canvas=first.pk).update(deleted=True)

    row = imported(alice, dataset, data, "labels.zip")

    counts = row["result"]["counts"]
    assert (row["state"], row["result"]["images"]["matched"], counts["pictures"]) == ("done", 3, 0)
    assert (counts["added"], counts["known"]) == (4, 1)
