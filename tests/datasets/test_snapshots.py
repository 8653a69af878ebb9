"""Work that changes which pictures a dataset has leaves a version behind it, unless the dataset wants none."""

import io
import zipfile

from datasets.models import Dataset, DatasetVersion
from modelship.jobs.runner import run_queued
from tests.datasets.pictures import picture, sent


def unpack(person, dataset, *numbers: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in numbers:
            archive.writestr(f"{number}.png", picture(number))
    answer = person.api.post(
        f"/api/v1/datasets/{dataset.id}/images", {"files": [sent("day.zip", out.getvalue())]}
    )
    assert answer.status_code == 200, answer.content
    run_queued()


def versions(dataset) -> list[tuple]:
    rows = DatasetVersion.objects.filter(dataset=dataset).order_by("number")
    return list(rows.values_list("number", "source", "message", "image_count"))


def test_an_archive_that_brought_pictures_leaves_a_version(alice, dataset):
    unpack(alice, dataset, 1, 2)

    assert versions(dataset) == [(1, "upload", "After unpacking day.zip.", 2)]


def test_one_that_brought_nothing_new_leaves_none(alice, dataset):
    unpack(alice, dataset, 1, 2)
    unpack(alice, dataset, 2)

    assert len(versions(dataset)) == 1


def test_a_dataset_may_do_without(alice, dataset):
    Dataset.objects.update(automatic_versions=False)

    unpack(alice, dataset, 1)

    assert versions(dataset) == []
    assert dataset.images.count() == 1
