"""An assignment in three browsers: given out, worked through by the queue, sent back with words, mended, approved."""

import os
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas_page import CanvasPage, Cookies, PageFor, session_of
from tests.live_clients import World, post
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]
IN_QUEUE = re.compile(r"/images/[0-9a-f-]+/\?queue=(label|review)")


@pytest.fixture
def crew(server: Server) -> World:
    made = World.make(server, "wharf", "wharf@example.com")
    for _ in range(3):
        made.image(400, 300)
    return made


def looked_at(page: Page, name: str) -> None:
    """No page is wider than its window, in light and dark; with a folder named the pictures are kept."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if folder := os.environ.get("MODELSHIP_SCREENSHOTS"):
                page.screenshot(path=f"{folder}/{name}-{scheme}-{width}.png")


def state_of(world: World, image: str) -> str:
    return world.server.call("GET", f"images/{image}", world.key)[1]["state"]


def images_of(world: World) -> list[str]:
    rows = world.server.call("GET", f"images?dataset={world.dataset}", world.key)[1]["results"]
    return [row["id"] for row in sorted(rows, key=lambda row: row["ordinal"])]


def begun(page: Page, world: World, purpose: str, button: str) -> CanvasPage:
    page.goto(f"/datasets/{world.dataset}/queue/?purpose={purpose}&order=oldest")
    page.get_by_role("button", name=button).click()
    page.wait_for_url(IN_QUEUE)
    return CanvasPage(page).ready()


def draw(canvas: CanvasPage) -> None:
    canvas.keys.press("b")
    canvas.drag((40, 40), (120, 110))
    canvas.saved()


def test_an_assignment_goes_all_the_way(crew: World, page_for: PageFor):
    first, second, third = images_of(crew)
    annotator, _ = crew.person("annotator")
    cookies = Cookies(crew)
    post(
        crew.server,
        crew.key,
        f"datasets/{crew.dataset}/bulk",
        {
            "action": "assign",
            "images": [second, third],
            "value": {"purpose": "label", "people": [annotator], "due": "2020-01-31"},
        },
    )
    theirs = page_for(session_of(crew.server, annotator))
    canvas = begun(theirs, crew, "label", "Label the next")
    assert second in theirs.url
    draw(canvas)
    canvas.keys.press("Control+Enter")
    expect(theirs.get_by_text("Submitted for review.")).to_be_visible()
    canvas.keys.press("f")
    theirs.wait_for_url(re.compile(third))
    canvas.ready()
    draw(canvas)
    canvas.keys.press("Space")
    theirs.wait_for_url(re.compile(first))
    assert [state_of(crew, image) for image in (second, third)] == ["submitted", "submitted"]

    bobs = page_for(cookies["reviewer"])
    canvas = begun(bobs, crew, "review", "Review the next")
    assert second in bobs.url
    canvas.keys.press("Shift+C")
    bobs.get_by_label("What should change?").fill("The crane is missing.")
    bobs.get_by_role("button", name="Send back").click()
    expect(bobs.get_by_text("Sent back with your comment.")).to_be_visible()
    canvas.keys.press("f")
    bobs.wait_for_url(re.compile(third))
    canvas.ready()
    canvas.keys.press("Shift+A")
    expect(bobs.get_by_text("Nothing is left in this queue.")).to_be_visible()
    assert [state_of(crew, image) for image in (second, third)] == ["changes_requested", "approved"]

    canvas = begun(theirs, crew, "label", "Label the next")
    assert second in theirs.url
    draw(canvas)
    canvas.keys.press("Control+Enter")
    expect(theirs.get_by_text("Submitted for review.").last).to_be_visible()

    canvas = begun(bobs, crew, "review", "Review the next")
    canvas.keys.press("Shift+A")
    expect(bobs.get_by_text("Nothing is left in this queue.")).to_be_visible()
    assert state_of(crew, second) == "approved"

    alices = page_for(cookies["alice"])
    alices.goto(f"/datasets/{crew.dataset}/workload/")
    row = alices.get_by_role("row", name=re.compile("^Annotator"))
    assert row.get_by_role("cell").all_inner_texts() == list("20020020")
    looked_at(alices, "workload")


def test_the_queue_says_why_and_the_editor_follows_it(crew: World, page_for: PageFor):
    robot = """
from uuid import uuid4
from annotations.actions.apply_edits import apply_edits
from modelship.accounts.actors import Actor
from modelship.accounts.models import Tenant
tenant = Tenant.objects.get(slug="wharf")
for image, score in {pairs}:
    patch = {{"class_id": None, "x": 10, "y": 10, "w": 60, "h": 60, "score": score}}
    edit = {{"op_id": str(uuid4()), "kind": "add", "box_id": str(uuid4()), "patch": patch}}
    apply_edits(image, [edit], actor=Actor.machine(tenant, uuid4(), "yolox"))
"""
    images = images_of(crew)
    crew.server.python(robot.format(pairs=list(zip(images, (0.9, 0.31, 0.6), strict=True))))
    page = page_for(Cookies(crew)["alice"])
    page.goto(f"/datasets/{crew.dataset}/queue/?purpose=label")
    rows = page.locator(".queue > li")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("a score of 0.31.")
    looked_at(page, "queue")

    rows.first.locator("a").click()
    canvas = CanvasPage(page).ready()
    assert images[1] in page.url
    expect(page.locator("#task")).to_have_text("The model is least sure of a box with a score of 0.31.")
    if folder := os.environ.get("MODELSHIP_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/task-line.png")
    canvas.keys.press("f")
    page.wait_for_url(re.compile(images[2]))
    canvas.ready()
    expect(page.locator("#task")).to_contain_text("0.60")


def test_a_manager_chooses_a_way_and_the_editor_asks_for_the_words_that_it_wants(
    crew: World, page_for: PageFor
):
    [image, *_] = images_of(crew)
    page = page_for(Cookies(crew)["alice"])
    page.goto(f"/projects/{crew.project}/workflow/")
    page.get_by_label("Strict").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The workflow is saved.")).to_be_visible()
    looked_at(page, "workflow")

    page.goto(f"/images/{image}/")
    canvas = CanvasPage(page).ready()
    canvas.keys.press("Control+Enter")
    expect(page.get_by_text("Submitted for review.")).to_be_visible()
    canvas.keys.press("Shift+O")
    page.get_by_label("What should change?").fill("Too early.")
    page.get_by_role("button", name="Send back").click()
    expect(page.get_by_text("Reopened.")).to_be_visible()
    assert state_of(crew, image) == "new"
