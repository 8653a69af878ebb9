"""The gallery by mouse, keys and fingers."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas_page import Cookies, PageFor
from tests.e2e.gallery_page import opened, selected, with_own_dataset
from tests.live_clients import World
from tests.live_clients import picture_bytes as drawn

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
MANY = 20_000
PHONE = {"viewport": {"width": 390, "height": 1000}, "has_touch": True, "is_mobile": True}
SEED = """
from datasets.models import Dataset
from tests.datasets.many_images import seed_many
seed_many(Dataset.objects.get(pk="{dataset}"), {count})
"""


@pytest.fixture(scope="module")
def crowd(server) -> World:
    """A world of many pictures without files, which nobody changes."""
    crowd = World.make(server, "hands", "hands@example.com")
    server.python(SEED.format(dataset=crowd.dataset, count=MANY))
    return crowd


@pytest.fixture(scope="module")
def cookie(crowd: World) -> str:
    return Cookies(crowd)["alice"]


@pytest.fixture
def few(world: World) -> World:
    return with_own_dataset(world)


def shown(page: Page) -> Page:
    """The rows have no files: something else is shown."""
    for path in ("**/thumbnail*", "**/api/v1/images/*/data*"):
        page.route(path, lambda route: route.fulfill(body=drawn(32, 24), content_type="image/png"))
    return page


def words(page: Page):
    return page.locator("#bulk [data-part=words]")


def test_a_range_grows_and_shrinks_beside_what_was_selected(crowd: World, cookie: str, page_for: PageFor):
    page = opened(shown(page_for(cookie)), crowd)
    cells = page.locator(".grid .thumb")

    cells.nth(0).locator(".cover").click(modifiers=["Control"])
    cells.nth(2).locator(".cover").click(modifiers=["Control"])
    page.keyboard.press("Shift+End")
    expect(page.locator(".toast.bad")).to_contain_text("More than 10,000")
    page.keyboard.press("Home")
    cells.nth(2).locator(".cover").click(modifiers=["Control"])
    cells.nth(2).locator(".cover").click(modifiers=["Control"])
    cells.nth(4).locator(".cover").click(modifiers=["Shift"])
    expect(words(page)).to_have_text("4 selected")
    page.keyboard.press("Shift+ArrowLeft")
    cells.nth(3).locator(".cover").click(modifiers=["Shift"])

    expect(words(page)).to_have_text("3 selected")
    assert selected(page) == [0, 2, 3]
    page.keyboard.press("Escape")
    expect(page.locator("#bulk")).to_be_hidden()


def test_all_of_the_search_and_one_less(crowd: World, cookie: str, page_for: PageFor):
    page = opened(shown(page_for(cookie)), crowd, "?q=state:proposed")

    page.keyboard.press("Control+a")
    expect(words(page)).to_have_text("4,000 selected")
    page.locator(".grid .thumb").nth(1).locator(".cover").click(modifiers=["Control"])

    expect(words(page)).to_have_text("3,999 selected")
    assert 1 not in selected(page)


def test_a_frame_selects_what_it_touches_and_scrolls_at_the_edge(
    crowd: World, cookie: str, page_for: PageFor
):
    page = opened(shown(page_for(cookie)), crowd)
    grid = page.locator(".grid").bounding_box()
    first, second = (page.locator(f'.grid .thumb[data-place="{place}"]').bounding_box() for place in (0, 1))
    columns = int(page.locator(".grid").get_attribute("aria-colcount") or 0)

    page.mouse.move(grid["x"] - 6, grid["y"] + 10)
    page.mouse.down()
    page.mouse.move(second["x"] + 20, first["y"] + first["height"] + 40, steps=5)
    expect(page.locator(".marquee")).to_be_visible()
    page.mouse.up()

    expect(words(page)).to_have_text("4 selected")
    assert selected(page) == [0, 1, columns, columns + 1]
    page.mouse.move(grid["x"] - 6, grid["y"] + 10)
    page.mouse.down()
    page.mouse.move(first["x"] + 20, 795, steps=5)
    # It scrolls on while this looks: any picture so far down will do.
    page.wait_for_function(
        "far => [...document.querySelectorAll('.grid .thumb')].some((one) => Number(one.dataset.place) >= far)",
        arg=columns * 60,
    )
    page.mouse.up()
    number = int((words(page).inner_text()).split()[0].replace(",", ""))
    assert number >= 55
    assert page.locator(".grid .thumb").count() <= 80
    assert page.locator(".marquee").count() == 0


def test_every_key_is_in_the_help_and_the_grid_says_where_one_is(
    crowd: World, cookie: str, page_for: PageFor
):
    page = opened(shown(page_for(cookie)), crowd)

    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keys")
    for line in ("Select all that the search finds", "Copy a link to the picture", "Open the picture"):
        expect(help_).to_contain_text(line)
    page.keyboard.press("Escape")
    page.locator(".grid .thumb .cover").first.focus()
    page.keyboard.press("End")
    last = page.locator(".grid .thumb .cover:focus")
    expect(last).to_have_text("quay_19999.jpg")
    row = last.locator("xpath=ancestor::*[@role='row']")
    assert row.get_attribute("aria-rowindex") == page.locator(".grid").get_attribute("aria-rowcount")
    page.keyboard.press("Home")
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    # Out of sight and back, the focus is where it was.
    name = page.locator(".grid .thumb .cover:focus").inner_text()
    page.evaluate("scrollTo(0, 100000)")
    expect(page.locator(".grid .thumb .cover:focus")).to_have_count(0)
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator(".grid .thumb .cover:focus")).to_have_text(name)
    rows = page.locator(".grid-row").evaluate_all("rows => rows.map((row) => Number(row.ariaRowIndex))")
    assert rows == sorted(rows)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/images/"))


def test_a_link_opens_the_list_in_its_middle_and_the_way_back_leads_there(
    crowd: World, cookie: str, page_for: PageFor
):
    status, answer = crowd.server.call("GET", f"images?dataset={crowd.dataset}&q=name:quay_11110.", crowd.key)
    assert status == 200
    image = answer["results"][0]["id"]
    page = shown(page_for(cookie))

    opened(page, crowd, f"?sort=-order&at={image}")
    here = page.locator(".grid .thumb .cover:focus")
    expect(here).to_have_text("quay_11110.jpg")
    assert page.url.endswith("?sort=-order")
    here.click()
    page.wait_for_url(re.compile("/images/"))
    page.get_by_role("link", name=re.compile("Back to")).first.click()
    expect(page.locator(".grid .thumb .cover:focus")).to_have_text("quay_11110.jpg")
    assert "sort=-order" in page.url


def test_on_a_phone_filters_are_a_sheet_and_a_long_press_selects(
    few: World, cookies: Cookies, page_for: PageFor
):
    for _ in range(4):
        few.image()
    page = opened(page_for(cookies["alice"], **PHONE), few, "?q=name:png")
    sheet = page.locator("#filters-sheet")

    expect(page.locator(".active-chips")).to_contain_text("name:png")
    page.get_by_role("button", name="Filters").tap()
    expect(sheet.get_by_role("navigation", name="State")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("button", name="Filters")).to_be_focused()
    page.get_by_role("button", name="Filters").tap()
    sheet.get_by_role("link", name=re.compile("New")).tap()
    page.wait_for_url("**state*")
    expect(sheet).to_be_visible()
    page.go_back()
    expect(sheet).to_be_hidden()
    expect(page.locator(".active-chips")).to_contain_text("state:new")

    cells = page.locator(".grid .thumb")
    box = cells.nth(0).bounding_box()
    touch = page.context.new_cdp_session(page)
    at = {"x": box["x"] + 60, "y": box["y"] + 50}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    expect(words(page)).to_have_text("1 selected")
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    cells.nth(1).locator(".picture").tap(force=True)
    expect(words(page)).to_have_text("2 selected")
    sizes = page.locator("#bulk button:visible").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
