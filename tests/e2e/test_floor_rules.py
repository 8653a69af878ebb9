"""What every gesture of the editor keeps to, each rule by itself: what hands learn once and never unlearn."""

import io
import time

import httpx
import pytest
from PIL import Image as Picture
from PIL import ImageDraw
from playwright.sync_api import expect

from tests.e2e.canvas_page import CanvasPage, OpenPage, put
from tests.live_clients import World, add

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]


def rects(canvas: CanvasPage) -> list[list[float]]:
    return sorted(box["rect"] for box in canvas.boxes())


def test_the_class_is_remembered_from_box_to_box_and_from_image_to_image(world: World, visit: OpenPage):
    first, second = world.image(), world.image()
    canvas = visit(first)
    canvas.keys.press("2")
    canvas.keys.press("b")
    canvas.drag((10, 10), (50, 50))
    canvas.drag((60, 10), (90, 50))
    canvas.saved()
    canvas.keys.press("f")
    canvas.until(f"editor.data.image.id === '{second}' && editor.session.status === 'saved'")
    canvas.drag((10, 10), (50, 50))
    canvas.saved()

    for image in (first, second):
        assert {box["class_id"] for box in world.boxes(image)["results"]} == {world.classes[1]}
    # Nothing ever popped up.
    assert canvas.page.locator("dialog[open], [popover]:popover-open").count() == 0


def test_press_and_drag_and_click_and_click_both_work_without_a_mode(world: World, visit: OpenPage):
    canvas = visit(world.image())
    canvas.keys.press("b")
    scale = canvas.page.evaluate("() => editor.scene.viewport.scale")
    canvas.drag((10, 10), (40, 40))
    # Let go within four screen pixels, it was a click: the next one sets the other corner.
    canvas.drag((60, 20), (60 + 2 / scale, 20))
    assert len(canvas.boxes()) == 1
    canvas.click(90, 60)
    assert rects(canvas) == [[10, 10, 30, 30], [60, 20, 30, 40]]


def test_existing_boxes_are_not_in_the_way_while_drawing_but_with_ctrl(world: World, visit: OpenPage):
    image = world.image()
    (there,) = put(world, image, add(x=20, y=20, w=100, h=60))
    canvas = visit(image)
    canvas.keys.press("b")
    canvas.drag((40, 40), (70, 60))
    assert rects(canvas) == [[20, 20, 100, 60], [40, 40, 30, 20]]
    canvas.drag((100, 70), (110, 75), holding="Control")
    assert rects(canvas) == [[30, 25, 100, 60], [40, 40, 30, 20]]
    assert canvas.page.evaluate("() => app.tool.id") == "draw"
    assert canvas.page.evaluate("id => editor.document.view.get(id).x", there) == 30


def test_each_of_eight_handles_pulls_its_own_sides(world: World, visit: OpenPage):
    image = world.image()
    put(world, image, add(x=60, y=30, w=60, h=40))
    canvas = visit(image)
    canvas.keys.press("Tab")
    pulled = {
        (60, 30): [50, 20, 70, 50],
        (90, 30): [60, 20, 60, 50],
        (120, 30): [60, 20, 50, 50],
        (120, 50): [60, 30, 50, 40],
        (120, 70): [60, 30, 50, 30],
        (90, 70): [60, 30, 60, 30],
        (60, 70): [50, 30, 70, 30],
        (60, 50): [50, 30, 70, 40],
    }
    for (x, y), wanted in pulled.items():
        canvas.drag((x, y), (x - 10, y - 10))
        assert rects(canvas) == [wanted]
        canvas.keys.press("Control+z")
        assert rects(canvas) == [[60, 30, 60, 40]]


def test_a_handle_is_met_within_twelve_screen_pixels(world: World, visit: OpenPage):
    image = world.image()
    put(world, image, add(x=60, y=30, w=60, h=40))
    canvas = visit(image)
    canvas.keys.press("Tab")
    off = 10 / canvas.page.evaluate("() => editor.scene.viewport.scale")
    canvas.drag((120 + off, 70 + off), (130 + off, 80 + off))
    (rect,) = rects(canvas)
    assert rect == pytest.approx([60, 30, 70, 50], abs=0.2)


def test_shift_keeps_the_proportions_and_alt_the_middle(world: World, visit: OpenPage):
    image = world.image()
    put(world, image, add(x=60, y=30, w=60, h=40))
    canvas = visit(image)
    canvas.keys.press("Tab")
    canvas.drag((120, 70), (135, 72), holding="Shift")
    (rect,) = rects(canvas)
    assert rect[2] / rect[3] == pytest.approx(1.5, abs=0.02)
    assert rect[:2] == [60, 30]
    canvas.keys.press("Control+z")
    canvas.drag((120, 70), (125, 73), holding="Alt")
    assert rects(canvas) == [[55, 27, 70, 46]]


def test_arrows_nudge_by_one_and_ten_pixels_of_the_picture_and_ctrl_resizes(world: World, visit: OpenPage):
    image = world.image()
    put(world, image, add(x=60, y=30, w=60, h=40))
    canvas = visit(image)
    canvas.keys.press("Tab")
    canvas.keys.press("ArrowRight")
    canvas.keys.press("Shift+ArrowDown")
    canvas.keys.press("Control+ArrowLeft")
    canvas.keys.press("Control+Shift+ArrowUp")
    canvas.saved()
    assert rects(canvas) == [[61, 40, 59, 30]]
    # One rest of the keys is one step back.
    canvas.keys.press("Control+z")
    assert rects(canvas) == [[60, 30, 60, 40]]


def test_an_edge_snaps_to_an_edge_of_the_picture_and_ctrl_switches_it_off(world: World, visit: OpenPage):
    picture = Picture.new("RGB", (400, 200), (30, 60, 90))
    ImageDraw.Draw(picture).rectangle((120, 60, 259, 139), fill=(240, 240, 230))
    file = io.BytesIO()
    picture.save(file, "PNG")
    answer = httpx.post(
        f"{world.server.url}/api/v1/datasets/{world.dataset}/images",
        headers={"Authorization": f"Api-Key {world.key}"},
        files={"files": (f"edge-{time.time()}.png", file.getvalue(), "image/png")},
        timeout=30,
    )
    image = answer.json()["results"][0]["image"]["id"]
    put(world, image, add(x=150, y=80, w=100, h=50))
    canvas = visit(image)
    canvas.keys.press("Shift+g")
    canvas.until("editor.snap.snapper")
    canvas.keys.press("Tab")
    near = 3 / canvas.page.evaluate("() => editor.scene.viewport.scale")
    canvas.drag((150, 105), (120 + near, 105))
    assert rects(canvas)[0][0] == pytest.approx(120, abs=0.6)
    canvas.keys.press("Control+z")
    canvas.drag((150, 105), (120 + near, 105), holding="Control")
    assert rects(canvas)[0][0] == pytest.approx(120 + near, abs=0.2)


def test_the_next_image_is_on_screen_from_what_was_fetched_ahead(world: World, visit: OpenPage):
    images = [world.image() for _ in range(4)]
    canvas = visit(images[1])
    canvas.until("editor.pictures.loaded.size >= 4")
    asked: list[str] = []
    canvas.page.on("request", lambda request: asked.append(request.url))
    canvas.keys.press("f")
    canvas.until(f"editor.data.image.id === '{images[2]}' && editor.scene.bitmap")
    # Its picture and its page's data were here already.
    assert not [url for url in asked if images[2] in url and ("/data" in url or "editor.json" in url)]


def test_navigating_loses_nothing_and_the_dot_says_where_things_stand(world: World, visit: OpenPage):
    first, second = world.image(), world.image()
    canvas = visit(first)
    status = canvas.page.locator("#status")
    expect(status).to_have_text("Saved")
    canvas.page.context.set_offline(True)
    canvas.page.evaluate("() => editor.session.socket.drop()")
    canvas.keys.press("b")
    canvas.drag((10, 10), (50, 50))
    expect(status).to_have_text("Offline, 1 to save")
    canvas.page.context.set_offline(False)
    canvas.saved()
    expect(status).to_have_text("Saved")
    canvas.keys.press("v")
    canvas.click(30, 30)
    canvas.keys.press("ArrowRight")
    # The nudge still waits for the keys to rest.
    canvas.keys.press("f")
    canvas.until(f"editor.data.image.id === '{second}' && editor.session.status === 'saved'")
    canvas.until("!editor.outbox.letters.size")
    assert [box["x"] for box in world.boxes(first)["results"]] == [11]


def test_a_class_is_renamed_recoloured_and_merged_while_somebody_draws(world: World, visit: OpenPage):
    """Others' changes to the classes never stop the hand: the shape being drawn gets what its class has become."""
    image = world.image()
    made = world.server.call("POST", f"projects/{world.project}/classes", world.key, {"name": "tug"})[1]
    canvas = visit(image)
    canvas.page.evaluate("id => editor.set({ currentClass: id })", made["id"])
    canvas.keys.press("b")
    canvas.drag((10, 10), (50, 50))
    canvas.saved()

    canvas.hover(60, 10)
    canvas.page.mouse.down()
    canvas.hover(90, 50)
    world.change_class(made["id"], name="tugboat", color="#112233")
    canvas.until(
        f"editor.look('{made['id']}').name === 'tugboat' && editor.look('{made['id']}').color === '#112233'"
    )
    canvas.page.mouse.up()
    canvas.saved()
    assert [box["name"] for box in canvas.boxes()] == ["tugboat", "tugboat"]

    canvas.hover(120, 10)
    canvas.page.mouse.down()
    canvas.hover(150, 50)
    status, _ = world.server.call(
        "DELETE", f"projects/{world.project}/classes/{made['id']}?move_to={world.classes[0]}", world.key
    )
    assert status == 204
    canvas.until(f"!editor.classes.has('{made['id']}')")
    canvas.page.mouse.up()
    canvas.saved()
    stored = world.boxes(image)["results"]
    assert len(stored) == 3
    assert {box["class_id"] for box in stored} == {world.classes[0]}
    assert [box["name"] for box in canvas.boxes()] == ["boat"] * 3
