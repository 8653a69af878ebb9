"""The gallery in a browser: a hundred thousand pictures, a selection, the keyboard, the search line."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.canvas_page import Cookies, PageFor
from tests.e2e.gallery_page import opened, with_own_dataset
from tests.live_clients import World
from tests.live_clients import picture_bytes as drawn
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
MANY = 100_000
KEPT = 99_000
TASKS = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
  }).observe({ type: "longtask" });
}"""
SEED = """
from datasets.models import Dataset
from tests.datasets.many_images import seed_many
seed_many(Dataset.objects.get(pk="{dataset}"), {count})
"""


@pytest.fixture
def empty(world: World) -> World:
    return with_own_dataset(world)


@pytest.mark.alone
def test_a_hundred_thousand_pictures_stay_fluent(server: Server, page_for: PageFor):
    crowd = World.make(server, "crowd", "crowd@example.com")
    server.python(SEED.format(dataset=crowd.dataset, count=MANY))
    page = page_for(Cookies(crowd)["alice"])
    # The rows have no files.
    page.route("**/thumbnail*", lambda route: route.fulfill(body=drawn(32, 24), content_type="image/png"))
    opened(page, crowd)
    page.evaluate(TASKS)
    grid = page.locator(".grid")

    columns = int(grid.get_attribute("aria-colcount") or 0)
    assert int(grid.get_attribute("aria-rowcount") or 0) == -(-KEPT // columns)
    for part in (0.2, 0.5, 0.9, 1):
        page.evaluate("part => scrollTo(0, part * document.documentElement.scrollHeight)", part)
        expect(page.locator(".grid .thumb:not(.waiting)[data-place]").last).to_be_visible()
        assert page.locator(".grid .thumb").count() <= 80
    expect(page.locator(f'.grid .thumb[data-place="{KEPT - 1}"]')).not_to_have_class(re.compile("waiting"))
    assert page.evaluate("window.longest") < 250


def test_a_selection_is_archived_and_taken_back(empty: World, cookies: Cookies, page_for: PageFor):
    for _ in range(4):
        empty.image()
    page = opened(page_for(cookies["alice"]), empty)
    cells = page.locator(".grid .thumb")

    cells.nth(0).locator(".cover").focus()
    page.keyboard.press("ArrowRight")
    expect(cells.nth(1).locator(".cover")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#bulk")).to_contain_text("2 selected")
    page.keyboard.press("a")
    expect(cells).to_have_count(2)
    expect(page.locator(".facets")).to_contain_text("All 2")
    page.get_by_role("button", name="Undo").click()
    expect(cells).to_have_count(4)

    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("state:n")
    page.get_by_role("option", name="state:new").click()
    page.keyboard.press("Enter")
    page.wait_for_url("**q=state*new*")
    expect(cells).to_have_count(4)
    cells.nth(0).locator(".cover").click()
    page.wait_for_url(re.compile(r"/images/.*q=state"))


def test_a_line_that_cannot_be_read_says_why_and_works_without_scripts(
    empty: World, cookies: Cookies, page_for: PageFor
):
    empty.image()
    page = page_for(cookies["alice"], java_script_enabled=False)

    page.goto(f"/datasets/{empty.dataset}/?q=stae:new")

    expect(page.get_by_role("alert")).to_contain_text("Did you mean 'state'?")
    expect(page.locator(".thumb")).to_have_count(1)
    page.get_by_label("Search pictures").fill("state:approved")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("heading", name="No picture matches")).to_be_visible()


def test_a_search_is_kept_as_a_view_and_forgotten(empty: World, cookies: Cookies, page_for: PageFor):
    empty.image()
    page = opened(page_for(cookies["alice"]), empty, "?q=state:new&sort=-name")

    page.get_by_role("button", name="Save as view").click()
    page.get_by_role("dialog", name="Save as view").get_by_label("Name").fill("To do")
    page.get_by_role("button", name="Save the view").click()
    view = page.get_by_role("navigation", name="Saved views").get_by_role("link", name="To do")
    expect(view).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Change views").click()
    page.get_by_role("button", name="Delete To do").click()
    expect(view).to_have_count(0)
