"""The page that compares two versions, without any script."""

from typing import Any
from uuid import uuid4

import pytest

from annotations import summary_queries
from annotations.actions.apply_edits import apply_edits
from annotations.diff_queries import Moments, diff_summary
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


def comparisons(monkeypatch: pytest.MonkeyPatch) -> list[Moments]:
    """Each time that everything is compared, beside doing so."""
    made: list[Moments] = []

    def noted(moments: Moments) -> dict[str, Any]:
        made.append(moments)
        return diff_summary(moments)

    monkeypatch.setattr(summary_queries, "diff_summary", noted)
    return made


def test_stepping_through_pictures_compares_once_and_opening_anew_sees_what_is_new(
    vic: Person, alice: Person, dataset: Dataset, changed: Image, monkeypatch: pytest.MonkeyPatch
):
    made = comparisons(monkeypatch)
    url = f"/datasets/{dataset.id}/compare/?from=1&to=now"
    vic.browser.get(url)
    apply_edits(changed.id, [add()], actor=alice.actor)

    stepped = vic.browser.get(f"{url}&image={changed.id}")
    assert (len(made), stepped.context["summary"]["boxes"]["added"]) == (1, 1)
    assert len(stepped.context["drawn"]["changes"]) == 5
    anew = vic.browser.get(url)

    assert (len(made), anew.context["summary"]["boxes"]["added"]) == (2, 2)


def test_two_versions_are_compared_once_until_an_image_of_them_goes(
    vic: Person, alice: Person, dataset: Dataset, changed: Image, monkeypatch: pytest.MonkeyPatch
):
    frozen(alice, dataset)
    made = comparisons(monkeypatch)
    url = f"/api/v1/datasets/{dataset.id}/diff?from=1&to=2"

    first, second = vic.api.get(url).json(), vic.api.get(url).json()
    assert (len(made), second) == (1, first)
    assert second["summary"]["images"]["changed"] == 1
    changed.delete()

    assert vic.api.get(url).json()["summary"]["images"]["changed"] == 0
    assert len(made) == 2


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
