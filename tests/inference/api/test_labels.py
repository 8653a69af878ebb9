from uuid import uuid4

import pytest

from annotations.models import Canvas, LabelClass
from datasets.models import Dataset, Image
from inference.models import DetectorModel
from inference.options import LabelOptions, Selection
from inference.queries import image_ids
from modelship.jobs.models import Job
from tests.inference.installed import add_images, boxes_of, put_in_place
from tests.inference.models import tiny_classifier

pytestmark = pytest.mark.django_db
JSON = "application/json"


def post(person, path, body):
    return person.api.post(f"/api/v1/{path}", body, content_type=JSON)


def test_an_image_is_labelled_at_once(alice, dataset, thing):
    [image] = add_images(alice, dataset, 1)

    answer = post(alice, f"images/{image.id}/label", {"model": "thing finder"})

    shown = answer.json()
    assert answer.status_code == 200, shown
    assert (shown["seq"], shown["replaced"], shown["unmapped"], shown["dropped"]) == (1, 0, 0, 0)
    [box] = shown["boxes"]
    assert (box["x"], box["y"], box["w"], box["h"], box["state"]) == (8, 16, 16, 24, "proposed")
    assert box["provenance"] == {"slice": None, "model_name": "thing finder", "job": None}
    assert boxes_of(image)[0].model_id == thing.id


def test_labelling_again_replaces_and_tells(alice, dataset, thing):
    [image] = add_images(alice, dataset, 1)
    first = post(alice, f"images/{image.id}/label", {"model": str(thing.id)}).json()

    second = post(alice, f"images/{image.id}/label", {"model": str(thing.id)}).json()

    assert (second["replaced"], len(second["boxes"]), second["seq"]) == (1, 1, 2)
    assert second["boxes"][0]["id"] != first["boxes"][0]["id"]
    assert len(boxes_of(image)) == 1


def test_a_region_is_labelled_without_touching_the_rest(alice, dataset, spotter):
    [image] = add_images(alice, dataset, 1, size=(128, 64), spots=((8, 8), (72, 8)))
    everything = {
        "model": "spotter",
        "confidence": 0.9,
        "slice": {"size": 64, "overlap": 0, "full_image": False},
    }
    assert len(post(alice, f"images/{image.id}/label", everything).json()["boxes"]) == 2
    before = {box.uid for box in boxes_of(image)}

    shown = post(
        alice, f"images/{image.id}/label", {"model": "spotter", "confidence": 0.9, "region": [64, 0, 64, 64]}
    ).json()

    assert [(box["x"], box["y"], box["w"], box["h"]) for box in shown["boxes"]] == [(72, 8, 8, 8)]
    assert shown["replaced"] == 1
    after = {box.uid for box in boxes_of(image)}
    assert len(after) == 2
    assert len(after & before) == 1


def test_nothing_found_changes_nothing(alice, dataset, thing):
    [image] = add_images(alice, dataset, 1)

    shown = post(alice, f"images/{image.id}/label", {"model": "thing finder", "confidence": 0.95}).json()

    assert (shown["seq"], shown["boxes"]) == (0, [])
    assert Image.objects.get(id=image.id).state == "new"


def test_an_approved_image_is_not_labelled(alice, dataset, thing):
    [image] = add_images(alice, dataset, 1)
    Canvas.objects.create(image=image, review_state="approved")

    unnoticed = post(alice, f"images/{image.id}/label", {"model": "thing finder"})
    Image.objects.update(state="approved")
    noticed = post(alice, f"images/{image.id}/label", {"model": "thing finder"})

    assert (unnoticed.status_code, unnoticed.json()["code"]) == (403, "locked")
    assert (noticed.status_code, noticed.json()["code"]) == (403, "locked")
    assert boxes_of(image) == []


def test_an_annotator_labels_with_the_classes_that_are_there(alice, ann, vic, dataset, project, thing):
    [image] = add_images(alice, dataset, 1)

    without = post(ann, f"images/{image.id}/label", {"model": "thing finder"}).json()
    LabelClass.objects.create(project=project, name="Thing", color="#009e73", order=9)
    with_class = post(ann, f"images/{image.id}/label", {"model": "thing finder"}).json()

    assert (without["boxes"], without["unmapped"]) == ([], 1)
    assert (len(with_class["boxes"]), with_class["unmapped"]) == (1, 0)
    assert post(vic, f"images/{image.id}/label", {"model": "thing finder"}).status_code == 403


def test_a_classifier_tags_pictures_and_leaves_boxes(alice, dataset, thing, tmp_path):
    put_in_place(tiny_classifier(tmp_path / "light.onnx"), "light", alice.tenant)
    [image] = add_images(alice, dataset, 1)
    post(alice, f"images/{image.id}/label", {"model": "thing finder"})

    first = post(alice, f"images/{image.id}/label", {"model": "light"}).json()
    second = post(alice, f"images/{image.id}/label", {"model": "light"}).json()

    [tag] = first["boxes"]
    assert (tag["shape"], tag["state"], tag["source"]) == ("tag", "proposed", "model")
    assert tag["score"] > 0.5
    assert (second["replaced"], len(second["boxes"])) == (1, 1)
    assert sorted(box.shape for box in boxes_of(image)) == ["box", "tag"]


def test_a_tag_that_somebody_accepted_is_not_given_again(alice, dataset, tmp_path):
    put_in_place(tiny_classifier(tmp_path / "light.onnx"), "light", alice.tenant)
    [image] = add_images(alice, dataset, 1)
    [tag] = post(alice, f"images/{image.id}/label", {"model": "light"}).json()["boxes"]
    edit = {"op_id": str(uuid4()), "kind": "update", "box_id": tag["id"], "patch": {"state": "accepted"}}
    assert post(alice, f"images/{image.id}/edits", {"edits": [edit]}).status_code == 200

    again = post(alice, f"images/{image.id}/label", {"model": "light"}).json()

    assert (again["boxes"], again["known"], again["dropped"]) == ([], 1, 0)
    assert [box.state for box in boxes_of(image)] == ["accepted"]


def test_a_classifier_is_not_asked_about_a_region(alice, dataset, tmp_path):
    put_in_place(tiny_classifier(tmp_path / "light.onnx"), "light", alice.tenant)
    [image] = add_images(alice, dataset, 1)

    answer = post(alice, f"images/{image.id}/label", {"model": "light", "region": [0, 0, 9, 9]})

    assert (answer.status_code, answer.json()["code"]) == (422, "whole_only")
    assert boxes_of(image) == []


def test_a_models_own_thresholds_hold_where_none_are_named(alice, dataset, tiny):
    model = put_in_place(tiny, "strict", alice.tenant)
    DetectorModel.objects.filter(id=model.id).update(spec=model.spec | {"confidence": 0.95})
    [image] = add_images(alice, dataset, 1)

    usual = post(alice, f"images/{image.id}/label", {"model": "strict"}).json()
    named = post(alice, f"images/{image.id}/label", {"model": "strict", "confidence": 0.5}).json()

    assert (len(usual["boxes"]), len(named["boxes"])) == (0, 1)


def test_single_classes_have_thresholds_of_their_own(alice, dataset, thing):
    [image] = add_images(alice, dataset, 1)

    strict = post(alice, f"images/{image.id}/label", {"model": "thing finder", "thresholds": {"thing": 0.95}})
    loose = {"model": "thing finder", "confidence": 0.99, "thresholds": {"thing": 0.8}}

    assert strict.json()["boxes"] == []
    assert len(post(alice, f"images/{image.id}/label", loose).json()["boxes"]) == 1
    job = Job.objects.get(id=post(alice, f"datasets/{dataset.id}/label", loose).json()["job"]["id"])
    assert job.args["options"]["thresholds"] == {"thing": 0.8}
    assert LabelOptions.from_args(job.args["options"]).detect.thresholds == {"thing": 0.8}


@pytest.mark.parametrize("thresholds", [{"nobody": 0.5}, {"thing": 1.5}, {"thing": "0.5"}, ["thing"], 0.5])
def test_thresholds_of_other_classes_or_out_of_range_are_refused(alice, dataset, thing, thresholds):
    add_images(alice, dataset, 1)
    body = {"model": "thing finder", "thresholds": thresholds}

    answer = post(alice, f"datasets/{dataset.id}/label", body)

    assert answer.status_code == 400
    assert not Job.objects.exists()


def test_a_dataset_is_labelled_by_a_job(alice, dataset, thing):
    add_images(alice, dataset, 3)

    answer = post(alice, f"datasets/{dataset.id}/label", {"model": "thing finder"})

    assert answer.status_code == 202
    job = answer.json()["job"]
    assert (job["kind"], job["dataset"], job["progress"]["total"]) == ("autolabel", str(dataset.id), 3)
    assert job["title"] == "Label North quay with thing finder"


def test_only_what_a_search_finds_is_labelled(alice, dataset, thing):
    images = add_images(alice, dataset, 3)
    Image.objects.filter(id=images[1].id).update(metadata={"iso": 800})
    asked = {"model": "thing finder", "filter": {"q": "class:none meta.iso>=800"}}

    job = post(alice, f"datasets/{dataset.id}/label", asked).json()["job"]

    assert job["progress"]["total"] == 1
    kept = Selection.from_args(Job.objects.get().args["selection"])
    assert image_ids(dataset, kept) == [images[1].id]


def test_of_equal_names_the_tenants_own_model_counts_then_the_newest(alice, dataset, tiny, thing):
    put_in_place(tiny, "thing finder", None)
    add_images(alice, dataset, 1)

    post(alice, f"datasets/{dataset.id}/label", {"model": "thing finder"})

    assert Job.objects.get().args["model"] == str(thing.id)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "malformed"),
        ({"model": "nobody"}, 404, "unknown_model"),
        ({"model": "thing finder", "confidence": 2}, 400, "malformed"),
        ({"model": "thing finder", "speed": 2}, 400, "unknown_field"),
        ({"model": "thing finder", "filter": {"state": "approved"}}, 422, "nothing_selected"),
        ({"model": "thing finder", "images": ["6b1c1f8e-3f0a-4f0e-9f5c-0c7a3c1f2d11"]}, 404, "unknown_image"),
    ],
)
def test_what_can_not_be_done_is_refused_and_no_job_is_made(alice, dataset, thing, body, status, code):
    add_images(alice, dataset, 1)

    answer = post(alice, f"datasets/{dataset.id}/label", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Job.objects.count() == 0


def test_a_model_that_finds_no_boxes_does_not_label(alice, dataset, embedder, tiny):
    [image] = add_images(alice, dataset, 1)

    answers = [
        post(alice, f"datasets/{dataset.id}/label", {"model": str(embedder.id)}),
        post(alice, f"images/{image.id}/label", {"model": "face reader"}),
    ]
    put_in_place(tiny, "face reader", None)
    namesake = post(alice, f"images/{image.id}/label", {"model": "face reader"})

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "wrong_task")] * 2
    assert Job.objects.count() == 0
    assert namesake.status_code == 200


def test_archived_and_foreign_models_do_not_label(alice, charlie, dataset, thing, tiny):
    add_images(alice, dataset, 1)
    foreign = put_in_place(tiny, "foreign", charlie.tenant)
    thing.state = "archived"
    thing.save()

    answers = [
        post(alice, f"datasets/{dataset.id}/label", {"model": name})
        for name in ("thing finder", "foreign", str(foreign.id))
    ]

    assert [answer.status_code for answer in answers] == [409, 404, 404]
    assert Job.objects.count() == 0


def test_an_image_of_another_dataset_is_not_labelled(alice, dataset, project, thing):
    other = Dataset.objects.create(tenant=alice.tenant, project=project, name="South quay")
    [image] = add_images(alice, other, 1)
    add_images(alice, dataset, 1)

    answer = post(alice, f"datasets/{dataset.id}/label", {"model": "thing finder", "images": [str(image.id)]})

    assert (answer.status_code, Job.objects.count()) == (404, 0)


def test_a_table_has_no_images_to_label(alice, dataset, thing):
    Dataset.objects.update(kind="table")

    assert (
        post(alice, f"datasets/{dataset.id}/label", {"model": "thing finder"}).json()["code"] == "wrong_kind"
    )
