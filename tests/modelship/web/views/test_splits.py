"""The page of splits, without any script."""

from typing import Any

import pytest

from datasets.models import Dataset, Image
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.modelship.web.pages import Page
from tests.people import Person

pytestmark = pytest.mark.django_db
RULE = {"train": "34", "val": "33", "test": "33", "balance": "on", "keep": "on", "group": ""}


def test_a_preview_shows_what_a_rule_would_give_and_changes_nothing(
    alice: Person, vic: Person, dataset: Dataset, images: list[Image]
):
    url = f"/datasets/{dataset.id}/splits/"

    page = alice.browser.get(url, {**RULE, "preview": "1"})

    text = page.content.decode()
    assert (page.status_code, Page(page).inline, Page(page).open) == (200, [], [])
    assert "What it would give" in text
    assert "3 pictures would move." in text
    assert set(Image.objects.values_list("split", flat=True)) == {""}
    assert "Deal out" not in vic.browser.get(url).content.decode()


def test_dealing_out_leads_to_the_job(alice: Person, dataset: Dataset, images: list[Image]):
    answer = alice.browser.post(f"/datasets/{dataset.id}/splits/", RULE)
    run_queued(["dataset.split"])

    assert answer["Location"] == f"/jobs/{Job.objects.get(kind='dataset.split').id}/"
    assert sorted(Image.objects.values_list("split", flat=True)) == ["test", "train", "val"]


@pytest.mark.parametrize("change", [{"train": "90"}, {"train": "x"}, {"train": "-1", "val": "68"}])
def test_parts_that_are_not_a_whole_are_refused_in_words(
    change: dict[str, Any], alice: Person, dataset: Dataset, images: list[Image]
):
    answer = alice.browser.post(f"/datasets/{dataset.id}/splits/", {**RULE, **change})

    assert answer.status_code == 422
    assert not Job.objects.filter(kind="dataset.split").exists()


def test_a_copy_is_made_from_the_versions_page(
    alice: Person, bob: Person, dataset: Dataset, images: list[Image]
):
    url = f"/datasets/{dataset.id}/versions/"
    assert bob.browser.post(url, {"copy": "Mine"}).status_code == 403

    answer = alice.browser.post(url, {"copy": "South quay", "version": ""})
    run_queued(["dataset.clone"])

    copy = Dataset.objects.get(name="South quay")
    assert answer["Location"] == f"/datasets/{copy.id}/"
    assert copy.images.count() == 3
    assert alice.browser.post(url, {"copy": "South quay"})["Location"] == url
