"""Looking back and bringing back, undo that outlives the page, following somebody, and conflicts that are told."""

import pytest
from playwright.sync_api import expect

from tests.e2e.canvas_page import CanvasPage, OpenPage, put
from tests.live_clients import World, add, change

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]


def rects(canvas: CanvasPage) -> dict[str, list[float]]:
    return {box["id"]: box["rect"] for box in canvas.boxes()}


def test_looking_back_shows_the_past_and_restoring_it_can_be_undone(world: World, visit: OpenPage):
    image = world.image()
    (first,) = put(world, image, add(class_id=world.classes[0], x=50, y=30, w=60, h=40))
    (second,) = put(world, image, add(class_id=world.classes[1], x=120, y=10, w=30, h=30))
    put(world, image, change("update", first, x=20, y=20, w=60, h=40), change("delete", second))
    canvas = visit(image)
    now = rects(canvas)

    canvas.keys.press("Shift+H")
    options = canvas.page.locator("#timeline-moments [role=option]")
    expect(options).to_have_count(4)
    assert "Moved 1 box, deleted 1" in options.nth(0).inner_text()
    canvas.keys.press("ArrowLeft")
    canvas.until("editor.past")
    expect(canvas.page.locator("#past-mark")).to_contain_text("1 change ago")
    expect(canvas.page.locator("#timeline-words")).to_have_text("Since then: 1 changed, 1 deleted.")
    canvas.keys.press("Delete")
    put(world, image, add(x=5, y=5))
    expect(canvas.page.locator("#past-mark")).to_contain_text("2 changes ago")

    canvas.page.get_by_role("button", name="Restore this moment").click()
    canvas.until("!editor.past && editor.session.status === 'saved'")
    assert rects(canvas) == {first: [50, 30, 60, 40], second: [120, 10, 30, 30]}
    stored = {box["id"]: [box["x"], box["y"]] for box in world.boxes(image)["results"]}
    assert stored == {first: [50, 30], second: [120, 10]}

    canvas.page.locator("#stage").focus()
    canvas.keys.press("Control+z")
    canvas.saved()
    undone = rects(canvas)
    assert {key: undone.get(key) for key in now} == now
    assert len(undone) == 2


def test_one_box_of_the_past_comes_back_alone(world: World, visit: OpenPage):
    image = world.image()
    (first, second) = put(world, image, add(x=50, y=30, w=60, h=40), add(x=120, y=10, w=30, h=30))
    put(world, image, change("delete", first), change("delete", second))
    canvas = visit(image)

    canvas.page.locator("[data-action='history.open']").click()
    canvas.page.locator("#moment-1").click()
    canvas.until("editor.past")
    canvas.click(130, 20)
    canvas.page.get_by_role("button", name="Restore this box").click()

    canvas.until("!editor.past && editor.session.status === 'saved'")
    assert list(rects(canvas)) == [second]
    canvas.keys.press("Escape")
    expect(canvas.page.locator("#timeline")).to_be_hidden()


def test_undo_outlives_the_page_and_spares_what_others_changed(world: World, visit: OpenPage):
    image = world.image()
    (old, other) = put(world, image, add(x=50, y=30, w=60, h=40), add(x=120, y=10, w=30, h=30))
    canvas = visit(image)
    canvas.select(old)
    canvas.keys.press("Delete")
    canvas.select(other)
    canvas.keys.press("2")
    canvas.keys.press("b")
    canvas.drag((10, 50), (40, 80))
    canvas.saved()

    canvas.page.wait_for_timeout(600)
    canvas.open(image)
    put(world, image, change("update", other, class_id=world.classes[0]))
    canvas.until(f"editor.document.view.get('{other}').class_id === '{world.classes[0]}'")

    canvas.keys.press("Control+z")
    canvas.saved()
    assert set(rects(canvas)) == {other}
    canvas.keys.press("Control+z")
    assert "changed it since" in canvas.toasts()
    assert "bootstrap" in canvas.toasts()
    canvas.keys.press("Control+z")
    canvas.saved()
    assert rects(canvas) == {other: [120, 10, 30, 30], old: [50, 30, 60, 40]}
    canvas.page.wait_for_timeout(600)
    canvas.open(image)
    canvas.keys.press("Control+Shift+z")
    canvas.until(f"!editor.document.view.has('{old}')")


def test_following_shows_what_somebody_sees_until_i_move(world: World, visit: OpenPage):
    image = world.image()
    alice = visit(image)
    ann = visit(image, "annotator", viewport={"width": 900, "height": 700})
    alice.page.locator("#people .avatar").click()
    frame = alice.page.locator(".following")
    expect(frame).to_contain_text("Following Annotator")

    ann.hover(150, 80)
    ann.page.mouse.wheel(0, -600)
    seen = "(({ x, y, w, h }) => [x + w / 2, y + h / 2, w, h])(editor.scene.viewport.visible)"
    ann.page.wait_for_timeout(300)
    theirs = ann.page.evaluate(f"() => {seen}")
    alice.until(f"Math.abs({seen}[0] - {theirs[0]}) < 0.5 && Math.abs({seen}[1] - {theirs[1]}) < 0.5")
    mine = alice.page.evaluate(f"() => {seen}")
    assert mine[2] >= theirs[2] - 0.1
    assert mine[3] >= theirs[3] - 0.1

    alice.hover(150, 80)
    alice.page.mouse.wheel(0, 200)
    expect(frame).to_have_count(0)
    alice.page.locator("#people .avatar").click()
    expect(frame).to_have_count(1)
    alice.keys.press("Escape")
    expect(frame).to_have_count(0)


def test_what_could_not_be_merged_stays_to_be_looked_at(world: World, visit: OpenPage):
    image = world.image()
    (moved, gone) = put(world, image, add(x=50, y=30, w=60, h=40), add(x=120, y=10, w=30, h=30))
    canvas = visit(image, "annotator")
    canvas.page.context.set_offline(True)
    canvas.page.evaluate("() => editor.session.socket.drop()")
    canvas.select(moved)
    canvas.keys.press("ArrowRight")
    canvas.select(gone)
    canvas.keys.press("2")
    put(world, image, change("delete", gone), change("update", moved, x=10, y=10, w=60, h=40))
    canvas.page.context.set_offline(False)
    canvas.saved()

    bell = canvas.page.locator("#conflicts")
    expect(bell).to_have_text("2")
    assert "replaced bootstrap" in canvas.toasts()
    bell.click()
    rows = canvas.page.locator("#conflicts-list li")
    expect(rows).to_have_count(2)
    rows.filter(has_text="deleted the box meanwhile").get_by_role("button", name="Apply mine again").click()
    canvas.saved()
    bell.click()
    rows.filter(has_text="Your move replaced").get_by_role("button", name="Use bootstrap").click()
    canvas.saved()

    expect(bell).to_be_hidden()
    stored = {one["id"]: (one["x"], one["class_id"]) for one in world.boxes(image)["results"]}
    assert stored == {moved: (10, None), gone: (120, world.classes[1])}
