"""Two people in two browsers: what each sees of the other, a server that dies under them, and what roles allow."""

import re
import time

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.arrival import arrive
from tests.e2e.canvas_page import CanvasPage, Cookies, OpenPage, PageFor, put
from tests.live_clients import World, add, change
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]
AT_ONCE = 2.0
CURSOR = "[...editor.session.peers.present.values()].find((peer) => peer.cursor)?.cursor"


def soon(canvas: CanvasPage, expression: str) -> None:
    """It comes true on that page before a person would wonder."""
    began = time.monotonic()
    canvas.until(expression)
    assert time.monotonic() - began < AT_ONCE, expression


def shows(box: str, **fields: object) -> str:
    """That the page shows a box so, in JavaScript."""
    found = f"editor.document.view.get('{box}')"
    wanted = (f"{found}.{name} === {value!r}" for name, value in fields.items())
    return " && ".join([f"{found}", *wanted])


def stored(world: World, image: str) -> dict[str, list[float]]:
    rows = world.boxes(image)["results"]
    return {box["id"]: [box["x"], box["y"], box["w"], box["h"]] for box in rows}


def shown(canvas: CanvasPage) -> dict[str, list[float]]:
    return {box["id"]: box["rect"] for box in canvas.boxes()}


@pytest.fixture(scope="module")
def bobs_session(world: World, browser: Browser) -> str:
    """A reviewer whom Alice adds over REST chooses a password with his own link and is signed in."""
    email = "bob@example.com"
    status, _ = world.server.call("POST", "tenant/members", world.key, {"email": email, "role": "reviewer"})
    assert status == 201
    page = browser.new_page()
    arrive(page, world.server, world.server.manage("setup_link", email, "--url", world.server.url), "Bob")
    expect(page.get_by_role("heading", name="acme", level=1)).to_be_visible()
    (session,) = (cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid")
    page.close()
    return session


@pytest.fixture
def bob(page_for: PageFor, bobs_session: str) -> CanvasPage:
    return CanvasPage(page_for(bobs_session))


def test_two_people_and_a_program_work_on_one_image(world: World, visit: OpenPage, bob: CanvasPage):
    image = world.image()
    mine, theirs = put(world, image, add(x=10, y=10, w=30, h=20), add(x=100, y=50, w=40, h=30))
    alice = visit(image)
    bob.open(image)
    expect(alice.page.locator("#people .avatar")).to_have_attribute("aria-label", "Bob", timeout=2000)
    expect(bob.page.locator("#people .avatar")).to_have_count(1, timeout=2000)

    bob.hover(150, 90)
    soon(alice, f"{CURSOR} && Math.abs({CURSOR}[0] - 150) < 1 && Math.abs({CURSOR}[1] - 90) < 1")
    alice.hover(40, 60)
    soon(bob, f"{CURSOR} && Math.abs({CURSOR}[0] - 40) < 1 && Math.abs({CURSOR}[1] - 60) < 1")
    alice.click(25, 20)
    alice.keys.press("Shift+ArrowRight")
    soon(bob, shows(mine, x=20))
    bob.click(120, 65)
    bob.keys.press("Shift+ArrowDown")
    soon(alice, shows(theirs, y=60))
    put(world, image, change("update", mine, class_id=world.classes[1]))
    for canvas in (alice, bob):
        soon(canvas, shows(mine, class_id=world.classes[1], x=20))

    alice.keys.press("Control+z")
    alice.saved()
    soon(bob, shows(mine, x=10, class_id=world.classes[1]))
    bob.saved()
    rects = {mine: [10, 10, 30, 20], theirs: [100, 60, 40, 30]}
    assert stored(world, image) == shown(alice) == shown(bob) == rects


def draw(canvas: CanvasPage, *corners: tuple[float, float]) -> None:
    canvas.keys.press("b")
    for x, y in corners:
        canvas.drag((x, y), (x + 20, y + 15))


def test_a_killed_server_loses_and_doubles_nothing(
    server: Server, world: World, visit: OpenPage, bob: CanvasPage
):
    image = world.image()
    (box,) = put(world, image, add(x=150, y=60, w=30, h=20))
    alice = visit(image)
    bob.open(image)

    draw(alice, (10, 10), (40, 10))
    bob.click(165, 70)
    bob.keys.press("Shift+ArrowUp")
    server.kill()
    draw(alice, (70, 10), (10, 40))
    bob.keys.press("Shift+ArrowLeft")
    for canvas in (alice, bob):
        expect(canvas.page.locator("#status")).to_have_attribute("data-state", "offline")
    expect(alice.page.locator("#status")).to_have_text(re.compile(r"Offline, \d to save"))
    server.restart()

    for canvas in (alice, bob):
        expect(canvas.page.locator("#status")).to_have_text("Saved", timeout=20_000)
    draw(alice, (40, 40))
    alice.saved()
    bob.until("editor.document.view.size === 6")
    assert stored(world, image) == shown(alice) == shown(bob)
    assert stored(world, image)[box] == [140, 50, 30, 20]
    drawn = [[10, 10, 20, 15], [10, 40, 20, 15], [40, 10, 20, 15], [40, 40, 20, 15], [70, 10, 20, 15]]
    assert sorted(rect for box_id, rect in stored(world, image).items() if box_id != box) == drawn
    operations = [edit["op_id"] for batch in world.log(image) for edit in batch["edits"]]
    assert len(operations) == len(set(operations))


def test_both_go_on_offline_and_meet_again(world: World, visit: OpenPage, bob: CanvasPage):
    image = world.image()
    (box,) = put(world, image, add(class_id=world.classes[0], x=50, y=30, w=60, h=40))
    alice = visit(image)
    bob.open(image)

    for canvas in (alice, bob):
        canvas.page.context.set_offline(True)
        canvas.page.evaluate("() => editor.session.socket.drop()")
    alice.click(80, 50)
    alice.keys.press("2")
    bob.click(80, 50)
    bob.keys.press("Shift+ArrowRight")
    draw(bob, (10, 10))
    expect(bob.page.locator("#status")).to_have_text("Offline, 2 to save")
    for canvas in (bob, alice):
        canvas.page.context.set_offline(False)

    for canvas in (alice, bob):
        canvas.saved()
        canvas.until("editor.document.view.size === 2")
        canvas.until(shows(box, x=60, class_id=world.classes[1]))
    assert stored(world, image) == shown(alice) == shown(bob)


def test_a_viewer_sees_everything_and_changes_nothing(
    world: World, visit: OpenPage, page_for: PageFor, cookies: Cookies
):
    image = world.image()
    (box,) = put(world, image, add(class_id=world.classes[0], x=50, y=30, w=60, h=40))
    alice, vic = visit(image), visit(image, "viewer")

    vic.click(80, 50)
    for key in ("Delete", "2", "Shift+ArrowRight"):
        vic.keys.press(key)
    vic.drag((80, 50), (120, 60))
    assert "not edit it" in vic.toasts()
    alice.click(80, 50)
    alice.keys.press("Shift+ArrowRight")
    soon(vic, shows(box, x=60))
    assert stored(world, image) == shown(vic) == {box: [60, 30, 60, 40]}
    page = page_for(cookies["viewer"])
    page.goto(f"/datasets/{world.dataset}/")
    expect(page.get_by_role("link", name="Look")).to_be_visible()
    for name in ("Choose files", "Auto-label", "Edit the dataset"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
        expect(page.get_by_role("link", name=name)).to_have_count(0)


def test_an_approved_image_is_locked_and_says_so(world: World, visit: OpenPage, bob: CanvasPage):
    image = world.image()
    (box,) = put(world, image, add(class_id=world.classes[0], x=50, y=30, w=60, h=40))
    ann = visit(image, "annotator")
    bob.open(image)

    ann.keys.press("Control+Enter")
    expect(ann.page.locator("#state")).to_have_text("In review")
    bob.page.get_by_role("button", name="Approve").click()
    expect(ann.page.locator("#state")).to_have_text("Approved", timeout=2000)
    ann.click(80, 50)
    ann.keys.press("Delete")
    ann.drag((80, 50), (120, 60))

    expect(ann.page.locator(".toast").last).to_contain_text("approved")
    assert stored(world, image) == shown(ann) == {box: [50, 30, 60, 40]}
    expect(ann.page.get_by_role("button", name="Reopen")).to_have_count(0)
