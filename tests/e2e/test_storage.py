"""Storage in a real browser: a scan by keys, what it found, freeing after a question; and an archive's form."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from playwright.sync_api import Page, expect

from datasets.models import Blob, Dataset, Image, Source
from datasets.storage import blob_path
from modelship.jobs.runner import run_queued
from tests.datasets.pictures import picture, upload
from tests.datasets.uploads import zipped
from tests.people import Person

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ORPHANS = [f"{number:02x}{'0' * 62}" for number in range(3)]


@pytest.fixture
def stored(alice: Person, dataset: Dataset) -> None:
    lost = upload(alice, dataset, "lost.png", picture(1))
    default_storage.delete(blob_path(Blob.objects.get(sha256=lost["sha256"])))
    for name in ORPHANS:
        default_storage.save(f"t/{alice.tenant.id}/blobs/{name[:2]}/{name}", ContentFile(b"nobody's"))


def left(alice: Person) -> list[str]:
    return [
        name for name in ORPHANS if default_storage.exists(f"t/{alice.tenant.id}/blobs/{name[:2]}/{name}")
    ]


@pytest.mark.usefixtures("stored")
def test_the_storage_is_scanned_and_freed_by_keys(page: Page, alice: Person, dataset: Dataset):
    page.goto(f"/datasets/{dataset.id}/sources/")
    page.get_by_role("link", name="Check the storage").press("Enter")
    expect(page.get_by_role("heading", name="Never scanned")).to_be_visible()

    page.get_by_role("button", name="Scan the storage").press("Enter")
    expect(page.locator(".job[data-state=queued]")).to_be_visible()
    run_queued(["datasets.scan"])
    # The page learns by itself that the scan has ended.
    expect(page.get_by_text("1 picture whose bytes are missing, 3 orphaned files")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(4)
    page.get_by_role("link", name="Missing 1").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).to_contain_text("lost.png")

    free = page.get_by_role("button", name="Free orphaned bytes")
    free.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("This deletes 3 stored files")
    page.keyboard.press("Escape")
    assert left(alice) == ORPHANS
    free.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Free the bytes").press("Enter")
    expect(page.get_by_text("The scan has started.")).to_be_visible()
    run_queued(["datasets.scan"])
    expect(page.get_by_role("heading", name="What the last scan freed")).to_be_visible()
    assert left(alice) == []
    assert Image.objects.count() == 1


@pytest.mark.usefixtures("stored")
def test_a_question_asked_again_at_once_still_hears_its_answer(page: Page, alice: Person, dataset: Dataset):
    page.goto(f"/datasets/{dataset.id}/storage/")
    page.get_by_role("button", name="Scan the storage").click()
    run_queued(["datasets.scan"])
    expect(page.get_by_text("1 picture whose bytes are missing, 3 orphaned files")).to_be_visible()
    free = page.get_by_role("button", name="Free orphaned bytes")
    free.click()
    # Closed and asked again before the browser has told of the closing.
    free.evaluate("(button) => { document.querySelector('#confirm').close('no'); button.click(); }")
    page.get_by_role("dialog").get_by_role("button", name="Free the bytes").click()
    expect(page.locator(".job[data-state=queued]")).to_be_visible()
    run_queued(["datasets.scan"])
    expect(page.get_by_role("heading", name="What the last scan freed")).to_be_visible()
    assert left(alice) == []


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_of_storage_fit_any_window(
    page: Page, alice: Person, dataset: Dataset, width: int, scheme: str
):
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"/datasets/{dataset.id}/storage/")
    page.get_by_role("button", name="Scan the storage").click()
    run_queued(["datasets.scan"])
    expect(page.locator("tbody tr")).to_have_count(4)

    for path in (f"/datasets/{dataset.id}/storage/", "/settings/storage/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        # Not even the longest name is cut off inside its table.
        overhang = "[...document.querySelectorAll('td')].filter((one) => one.scrollWidth > one.clientWidth)"
        assert page.evaluate(f"{overhang}.length") == 0


def test_the_form_of_an_archive_asks_for_what_its_place_needs(
    page: Page, alice: Person, dataset: Dataset, tmp_path, settings
):
    settings.MODELSHIP_SOURCE_FOLDERS = [str(tmp_path)]
    (tmp_path / "quay.zip").write_bytes(zipped(*((f"{number}.png", picture(number)) for number in range(3))))
    page.goto(f"/datasets/{dataset.id}/sources/")
    page.get_by_role("link", name="Archive", exact=True).last.click()
    expect(page.get_by_label("Bucket")).to_be_hidden()
    page.get_by_label("Where it lies").select_option("s3")
    expect(page.get_by_label("Bucket")).to_be_visible()
    expect(page.get_by_label("Secret key")).to_be_visible()
    expect(page.get_by_label("Container")).to_be_hidden()
    page.get_by_label("Where it lies").select_option("local")
    expect(page.get_by_label("Bucket")).to_be_hidden()

    page.get_by_label("Name", exact=True).fill("Quay")
    page.get_by_label("Path").fill(str(tmp_path / "quay.zip"))
    page.get_by_role("button", name="Add and test").click()

    expect(page.get_by_text("The connection works. The first files: 0.png, 1.png, 2.png.")).to_be_visible()
    assert Source.objects.get().config["place"] == "local"
    page.get_by_role("button", name="Import now").click()
    run_queued(["datasets.ingest"])
    expect(page.locator("tbody tr")).to_have_count(3)
    assert Image.objects.count() == 3
