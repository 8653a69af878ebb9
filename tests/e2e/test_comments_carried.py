"""Conversations that a file brings, in a browser: the report counts them, the editor says who imported them; and a hold that
somebody takes meanwhile."""

import json
import os

import pytest
from playwright.sync_api import Page, expect

from modelship.lib.ids import new_id
from tests.e2e.canvas_page import CanvasPage, Cookies, PageFor
from tests.live_clients import World, post
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def dock(server: Server) -> World:
    return World.make(server, "dock", "dock@example.com")


def looked_at(page: Page, name: str) -> None:
    """No page is wider than its window, in light and dark; with a folder named the pictures are kept."""
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_timeout(150)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if folder := os.environ.get("MODELSHIP_SCREENSHOTS"):
                page.screenshot(path=f"{folder}/{name}-{theme}-{width}.png")


def told(world: World, image: str) -> bytes:
    """Our JSON with a resolved thread of somebody who is nobody here."""
    picture = world.server.call("GET", f"images/{image}", world.key)[1]
    said = {"author": {"id": str(new_id()), "name": "Zoe"}, "created_at": "2026-01-02T03:04:05Z"}
    thread = {
        "sha256": picture["sha256"],
        "filename": picture["filename"],
        "number": 7,
        "anchor": {"kind": "point", "point": [100, 100]},
        "state": "open",
        "comments": [{"text": "Is this a buoy?", **said}, {"text": "It may be one.", **said}],
    }
    facts = {key: picture[key] for key in ("filename", "sha256", "width", "height")}
    return json.dumps(
        {
            "dataset": "x",
            "version": None,
            "classes": [],
            "images": [{**facts, "boxes": []}],
            "threads": [thread],
        }
    ).encode()


def test_comments_of_a_file_are_counted_and_tell_who_imported_them(dock: World, page_for: PageFor):
    image = dock.image(400, 300)
    file = {"name": "labels.json", "mimeType": "application/json", "buffer": told(dock, image)}
    page = page_for(Cookies(dock)["alice"])

    page.goto(f"/datasets/{dock.dataset}/imports/")
    page.get_by_label("File").set_input_files(files=[file])
    page.get_by_role("button", name="Look through it").click()
    expect(page.get_by_text("Comments to add")).to_be_visible(timeout=60_000)
    expect(page.get_by_label("Take over comments")).to_be_checked()
    looked_at(page, "import-comments")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Comments added")).to_be_visible(timeout=60_000)

    canvas = CanvasPage(page).open(image)
    expect(page.locator("#threads")).to_be_visible()
    page.locator(".pins .pin").click()
    panel = page.locator(".threads")
    expect(panel.get_by_text("Is this a buoy?")).to_be_visible()
    expect(panel.get_by_text("Zoe").first).to_be_visible()
    expect(panel.get_by_text("imported by").first).to_be_visible()
    looked_at(page, "imported-comments")
    assert canvas.page.evaluate("editor.data.image.id") == image


def test_the_export_form_offers_comments_where_they_have_room(dock: World, page_for: PageFor):
    dock.image(400, 300)
    page = page_for(Cookies(dock)["alice"])

    page.goto(f"/datasets/{dock.dataset}/")
    page.get_by_role("button", name="Export").first.click()
    choice, box = page.get_by_label("Format"), page.get_by_label("Include comments")
    expect(box).to_be_hidden()
    choice.select_option("json")
    expect(box).not_to_be_checked()
    choice.select_option("zip")
    expect(box).to_be_checked()
    looked_at(page, "export-comments")


def test_a_hold_that_is_taken_meanwhile_is_told_at_once(dock: World, page_for: PageFor):
    image = dock.image(400, 300)
    _, key = dock.person("annotator")
    page = page_for(Cookies(dock)["alice"])
    CanvasPage(page).open(image)
    expect(page.locator("#threads")).to_be_visible()

    post(dock.server, key, f"images/{image}/hold", {})

    expect(page.locator("#task")).to_contain_text("works on this until", timeout=4_000)
    dock.server.call("DELETE", f"images/{image}/hold", key)
    expect(page.locator("#task")).to_be_hidden(timeout=4_000)
