import json

import pytest
from django.core.management import CommandError, call_command

from inference.catalog import CATALOG
from inference.models import DetectorModel
from tests.inference.models import tiny_embedder

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


def test_a_name_of_the_catalogue_is_installed(mirror, capsys):
    call_command("install_model", "yolox_nano")

    said = capsys.readouterr().out
    assert (
        said
        == f"yolox_nano is installed: yolox, 64x64, 2 classes.\nSHA-256 {DetectorModel.objects.get().sha256}\n"
    )


def test_a_name_without_a_known_sum_shows_the_one_it_got(mirror, capsys):
    call_command("install_model", "yolox_tiny", "--allow-unpinned")

    said = capsys.readouterr().out
    assert DetectorModel.objects.get().sha256 in said
    assert "compare this one with the maker's" in said


def test_an_embedder_is_told_as_one(tmp_path, capsys):
    call_command("install_model", "--file", str(tiny_embedder(tmp_path / "faces.onnx")))

    assert "faces is installed: face_embedding, 112x112, no boxes, vectors." in capsys.readouterr().out
    assert DetectorModel.objects.get().task == "embed"


def test_the_catalogue_is_printed_as_a_table(capsys):
    call_command("install_model", "--list")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["NAME", "FOR", "SIZE", "LICENCE", "INPUT", "FED", "WITH", "CHECKED"]
    assert [line.split()[0] for line in lines[1:]] == [entry.name for entry in CATALOG]
    [yunet] = [line for line in lines if line.startswith("yunet")]
    assert " ".join(yunet.split()) == (
        "yunet Find faces 0.3 MiB Apache-2.0 640x640 BGR, 0 to 255, fitted into the input, the rest grey by SHA-256"
    )
    assert DetectorModel.objects.count() == 0


def test_the_catalogue_is_printed_as_json(capsys):
    call_command("install_model", "--list", "--json")

    found = json.loads(capsys.readouterr().out)["results"]
    assert [entry["name"] for entry in found] == [entry.name for entry in CATALOG]
    assert found[0]["preprocessing"]["channel_order"] == "BGR"


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ([], 1, "usage"),
        (["yolox_nano", "--file", "x.onnx"], 1, "usage"),
        (["yolox_huge"], 1, "unknown_model"),
        (["yolox_tiny"], 3, "unpinned"),
        (["--file", "nowhere.onnx"], 1, "no_file"),
        (["--file", __file__], 1, "not_onnx"),
        (["--file", __file__, "--tenant", "nobody"], 1, "unknown_tenant"),
        (["--file", __file__, "--classes", "nowhere.txt"], 1, "no_file"),
    ],
)
def test_a_refusal_has_words_a_code_and_a_status(shelf, words, status, code, capsys):
    with pytest.raises(CommandError) as refusal:
        call_command("install_model", *words, "--json")

    assert refusal.value.returncode == status
    assert f"({code})" in str(refusal.value)
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code
    assert DetectorModel.objects.count() == 0
