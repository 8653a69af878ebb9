import socket
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.test import override_settings

from inference.actions.catalog import install_entry, queue_install
from inference.actions.models import install_file
from inference.catalog import CATALOG, declared, entry_named
from inference.model_files import sha256_of
from inference.models import DetectorModel
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.lib.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    Problem,
    TooLarge,
    Unavailable,
    Unprocessable,
)
from tests.data import shared_data

pytestmark = pytest.mark.django_db
NANO = "/yolox_nano.onnx"
ELSEWHERE = "Download the file elsewhere and upload it under Add a model, or set MODELSHIP_MODEL_MIRROR."


@pytest.fixture(autouse=True)
def downloads(tmp_path):
    """A folder of its own for what arrives: it must be empty afterwards, whatever happened."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    with override_settings(FILE_UPLOAD_TEMP_DIR=str(folder)):
        yield folder
    assert list(folder.iterdir()) == []


def nothing_is_kept() -> bool:
    return DetectorModel.objects.count() == 0 and not default_storage.exists("models")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_every_entry_is_pinned_at_an_https_address_and_says_what_it_is():
    assert [entry.name for entry in CATALOG] == [
        *("yolox_nano", "yolox_tiny", "yolox_s", "yolox_m", "yolox_l", "yolox_x"),
        *("deimv2_femto", "dfine_s_coco", "dfine_m_coco", "yunet", "mobilefacenet"),
    ]
    assert all(entry.url.startswith("https://") for entry in CATALOG)
    assert all(len(entry.sha256) == 64 and entry.is_pinned for entry in CATALOG)
    assert all(0 < entry.size < 500 << 20 and entry.license for entry in CATALOG)
    assert len({entry.file for entry in CATALOG}) == len(CATALOG)


@pytest.mark.parametrize("name", ["yolox_nano", "deimv2_femto", "yunet", "mobilefacenet"])
def test_a_real_file_has_the_sum_the_size_and_the_shape_that_the_catalogue_says(name, alice):
    entry = entry_named(name)
    path = shared_data("models") / entry.file

    model = install_file(path, name=name, tenant=alice.tenant)

    assert (model.sha256, model.size) == (entry.sha256, entry.size)
    assert (model.head, model.task) == (entry.head, entry.task)
    assert (model.input_width, model.input_height) == entry.input
    assert tuple(model.class_names) == entry.classes


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("yolox_s", "BGR, 0 to 255, fitted into the input, the rest grey"),
        ("deimv2_femto", "RGB, 0 to 1, stretched to the input"),
        ("mobilefacenet", "RGB, 0 to 1, ImageNet mean and deviation, stretched to the input"),
    ],
)
def test_how_a_model_is_fed_is_told_in_words(name, words):
    assert entry_named(name).feed.words == words


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(NotFound) as refusal:
        entry_named("yolox_huge")

    assert "yolox_nano, yolox_tiny" in refusal.value.detail


def test_an_entry_is_fetched_tried_and_installed(mirror, tiny):
    model = install_entry(entry_named("yolox_nano"), tenant=None)

    assert mirror.asked == [NANO]
    assert (model.name, model.sha256, model.tenant) == ("yolox_nano", sha256_of(tiny), None)
    assert (model.source, model.license) == (f"{mirror.url}{NANO}", "Apache-2.0")


def test_a_model_is_fed_as_the_catalogue_declares_also_after_an_upload(mirror, tiny, alice, monkeypatch):
    entry = entry_named("yolox_nano")
    rgb = replace(entry, feed=replace(entry.feed, channel_order="RGB", scale=0.5))
    monkeypatch.setattr("inference.catalog.CATALOG", (rgb,))

    installed = install_entry(rgb, tenant=None)
    uploaded = install_file(tiny, name="mine", tenant=alice.tenant)

    assert declared(sha256_of(tiny)).values["channel_order"] == "RGB"
    for model in (installed, uploaded):
        assert (model.spec["channel_order"], model.spec["scale"]) == ("RGB", 0.5)


def test_a_model_of_an_earlier_release_is_found_again(mirror):
    known = install_entry(entry_named("yolox_nano"), tenant=None)
    known.spec = {key: known.spec[key] for key in known.spec if key not in ("task", "tells_classes")}
    known.save()

    assert install_entry(entry_named("yolox_nano"), tenant=None).id == known.id


def behave(site, how: str) -> None:
    """Let the mirror do what real hosts do."""
    data = site.files[NANO]
    if how in ("404", "500"):
        site.statuses[NANO] = int(how)
    elif how == "cut":
        site.cut.add(NANO)
    elif how == "other":
        site.files[NANO] = bytes(len(data))
    elif how == "long":
        site.files[NANO] = data + b"more"
    elif how == "http":
        site.moved[NANO] = "http://127.0.0.2:1/yolox_nano.onnx"
    elif how == "round":
        site.moved[NANO] = NANO


@pytest.mark.parametrize(
    ("how", "kind", "code", "words"),
    [
        (
            "404",
            Unprocessable,
            "download_refused",
            f"answered 404 instead of sending yolox_nano.onnx. {ELSEWHERE}",
        ),
        ("500", Unavailable, "unreachable", f"answered 500 instead of sending yolox_nano.onnx. {ELSEWHERE}"),
        ("cut", Unavailable, "cut_off", "broke off in the middle of yolox_nano.onnx, several times."),
        ("other", Unprocessable, "bad_checksum", "its SHA-256 differs, so nothing was kept. Try again later"),
        ("long", TooLarge, "too_large", f"bytes that yolox_nano.onnx may have. {ELSEWHERE}"),
        ("http", BadRequest, "not_encrypted", "or where it sends on to, is not reached over https."),
        ("round", Unprocessable, "redirected", f"sends on to another address too often. {ELSEWHERE}"),
    ],
)
def test_a_download_that_fails_names_the_host_and_what_to_do_next(mirror, how, kind, code, words):
    behave(mirror, how)

    with pytest.raises(kind) as refusal:
        install_entry(entry_named("yolox_nano"), tenant=None)

    assert refusal.value.code == code
    assert refusal.value.detail.startswith(mirror.place)
    assert words in refusal.value.detail
    assert nothing_is_kept()


@pytest.mark.parametrize("place", ["127.0.0.1:{port}", "models.invalid:443"])
def test_a_host_that_can_not_be_reached_is_named(mirror, place):
    place = place.format(port=closed_port())

    with (
        override_settings(MODELSHIP_MODEL_MIRROR=f"https://{place}", MODELSHIP_OUTBOUND_ALLOW=[place]),
        pytest.raises(Unavailable) as refusal,
    ):
        install_entry(entry_named("yolox_nano"), tenant=None)

    assert refusal.value.code == "unreachable"
    assert refusal.value.detail == f"{place} can't be reached from this server. {ELSEWHERE}"
    assert nothing_is_kept()


def test_a_mirror_inside_the_network_needs_the_operators_word(mirror):
    address = mirror.url.replace("http:", "https:")

    with (
        override_settings(MODELSHIP_OUTBOUND_ALLOW=[], MODELSHIP_MODEL_MIRROR=address),
        pytest.raises(BadRequest) as refusal,
    ):
        install_entry(entry_named("yolox_nano"), tenant=None)

    assert refusal.value.code == "address_denied"
    assert "MODELSHIP_OUTBOUND_ALLOW" in refusal.value.detail
    assert mirror.asked == []


def test_without_a_checksum_somebody_has_to_say_yes(shelf, alice):
    with pytest.raises(Unprocessable) as refusal:
        queue_install(alice.actor, entry_named("yolox_tiny"), allow_unpinned=False)

    assert refusal.value.code == "unpinned"
    assert Job.objects.count() == 0


def test_only_managers_install_and_only_staff_for_everybody(alice, bob):
    for actor, is_shared in ((bob.actor, False), (alice.actor, True)):
        with pytest.raises(Forbidden):
            queue_install(actor, entry_named("yolox_nano"), allow_unpinned=True, is_shared=is_shared)

    assert Job.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("name", "is_pinned"), [("yolox_nano", True), ("yolox_tiny", False)])
def test_the_job_installs_for_the_tenant_that_asked(mirror, alice, name, is_pinned):
    job, _ = queue_install(alice.actor, entry_named(name), allow_unpinned=not is_pinned)

    run_queued()

    job.refresh_from_db()
    model = DetectorModel.objects.get()
    assert (job.state, job.title) == ("succeeded", f"Install {name}")
    assert job.result == {
        "model": str(model.id),
        "name": name,
        "sha256": model.sha256,
        "is_pinned": is_pinned,
    }
    assert model.tenant == alice.tenant


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("name", "code"), [("yolox_nano", "bad_checksum"), ("yolox_tiny", "not_onnx")])
def test_a_job_that_gets_no_model_fails_in_words(mirror, alice, name, code):
    mirror.files[f"/{name}.onnx"] = b"<html>Not here.</html>"
    job, _ = queue_install(alice.actor, entry_named(name), allow_unpinned=True)

    run_queued()

    job.refresh_from_db()
    assert (job.state, job.error["code"]) == ("failed", code)
    assert nothing_is_kept()


def test_a_refusal_without_words_of_its_own_stays_as_it_is(mirror, tmp_path: Path):
    mirror.files["/yolox_tiny.onnx"] = b""

    with pytest.raises(Problem) as refusal:
        install_entry(entry_named("yolox_tiny"), tenant=None)

    assert refusal.value.code == "empty"
