import json

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from inference.models import DetectorModel
from tests.inference.sites import serving

pytestmark = pytest.mark.django_db


def test_a_file_becomes_everybodys_model(tiny, capsys):
    call_command("install_model", "--file", str(tiny), "--json")

    answer = json.loads(capsys.readouterr().out)
    model = DetectorModel.objects.get()
    assert (answer["model"]["id"], answer["model"]["name"]) == (str(model.id), "tiny")
    assert (model.tenant, model.source) == (None, "file")


def test_a_file_with_names_for_one_tenant(tiny, tmp_path, alice, capsys):
    (tmp_path / "names.txt").write_text("boat\ncrane\n")

    call_command(
        "install_model",
        *("--file", str(tiny), "--name", "harbour", "--tenant", "acme"),
        *("--classes", str(tmp_path / "names.txt"), "--channel-order", "RGB", "--license", "MIT"),
    )

    model = DetectorModel.objects.get()
    assert (model.tenant, model.name, model.license) == (alice.tenant, "harbour", "MIT")
    assert (model.class_names, model.spec["channel_order"]) == (["boat", "crane"], "RGB")
    assert (
        capsys.readouterr().out == f"harbour is installed: yolox, 64x64, 2 classes.\nSHA-256 {model.sha256}\n"
    )


def test_a_name_of_the_catalogue_shows_the_sum_it_got(tiny, capsys):
    with (
        serving({"/yolox_tiny.onnx": tiny.read_bytes()}) as site,
        override_settings(MODELSHIP_MODEL_MIRROR=site.url, MODELSHIP_OUTBOUND_ALLOW=[site.place]),
    ):
        call_command("install_model", "yolox_tiny", "--allow-unpinned")

    said = capsys.readouterr().out
    assert DetectorModel.objects.get().sha256 in said
    assert "compare this one with the maker's" in said


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ([], 1, "usage"),
        (["yolox_nano", "--file", "x.onnx"], 1, "usage"),
        (["yolox_huge"], 1, "unknown_model"),
        (["yolox_nano"], 3, "unpinned"),
        (["--file", "nowhere.onnx"], 1, "no_file"),
        (["--file", __file__], 1, "not_onnx"),
        (["--file", __file__, "--tenant", "nobody"], 1, "unknown_tenant"),
        (["--file", __file__, "--classes", "nowhere.txt"], 1, "no_file"),
    ],
)
def test_a_refusal_has_words_a_code_and_a_status(words, status, code, capsys):
    with pytest.raises(CommandError) as refusal:
        call_command("install_model", *words, "--json")

    assert refusal.value.returncode == status
    assert f"({code})" in str(refusal.value)
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code
    assert DetectorModel.objects.count() == 0
