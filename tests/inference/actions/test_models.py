import json

import numpy as np
import onnx
import pytest
from django.core.files.storage import default_storage
from django.test import override_settings
from onnx import TensorProto, helper, numpy_helper

from inference.actions.models import Origin, change_model, delete_model, install_file
from inference.asking import ModelFails, OutOfLimits
from inference.model_files import local_model, model_key, sha256_of
from inference.models import DetectorModel
from inference.overrides import Overrides
from modelship.audit.models import AuditEntry
from modelship.lib.errors import (
    BadRequest,
    Conflict,
    Problem,
    TooLarge,
    Unavailable,
    Unprocessable,
    UnsupportedType,
)
from tests.inference.installed import put_in_place
from tests.inference.models import save, tiny_yolox

pytestmark = pytest.mark.django_db


def endless(path):
    """The shape of a detector, but it never answers."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["keep"], ["keep_out"]),
            helper.make_node("Identity", ["rows"], ["rows_out"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("keep", TensorProto.BOOL, []),
            helper.make_tensor_value_info("rows", TensorProto.FLOAT, [1, 84, 7]),
        ],
        [
            helper.make_tensor_value_info("keep_out", TensorProto.BOOL, []),
            helper.make_tensor_value_info("rows_out", TensorProto.FLOAT, [1, 84, 7]),
        ],
    )
    stored = [
        numpy_helper.from_array(np.array(2**62, np.int64), "turns"),
        numpy_helper.from_array(np.array(True), "yes"),
        numpy_helper.from_array(np.zeros((1, 84, 7), np.float32), "start"),
    ]
    loop = helper.make_node("Loop", ["turns", "yes", "start"], ["output"], body=body)
    return save(path, [loop], stored, (1, 84, 7), classes=["a", "b"])


def outside(path):
    """Weights that lie in another file: here the password file."""
    weights = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1, 84, 7])
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="/etc/passwd")
    return save(path, [helper.make_node("Identity", ["w"], ["output"])], [weights], (1, 84, 7))


def test_a_model_is_read_tried_and_stored_by_its_checksum(tiny, alice):
    model = install_file(
        tiny, name=" thing finder ", tenant=alice.tenant, actor=alice.actor, origin=Origin("upload", "MIT")
    )

    sha256 = sha256_of(tiny)
    assert (model.name, model.head, model.input_width, model.input_height) == (
        "thing finder",
        "yolox",
        64,
        64,
    )
    assert (model.class_names, model.state) == (["thing", "stuff"], "active")
    assert (model.sha256, model.size, model.license) == (sha256, tiny.stat().st_size, "MIT")
    assert model.spec["channel_order"] == "BGR"
    assert default_storage.open(model_key(sha256)).read() == tiny.read_bytes()
    assert AuditEntry.objects.get(verb="model.installed").subject == f"model:{model.id}"


def test_the_same_file_and_name_again_is_the_same_model_and_active(tiny, alice):
    first = install_file(tiny, name="x", tenant=alice.tenant, actor=alice.actor)
    change_model(alice.actor, first, state="archived")

    second = install_file(tiny, name="x", tenant=alice.tenant, actor=alice.actor)

    assert (second.id, second.state) == (first.id, "active")
    assert DetectorModel.objects.count() == 1


def test_everybodys_models_are_found_again_too(tiny):
    first = install_file(tiny, name="x")

    assert install_file(tiny, name="x").id == first.id
    assert DetectorModel.objects.get().tenant is None


def test_the_same_file_and_name_with_other_settings_is_refused(tiny, alice):
    install_file(tiny, name="x", tenant=alice.tenant)

    with pytest.raises(Conflict) as refusal:
        install_file(tiny, name="x", tenant=alice.tenant, overrides=Overrides.read({"channel_order": "rgb"}))

    assert refusal.value.code == "name_taken"
    assert DetectorModel.objects.count() == 1


def test_what_is_known_better_replaces_what_was_detected(tiny, alice):
    overrides = Overrides.read({"classes": "boat\n\n crane \n", "channel_order": "rgb", "scale": "0.5"})

    model = install_file(tiny, name="x", tenant=alice.tenant, overrides=overrides)

    assert model.class_names == ["boat", "crane"]
    assert (model.spec["channel_order"], model.spec["scale"]) == ("RGB", 0.5)


@pytest.mark.parametrize(
    ("given", "kind", "code"),
    [
        ({"classes": "one"}, Unprocessable, "class_count"),
        ({"channel_order": "GBR"}, Unprocessable, "bad_settings"),
        ({"scale": "-1"}, Unprocessable, "bad_settings"),
        ({"scale": "nan"}, BadRequest, "malformed"),
        ({"head": "retina"}, ModelFails, "unknown_head"),
        ({"input": "128x128"}, ModelFails, "wrong_input_size"),
        ({"input": "large"}, BadRequest, "malformed"),
        ({"classes": "a\na"}, BadRequest, "malformed"),
        ({"classes": ["a", "\u202eb"]}, BadRequest, "malformed"),
        ({"mean": "1,2"}, BadRequest, "malformed"),
    ],
)
def test_settings_that_do_not_fit_are_refused(tiny, alice, given, kind, code):
    with pytest.raises(kind) as refusal:
        install_file(tiny, name="x", tenant=alice.tenant, overrides=Overrides.read(given))

    assert refusal.value.code == code
    assert DetectorModel.objects.count() == 0


@pytest.mark.parametrize(
    ("make", "kind", "code"),
    [
        (lambda path: path.write_bytes(b""), UnsupportedType, "empty"),
        (lambda path: path.write_bytes(b"\x89PNG no model"), UnsupportedType, "not_onnx"),
        (outside, UnsupportedType, "external_data"),
        (
            lambda path: save(path, [helper.make_node("Relu", ["images"], ["output"])], [], (1, 3, 64, 64)),
            ModelFails,
            "unknown_head",
        ),
    ],
)
def test_files_that_are_no_detector_are_refused_with_the_reason(tmp_path, alice, make, kind, code):
    path = tmp_path / "bad.onnx"
    make(path)

    with pytest.raises(kind) as refusal:
        install_file(path, name="x", tenant=alice.tenant)

    assert refusal.value.code == code
    assert DetectorModel.objects.count() == 0
    assert not default_storage.exists(model_key(sha256_of(path)))


@override_settings(MODELSHIP_MODEL_TEST_SECONDS=2)
def test_a_model_that_never_answers_is_ended_and_refused(tmp_path, alice):
    with pytest.raises(OutOfLimits) as refusal:
        install_file(endless(tmp_path / "loop.onnx"), name="x", tenant=alice.tenant)

    assert refusal.value.code in ("model_wall", "model_cpu")
    assert DetectorModel.objects.count() == 0


@override_settings(MODELSHIP_MAX_MODEL_BYTES=1024)
def test_a_file_beyond_the_limit_is_not_even_opened(tmp_path, alice):
    path = tmp_path / "large.onnx"
    path.write_bytes(bytes(1025))

    with pytest.raises(TooLarge) as refusal:
        install_file(path, name="x", tenant=alice.tenant)

    assert refusal.value.extra == {"limit": 1024}


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201, "\u202egpj"])
def test_a_name_is_short_and_printable(tiny, alice, name):
    with pytest.raises(BadRequest):
        install_file(tiny, name=name, tenant=alice.tenant)


def test_renaming_onto_the_same_file_is_refused(tiny, alice, thing):
    other = put_in_place(tiny, "other", alice.tenant)

    with pytest.raises(Conflict):
        change_model(alice.actor, other, name="thing finder")

    other.refresh_from_db()
    assert other.name == "other"


@pytest.mark.django_db(transaction=True)
def test_the_bytes_go_with_the_last_model_that_has_them(tiny, alice, charlie, thing):
    theirs = put_in_place(tiny, "theirs", charlie.tenant)
    local_model(thing.sha256)

    delete_model(alice.actor, thing)
    kept = default_storage.exists(model_key(theirs.sha256))
    delete_model(charlie.actor, theirs)

    assert kept
    assert not default_storage.exists(model_key(theirs.sha256))
    with pytest.raises(Unavailable):
        local_model(theirs.sha256)


def test_a_damaged_copy_is_fetched_again(thing):
    path = local_model(thing.sha256)
    path.write_bytes(b"something else")

    assert sha256_of(local_model(thing.sha256)) == thing.sha256


def test_damaged_bytes_in_the_storage_are_never_used(thing):
    default_storage.delete(model_key(thing.sha256))
    with default_storage.open(model_key(thing.sha256), "wb") as file:
        file.write(b"something else")

    with pytest.raises(Problem) as refusal:
        local_model(thing.sha256)

    assert refusal.value.code == "model_lost"


def test_a_spec_is_plain_json(thing):
    assert json.loads(json.dumps(thing.spec)) == thing.spec
    assert onnx.load_model(local_model(thing.sha256)).graph.name == "tiny"


def test_two_tenants_with_one_file_share_its_bytes(tiny, alice, charlie):
    ours = install_file(tiny, name="x", tenant=alice.tenant)
    theirs = install_file(tiny_yolox(tiny), name="x", tenant=charlie.tenant)

    assert ours.id != theirs.id
    assert ours.sha256 == theirs.sha256
    assert default_storage.listdir("models")[1] == [f"{ours.sha256}.onnx"]
