"""Evaluations over pictures whose truth is exact: what is counted, what is looked at, what goes on after a stop."""

from uuid import uuid4

import pytest

from annotations.actions.apply_edits import apply_edits
from datasets.harbour import CLASSES, View, draw
from datasets.models import Image
from datasets.storage import delete_bytes
from inference.actions.builtin import install_builtin
from inference.detection import Detection
from inference.models import DetectorModel, EvaluatedImage, Evaluation
from inference.options import DetectOptions
from inference.scoring import summary_of
from inference.trial import compared, trials
from modelship.jobs.actions import cancel, retry
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.inference.evaluations import SEEN, add_class, approve, ask, classes_of, evaluated, put, reviewed
from tests.inference.installed import add_image, add_images, boxes_of, drawn, put_in_place
from tests.inference.models import tiny_yolox
from tests.inference.test_jobs import when_done

pytestmark = pytest.mark.django_db(transaction=True)
ELSEWHERE = (40.0, 40.0, 20.0, 20.0)
HARBOUR = View(60_001, 1280, 960)


@pytest.fixture
def things(alice, dataset):
    """Four reviewed pictures: found; found, but as a boat; found beside one that is missed; nothing there."""
    add_class(dataset, "Thing")
    return [
        reviewed(alice, dataset, 0, ("Thing", SEEN)),
        reviewed(alice, dataset, 1, ("boat", SEEN)),
        reviewed(alice, dataset, 2, ("Thing", SEEN), ("Thing", ELSEWHERE)),
        reviewed(alice, dataset, 3),
    ]


def test_a_way_is_measured_against_what_people_reviewed(alice, dataset, thing, things):
    found = evaluated(alice, dataset, {"model": "thing finder"})

    results = found.results
    [way] = results["ways"]
    report = way["report"]
    assert (results["images"], results["reviewed"], way["proposed"]) == (4, 4, 4)
    assert (results["agreement"], results["difference"]) == (None, None)
    assert (report["right"], report["extra"], report["missed"]) == (2, 2, 2)
    assert (report["precision"], report["recall"], report["f1"]) == (0.5, 0.5, 0.5)
    by_name = {one["name"]: one for one in report["classes"]}
    assert by_name["boat"]["ap"] == 0.0
    # Two of three are found, at the places 1 and 3 of four equal scores: 1 up to a third, 2 / 3 up to two thirds.
    assert by_name["Thing"]["ap50"] == pytest.approx((34 * 1 + 33 * 2 / 3) / 101, abs=1e-4)
    assert report["ap50"] == pytest.approx(by_name["Thing"]["ap50"] / 2, abs=1e-5)
    # The boat that was taken for a thing is one mix-up, not a miss and an extra.
    names = [one["name"] for one in found.classes]
    boat, thing_at = names.index("boat"), names.index("Thing")
    assert report["confusion"] == [
        [boat, thing_at, 1],
        [thing_at, thing_at, 2],
        [thing_at, None, 1],
        [None, thing_at, 1],
    ]
    assert way["unknown"] == ["boat"]
    assert report["best"]["confidence"] == pytest.approx(0.9, abs=1e-6)


def test_nothing_is_put_on_the_pictures(alice, dataset, thing, things):
    fresh = add_image(alice, dataset, drawn(9), "fresh.png")

    evaluated(alice, dataset, {"model": "thing finder"}, images=[str(fresh.id)])

    assert boxes_of(fresh) == []
    assert Image.objects.get(id=fresh.id).state == "new"


@pytest.mark.parametrize(
    ("truth", "count"), [("approved", 4), ("submitted", 5), ("any", 4)], ids=["approved", "submitted", "any"]
)
def test_whose_boxes_are_the_truth_is_chosen(alice, dataset, thing, things, truth, count):
    """Of any state: the three reviewed pictures with boxes and a fresh one that somebody drew in."""
    thing_id = classes_of(dataset)["Thing"]
    submitted, drawn_in, proposed = (add_image(alice, dataset, drawn(at), f"{at}.png") for at in (10, 11, 12))
    approve(submitted, state="submitted")
    put(alice, drawn_in, thing_id, SEEN)
    put(alice, proposed, thing_id, SEEN, source="model", state="proposed", score=0.5)

    found = evaluated(alice, dataset, {"model": "thing finder"}, truth=truth)

    assert found.results["reviewed"] == found.results["images"] == count


def test_rejected_boxes_are_no_truth_and_turned_ones_count_by_the_rectangle_around(alice, dataset, thing):
    thing_id = str(add_class(dataset, "thing").id)
    image = add_image(alice, dataset, drawn(1), "one.png")
    put(alice, image, thing_id, (4.0, 20.0, 24.0, 16.0), rotation=90)
    box = put(alice, image, thing_id, ELSEWHERE)
    review = {"op_id": str(uuid4()), "kind": "review", "box_id": box, "patch": {"state": "rejected"}}
    apply_edits(image.id, [review], actor=alice.actor)
    approve(image)

    found = evaluated(alice, dataset, {"model": "thing finder"})

    row = found.pictures.get()
    assert [spot[1:] for spot in row.truth] == [list(SEEN)]
    assert found.results["ways"][0]["report"]["ap"] == 1.0


def test_classes_that_the_project_lacks_take_no_part(alice, dataset, thing):
    reviewed(alice, dataset, 1, ("boat", SEEN))

    found = evaluated(alice, dataset, {"model": "thing finder"})

    [way] = found.results["ways"]
    assert way["ignored"] == {"boxes": 1, "classes": 1}
    assert (way["proposed"], way["unknown"], way["report"]["missed"]) == (0, ["boat"], 1)


def test_two_models_are_compared_where_nothing_was_reviewed(alice, dataset, thing, tmp_path):
    add_class(dataset, "thing")
    boxes = [(0, 0.8, (10.0, 16.0, 24.0, 40.0)), (0, 0.7, (40.0, 40.0, 60.0, 60.0))]
    put_in_place(tiny_yolox(tmp_path / "other.onnx", boxes=boxes), "other", alice.tenant)
    add_images(alice, dataset, 3)

    found = evaluated(alice, dataset, {"model": "thing finder"}, {"model": "other"}, sample=2)

    results = found.results
    assert (results["images"], results["reviewed"]) == (2, 0)
    assert [way["report"] for way in results["ways"]] == [None, None]
    assert results["agreement"] == {
        "both": 2,
        "only_first": 0,
        "only_second": 2,
        "classes": [{"name": "thing", "both": 2, "only_first": 0, "only_second": 2}],
    }
    assert all(way["seconds"] > 0 for way in results["ways"])
    assert list(found.pictures.values_list("differs", flat=True)) == [1, 1]


def test_two_confidences_of_a_model_are_one_look(alice, dataset, tmp_path, monkeypatch):
    add_class(dataset, "thing")
    boxes = [(0, 0.9, SEEN_CORNERS), (0, 0.4, (40.0, 40.0, 60.0, 60.0))]
    put_in_place(tiny_yolox(tmp_path / "m.onnx", boxes=boxes), "pair", alice.tenant)
    reviewed(alice, dataset, 1, ("thing", SEEN))
    looked = count_looks(monkeypatch)

    found = evaluated(
        alice, dataset, {"model": "pair", "confidence": 0.5}, {"model": "pair", "confidence": 0.3}
    )

    first, second = found.results["ways"]
    assert (first["proposed"], second["proposed"], len(looked)) == (1, 2, 1)
    # One run tells both, and the curve: average precision does not depend on the confidence.
    assert first["report"]["ap"] == second["report"]["ap"] == 1.0
    assert (first["report"]["precision"], second["report"]["precision"]) == (1.0, 0.5)
    assert found.results["difference"]["precision"] == -0.5


def test_where_slices_are_joined_each_confidence_is_a_look_of_its_own(alice, dataset, spotter, monkeypatch):
    add_class(dataset, "spot")
    add_images(alice, dataset, 1, size=(128, 64), spots=((8, 8),))
    looked = count_looks(monkeypatch)
    sliced = {"model": "spotter", "slice": {"size": 64, "overlap": 0.2}}

    evaluated(alice, dataset, {**sliced, "confidence": 0.9}, {**sliced, "confidence": 0.3})

    assert [options.confidence for options in looked] == [0.9, 0.3]


SEEN_CORNERS = (SEEN[0], SEEN[1], SEEN[0] + SEEN[2], SEEN[1] + SEEN[3])


def count_looks(monkeypatch) -> list[DetectOptions]:
    looked: list[DetectOptions] = []
    real = Detection.look

    def look(self, path, options, *more, **named):
        looked.append(options)
        return real(self, path, options, *more, **named)

    monkeypatch.setattr(Detection, "look", look)
    return looked


def test_a_bad_picture_is_listed_and_the_others_count(alice, dataset, thing, things):
    delete_bytes(things[0].blob)

    found = evaluated(alice, dataset, {"model": "thing finder"})

    result = found.job.result
    assert (result["images"], result["failed_count"]) == (3, 1)
    assert result["failed"][0]["image"] == str(things[0].id)
    assert found.results["images"] == 3


def test_a_cancelled_one_goes_on_where_it_was(alice, dataset, thing, things, monkeypatch):
    answer = ask(alice, dataset, {"model": "thing finder"})
    job = Job.objects.get(id=answer.json()["job"]["id"])
    with monkeypatch.context() as patch:
        patch.setattr("modelship.jobs.context.TICK_SECONDS", 0.0)
        when_done(patch, 2, lambda: cancel(job, alice.actor))
        run_queued()
    job.refresh_from_db()
    kept = set(EvaluatedImage.objects.values_list("id", flat=True))
    assert (job.state, len(kept)) == ("cancelled", 2)
    assert Evaluation.objects.get().results is None

    looked = count_looks(monkeypatch)
    retry(job, alice.actor)
    run_queued()

    found = Evaluation.objects.get()
    assert (found.state, found.results["images"], len(looked)) == ("succeeded", 4, 2)
    assert kept < set(EvaluatedImage.objects.values_list("id", flat=True))


def test_a_model_that_was_deleted_meanwhile_fails_the_job_in_words(alice, dataset, thing, things):
    ask(alice, dataset, {"model": "thing finder"})
    DetectorModel.objects.all().delete()

    run_queued()

    job = Job.objects.get(kind="evaluate_models")
    assert (job.state, job.error["code"]) == ("failed", "model_gone")


def test_an_evaluation_that_is_deleted_meanwhile_ends_its_job(alice, dataset, thing, things, monkeypatch):
    ask(alice, dataset, {"model": "thing finder"})
    when_done(monkeypatch, 1, lambda: Evaluation.objects.all().delete())

    run_queued()

    job = Job.objects.get(kind="evaluate_models")
    assert (job.state, job.error["code"]) == ("failed", "evaluation_gone")
    assert EvaluatedImage.objects.count() == 0


def test_the_builtin_model_on_a_drawn_port_scores_as_it_does_elsewhere(alice, dataset, tmp_path):
    model = install_builtin()
    known = {name: str(add_class(dataset, name).id) for name in CLASSES if name not in classes_of(dataset)}
    known |= classes_of(dataset)
    scene = draw(HARBOUR)
    image = add_image(alice, dataset, scene.jpeg(), "port.jpg")
    for thing in scene.things:
        put(alice, image, known[thing.name], (thing.x, thing.y, thing.w, thing.h))
    approve(image)

    found = evaluated(alice, dataset, {"model": model.name, "confidence": 0.05})

    [tried] = trials(model, [HARBOUR], [DetectOptions(0.05)], lanes=1)
    expected = summary_of(compared([tried], 0), CLASSES)
    report = found.results["ways"][0]["report"]
    assert report["objects"] == len(scene.things)
    assert report["ap50"] == pytest.approx(expected["ap50"], abs=1e-6)
    assert report["ap"] == pytest.approx(expected["ap"], abs=1e-6)
