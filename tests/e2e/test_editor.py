"""The canvas editor in a real browser on a real server: by mouse, by keys and by touch."""

import pytest
from playwright.sync_api import expect

from tests.e2e.canvas_page import OpenPage, put
from tests.live_clients import World, add

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]


def proposals(world: World, *scores: float) -> list[dict]:
    return [
        add(class_id=world.classes[0], x=10 + 30 * at, y=20, source="import", score=score, state="proposed")
        for at, score in enumerate(scores)
    ]


def test_boxes_are_drawn_by_drag_and_by_two_clicks_and_the_tool_stays_on(world: World, visit: OpenPage):
    image = world.image()
    canvas = visit(image)

    canvas.keys.press("b")
    canvas.keys.press("2")
    canvas.drag((10, 10), (60, 50))
    canvas.click(100, 20)
    canvas.hover(120, 40)
    canvas.click(150, 60)
    canvas.drag((20, 20), (40, 40))
    canvas.saved()

    rects = [[10, 10, 50, 40], [100, 20, 50, 40], [20, 20, 20, 20]]
    stored = world.boxes(image)["results"]
    assert sorted([box["x"], box["y"], box["w"], box["h"]] for box in stored) == sorted(rects)
    assert {box["class_id"] for box in stored} == {world.classes[1]}
    assert {(box["source"], box["state"]) for box in stored} == {("human", "accepted")}


def test_a_box_is_moved_resized_copied_and_all_of_it_undone(world: World, visit: OpenPage):
    image = world.image()
    put(world, image, add(class_id=world.classes[0], x=50, y=30, w=60, h=40))
    canvas = visit(image)

    canvas.click(80, 50)
    canvas.drag((80, 50), (90, 55))
    assert canvas.selected()[0]["rect"] == [60, 35, 60, 40]
    canvas.drag((120, 75), (140, 85))
    assert canvas.selected()[0]["rect"] == [60, 35, 80, 50]
    canvas.drag((100, 60), (110, 40), holding="Alt")
    assert [box["rect"] for box in canvas.boxes()] == [[70, 15, 80, 50], [60, 35, 80, 50]]
    canvas.keys.press("Delete")
    assert len(canvas.boxes()) == 1

    for _ in range(4):
        canvas.keys.press("Control+z")
    assert [box["rect"] for box in canvas.boxes()] == [[50, 30, 60, 40]]
    for _ in range(4):
        canvas.keys.press("Control+Shift+z")
    canvas.saved()
    stored = world.boxes(image)["results"]
    assert [[box["x"], box["y"], box["w"], box["h"]] for box in stored] == [[60, 35, 80, 50]]


def test_the_smallest_box_wins_and_repeated_clicks_go_through_the_others(world: World, visit: OpenPage):
    image = world.image()
    large, small = put(world, image, add(x=10, y=10, w=150, h=80), add(x=40, y=30, w=30, h=30))
    canvas = visit(image)

    canvas.click(50, 40)
    assert [box["id"] for box in canvas.selected()] == [small]
    canvas.click(50, 40)
    assert [box["id"] for box in canvas.selected()] == [large]
    canvas.click(50, 40)
    assert [box["id"] for box in canvas.selected()] == [small]

    canvas.keys.press("Escape")
    canvas.drag((30, 20), (80, 70), holding="Shift")
    assert [box["id"] for box in canvas.selected()] == [small]


def test_the_whole_job_goes_by_keyboard_alone(world: World, visit: OpenPage):
    first, second = world.image(), world.image()
    sure, doubtful, wrong = put(world, first, *proposals(world, 0.9, 0.5, 0.3))
    canvas = visit(first)

    canvas.keys.press("a")
    assert [box["id"] for box in canvas.selected()] == [wrong]
    canvas.keys.press("x")
    assert canvas.said() == "boat, 0.30, rejected, 2 left. boat, 0.50?"
    canvas.keys.press("2")
    assert [box["id"] for box in canvas.selected()] == [sure]
    canvas.keys.press("b")
    canvas.keys.press("Enter")
    for key in ("Shift+ArrowRight", "Shift+ArrowDown", "Shift+ArrowRight", "Enter"):
        canvas.keys.press(key)
    drawn = canvas.selected()[0]
    canvas.keys.press("v")
    for key in ("ArrowRight", "Shift+ArrowUp", "Control+ArrowRight"):
        canvas.keys.press(key)
    canvas.saved()
    x, y, w, h = drawn["rect"]
    assert canvas.selected()[0]["rect"] == [x + 1, y - 10, w + 1, h]
    canvas.keys.press("Space")

    canvas.until(f"editor.data.image.id === '{second}'")
    canvas.until("editor.outbox.letters.size === 0")
    stored = {box["id"]: box for box in world.boxes(first)["results"]}
    states = {box_id: stored[box_id]["state"] for box_id in (sure, doubtful, wrong)}
    assert states == {sure: "accepted", doubtful: "accepted", wrong: "rejected"}
    assert stored[doubtful]["class_id"] == world.classes[1]
    assert len(stored) == 4
    status, answer = world.server.call("GET", f"images/{first}", world.key)
    assert (status, answer["state"]) == (200, "submitted")


def test_proposals_below_the_threshold_are_hidden_and_not_accepted(world: World, visit: OpenPage):
    image = world.image()
    high, low = put(world, image, *proposals(world, 0.8, 0.2))
    canvas = visit(image)

    for _ in range(6):
        canvas.keys.press("]")
    assert [box["id"] for box in canvas.boxes()] == [high]
    expect(canvas.page.locator("#threshold-note")).to_have_text("1 hidden below")
    canvas.keys.press("Shift+Space")

    canvas.until("editor.outbox.letters.size === 0")
    states = {box["id"]: box["state"] for box in world.boxes(image)["results"]}
    assert states == {high: "accepted", low: "proposed"}


def test_going_through_images_keeps_the_page(world: World, visit: OpenPage):
    first, second = world.image(), world.image()
    put(world, second, add(class_id=world.classes[0]))
    canvas = visit(first)
    canvas.page.evaluate("() => { window.stayed = true }")

    canvas.keys.press("f")
    canvas.until(f"location.pathname === '/images/{second}/' && editor.document.view.size === 1")
    canvas.page.go_back()
    canvas.until(f"editor.data.image.id === '{first}' && editor.document.loaded")

    assert canvas.page.evaluate("() => window.stayed") is True
    assert canvas.boxes() == []
    expect(canvas.page.locator("#film [aria-current]")).to_have_attribute("href", f"/images/{first}/")


def test_help_and_palette_know_every_action(world: World, visit: OpenPage):
    canvas = visit(world.image())

    canvas.keys.press("?")
    expect(canvas.page.locator("#help")).to_be_visible()
    for words in ("Draw a box", "Accept, go to the next", "Undo my last change", "Hide boxes while held"):
        expect(canvas.page.locator("#help").get_by_text(words, exact=True)).to_be_visible()
    canvas.keys.press("Escape")
    canvas.keys.press("Control+k")
    canvas.keys.type("draw a")
    canvas.keys.press("Enter")
    expect(canvas.page.locator("[data-action='tool.draw']")).to_have_attribute("aria-pressed", "true")
    canvas.keys.press("/")
    canvas.keys.type("cran")
    canvas.keys.press("Enter")
    assert canvas.page.evaluate("() => editor.currentClass") == world.classes[1]

    canvas.keys.press("Control+k")
    canvas.keys.type("ghost")
    canvas.keys.press("Escape")
    expect(canvas.page.locator("dialog[open]")).to_have_count(0)

    for button in canvas.page.locator("button:visible").all():
        assert button.get_attribute("aria-label") or button.inner_text().strip()


def test_the_list_of_boxes_drives_the_selection(world: World, visit: OpenPage):
    image = world.image()
    put(
        world,
        image,
        *(add(class_id=world.classes[0], x=at * 9, y=10 + (at % 2) * 40, w=8, h=8) for at in range(20)),
    )
    canvas = visit(image)
    listbox = canvas.page.get_by_role("listbox", name="Boxes")

    listbox.get_by_role("option").nth(2).click()
    first = canvas.selected()[0]["id"]
    listbox.focus()
    canvas.keys.press("ArrowDown")

    option = canvas.page.locator("[role=option][aria-selected=true]")
    expect(option).to_have_attribute("aria-posinset", "4")
    expect(option).to_have_attribute("aria-setsize", "20")
    expect(option).to_have_attribute("aria-label", "boat, accepted, by a person")
    expect(listbox).to_have_attribute("aria-activedescendant", f"box-{canvas.selected()[0]['id']}")
    assert canvas.selected()[0]["id"] != first


def test_the_row_of_the_selected_box_stays_in_sight_when_its_details_open(world: World, visit: OpenPage):
    image = world.image()
    put(world, image, *(add(x=at * 4, y=4 * at, w=8, h=8) for at in range(24)))
    canvas = visit(image)

    last = canvas.boxes()[-1]["id"]
    canvas.select(last)

    expect(canvas.page.locator("#details")).to_be_visible()
    expect(canvas.page.locator(f"#box-{last}")).to_be_in_viewport(ratio=0.9)


def test_numbers_place_a_box_exactly(world: World, visit: OpenPage):
    image = world.image()
    (box,) = put(world, image, add(class_id=world.classes[0]))
    canvas = visit(image)

    canvas.select(box)
    for side, value in zip("xywh", ("30.5", "12", "190", "40.2"), strict=True):
        canvas.page.locator(f"#box-{side}").fill(value)
        canvas.keys.press("Enter")
    canvas.saved()

    stored = world.boxes(image)["results"][0]
    assert [stored["x"], stored["y"], stored["w"], stored["h"]] == [30.5, 12, 169.5, 40.2]


def test_fingers_draw_and_pinch_on_a_phone(world: World, visit: OpenPage):
    image = world.image()
    canvas = visit(image, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    wire = canvas.page.context.new_cdp_session(canvas.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    canvas.page.locator("[data-action='tool.draw']").tap()
    start, end = canvas.point(20, 20), canvas.point(120, 70)
    touch("touchStart", start)
    touch("touchMove", end)
    touch("touchEnd")
    canvas.saved()
    scale = canvas.page.evaluate("() => editor.scene.viewport.scale")
    touch("touchStart", (150, 400))
    touch("touchStart", (150, 400), (250, 400))
    touch("touchMove", (100, 400), (300, 400))
    touch("touchEnd")

    assert [box["rect"] for box in canvas.boxes()] == [[20, 20, 100, 50]]
    assert canvas.page.evaluate("() => editor.scene.viewport.scale") == pytest.approx(scale * 2)
    assert canvas.page.evaluate("() => document.documentElement.scrollWidth") == 390
