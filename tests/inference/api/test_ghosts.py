"""Ghosts: what a labelling run leaves over, where it is read, and how a region is labelled."""

import pytest

from annotations.models import Box, LabelClass
from inference.models import Ghosts
from modelship.jobs.runner import run_queued
from tests.inference.installed import add_images, boxes_of, put_in_place
from tests.inference.models import DEFAULT_BOXES, tiny_yolox

pytestmark = pytest.mark.django_db(transaction=True)
JSON = "application/json"
DOUBTS = [*DEFAULT_BOXES, (0, 0.2, (30.0, 30.0, 50.0, 50.0)), (1, 0.1, (40.0, 0.0, 60.0, 16.0))]


@pytest.fixture
def doubter(tmp_path, alice):
    """Sees a sure boat, a doubtful one, and a doubtful thing that the project has no class for."""
    path = tiny_yolox(tmp_path / "doubts.onnx", boxes=DOUBTS, classes=["Boat", "gull"])
    return put_in_place(path, "doubter", alice.tenant)


def post(person, path, body):
    return person.api.post(f"/api/v1/{path}", body, content_type=JSON)


def ghosts(person, image, **headers):
    return person.api.get(f"/api/v1/images/{image.id}/ghosts", headers=headers)


def test_a_job_leaves_its_doubts_beside_the_canvas(alice, dataset, doubter):
    [image] = add_images(alice, dataset, 1)
    boat = LabelClass.objects.get(name="boat")

    post(alice, f"datasets/{dataset.id}/label", {"model": "doubter", "create_classes": False})
    run_queued()

    assert [box.score for box in boxes_of(image)] == [pytest.approx(0.9)]
    shown = ghosts(alice, image).json()
    assert shown["model"] == {"id": str(doubter.id), "name": "doubter"}
    assert shown["results"] == [
        {"class_id": str(boat.id), "score": pytest.approx(0.2), "x": 30, "y": 30, "w": 20, "h": 20}
    ]
    assert not LabelClass.objects.filter(name="gull").exists()


def test_a_ghost_appears_with_its_class(alice, dataset, project, doubter):
    [image] = add_images(alice, dataset, 1)
    post(alice, f"images/{image.id}/label", {"model": "doubter", "create_classes": False})
    LabelClass.objects.create(project=project, name="Gull", color="#009e73", order=9)

    assert [round(ghost["score"], 2) for ghost in ghosts(alice, image).json()["results"]] == [0.2, 0.1]


def test_a_model_in_doubt_of_nothing_makes_no_class(alice, dataset, doubter):
    add_images(alice, dataset, 1)

    post(alice, f"datasets/{dataset.id}/label", {"model": "doubter"})
    run_queued()

    assert not LabelClass.objects.filter(name="gull").exists()


def test_the_next_run_of_the_model_replaces_them_and_the_last_model_is_shown(alice, dataset, doubter, thing):
    [image] = add_images(alice, dataset, 1)
    LabelClass.objects.create(project=dataset.project, name="thing", color="#009e73", order=9)
    post(alice, f"images/{image.id}/label", {"model": "doubter"})

    post(alice, f"images/{image.id}/label", {"model": "doubter", "confidence": 0.15})
    by_doubter = ghosts(alice, image).json()
    post(alice, f"images/{image.id}/label", {"model": "thing finder", "confidence": 0.95})
    by_thing = ghosts(alice, image).json()

    assert by_doubter["results"] == []
    assert (by_thing["model"]["name"], len(by_thing["results"])) == ("thing finder", 1)
    assert Ghosts.objects.count() == 2


def test_a_region_leaves_the_ghosts_outside_of_it(alice, dataset, spotter):
    [image] = add_images(alice, dataset, 1, size=(128, 64), spots=((8, 8), (72, 8)))
    LabelClass.objects.create(project=dataset.project, name="spot", color="#009e73", order=9)
    sure = {
        "model": "spotter",
        "confidence": 1,
        "slice": {"size": 64, "overlap": 0, "full_image": False},
        "merge": {"metric": "iou"},
    }
    post(alice, f"images/{image.id}/label", sure)
    before = [ghost for ghost in ghosts(alice, image).json()["results"] if ghost["x"] < 64]

    post(
        alice, f"images/{image.id}/label", {"model": "spotter", "confidence": 0.05, "region": [64, 0, 64, 64]}
    )

    after = ghosts(alice, image).json()["results"]
    assert before
    assert sorted(after, key=str) == sorted(before, key=str)


def test_the_etag_spares_a_second_reading(alice, dataset, doubter):
    [image] = add_images(alice, dataset, 1)
    nothing = ghosts(alice, image)
    post(alice, f"images/{image.id}/label", {"model": "doubter"})

    first = ghosts(alice, image, if_none_match=nothing["ETag"])
    again = ghosts(alice, image, if_none_match=first["ETag"])

    assert (nothing.status_code, nothing.json()) == (200, {"results": [], "model": None})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first["Cache-Control"] == "private, max-age=30"


def test_viewers_read_strangers_meet_nothing_and_the_image_takes_them_along(
    alice, vic, charlie, dataset, doubter
):
    [image] = add_images(alice, dataset, 1)
    post(alice, f"images/{image.id}/label", {"model": "doubter"})

    assert ghosts(vic, image).json()["results"]
    assert ghosts(charlie, image).status_code == 404
    image.delete()
    assert Ghosts.objects.count() == 0


def test_without_a_model_the_usual_one_looks_as_it_did(alice, dataset, doubter, thing):
    [image] = add_images(alice, dataset, 1)
    job = {"model": "doubter", "confidence": 0.15, "create_classes": False}
    post(alice, f"datasets/{dataset.id}/label", job)
    run_queued()
    Box.objects.all().delete()

    answer = post(alice, f"images/{image.id}/label", {"region": [0, 0, 64, 64], "replace": "none"}).json()

    assert answer["model"] == {"id": str(doubter.id), "name": "doubter"}
    assert [round(box["score"], 2) for box in answer["boxes"]] == [0.9, 0.2]


def test_without_a_run_the_newest_active_detector_looks_and_without_any_it_says_what_to_do(
    alice, dataset, embedder, tiny
):
    [image] = add_images(alice, dataset, 1)

    none = post(alice, f"images/{image.id}/label", {})
    put_in_place(tiny, "everybody's", None)
    one = post(alice, f"images/{image.id}/label", {})

    assert (none.status_code, none.json()["code"]) == (409, "no_model")
    assert "Install one" in none.json()["detail"]
    assert one.json()["model"]["name"] == "everybody's"


@pytest.mark.parametrize(("state", "added"), [("proposed", 0), ("accepted", 0), ("rejected", 1)])
def test_what_a_box_shows_already_is_not_added_again(alice, dataset, doubter, state, added):
    [image] = add_images(alice, dataset, 1)
    first = post(alice, f"images/{image.id}/label", {"model": "doubter"}).json()
    Box.objects.filter(uid=first["boxes"][0]["id"]).update(state=state)

    wish = {"model": "doubter", "replace": "none", "overlapping": "skip", "region": [0, 0, 64, 64]}
    again = post(alice, f"images/{image.id}/label", wish).json()

    assert (len(again["boxes"]), again["known"]) == (added, 1 - added)


def test_a_box_of_another_class_hides_nothing(alice, dataset, doubter):
    [image] = add_images(alice, dataset, 1)
    post(alice, f"images/{image.id}/label", {"model": "doubter"})
    Box.objects.update(label=LabelClass.objects.get(name="crane"))

    wish = {"model": "doubter", "replace": "none", "overlapping": "skip"}
    again = post(alice, f"images/{image.id}/label", wish).json()

    assert (len(again["boxes"]), again["known"]) == (1, 0)
