"""The canvas editor with others about: colleagues, a network that goes away, reviews and roles."""

import pytest
from playwright.sync_api import expect

from tests.e2e.canvas_page import OpenPage, put
from tests.live_clients import World, add, change

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]


def test_two_people_see_each_other_at_once(world: World, visit: OpenPage):
    image = world.image()
    (box,) = put(world, image, add(class_id=world.classes[0], x=50, y=30, w=60, h=40))
    alice, ann = visit(image), visit(image, "annotator")
    expect(alice.page.locator("#people .avatar")).to_have_attribute("aria-label", "Annotator")

    ann.click(80, 50)
    ann.hover(80, 50)
    ann.page.mouse.down()
    ann.page.mouse.move(*ann.point(100, 60), steps=4)
    ghost = "[...editor.session.peers.present.values()][0].ghosts[0]"
    alice.until(f"{ghost} && {ghost}.x === 70 && {ghost}.y === 40")
    ann.page.mouse.up()
    alice.until(f"editor.document.view.get('{box}').x === 70")
    alice.select(box)
    alice.keys.press("2")
    ann.until(f"editor.document.view.get('{box}').class_id === '{world.classes[1]}'")
    put(world, image, add(x=5, y=5))
    alice.until("editor.document.view.size === 2")

    alice.select(box)
    alice.keys.press("ArrowRight")
    alice.saved()
    ann.until(f"editor.document.view.get('{box}').x === 71")
    ann.keys.press("Control+z")
    assert "changed it since" in ann.toasts()
    ann.saved()
    assert alice.page.evaluate(f"() => editor.document.view.get('{box}').x") == 71


def test_work_done_offline_is_kept_and_merged(world: World, visit: OpenPage):
    image = world.image()
    (box,) = put(world, image, add(class_id=world.classes[0], x=50, y=30, w=60, h=40))
    canvas = visit(image)

    canvas.page.context.set_offline(True)
    canvas.page.evaluate("() => editor.session.socket.drop()")
    canvas.click(80, 50)
    canvas.keys.press("2")
    canvas.keys.press("b")
    canvas.drag((120, 10), (150, 40))
    expect(canvas.page.locator("#status")).to_have_text("Offline, 2 to save")
    put(world, image, change("update", box, x=60, y=30, w=60, h=40))
    canvas.page.context.set_offline(False)
    canvas.saved()

    stored = {one["id"]: one for one in world.boxes(image)["results"]}
    assert (stored[box]["x"], stored[box]["class_id"]) == (60, world.classes[1])
    assert len(stored) == 2
    assert [one["rect"] for one in canvas.boxes() if one["id"] == box] == [[60, 30, 60, 40]]


def test_a_tab_closed_offline_loses_nothing(world: World, visit: OpenPage):
    first, second = world.image(), world.image()
    canvas = visit(first)
    canvas.page.context.set_offline(True)
    canvas.page.evaluate("() => editor.session.socket.drop()")
    canvas.keys.press("b")
    canvas.drag((20, 20), (60, 50))
    assert [box["rect"] for box in canvas.boxes()] == [[20, 20, 40, 30]]
    canvas.page.context.set_offline(False)
    canvas.page.evaluate("() => editor.session.close()")
    assert world.boxes(first)["results"] == []

    canvas.open(second)
    canvas.until("editor.outbox.letters.size === 0")

    stored = world.boxes(first)["results"]
    assert [[box["x"], box["y"], box["w"], box["h"]] for box in stored] == [[20, 20, 40, 30]], canvas.toasts()


def test_what_the_server_refuses_is_rolled_back_with_a_reason(world: World, visit: OpenPage):
    image = world.image()
    (box,) = put(world, image, add(class_id=world.classes[0]))
    canvas = visit(image)

    canvas.page.context.set_offline(True)
    canvas.page.evaluate("() => editor.session.socket.drop()")
    canvas.select(box)
    canvas.keys.press("2")
    put(world, image, change("delete", box))
    canvas.page.context.set_offline(False)

    canvas.saved()
    assert canvas.boxes() == []
    expect(canvas.page.locator(".toast").first).to_contain_text("deleted the box meanwhile")


def test_an_approved_image_is_locked_until_it_is_reopened(world: World, visit: OpenPage):
    image = world.image()
    (box,) = put(world, image, add(class_id=world.classes[0]))
    canvas = visit(image)

    canvas.keys.press("Control+Enter")
    expect(canvas.page.locator("#state")).to_have_text("In review")
    canvas.keys.press("Shift+A")
    canvas.until("editor.reviewState === 'approved'")
    canvas.open(image)
    canvas.select(box)
    canvas.keys.press("Delete")
    assert "Reopen it to edit." in canvas.toasts()
    assert len(canvas.boxes()) == 1

    canvas.keys.press("Shift+O")
    expect(canvas.page.locator("#state")).to_have_text("Labelled")
    canvas.keys.press("Delete")
    canvas.saved()
    assert world.boxes(image)["results"] == []


def test_a_viewer_looks_and_changes_nothing(world: World, visit: OpenPage):
    image = world.image()
    put(world, image, add(class_id=world.classes[0], x=50, y=30, w=60, h=40))
    canvas = visit(image, "viewer")

    canvas.click(80, 50)
    canvas.drag((80, 50), (120, 60))
    canvas.keys.press("Delete")

    assert [box["rect"] for box in canvas.boxes()] == [[50, 30, 60, 40]]
    assert "not edit it" in canvas.toasts()
    assert canvas.page.locator("[data-action='proposal.rest']").count() == 0
