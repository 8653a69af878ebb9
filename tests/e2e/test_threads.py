"""Two people talk about places of a picture in two browsers: pins, answers, a name behind an @, a box that moves, resolved."""

import os

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas_page import CanvasPage, Cookies, PageFor, put
from tests.live_clients import World, add, change

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(240)]
AT_ONCE = 4_000


def pins(canvas: CanvasPage):
    return canvas.page.locator(".pins .pin")


def panel(canvas: CanvasPage):
    return canvas.page.get_by_role("complementary").and_(canvas.page.locator(".threads"))


def talks(canvas: CanvasPage) -> CanvasPage:
    """What can wait is there."""
    expect(canvas.page.locator("#threads")).to_be_visible()
    return canvas


def middle(canvas: CanvasPage, number: int) -> tuple[float, float]:
    """Where the tip of a pin stands, in picture pixels."""
    return canvas.page.evaluate(
        """number => {
          const pin = [...document.querySelectorAll(".pin")].find((one) => one.textContent === String(number));
          const frame = document.querySelector("#stage").getBoundingClientRect();
          const at = pin.getBoundingClientRect();
          const { x, y } = editor.scene.viewport.toPicture({ x: at.left - frame.left, y: at.bottom - frame.top });
          return [Math.round(x), Math.round(y)];
        }""",
        number,
    )


def looked_at(page: Page, name: str) -> None:
    """Nothing is wider than its window, in light and dark; with a folder named the pictures are kept."""
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.wait_for_timeout(150)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if folder := os.environ.get("MODELSHIP_SCREENSHOTS"):
                page.screenshot(path=f"{folder}/{name}-{theme}-{width}.png")


def test_two_people_talk_about_a_point(world: World, cookies: Cookies, page_for: PageFor):
    image = world.image(400, 300)
    ann = talks(CanvasPage(page_for(cookies["annotator"])).open(image))
    rev = talks(CanvasPage(page_for(cookies["reviewer"])).open(image))

    ann.keys.press("w")
    ann.click(100, 80)
    field = panel(ann).get_by_role("combobox", name="What is to be looked at here?")
    expect(field).to_be_focused()
    ann.keys.type("Is this a boat, @revi")
    expect(panel(ann).get_by_role("option", name="Reviewer").first).to_be_visible()
    ann.keys.press("Enter")
    ann.keys.type("or a buoy?")
    ann.keys.press("Control+Enter")

    expect(pins(rev)).to_have_text("1", timeout=AT_ONCE)
    assert middle(rev, 1) == pytest.approx((100, 80), abs=2)
    expect(panel(ann).locator("mark")).to_have_text("@Reviewer")
    bell = rev.page.locator(".bell")
    rev.page.wait_for_timeout(3_100)
    rev.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(bell).to_have_accessible_name("Notifications, 1 unread")
    pins(rev).focus()
    rev.keys.press("Enter")
    expect(bell).to_have_accessible_name("Notifications")
    expect(panel(rev).locator(".said")).to_have_text("Is this a boat, @Reviewer or a buoy?")
    panel(rev).get_by_role("combobox", name="Answer").fill("A boat.")
    panel(rev).get_by_role("button", name="Comment", exact=True).click()

    expect(panel(ann).locator(".said").last).to_have_text("A boat.", timeout=AT_ONCE)
    looked_at(ann.page, "thread")
    panel(rev).get_by_role("button", name="Edit").click()
    panel(rev).get_by_role("combobox", name="Change the comment").fill("A small boat.")
    rev.keys.press("Control+Enter")
    expect(panel(ann).locator(".said").last).to_have_text("A small boat.", timeout=AT_ONCE)
    panel(rev).get_by_role("button", name="Resolve").click()
    expect(panel(ann).get_by_text("Resolved by Reviewer.")).to_be_visible(timeout=AT_ONCE)
    ann.keys.press("Escape")
    panel(ann).get_by_text("No comment here passes the filter.").wait_for()
    expect(pins(ann)).to_have_count(0)
    panel(ann).get_by_role("button", name="Resolved", exact=True).click()
    expect(panel(ann).locator(".thread-row")).to_contain_text("1 answer")
    looked_at(ann.page, "threads")


def test_who_is_named_finds_the_place_from_the_bell(world: World, cookies: Cookies, page_for: PageFor):
    image = world.image(400, 300)
    page = page_for(cookies["reviewer"])
    page.goto("/projects/")
    reviewer = page.evaluate("() => fetch('/api/v1/auth/me').then((me) => me.json())")["user"]["id"]
    said = {"anchor": {"kind": "point", "point": [30, 30]}, "text": "Look at this.", "mentions": [reviewer]}
    assert world.server.call("POST", f"images/{image}/threads", world.key, said)[0] == 201

    page.wait_for_timeout(3_100)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    bell = page.locator(".bell")
    expect(bell).to_have_accessible_name("Notifications, 1 unread")
    bell.click()
    looked_at(page, "notifications")
    page.get_by_role("link", name="Look at this.").click()
    rev = CanvasPage(page).ready()
    expect(panel(rev).locator(".said")).to_have_text("Look at this.")
    page.goto("/notifications/")
    expect(page.locator(".notices .unread")).to_have_count(0)


def test_threads_stay_with_boxes_and_are_written_and_visited_by_keys(
    world: World, cookies: Cookies, page_for: PageFor
):
    image = world.image(400, 300)
    [box] = put(world, image, add(class_id=world.classes[0], x=40, y=50, w=60, h=40))
    rev = talks(CanvasPage(page_for(cookies["reviewer"])).open(image))

    rev.keys.press("Tab")
    rev.keys.press("w")
    expect(panel(rev).get_by_role("heading")).to_have_text("New comment on boat")
    rev.keys.type("Too wide.")
    rev.keys.press("Control+Enter")
    expect(panel(rev).get_by_role("heading")).to_have_text("Comment 1 on boat")
    put(world, image, change("update", box, x=200, y=120, w=60, h=40))
    rev.until("document.querySelector('.pin') && editor.document.seq === 2")
    assert middle(rev, 1) == pytest.approx((260, 120), abs=2)
    rev.page.reload()
    expect(pins(talks(rev.ready()))).to_have_text("1")
    assert middle(rev, 1) == pytest.approx((260, 120), abs=2)
    put(world, image, change("delete", box))

    rev.keys.press("y")
    expect(panel(rev).get_by_role("heading")).to_have_text("Comment 1 on a box that was deleted")
    panel(rev).get_by_role("button", name="As it was then").click()
    expect(rev.page.locator("#past-mark")).to_contain_text("2 changes ago")
    rev.until("editor.past")
    rev.keys.press("Escape")
    rev.keys.press("Escape")
    expect(rev.page.locator("#timeline")).to_be_hidden()

    rev.keys.press("w")
    rev.drag((20, 20), (120, 100))
    expect(panel(rev).get_by_role("heading")).to_have_text("New comment on a region")
    rev.keys.type("All of this is blurred.")
    rev.keys.press("Control+Enter")
    expect(pins(rev)).to_have_text(["1", "2"])
    assert middle(rev, 2) == pytest.approx((120, 20), abs=2)


def test_an_address_leads_to_its_thread_and_viewers_only_read(
    world: World, cookies: Cookies, page_for: PageFor
):
    image = world.image(400, 300)
    said = {"anchor": {"kind": "point", "point": [30, 30]}, "text": "<b>Here</b> & there."}
    status, thread = world.server.call("POST", f"images/{image}/threads", world.key, said)
    assert status == 201
    page = page_for(cookies["viewer"], viewport={"width": 390, "height": 760})

    page.goto(f"/images/{image}/?thread={thread['id']}")

    vic = CanvasPage(page).ready()
    expect(panel(vic).locator(".said")).to_have_text("<b>Here</b> & there.")
    expect(panel(vic).get_by_role("button", name="Resolve")).to_have_count(0)
    expect(panel(vic).get_by_role("combobox")).to_have_count(0)
    world.server.call("DELETE", f"threads/{thread['id']}", world.key)
    expect(panel(vic).get_by_text("Nobody has said anything yet.")).to_be_visible(timeout=AT_ONCE)


def test_a_reviewer_sees_what_changed_since_their_last_review(
    world: World, cookies: Cookies, page_for: PageFor
):
    image = world.image(400, 300)
    moved, gone = put(
        world, image, add(class_id=world.classes[0], x=40, y=50, w=60, h=40), add(x=200, y=50, w=60, h=40)
    )
    world.server.call("POST", f"images/{image}/review", world.key, {"action": "submit"})
    page = page_for(cookies["reviewer"])
    rev = talks(CanvasPage(page).open(image))
    rev.keys.press("Shift+C")
    page.get_by_label("What should change?").fill("Look again.")
    page.get_by_role("button", name="Send back").click()
    expect(page.get_by_text("Sent back with your comment.")).to_be_visible()
    expect(page.locator("#since")).to_be_hidden()
    put(world, image, change("update", moved, x=44, y=50, w=60, h=40), change("delete", gone))
    put(world, image, add(x=100, y=200, w=60, h=40))

    line = page.locator("#since")
    expect(line).to_contain_text("1 added, 1 moved, 1 removed.")
    page.reload()
    talks(rev.ready())
    expect(line).to_contain_text("1 added, 1 moved, 1 removed.")
    rev.keys.press("u")
    expect(page.locator("canvas.since")).to_be_attached()
    rev.keys.press("Alt+u")
    rev.until("editor.selection.size === 1 || document.querySelector('#live').textContent.includes('of 3')")
    looked_at(page, "since")
    line.get_by_role("button", name="Seen").click()
    expect(line).to_be_hidden()
    expect(page.locator("canvas.since")).to_have_count(0)
