"""The first run as a newcomer sees it: the one-time link, a harbour that labels itself, three steps to a file."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.arrival import arrive
from tests.e2e.canvas_page import CanvasPage, PageFor
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(300)]
LABELLED_WITHIN = 180.0


@pytest.fixture
def new_server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Server, str]]:
    """`make run` after the installation, and what it prints."""
    server = Server(tmp_path / "home", worker=True, MODELSHIP_DEMO_PICTURES=str(request.param))
    try:
        server.home.mkdir()
        server.database.create()
        printed = server.manage("prepare", "--port", str(server.port))
        yield server.restart(), printed
    finally:
        server.stop()


def come_in(page: Page, server: Server, printed: str) -> None:
    arrive(page, server, printed, "Olga")
    expect(page.get_by_role("heading", name="See it work in three steps")).to_be_visible()


def step(page: Page, number: int) -> Locator:
    return page.locator(".tour-step").nth(number - 1)


def labelled(page: Page) -> None:
    """Everything arrives on the page that is open, without a reload."""
    expect(page.locator("#tour")).not_to_have_attribute("data-live", "", timeout=LABELLED_WITHIN * 1000)
    expect(page.locator(".views .coming")).to_have_count(0)


@pytest.mark.parametrize("new_server", [3], indirect=True)
def test_a_newcomer_goes_the_whole_way_by_clicks(new_server: tuple[Server, str], page_for: PageFor):
    server, printed = new_server
    page = page_for(base_url=server.url, accept_downloads=True)

    come_in(page, server, printed)
    expect(page.locator(".views li")).to_have_count(3)
    expect(page.locator(".views img[src*=preview]").first).to_be_visible(timeout=60_000)
    labelled(page)
    expect(step(page, 1)).to_have_attribute("aria-current", "step")
    look(page)
    judged = sweep(page)
    check(export(page), judged)
    hide_and_show(page)
    remove_and_bring_back(page)


def look(page: Page) -> None:
    page.get_by_role("button", name="Look at proposals").click()
    canvas = CanvasPage(page)
    canvas.ready()
    assert {box["state"] for box in canvas.boxes()} == {"proposed"}
    page.get_by_role("link", name="Back to the tour").click()
    expect(step(page, 1)).to_have_class(re.compile("done"))


def sweep(page: Page) -> dict[str, int]:
    """One accepted, one rejected, the rest accepted; returns how many proposals the picture had."""
    expect(step(page, 2)).to_have_attribute("aria-current", "step")
    page.get_by_role("link", name="Sweep them").click()
    words = page.locator("#guide-words")
    expect(words).to_have_text(re.compile(r"^\d+ left in this picture\.$"))
    count = int(words.inner_text().split()[0])
    name = page.locator("#filename").inner_text()
    expect(page.locator("#boxes").get_by_role("option", selected=True)).to_have_count(1)
    page.keyboard.press("a")
    page.keyboard.press("x")
    expect(words).to_have_text(re.compile(rf"^{count - 2} left|^Nothing is left"))
    page.keyboard.press("Space")
    expect(page.locator("#filename")).not_to_have_text(name)
    expect(page.locator("#boxes").get_by_role("option", selected=True)).to_have_count(1)
    expect(page.locator("#status")).to_have_attribute("data-state", "saved")
    page.get_by_role("link", name="Back to the tour").click()
    return {name: count}


def export(page: Page) -> Path:
    """One click ends in a file; another click hands out the same one."""
    expect(step(page, 3)).to_have_attribute("aria-current", "step")
    with page.expect_download() as first:
        step(page, 3).get_by_role("button", name="Export").click()
    expect(page.get_by_role("heading", name="That is the whole loop")).to_be_visible()
    with page.expect_download() as second:
        step(page, 3).get_by_role("link", name="Download").click()
    assert first.value.suggested_filename == second.value.suggested_filename
    return first.value.path()


def check(file: Path, judged: dict[str, int]) -> None:
    """What was accepted and nothing else."""
    coco = json.loads(file.read_text())
    assert [category["name"] for category in coco["categories"]] == [
        "ship",
        "boat",
        "crane",
        "container",
        "truck",
        "car",
    ]
    [(name, count)] = judged.items()
    [image] = [image["id"] for image in coco["images"] if image["file_name"].endswith(name)]
    assert len(coco["annotations"]) == count - 1
    assert {annotation["image_id"] for annotation in coco["annotations"]} == {image}


def hide_and_show(page: Page) -> None:
    page.get_by_role("button", name="Hide the tour").click()
    expect(page.locator("#tour")).to_have_count(0)
    page.get_by_role("button", name="Show the tour").click()
    expect(page.locator("#tour")).to_be_visible()


def remove_and_bring_back(page: Page) -> None:
    page.get_by_role("button", name="Remove sample data").click()
    expect(page.get_by_text("The sample data is removed.")).to_be_visible()
    expect(page.get_by_role("heading", name="From pictures to training data")).to_be_visible()
    page.get_by_role("button", name="Bring the sample project back").click()
    labelled(page)
    expect(step(page, 1)).to_have_attribute("aria-current", "step")


@pytest.mark.alone
@pytest.mark.parametrize("new_server", [12], indirect=True)
def test_the_whole_dozen_is_labelled_in_three_minutes(new_server: tuple[Server, str], page_for: PageFor):
    server, printed = new_server
    began = time.monotonic()
    page = page_for(base_url=server.url)

    come_in(page, server, printed)
    labelled(page)

    assert time.monotonic() - began < LABELLED_WITHIN
    expect(page.locator(".views img[src*=preview]")).to_have_count(12)
