"""The same model, pictures and settings in process and in the service: the same boxes, the same refusals."""

from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
from django.test import override_settings

from datasets.harbour import View, draw
from inference.actions.builtin import FILE
from inference.actions.models import install_file
from inference.asking import ModelFails
from inference.client.choice import engine_for
from inference.client.engines import ModelFile
from inference.detection import Detection, Ear, SliceSeen, limits_for
from inference.engine.inspection import inspect_model
from inference.model_files import sha256_of
from inference.options import DetectOptions
from modelship.lib.errors import Problem, Unprocessable, UnsupportedType
from tests.inference.detector_service import TOKEN
from tests.inference.installed import drawn, put_in_place
from tests.inference.models import tiny_classifier, tiny_embedder

pytestmark = pytest.mark.django_db
SLICED = {"width": 512, "height": 512, "overlap": 0.2, "full_image": True, "merge": "nms", "metric": "ios"}
WAYS = [
    (DetectOptions(), None),
    (DetectOptions(slicing={**SLICED, "threshold": 0.5}), None),
    (DetectOptions(slicing={"width": 640, "height": 640, "overlap": 0.1, "full_image": False}), None),
    (DetectOptions(confidence=0.4, iou=0.6, thresholds={"ship": 0.9, "car": 0.1}), None),
    (DetectOptions(confidence=0.6), (100, 80, 700, 500)),
]


@contextmanager
def both_sides(service, model):
    """The model in process and in the service."""
    there_is = {"MODELSHIP_ML_SERVICE_URL": service.url, "MODELSHIP_ML_SERVICE_TOKEN": TOKEN}
    with (
        Detection(model, sessions=2) as here,
        override_settings(**there_is),
        Detection(model, sessions=2) as there,
    ):
        yield here, there


def seen(detection, picture, options, region=None):
    return replace(detection.look(picture, options, region), milliseconds=0)


def test_drawn_ports_give_equal_boxes_whole_sliced_and_in_part(service, tmp_path, alice):
    model = put_in_place(FILE, "harbour", alice.tenant)
    picture = tmp_path / "port.jpg"
    picture.write_bytes(draw(View(50_001, 1280, 960)).jpeg())

    with both_sides(service, model) as (here, there):
        pairs = [(seen(here, picture, *way), seen(there, picture, *way)) for way in WAYS]

    assert all(ours.found and ours.leftovers for ours, _ in pairs)
    assert [ours for ours, _ in pairs] == [theirs for _, theirs in pairs]


def test_whole_pictures_are_named_alike(service, tmp_path, alice):
    model = put_in_place(tiny_classifier(tmp_path / "light.onnx"), "light", alice.tenant)
    (tmp_path / "p.png").write_bytes(drawn(7))

    with both_sides(service, model) as (here, there):
        ours, theirs = (seen(side, tmp_path / "p.png", DetectOptions()) for side in (here, there))

    assert [found.shape for found in ours.found] == ["tag"]
    assert ours == theirs


def test_a_model_is_sent_when_the_service_does_not_know_it(by_service, spotter, tmp_path):
    picture = tmp_path / "p.png"
    picture.write_bytes(drawn(spots=((8, 16),)))

    with Detection(spotter) as detection:
        seen = detection.look(picture, DetectOptions(confidence=0.9))

    with by_service.client() as client:
        kept = client.get(f"/api/ml/models/{spotter.sha256}").json()
    assert [(found.x, found.y) for found in seen.found] == [(8, 16)]
    assert (kept["size"], kept["spec"]["class_names"]) == (spotter.size, ["spot"])


def test_a_model_is_let_in_by_the_service_as_in_process(by_service, acme):
    model = install_file(FILE, name="by service", tenant=acme)

    assert (model.state, model.is_trainable, model.proof["verdict"]) == ("active", True, "plausible")
    assert model.spec == inspect_model(FILE).to_dict()


def test_an_embedder_is_tried_out_there(by_service, tmp_path, acme):
    model = install_file(tiny_embedder(tmp_path / "faces.onnx"), name="faces", tenant=acme)

    assert (model.task, model.state) == ("embed", "active")


def test_a_file_that_is_no_model_is_refused_in_the_same_words(service, tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(b"no model")
    told = []
    for url in ("", service.url):
        with override_settings(MODELSHIP_ML_SERVICE_URL=url, MODELSHIP_ML_SERVICE_TOKEN=TOKEN):
            engine = engine_for(ModelFile(sha256_of(path), lambda: path))
            with pytest.raises(UnsupportedType) as refusal:
                engine.inspect(limits_for(30))
            engine.close()
        told.append((refusal.value.code, refusal.value.detail))

    assert told[0] == told[1]


def test_bad_pictures_and_settings_are_refused_in_the_same_words(service, spotter, tmp_path):
    bad, good = tmp_path / "bad.jpg", tmp_path / "good.png"
    bad.write_bytes(b"\xff\xd8\xff no picture")
    good.write_bytes(drawn())

    with both_sides(service, spotter) as sides:
        pictures = [refused(side, bad, Unprocessable) for side in sides]
        spotter.spec = {**spotter.spec, "head": "no such head"}
        settings = [refused(side, good, ModelFails) for side in sides]

    assert pictures[0] == pictures[1]
    assert settings[0] == settings[1]


def refused(detection, picture, kind):
    with pytest.raises(Problem) as refusal:
        detection.look(picture, DetectOptions())
    assert type(refusal.value) is kind
    return refusal.value.code, refusal.value.detail


def test_a_closed_detection_looks_at_nothing_more(by_service, spotter, tmp_path):
    (tmp_path / "p.png").write_bytes(drawn())
    detection = Detection(spotter)
    detection.close()

    with pytest.raises(Problem):
        detection.look(tmp_path / "p.png", DetectOptions())


CUT = {"width": 64, "height": 64, "overlap": 0, "full_image": False}


def test_slices_are_heard_of_and_a_stop_keeps_what_they_gave(service, spotter, tmp_path):
    (tmp_path / "p.png").write_bytes(drawn(size=(3072, 2304), spots=((8, 8), (3000, 2280))))
    options = DetectOptions(confidence=0.9, slicing=CUT)
    for detection in both(service, spotter):
        heard: list[SliceSeen] = []
        all_of_it = detection.look(tmp_path / "p.png", options, ear=Ear(heard.append))
        told, heard[:] = list(heard), []
        has_found = partial(any_found, heard)
        stopped = detection.look(tmp_path / "p.png", options, ear=Ear(heard.append, has_found))

        assert all_of_it.is_whole
        assert [(found.x, found.y) for found in all_of_it.found] == [(8, 8), (3000, 2280)]
        assert [seen.done for seen in told] == list(range(1, len(told) + 1))
        assert {seen.total for seen in told} == {48 * 36}
        assert next((found.x, found.y) for seen in told for found in seen.found) == (8, 8)
        assert 0 < stopped.looked < stopped.slices == 48 * 36
        assert [(found.x, found.y) for found in stopped.found] == [(8, 8)]


def any_found(heard):
    return any(seen.found for seen in heard)


def both(service, model):
    with both_sides(service, model) as sides:
        yield from sides
