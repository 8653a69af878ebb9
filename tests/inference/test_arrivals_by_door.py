"""Pictures that enter through a store, in pieces or from a source are labelled as the project wants: once, also when sent twice."""

from pathlib import Path

import pytest
from django.test import override_settings

from annotations.models import Box
from datasets.models import Image
from inference.actions import automation
from inference.models import Arrival, ImageRun
from inference.options import ON_ARRIVAL
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.datasets.conftest import bucket, media, store
from tests.datasets.sources.folder import add_source, counts, ingest
from tests.datasets.stores import announce, large_picture, put
from tests.datasets.test_parts import PART, completed_with, send
from tests.datasets.uploads import TUS, begun, complete
from tests.datasets.uploads import send as send_piece
from tests.inference.installed import boxes_of, drawn

__all__ = ["bucket", "media", "store"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def wish(request, monkeypatch, alice, project):
    """Where there is a bucket, the model's file is in it, too."""
    if "bucket" in request.fixturenames:
        request.getfixturevalue("bucket")
    thing = request.getfixturevalue("thing")
    monkeypatch.setattr(automation, "PAUSE_SECONDS", 0)
    return automation.label_on_upload(alice.actor, project, thing, {"confidence": 0.5})


def check_labelled_once(count: int = 1) -> None:
    """Everything that is there, and by one run each; nothing is left to be done."""
    run_queued()
    jobs = Job.objects.filter(kind=ON_ARRIVAL)
    assert {job.state for job in jobs} == {"succeeded"}
    assert [len(boxes_of(image)) for image in Image.objects.all()] == [1] * count
    assert (ImageRun.objects.count(), Box.objects.count(), Arrival.objects.count()) == (count, count, 0)


def verdict(answer) -> str:
    assert answer.status_code in (200, 207), answer.content
    return answer.json()["results"][0]["status"]


def test_a_file_that_went_to_the_store_itself(alice, dataset, bucket):
    data = drawn(7)
    said = announce(alice, dataset, data)
    put(said, data)
    assert verdict(complete(alice, said["upload"])) == "created"
    check_labelled_once()

    # The same call again, and the same file again, bring nothing new.
    assert verdict(complete(alice, said["upload"])) == "created"
    again = announce(alice, dataset, data, filename="again.png")
    put(again, data)
    assert verdict(complete(alice, again["upload"])) == "duplicate"
    check_labelled_once()


def test_a_file_that_went_to_the_store_in_parts(alice, dataset, bucket, settings):
    settings.MODELSHIP_PART_BYTES = PART
    data = large_picture()
    said = announce(alice, dataset, data, filename="a.bmp")
    send(alice, said, 1, 2, 3, data=data)
    assert verdict(completed_with(alice, said, {})) == "created"
    check_labelled_once()

    assert verdict(completed_with(alice, said, {})) == "created"
    check_labelled_once()


def test_a_file_whose_upload_was_cut_and_gone_on_with(alice, dataset):
    data = drawn(7)
    upload = begun(alice, dataset, filename="7.png", size=len(data))
    assert send_piece(alice, upload, data[:20]).status_code == 204
    run_queued()
    assert not Job.objects.filter(kind=ON_ARRIVAL).exists()

    rest = send_piece(alice, upload, data[20:], offset=20, **TUS)

    assert rest.status_code == 204
    assert verdict(complete(alice, upload)) == "created"
    check_labelled_once()
    twin = begun(alice, dataset, filename="twin.png", size=len(data))
    send_piece(alice, twin, data)
    assert verdict(complete(alice, twin)) == "duplicate"
    check_labelled_once()


def test_the_files_of_a_source(alice, dataset, tmp_path: Path):
    quay = tmp_path / "quay"
    quay.mkdir()
    for number in range(3):
        (quay / f"{number}.png").write_bytes(drawn(number))
    (quay / "again.png").write_bytes(drawn(0))

    with override_settings(MODELSHIP_SOURCE_FOLDERS=[str(tmp_path)]):
        source = add_source(alice, dataset, "local", {"folder": str(quay)})
        assert counts(ingest(alice, source)) == {"created": 3, "duplicate": 1}
        check_labelled_once(3)

        assert counts(ingest(alice, source)) == {"unchanged": 4}
        check_labelled_once(3)

        (quay / "new.png").write_bytes(drawn(9))
        assert counts(ingest(alice, source)) == {"created": 1, "unchanged": 4}
        check_labelled_once(4)
