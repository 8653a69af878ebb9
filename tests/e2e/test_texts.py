"""Texts in a real browser: add, see the estimate, classify, decide by keys, take back, accept the sure ones."""

import pytest
from playwright.sync_api import Page, expect

from datasets.models import Dataset
from inference.models import Text
from modelship.jobs.runner import run_queued
from tests.inference.installed import add_images, boxes_of
from tests.inference.language.conftest import *  # noqa: F403

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MAILS = ["The boat is late.", "The crane stands still.", "A boat under the crane.", "Nothing of note."]


def states() -> list[tuple[str, str]]:
    return list(Text.objects.order_by("ordinal").values_list("state", "label"))


def test_texts_are_added_classified_and_decided_by_keys(page: Page, dataset: Dataset, endpoint):
    page.goto(f"/datasets/{dataset.id}/texts/")
    page.get_by_label("Paste them, a text a line").fill("\n".join(MAILS))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("4 texts added.")).to_be_visible()

    form = page.locator("[data-module=classify-form]")
    expect(form.locator("[data-part=estimate]")).to_contain_text("4 texts in 1 request,")
    expect(form.get_by_label("Labels, one a line")).to_have_value("boat\ncrane\n")
    form.get_by_role("button", name="Start").click()
    expect(page.locator(".job")).to_be_visible()
    run_queued(["classify_texts"])
    review = page.locator(".text-review")
    expect(review.locator("[data-part=text]")).to_have_text(MAILS[0])
    expect(review.locator("[data-part=origin]")).to_contain_text("Local (tiny-1) proposes boat, 80 % sure")

    page.keyboard.press("Enter")
    expect(review.locator("[data-part=text]")).to_have_text(MAILS[1])
    page.keyboard.press("1")
    expect(review.locator("[data-part=text]")).to_have_text(MAILS[2])
    page.keyboard.press("r")
    expect(review.locator("[data-part=count]")).to_have_text("3 of 4 reviewed")
    page.keyboard.press("u")
    expect(review.locator("[data-part=text]")).to_have_text(MAILS[2])
    expect(review.locator("[data-part=count]")).to_have_text("2 of 4 reviewed")

    review.get_by_label("Accept all that are at least").fill("75")
    review.get_by_role("button", name="Accept them").click()
    expect(page.get_by_text("2 accepted.")).to_be_visible()
    expect(review.get_by_text("Nothing waits for you here.")).to_be_visible()
    assert states() == [("accepted", "boat")] * 4


def test_an_endpoint_is_added_and_tried(page: Page, reachable):
    page.goto("/settings/language/")
    page.get_by_label("Name", exact=True).fill("Mine")
    page.get_by_label("Address").fill(reachable.url)
    page.get_by_label("Model", exact=True).fill("tiny-1")
    page.get_by_label("Key").fill(KEY)  # noqa: F405
    page.get_by_role("button", name="Add and test").click()

    expect(page.get_by_text("Mine answers: “boat”, 80% sure by its probabilities.")).to_be_visible()
    expect(page.get_by_text(f"key ends in {KEY[-4:]}")).to_be_visible()  # noqa: F405
    assert KEY not in page.content()  # noqa: F405


def test_pictures_are_classified_from_their_gallery(page: Page, dataset: Dataset, endpoint, alice):
    images = add_images(alice, dataset, 2)
    page.goto(f"/datasets/{dataset.id}/")
    page.get_by_role("button", name="Classify").click()
    form = page.locator("#classify-dialog")
    expect(form.locator("[data-part=estimate]")).to_contain_text("2 pictures in 2 requests")
    form.get_by_role("button", name="Start").click()
    expect(page.locator(".job")).to_be_visible()

    run_queued(["classify"])

    assert [[box.label.name for box in boxes_of(image)] for image in images] == [["boat"], ["boat"]]
