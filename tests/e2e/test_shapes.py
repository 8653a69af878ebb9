"""Every shape and every way to draw, bend, arrange and cut one, in a real browser."""

import math

import pytest

from tests.e2e.canvas_page import CanvasPage, OpenPage, put
from tests.live_clients import World, add

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]


def stored(world: World, image: str) -> list[dict]:
    return world.boxes(image)["results"]


def rect(box: dict) -> list[float]:
    return [box["x"], box["y"], box["w"], box["h"]]


def draw_path(canvas: CanvasPage, key: str, *points: tuple[float, float]) -> None:
    canvas.keys.press(key)
    canvas.until("app.tool.draws")
    for point in points:
        canvas.click(*point)


def test_a_polygon_is_closed_by_its_first_point_bent_and_thinned_out(world: World, visit: OpenPage):
    image = world.image()
    canvas = visit(image)

    draw_path(canvas, "p", (20, 20), (80, 20), (80, 70), (20, 20))
    canvas.saved()
    assert [box["points"] for box in stored(world, image)] == [[[20, 20], [80, 20], [80, 70]]]

    canvas.keys.press("v")
    canvas.drag((80, 70), (90, 80))
    canvas.drag((50, 20), (50, 10))
    canvas.saved()
    (box,) = stored(world, image)
    assert box["points"] == [[20, 20], [50, 10], [80, 20], [90, 80]]
    assert rect(box) == [20, 10, 70, 70]

    canvas.keys.down("Alt")
    canvas.click(80, 20)
    canvas.keys.up("Alt")
    canvas.drag((50, 30), (55, 32))
    canvas.saved()
    (box,) = stored(world, image)
    assert box["points"] == [[25, 22], [55, 12], [95, 82]]

    for _ in range(4):
        canvas.keys.press("Control+z")
    canvas.saved()
    assert stored(world, image)[0]["points"] == [[20, 20], [80, 20], [80, 70]]


def test_a_line_is_finished_by_enter_a_point_is_one_click_and_strokes_draw_freely(
    world: World, visit: OpenPage
):
    image = world.image()
    canvas = visit(image)

    draw_path(canvas, "i", (10, 10), (40, 20), (70, 60))
    canvas.keys.press("Backspace")
    canvas.click(70, 10)
    canvas.keys.press("Enter")
    draw_path(canvas, "k", (100, 50))
    canvas.keys.press("p")
    canvas.hover(110, 20)
    canvas.page.mouse.down()
    for x, y in ((150, 20), (150, 60), (110, 60)):
        canvas.page.mouse.move(*canvas.point(x, y), steps=10)
    canvas.page.mouse.up()
    canvas.saved()

    line, point, ring = stored(world, image)
    assert (line["shape"], line["points"]) == ("polyline", [[10, 10], [40, 20], [70, 10]])
    assert (point["shape"], point["points"]) == ("point", [[100, 50]])
    assert ring["shape"] == "polygon"
    assert 4 <= len(ring["points"]) <= 8
    assert [round(side) for side in rect(ring)] == [110, 20, 40, 40]


def test_a_box_is_drawn_by_four_extreme_points_held_or_chosen(world: World, visit: OpenPage):
    image = world.image()
    canvas = visit(image)
    extremes = ((50, 10), (90, 40), (60, 70), (20, 30))

    canvas.keys.press("b")
    canvas.keys.down("e")
    canvas.until("app.tool.id === 'extreme'")
    for point in extremes:
        canvas.click(*point)
    canvas.keys.up("e")
    assert canvas.page.evaluate("() => app.tool.id") == "draw"
    draw_path(canvas, "Shift+b", *((x + 60, y + 20) for x, y in extremes))
    canvas.saved()

    assert [rect(box) for box in stored(world, image)] == [[20, 10, 70, 60], [80, 30, 70, 60]]


def test_a_box_is_turned_by_its_knob_by_keys_and_by_numbers(world: World, visit: OpenPage):
    image = world.image()
    put(world, image, add(class_id=world.classes[0], x=60, y=40, w=40, h=20))
    canvas = visit(image)

    canvas.click(80, 50)
    x, y = canvas.point(80, 40)
    canvas.page.mouse.move(x, y - 24)
    canvas.page.mouse.down()
    canvas.keys.down("Shift")
    canvas.page.mouse.move(*canvas.point(110, 20), steps=4)
    canvas.page.mouse.up()
    canvas.keys.up("Shift")
    canvas.saved()
    assert stored(world, image)[0]["rotation"] == 45
    canvas.keys.press(".")
    canvas.keys.press(">")
    canvas.saved()
    assert stored(world, image)[0]["rotation"] == 61
    canvas.page.locator("#box-rotation").fill("90")
    canvas.page.locator("#box-rotation").press("Enter")
    canvas.saved()
    (box,) = stored(world, image)
    assert (rect(box), box["rotation"]) == ([60, 40, 40, 20], 90)
    # What is seen now stands upright from (70, 30) to (90, 70): its lower end is the right side of its own frame.
    canvas.page.locator("#stage").focus()
    canvas.drag((80, 70), (80, 80))
    canvas.saved()
    (box,) = stored(world, image)
    assert (rect(box), box["rotation"]) == ([55, 45, 50, 20], 90)


def test_a_turned_box_is_drawn_by_an_edge_and_its_other_side(world: World, visit: OpenPage):
    image = world.image()
    canvas = visit(image)

    draw_path(canvas, "o", (40, 20), (80, 60), (60, 60))
    canvas.saved()

    (box,) = stored(world, image)
    assert box["shape"] == "box"
    assert box["rotation"] == 45
    assert math.isclose(box["w"], math.hypot(40, 40), abs_tol=0.1)
    assert math.isclose(box["h"], math.hypot(10, 10), abs_tol=0.1)


def test_a_polygon_is_drawn_and_bent_by_keys_alone(world: World, visit: OpenPage):
    image = world.image()
    canvas = visit(image)

    canvas.keys.press("p")
    canvas.until("app.tool.draws")
    canvas.keys.press("Enter")
    for key in ("Control+ArrowRight", "Enter", "Control+ArrowDown", "Enter", "Enter"):
        canvas.keys.press(key)
    canvas.saved()
    (drawn,) = stored(world, image)
    assert len(drawn["points"]) == 3

    canvas.keys.press("v")
    for key in ("n", "n", "Shift+ArrowRight"):
        canvas.keys.press(key)
    canvas.saved()
    (x, y), *_ = drawn["points"][1:]
    assert stored(world, image)[0]["points"][1] == [x + 10, y]
    for key in ("Insert", "Delete", "Delete"):
        canvas.keys.press(key)
    canvas.saved()
    assert stored(world, image) == []


def test_boxes_are_aligned_merged_cut_and_made_polygons(world: World, visit: OpenPage):
    image = world.image()
    put(
        world,
        image,
        add(class_id=world.classes[1], x=10, y=10, w=30, h=20),
        add(class_id=world.classes[0], x=30, y=40, w=20, h=20),
    )
    canvas = visit(image)

    canvas.keys.press("Control+a")
    canvas.keys.press("Alt+Shift+ArrowLeft")
    canvas.until("editor.boxes.every((box) => box.x === 10)")
    canvas.saved()
    assert [rect(box) for box in stored(world, image)] == [[10, 10, 30, 20], [10, 40, 20, 20]]
    canvas.keys.press("Shift+m")
    canvas.until("editor.boxes.length === 1")
    canvas.saved()
    (box,) = stored(world, image)
    assert (rect(box), box["class_id"]) == ([10, 10, 30, 50], world.classes[1])

    draw_path(canvas, "Shift+k", (5, 30), (60, 32))
    canvas.until("editor.boxes.length === 2")
    canvas.saved()
    assert sorted(rect(one) for one in stored(world, image)) == [[10, 10, 30, 21], [10, 31, 30, 29]]
    canvas.keys.press("v")
    canvas.keys.press("Control+a")
    canvas.keys.press("Shift+t")
    canvas.until("editor.boxes.every((box) => box.shape === 'polygon')")
    canvas.keys.press("Shift+m")
    canvas.until("editor.boxes.length === 1")
    canvas.saved()
    (box,) = stored(world, image)
    assert (rect(box), box["shape"], box["class_id"]) == ([10, 10, 30, 50], "polygon", world.classes[1])
    assert len(box["points"]) == 4

    draw_path(canvas, "Shift+k", (5, 5), (50, 70))
    canvas.until("editor.boxes.length === 2")
    canvas.keys.press("Control+z")
    canvas.saved()
    assert [rect(one) for one in stored(world, image)] == [[10, 10, 30, 50]]


def test_what_moves_snaps_to_other_boxes_unless_ctrl_is_held(world: World, visit: OpenPage):
    image = world.image()
    fixed, moving = put(world, image, add(x=20, y=20, w=40, h=40), add(x=100, y=22, w=30, h=30))
    canvas = visit(image)
    step = canvas.page.evaluate("() => 4 / editor.scene.viewport.scale")

    canvas.keys.press("Shift+g")
    canvas.until("editor.snap.snapper")
    canvas.drag((115, 40), (75 + step, 40 + step))
    canvas.saved()
    boxes = {box["id"]: box for box in stored(world, image)}
    assert rect(boxes[moving])[0] == 60
    canvas.drag((75, 40), (75 + step, 40), holding="Control")
    canvas.saved()
    boxes = {box["id"]: box for box in stored(world, image)}
    assert rect(boxes[moving])[0] == pytest.approx(60 + step, abs=0.11)
    assert rect(boxes[fixed]) == [20, 20, 40, 40]


def test_polygons_are_copied_to_another_picture_and_seen_by_colleagues(world: World, visit: OpenPage):
    first, second = world.image(), world.image()
    shape = {"shape": "polygon", "points": [[10, 10], [60, 10], [30, 50]], "class_id": world.classes[0]}
    put(world, first, {**add(), "patch": shape})
    canvas = visit(first)
    watcher = visit(second, "annotator")

    canvas.click(30, 20)
    canvas.keys.press("Control+c")
    canvas.keys.press("f")
    canvas.until(f"editor.data.image.id === '{second}' && editor.session.status === 'saved'")
    canvas.keys.press("Control+v")
    canvas.saved()

    assert [box["points"] for box in stored(world, second)] == [shape["points"]]
    watcher.until("editor.boxes.length === 1 && editor.boxes[0].points.length === 3")
