"""The page that compares two versions, without any script."""

from typing import Any
from uuid import uuid4

import pytest

from annotations.actions.apply_edits import apply_edits
from datasets.models import Dataset, Image
from modelship.jobs.models import Job
from tests.annotations.conftest import make_picture  # noqa: F401 - a fixture
from tests.annotations.frozen import frozen
from tests.live_clients import add, change
from tests.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(alice: Person, dataset: Dataset, make_picture: Any) -> Image:  # noqa: F811
    image, boxes = make_picture(), [str(uuid4()) for _ in range(3)]
    apply_edits(image.id, [add(box) for box in boxes], actor=alice.actor)
    frozen(alice, dataset, "Before the storm.")
    boat = str(dataset.project.classes.get(name="boat").id)
    edits = [
        change("update", boxes[0], x=15, y=10, w=20, h=20),
        change("update", boxes[1], class_id=boat),
        change("delete", boxes[2]),
        add(shape="polygon", points=[[1, 1], [9, 1], [5, 9]]),
    ]
    apply_edits(image.id, edits, actor=alice.actor)
    return image


def test_the_picture_shows_both_states_and_the_table_says_what_changed(
    vic: Person, dataset: Dataset, changed: Image
):
    page = vic.browser.get(f"/datasets/{dataset.id}/compare/?from=1&to=now").content.decode()

    assert page.count('<g class="change ') == 4
    assert '<polygon class="was" points="10.00,10.00 30.00,10.00 30.00,30.00 10.00,30.00" />' in page
    assert "no class → boat" in page
    assert "0.60" in page
    assert "Before the storm." in page
    assert f'href="/images/{changed.id}/"' in page


def test_a_dataset_without_versions_leads_to_where_they_are_made(vic: Person, dataset: Dataset):
    answer = vic.browser.get(f"/datasets/{dataset.id}/compare/")

    assert (answer.status_code, answer["Location"]) == (302, f"/datasets/{dataset.id}/versions/")


NOWHERE = "019ac0de-0000-7000-8000-000000000000"


@pytest.mark.parametrize("query", ["from=9", "from=1&image=x", f"from=1&image={NOWHERE}"])
def test_what_is_not_there_is_not_found(query: str, vic: Person, dataset: Dataset, changed: Image):
    assert vic.browser.get(f"/datasets/{dataset.id}/compare/?{query}").status_code == 404


def test_going_back_from_the_list_leads_to_the_job(
    alice: Person, bob: Person, dataset: Dataset, changed: Image
):
    url = f"/datasets/{dataset.id}/versions/"
    assert "Go back to version 1" in alice.browser.get(url).content.decode()
    assert "Go back" not in bob.browser.get(url).content.decode()

    refused = bob.browser.post(url, {"rollback": "1"})
    assert (refused.status_code, Job.objects.count()) == (403, 0)
    answer = alice.browser.post(url, {"rollback": "1"})

    assert answer["Location"] == f"/jobs/{Job.objects.get(kind='dataset.rollback').id}/"
