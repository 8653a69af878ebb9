"""Archived pictures are out of sight, out of exports and out of new versions, and come back whole."""

import pytest

from annotations.actions.freeze import freeze_dataset
from annotations.walk_queries import Walk
from datasets.actions.archive import archive_images, restore_images
from datasets.actions.ingest import ingest_image
from datasets.models import Dataset, Image
from datasets.queries import counts_of, images_of
from modelship.audit.models import AuditEntry
from tests.datasets.pictures import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def pictures(alice, dataset) -> list[Image]:
    for number in range(3):
        ingest_image(dataset, f"{number}.png", picture(number), actor=alice.actor)
    return list(dataset.images.order_by("ordinal"))


def test_an_archived_picture_is_out_of_lists_counts_and_new_versions(alice, dataset, pictures):
    first, second, third = pictures

    moved = archive_images(alice.actor, dataset, [second.id], "duplicate")

    assert moved == 1
    assert set(images_of(alice.actor, dataset)) == {first, third}
    assert counts_of(dataset)["all"] == 2
    assert Walk().position(third) == (2, 2)
    assert freeze_dataset(alice.actor, dataset).image_count == 2
    second.refresh_from_db()
    assert second.archived_at is not None
    assert second.archived_for == "duplicate"


def test_a_restored_picture_is_as_it_was(alice, dataset, pictures):
    before = freeze_dataset(alice.actor, dataset)
    ids = [picture.id for picture in pictures]
    archive_images(alice.actor, dataset, ids, "blurred")

    moved = restore_images(alice.actor, dataset, ids)

    assert moved == 3
    assert list(images_of(alice.actor, dataset).order_by("ordinal")) == pictures
    assert freeze_dataset(alice.actor, dataset).number == before.number


def test_doing_it_twice_changes_and_audits_nothing(alice, dataset, pictures):
    ids = [pictures[0].id]
    archive_images(alice.actor, dataset, ids, "duplicate")
    entries = AuditEntry.objects.count()

    moved = archive_images(alice.actor, dataset, ids, "dark")

    assert moved == 0
    pictures[0].refresh_from_db()
    assert pictures[0].archived_for == "duplicate"
    assert AuditEntry.objects.count() == entries


def test_pictures_of_another_dataset_stay(alice, dataset, pictures):
    other = Dataset.objects.create(tenant=dataset.tenant, project=dataset.project, name="Other")

    assert archive_images(alice.actor, other, [pictures[0].id], "duplicate") == 0
    assert images_of(alice.actor, dataset).count() == 3
