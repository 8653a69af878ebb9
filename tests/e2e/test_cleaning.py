"""Cleaning in a real browser: check, go through the groups by keys, compare, archive, undo."""

import pytest
from django.core.files.base import ContentFile
from PIL import Image as Picture
from playwright.sync_api import Page, expect

from datasets.actions.ingest import ingest_image
from datasets.models import CleanFinding, Dataset, Image
from modelship.jobs.runner import run_queued
from tests.datasets.pictures import encoded
from tests.people import Person

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
KINDS = ["datasets.clean", "datasets.clean_apply", "datasets.clean_undo"]
# Name, hash, brightness: two groups, and a dark picture.
SHOTS = [
    ("quay.png", 0b0, 120.0),
    ("quay again.png", 0b11, 120.0),
    ("quay once more.png", 0b1, 120.0),
    ("mast.png", -1, 120.0),
    ("mast again.png", -2, 120.0),
    ("night.png", 0x0F0F0F0F0F0F, 4.0),
]


@pytest.fixture
def shots(alice: Person, dataset: Dataset) -> None:
    for number, (name, phash, brightness) in enumerate(SHOTS):
        data = encoded(Picture.new("RGB", (160, 120), (40 * number, 90, 140)))
        image = ingest_image(dataset, name, ContentFile(data), actor=alice.actor).image
        Image.objects.filter(pk=image.pk).update(
            phash=phash, brightness=brightness, sharpness=400.0, size=1_000
        )


def kept(dataset: Dataset) -> list[str]:
    return [image.filename for image in dataset.images.kept().order_by("ordinal")]


@pytest.mark.usefixtures("shots")
def test_a_dataset_is_cleaned_by_keys_and_taken_back(page: Page, dataset: Dataset):
    page.goto(f"/datasets/{dataset.id}/clean/")
    dark = page.get_by_role("slider", name="Brightness below")
    expect(page.locator("[data-rule=dark] [data-part=count]")).to_have_text("1")
    dark.focus()
    for _ in range(22):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-rule=dark] [data-part=count]")).to_have_text("0")

    page.get_by_role("button", name="Check the pictures").click()
    expect(page.locator(".job")).to_be_visible()
    run_queued(KINDS)
    expect(page.locator(".clean-group")).to_have_count(2)
    expect(page.get_by_role("button", name="Archive 3 pictures")).to_be_visible()

    # The third of the first group instead of the first; the second of the next group stays.
    page.locator(".pick").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("k")
    first = page.locator(".clean-group").first
    expect(first.locator("[data-verdict=best]")).to_have_attribute("data-name", "quay once more.png")
    expect(first.locator("[data-name='quay.png'] [data-part=measured]")).to_have_text("1 bit away")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    expect(page.locator("[data-name='mast again.png']")).to_have_attribute("data-verdict", "keep")
    expect(page.get_by_role("button", name="Archive 2 pictures")).to_be_visible()
    assert CleanFinding.objects.filter(marked=True).count() == 2

    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()
    page.get_by_role("radio", name="Flip").check(force=True)
    page.keyboard.press("Space")
    expect(page.locator("[data-part=right]")).to_be_visible()
    expect(page.locator("[data-part=left]")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("[data-name='mast again.png']")).to_be_focused()

    page.get_by_role("button", name="Archive 2 pictures").click()
    expect(page.locator(".job")).to_be_visible()
    run_queued(KINDS)
    expect(page.get_by_text("2 pictures are archived.")).to_be_visible()
    assert kept(dataset) == ["quay once more.png", "mast.png", "mast again.png", "night.png"]

    page.get_by_role("button", name="Undo").click()
    run_queued(KINDS)
    expect(page.get_by_text("2 pictures are archived.")).to_be_hidden()
    assert len(kept(dataset)) == len(SHOTS)
