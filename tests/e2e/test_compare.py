"""Comparing a version with now in the browser: the picture, the keys, and the slider between before and after."""

import pytest
from playwright.sync_api import expect

from tests.e2e.canvas_page import Cookies, PageFor, put
from tests.live_clients import World, add, change, post
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(120)]


def test_both_states_are_drawn_and_the_keys_lead_through_the_pictures(server: Server, page_for: PageFor):
    world = World.make(server, "compare", "compare@example.com")
    images = [world.image() for _ in range(2)]
    boxes = [put(world, image, add(x=10, y=10), add(x=60, y=40)) for image in images]
    post(server, world.key, f"datasets/{world.dataset}/versions", {"message": "Before."})
    for image, (first, second) in zip(images, boxes, strict=True):
        put(world, image, change("update", first, x=20, y=15, w=20, h=20), change("delete", second))
    page = page_for(Cookies(world)["alice"])

    page.goto(f"{server.url}/datasets/{world.dataset}/compare/?from=1")

    expect(page.locator("svg .moved .was, svg .moved .is").first).to_be_visible()
    expect(page.locator("svg .removed polygon")).to_have_count(1)
    heading = page.locator("#compare-title")
    first_name = heading.inner_text()
    page.keyboard.press("ArrowRight")
    expect(heading).not_to_have_text(first_name)
    page.keyboard.press("ArrowLeft")
    expect(heading).to_have_text(first_name)
    page.locator("#compare-mix").fill("100")
    expect(page.locator("svg polygon.was").first).to_have_css("opacity", "0")
    expect(page.locator("svg polygon.is").first).to_have_css("opacity", "1")
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Blink")).to_have_attribute("aria-pressed", "true")
