"""Assigning in a browser: a manager deals a selection out, somebody finds, takes and opens what is theirs."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas_page import Cookies, PageFor
from tests.live_clients import World
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def crew(server: Server) -> World:
    made = World.make(server, "crew", "crew@example.com")
    for _ in range(4):
        made.image(400, 300)
    return made


def opened(page: Page, world: World, query: str = "") -> Page:
    page.goto(f"/datasets/{world.dataset}/{query}")
    expect(page.locator("[data-module=gallery]")).to_have_attribute("data-ready", "")
    return page


def test_pictures_are_dealt_out_found_and_taken(crew: World, page_for: PageFor):
    cookies = Cookies(crew)
    annotator = cookies["annotator"]
    page = opened(page_for(cookies["alice"]), crew)
    cells = page.locator(".grid .thumb")

    cells.nth(0).locator(".cover").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    page.get_by_role("button", name="Assign…").click()
    dialog = page.get_by_role("dialog", name="Assign pictures")
    expect(dialog).to_contain_text("What is done with 2 pictures")
    dialog.get_by_role("button", name="Assign", exact=True).click()
    expect(dialog).to_contain_text("Choose who gets the pictures.")
    dialog.get_by_text("To review").click()
    expect(dialog.get_by_role("checkbox", name="Annotator")).to_be_disabled()
    dialog.get_by_text("To label").click()
    dialog.get_by_role("checkbox", name="Annotator").check()
    dialog.get_by_label("Due on").fill("2026-12-24")
    dialog.get_by_role("button", name="Assign", exact=True).click()

    expect(page.get_by_text("2 pictures assigned.")).to_be_visible()
    expect(cells.nth(0)).to_contain_text("Annotator is to label by 2026-12-24.")
    expect(cells.nth(2).get_by_role("list", name="Assigned to")).to_have_count(0)
    people = page.get_by_role("navigation", name="Assignee")
    expect(people).to_contain_text("Annotator 2")
    people.get_by_role("link", name="Nobody").click()
    expect(cells).to_have_count(2)

    theirs = page_for(annotator)
    theirs.goto("/")
    tasks = theirs.get_by_role("region", name="My tasks")
    expect(tasks).to_contain_text("The first is due on 24 Dec 2026.")
    tasks.get_by_role("link", name="2 to label in North quay").click()
    expect(theirs.locator(".grid .thumb")).to_have_count(2)
    opened(theirs, crew, "?q=assignee:none")
    theirs.locator(".grid .thumb").first.hover()
    theirs.locator(".grid .pick").first.click()
    theirs.get_by_role("button", name="Take", exact=True).click()
    expect(theirs.locator(".grid .thumb")).to_have_count(1)
    theirs.get_by_role("link", name="My tasks").click()
    expect(theirs.locator(".grid .thumb")).to_have_count(3)
    theirs.locator(".grid .thumb .cover").first.click()
    theirs.wait_for_url(re.compile(r"/images/.*q=assignee"))
