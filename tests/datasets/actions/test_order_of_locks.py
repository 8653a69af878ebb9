"""Who changes pictures and the audit in one transaction takes the pictures first: then nobody waits in a ring."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datasets.actions import archive
from datasets.actions.archive import archive_images, restore_images
from datasets.actions.datasets import delete_dataset
from datasets.actions.images import change_image, delete_image
from datasets.actions.ingest import ingest_image
from datasets.models import Dataset, Image
from modelship.projects.actions import delete_project
from tests.datasets.pictures import picture
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def pictures(alice, dataset: Dataset) -> list[Image]:
    for number in range(3):
        ingest_image(dataset, f"{number}.png", picture(number), actor=alice.actor)
    return list(dataset.images.order_by("ordinal"))


def delete(alice, dataset, pictures):
    delete_image(alice.actor, pictures[0])


def delete_all(alice, dataset, pictures):
    delete_dataset(alice.actor, dataset)


def delete_the_project(alice, dataset, pictures):
    delete_project(alice.actor, dataset.project)


def change(alice, dataset, pictures):
    change_image(alice.actor, pictures[0], metadata={"a": 1}, expect=lambda image: None)


def put_away(alice, dataset, pictures):
    archive_images(alice.actor, dataset, [image.id for image in pictures], "blur")


def take_back(alice, dataset, pictures):
    restore_images(alice.actor, dataset, [image.id for image in pictures])


@pytest.mark.parametrize("work", [delete, delete_all, delete_the_project, change, put_away, take_back])
def test_pictures_are_taken_before_the_audit(alice: Person, dataset, pictures, work, monkeypatch):
    if work is take_back:
        put_away(alice, dataset, pictures)
    monkeypatch.setattr(archive, "BATCH", 1)

    with CaptureQueriesContext(connection) as asked:
        work(alice, dataset, pictures)

    asked_for = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    of_pictures = [at for at, sql in enumerate(asked_for) if 'FROM "datasets_image"' in sql]
    of_the_audit = [at for at, sql in enumerate(asked_for) if 'FROM "audit_audithead"' in sql]
    assert of_pictures
    assert of_the_audit
    assert max(of_pictures) < min(of_the_audit)
