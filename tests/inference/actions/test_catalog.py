from dataclasses import replace

import pytest
from django.test import override_settings

from inference.actions.catalog import install_entry, queue_install
from inference.catalog import CATALOG, entry_named
from inference.model_files import sha256_of
from inference.models import DetectorModel
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from modelship.lib.errors import BadRequest, Forbidden, NotFound, Unprocessable
from tests.inference.sites import serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def mirror(tiny):
    """A mirror that has the smallest model of the catalogue, and may be reached."""
    with (
        serving({"/yolox_nano.onnx": tiny.read_bytes()}) as site,
        override_settings(MODELSHIP_MODEL_MIRROR=f"{site.url}/", MODELSHIP_OUTBOUND_ALLOW=[site.place]),
    ):
        yield site


def test_the_catalogue_names_each_model_once_with_an_https_address():
    names = [entry.name for entry in CATALOG]

    assert names == ["yolox_nano", "yolox_tiny", "yolox_s", "yolox_m", "yolox_l", "yolox_x"]
    assert all(entry.url.startswith("https://github.com/") for entry in CATALOG)
    assert all(entry.size < 500 << 20 and entry.license for entry in CATALOG)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(NotFound) as refusal:
        entry_named("yolox_huge")

    assert "yolox_nano, yolox_tiny" in refusal.value.detail


def test_an_entry_is_fetched_tried_and_installed(mirror, tiny):
    model = install_entry(entry_named("yolox_nano"), tenant=None)

    assert mirror.asked == ["/yolox_nano.onnx"]
    assert (model.name, model.sha256, model.tenant) == ("yolox_nano", sha256_of(tiny), None)
    assert (model.source, model.license) == (f"{mirror.url}/yolox_nano.onnx", "Apache-2.0")


def test_a_file_with_another_checksum_is_refused(mirror):
    entry = replace(entry_named("yolox_nano"), sha256="0" * 64)

    with pytest.raises(Unprocessable) as refusal:
        install_entry(entry, tenant=None)

    assert refusal.value.code == "bad_checksum"
    assert DetectorModel.objects.count() == 0


def test_a_mirror_inside_the_network_needs_the_operators_word(mirror):
    with override_settings(MODELSHIP_OUTBOUND_ALLOW=[]), pytest.raises(BadRequest):
        install_entry(entry_named("yolox_nano"), tenant=None)

    assert mirror.asked == []


def test_without_a_checksum_somebody_has_to_say_yes(alice):
    with pytest.raises(Unprocessable) as refusal:
        queue_install(alice.actor, entry_named("yolox_nano"), allow_unpinned=False)

    assert refusal.value.code == "unpinned"
    assert Job.objects.count() == 0


def test_only_managers_install_and_only_staff_for_everybody(alice, bob):
    for actor, is_shared in ((bob.actor, False), (alice.actor, True)):
        with pytest.raises(Forbidden):
            queue_install(actor, entry_named("yolox_nano"), allow_unpinned=True, is_shared=is_shared)

    assert Job.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_job_installs_for_the_tenant_that_asked(mirror, alice):
    job, _ = queue_install(alice.actor, entry_named("yolox_nano"), allow_unpinned=True)

    run_queued()

    job.refresh_from_db()
    model = DetectorModel.objects.get()
    assert (job.state, job.title) == ("succeeded", "Install yolox_nano")
    assert job.result == {
        "model": str(model.id),
        "name": "yolox_nano",
        "sha256": model.sha256,
        "is_pinned": False,
    }
    assert model.tenant == alice.tenant


@pytest.mark.django_db(transaction=True)
def test_a_job_that_gets_no_model_fails_in_words(mirror, alice):
    mirror.files["/yolox_nano.onnx"] = b"<html>Not here.</html>"
    job, _ = queue_install(alice.actor, entry_named("yolox_nano"), allow_unpinned=True)

    run_queued()

    job.refresh_from_db()
    assert (job.state, job.error["code"]) == ("failed", "not_onnx")
