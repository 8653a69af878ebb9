"""An import in a browser: a file with errors is diagnosed, corrected by hand where it guessed wrong, and taken over."""

import pytest
from playwright.sync_api import expect

from tests.annotations.api.importing import coco, zipped
from tests.e2e.canvas_page import Cookies, PageFor
from tests.live_clients import World
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def quay(server: Server) -> World:
    return World.make(server, "importing", "importing@example.com")


def test_a_file_with_errors_is_explained_and_imported(quay: World, page_for: PageFor):
    image = quay.image(400, 300)
    name = quay.server.call("GET", f"images/{image}", quay.key)[1]["filename"]
    boxes = [("boat", [10, 20, 30, 40]), ("Kahn", [50, 50, 40, 40]), ("boat", [90, 90, 0, 5])]
    labels = coco({name: boxes, "lost.png": [("boat", [1, 1, 9, 9])]}, (400, 300))
    file = {"name": "labels.zip", "mimeType": "application/zip", "buffer": zipped({"instances.json": labels})}
    page = page_for(Cookies(quay)["alice"])

    page.goto(f"/datasets/{quay.dataset}/")
    page.get_by_role("link", name="Imports").click()
    page.get_by_label("File").set_input_files(files=[file])
    page.get_by_role("button", name="Look through it").click()

    expect(page.get_by_role("heading", name="labels.zip")).to_be_visible()
    expect(page.get_by_text("The dataset has no picture lost.png")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("has no width or no height")).to_be_visible()
    expect(page.get_by_text("Upload the picture first, or add it to the archive.")).to_be_visible()
    page.get_by_label("What Kahn becomes").select_option(label="boat")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_label("What Kahn becomes")).to_have_value(
        page.get_by_label("What boat becomes").input_value()
    )
    page.get_by_role("button", name="Import", exact=True).click()

    expect(page.get_by_text("holds the dataset as this import left it")).to_be_visible(timeout=60_000)
    assert len(quay.server.call("GET", f"images/{image}/boxes", quay.key)[1]["results"]) == 2
    page.get_by_role("button", name="Forget").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget the file").click()
    expect(page.get_by_role("heading", name="Nothing imported yet")).to_be_visible()
