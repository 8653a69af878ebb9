"""A blind round in three browsers: begun, labelled twice and handed in, compared, decided and taken over."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas_page import CanvasPage, Cookies, PageFor, session_of
from tests.e2e.test_workflow import images_of, looked_at
from tests.live_clients import World
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]
BOX, OTHER = ((40, 40), (160, 140)), ((220, 160), (320, 240))


@pytest.fixture
def yard(server: Server) -> World:
    made = World.make(server, "weighbridge", "weighbridge@example.com")
    for _ in range(3):
        made.image(400, 300)
    return made


def work(page: Page, extra: bool) -> None:
    """Label all that is one's own, found on the start page: a box on each, and one more on the first."""
    page.goto("/")
    page.get_by_role("link", name=re.compile("3 to label in North quay, round 1")).click()
    page.get_by_role("link", name="00001.png", exact=True).click()
    for number in range(1, 4):
        canvas = CanvasPage(page).ready()
        expect(page).to_have_title(re.compile(f"0000{number}"))
        canvas.keys.press("b")
        canvas.drag(*BOX)
        canvas.saved()
        if extra and number == 1:
            canvas.keys.press("b")
            canvas.drag(*OTHER)
            canvas.saved()
        canvas.keys.press("Control+Enter")
        expect(page.get_by_text("Submitted for review.").last).to_be_visible()
        if number < 3:
            page.goto(next_of(page, number + 1))


def next_of(page: Page, number: int) -> str:
    """The page of one's picture at that place."""
    dataset = page.evaluate("() => document.querySelector('a[href*=\"/datasets/\"]').getAttribute('href')")
    page.goto(dataset)
    found = page.get_by_role("link", name=f"0000{number}.png", exact=True).get_attribute("href")
    assert found
    return found


def test_a_round_goes_all_the_way(yard: World, page_for: PageFor):
    people = [yard.person("annotator") for _ in range(2)]
    manager = page_for(Cookies(yard)["alice"])
    manager.goto(f"/datasets/{yard.dataset}/agreement/")
    expect(manager.get_by_text("No rounds yet")).to_be_visible()
    looked_at(manager, "agreement-empty")
    for box in manager.locator("input[name=people]").all():
        uid = box.get_attribute("value")
        box.set_checked(uid in [user for user, _ in people])
    manager.get_by_role("button", name="Begin the round").click()
    expect(manager.get_by_role("heading", name="Round 1")).to_be_visible()

    pages = [page_for(session_of(yard.server, user)) for user, _ in people]
    for page in pages:
        page.wait_for_timeout(500)
    for at, page in enumerate(pages):
        work(page, extra=at == 0)
    looked_at(pages[0], "agreement-own")

    manager.reload()
    expect(manager.get_by_text("3 of 3").first).to_be_visible()
    expect(manager.get_by_role("heading", name="How far people agree")).to_be_visible()
    looked_at(manager, "agreement-round")
    manager.get_by_role("button", name="Take over what is agreed").click()
    expect(manager.locator(".badge", has_text="Done").first).to_be_visible()
    counts = [len(yard.boxes(image)["results"]) for image in images_of(yard)]
    assert sorted(counts) == [0, 1, 1]

    manager.goto(f"/datasets/{yard.dataset}/agreement/")
    looked_at(manager, "agreement-list")
    manager.get_by_role("link", name="Round 1").click()
    manager.get_by_role("link", name="Decide").click()
    expect(manager.get_by_role("group", name="Dispute 1")).to_be_visible()
    looked_at(manager, "agreement-dispute")
    manager.get_by_role("checkbox").first.check()
    manager.get_by_role("button", name="Take over").click()
    expect(manager.get_by_text("The picture is taken over: 2 boxes.")).to_be_visible()
    assert sorted(len(yard.boxes(image)["results"]) for image in images_of(yard)) == [1, 1, 2]

    manager.goto(f"/projects/{yard.project}/people-quality/")
    expect(manager.get_by_role("heading", name="Quality of people")).to_be_visible()
    looked_at(manager, "agreement-quality")
