"""What a class says about its shapes, from the class page to the fields in the editor; tags; locks; depth."""

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Watch
from tests.e2e.canvas_page import CanvasPage, Cookies, OpenPage, PageFor, put
from tests.live_clients import World, add, change

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def world(server) -> World:
    """A tenant of its own: what this module says about classes is no matter to others."""
    return World.make(server, tenant="hull", email="hull@example.com")


@pytest.fixture(scope="module")
def cookies(world: World) -> Cookies:
    return Cookies(world)


def row(page: Page, name: str):
    return page.locator(".class-row", has=page.locator(f"input[name=class_name][value='{name}']"))


def stored(world: World, image: str) -> list[dict]:
    return world.boxes(image)["results"]


def field(canvas: CanvasPage, name: str):
    return canvas.page.locator(f"[data-attribute='{name}']")


def go_to_attributes(canvas: CanvasPage) -> None:
    canvas.keys.press("j")
    canvas.until("document.activeElement.closest('[data-attribute]')")


def test_the_class_page_describes_attributes_tags_and_keypoints(
    world: World, page_for: PageFor, cookies: Cookies
):
    page = page_for(cookies["alice"])
    page.goto(f"/projects/{world.project}/classes/")
    page.locator(".class-row").nth(1).get_by_label("Attributes, tags and keypoints").click()
    more = page.locator(".class-more")
    more.get_by_label("Used for").select_option("shapes")
    more.get_by_text("Add an attribute").click()
    first = more.locator(".attribute-row").nth(0)
    first.get_by_label("Name of the attribute").fill("colour")
    first.get_by_label("Kind").select_option("choice")
    first.get_by_label("Choices, one per line").fill("red\nwhite\nblue")
    first.get_by_label("Choices, one per line").blur()
    first.get_by_label("Begins as").select_option("white")
    more.get_by_text("Add an attribute").click()
    second = more.locator(".attribute-row").nth(1)
    second.get_by_label("Name of the attribute").fill("length")
    second.get_by_label("Kind").select_option("number")
    second.get_by_label("max").fill("400")
    more.get_by_text("Add an attribute").click()
    third = more.locator(".attribute-row").nth(2)
    third.get_by_label("Name of the attribute").fill("name")
    third.get_by_label("Required").check()
    more.get_by_text("Add an attribute").click()
    fourth = more.locator(".attribute-row").nth(3)
    fourth.get_by_label("Name of the attribute").fill("moving")
    fourth.get_by_label("Kind").select_option("checkbox")
    more.get_by_label("Template").select_option("Four corners")
    page.get_by_role("button", name="Add a class").click()
    added = page.locator(".class-row").last
    added.get_by_label("Name", exact=True).fill("indoor")
    added.get_by_label("Attributes, tags and keypoints").click()
    added.get_by_label("Used for").select_option("tags")
    page.get_by_role("button", name="Save the classes").click()
    expect(page.get_by_text("The classes are saved.")).to_be_visible()

    classes = {label["name"]: label for label in world.classes_now()}
    boat = classes["boat"]
    assert boat["attributes"] == [
        {"name": "colour", "kind": "choice", "choices": ["red", "white", "blue"], "default": "white"},
        {"name": "length", "kind": "number", "max": 400},
        {"name": "name", "kind": "text", "required": True},
        {"name": "moving", "kind": "checkbox"},
    ]
    assert boat["use"] == "shapes"
    assert boat["skeleton"]["edges"] == [[0, 1], [1, 2], [2, 3], [3, 0]]
    assert classes["indoor"]["use"] == "tags"

    # A second look shows all of it again, and saving it changes nothing.
    page.goto(f"/projects/{world.project}/classes/")
    expect(page.get_by_text("colour, length, name, moving · 4 keypoints")).to_be_visible()
    page.get_by_role("button", name="Save the classes").click()
    expect(page.get_by_text("The classes are saved.")).to_be_visible()
    assert {label["name"]: label for label in world.classes_now()} == classes


def test_a_mistake_in_an_attribute_is_shown_where_it_is(
    world: World, page_for: PageFor, cookies: Cookies, watch: Watch
):
    watch.expected.append("status of 422")
    page = page_for(cookies["alice"])
    page.goto(f"/projects/{world.project}/classes/")
    last = page.locator(".class-row").nth(2)
    toggle = last.get_by_label("Attributes, tags and keypoints")
    toggle.click()
    last.get_by_text("Add an attribute").click()
    toggle.click()
    page.get_by_role("button", name="Save the classes").click()
    # The browser opens what it complains about.
    expect(last.get_by_label("Name of the attribute")).to_be_focused()
    last.get_by_label("Name of the attribute").fill("size")
    last.get_by_label("Kind").select_option("number")
    last.get_by_label("min").fill("9")
    last.get_by_label("max").fill("3")
    page.get_by_role("button", name="Save the classes").click()
    expect(page.get_by_text("Attribute 1: max must be at least min.")).to_be_visible()
    assert page.locator(".class-row").nth(2).locator("[name=class_more]").input_value().count("size") == 1


def test_shapes_begin_with_their_values_and_are_described_by_clicks_and_keys(world: World, visit: OpenPage):
    image = world.image()
    canvas = visit(image)
    canvas.keys.press("b")
    canvas.drag((20, 20), (60, 60))
    canvas.saved()
    assert stored(world, image)[0]["attributes"] == {"colour": "white"}

    canvas.keys.press("v")
    field(canvas, "colour").get_by_text("red").click()
    field(canvas, "moving").locator("input").check()
    field(canvas, "length").locator("input").fill("500")
    field(canvas, "length").locator("input").press("Enter")
    expect(field(canvas, "length").get_by_text("At most 400.")).to_be_visible()
    field(canvas, "length").locator("input").fill("120.5")
    field(canvas, "length").locator("input").press("Enter")
    canvas.saved()
    (box,) = stored(world, image)
    assert box["attributes"] == {"colour": "red", "moving": True, "length": 120.5}

    # J goes to what is missing, Enter keeps it and comes back to the picture.
    go_to_attributes(canvas)
    canvas.keys.type("Ada")
    canvas.keys.press("Enter")
    canvas.saved()
    assert stored(world, image)[0]["attributes"]["name"] == "Ada"
    assert canvas.page.evaluate("() => document.activeElement.id") == "stage"
    row = canvas.page.locator("#boxes .line").first
    expect(row).to_contain_text("Ada")

    for _ in range(4):
        canvas.keys.press("Control+z")
    canvas.saved()
    assert stored(world, image)[0]["attributes"] == {"colour": "white"}


def test_a_choice_is_one_digit_away_and_what_is_typed_outlasts_news(world: World, visit: OpenPage):
    image = world.image()
    boat = world.classes[0]
    (box,) = put(world, image, add(class_id=boat, attributes={"name": "Ada", "colour": "white"}))
    canvas = visit(image)
    canvas.keys.press("Tab")
    go_to_attributes(canvas)
    canvas.keys.press("3")
    canvas.saved()
    assert stored(world, image)[0]["attributes"]["colour"] == "blue"
    assert stored(world, image)[0]["class_id"] == boat
    assert canvas.page.evaluate("() => document.activeElement.id") == "stage"

    length = field(canvas, "length").locator("input")
    length.click()
    canvas.keys.type("12")
    put(world, image, change("update", box, attributes={"length": 7, "name": "Eve"}))
    canvas.until(f"editor.document.view.get('{box}').attributes.name === 'Eve'")
    canvas.keys.type("3")
    canvas.keys.press("Enter")
    canvas.saved()
    assert stored(world, image)[0]["attributes"] == {"colour": "blue", "length": 123, "name": "Eve"}


def test_several_shapes_are_described_at_once(world: World, visit: OpenPage):
    image = world.image()
    boat = world.classes[0]
    put(
        world,
        image,
        add(class_id=boat, attributes={"colour": "red"}),
        add(class_id=boat, x=60, attributes={"colour": "blue"}),
    )
    canvas = visit(image)
    canvas.keys.press("Control+a")
    expect(field(canvas, "colour").locator("[aria-pressed=true]")).to_have_count(0)
    field(canvas, "colour").get_by_text("white").click()
    canvas.saved()
    assert [box["attributes"] for box in stored(world, image)] == [{"colour": "white"}] * 2


def test_what_no_class_describes_is_shown_and_can_be_taken_away(world: World, visit: OpenPage):
    image = world.image()
    put(world, image, add(class_id=world.classes[0], attributes={"imported": "yes", "colour": "blue"}))
    canvas = visit(image)
    canvas.keys.press("Tab")
    others = canvas.page.locator("[data-other=imported]")
    expect(others).to_contain_text("yes")
    others.get_by_role("button").click()
    canvas.saved()
    assert stored(world, image)[0]["attributes"] == {"colour": "blue"}


def test_an_image_is_not_submitted_before_all_is_filled_in(world: World, visit: OpenPage):
    image = world.image()
    put(world, image, add(class_id=world.classes[0], attributes={"colour": "red"}))
    canvas = visit(image)
    canvas.keys.press("Space")
    expect(canvas.page.get_by_text("needs: name.")).to_be_visible()
    assert canvas.page.evaluate("() => editor.data.image.id") == image
    go_to_attributes(canvas)
    canvas.keys.type("Eve")
    canvas.keys.press("Enter")
    canvas.saved()
    canvas.keys.press("Space")
    canvas.until(f"editor.data.image.id !== '{image}' || editor.reviewState === 'submitted'")


def test_a_schema_that_changes_while_somebody_draws_is_followed(
    world: World, visit: OpenPage, page_for: PageFor, cookies: Cookies
):
    image = world.image()
    label = world.classes[1]
    put(world, image, add(class_id=label))
    canvas = visit(image)
    canvas.keys.press("Tab")
    expect(canvas.page.locator("#attributes")).to_be_hidden()
    world.change_class(
        label, attributes=[{"name": "side", "kind": "choice", "choices": ["port", "starboard"]}]
    )
    field(canvas, "side").get_by_text("port").click()
    canvas.saved()
    assert stored(world, image)[0]["attributes"] == {"side": "port"}

    world.change_class(label, attributes=[{"name": "side", "kind": "choice", "choices": ["left", "right"]}])
    expect(field(canvas, "side").get_by_text("left")).to_be_visible()
    assert stored(world, image)[0]["attributes"] == {"side": "port"}


def test_tags_are_one_key_each(world: World, visit: OpenPage):
    image = world.image()
    canvas = visit(image)
    indoor = next(label for label in world.classes_now() if label["name"] == "indoor")
    chip = canvas.page.locator(f"[data-tag='{indoor['id']}']")
    expect(chip).to_be_visible()
    expect(canvas.page.locator("#classes")).not_to_contain_text("indoor")
    chip.click()
    canvas.saved()
    (tag,) = stored(world, image)
    assert (tag["shape"], tag["class_id"], tag["state"]) == ("tag", indoor["id"], "accepted")
    assert rect_of(tag) == [0, 0, 200, 100]
    expect(canvas.page.locator("#tagged")).to_have_text("indoor")
    assert canvas.boxes() == []

    chip.click()
    canvas.saved()
    assert stored(world, image) == []
    canvas.keys.press("Escape")
    canvas.keys.press("t")
    # Classes for both are offered too.
    assert canvas.page.locator("#tag-chips [data-tag]").count() > 1
    canvas.page.locator("#tag-chips [data-tag]").first.press("Enter")
    canvas.saved()
    assert [box["shape"] for box in stored(world, image)] == ["tag"]


def rect_of(box: dict) -> list[float]:
    return [box["x"], box["y"], box["w"], box["h"]]


def test_a_proposed_tag_is_swept_like_a_box(world: World, visit: OpenPage):
    image = world.image()
    indoor = next(label for label in world.classes_now() if label["name"] == "indoor")
    put(world, image, add(class_id=indoor["id"], shape="tag", source="model", score=0.7, state="proposed"))
    canvas = visit(image)
    canvas.keys.press("a")
    canvas.keys.press("a")
    canvas.saved()
    assert [box["state"] for box in stored(world, image)] == ["accepted"]


def test_a_locked_shape_stays_where_it_is(world: World, visit: OpenPage):
    image = world.image()
    floor = add(class_id=world.classes[1], x=5, y=5, w=180, h=90)
    put(world, image, floor, add(class_id=world.classes[1], x=30, y=30, w=20, h=20))
    canvas = visit(image)
    canvas.select(floor["box_id"])
    canvas.keys.press("l")
    canvas.until(f"editor.document.view.get('{floor['box_id']}').locked")
    canvas.page.wait_for_timeout(50)
    assert "locked" in canvas.page.locator(f"#box-{floor['box_id']}").get_attribute("aria-label")

    canvas.drag((150, 80), (120, 60))
    canvas.keys.press("ArrowRight")
    canvas.select(floor["box_id"])
    canvas.keys.press("Delete")
    expect(canvas.page.get_by_text("A locked shape was left alone").first).to_be_visible()
    # A press on it draws the frame that selects what lies in it.
    canvas.drag((20, 20), (60, 60))
    assert [one["rect"] for one in canvas.selected()] == [[30, 30, 20, 20]]
    canvas.saved()
    assert sorted(rect_of(box) for box in stored(world, image)) == [[5, 5, 180, 90], [30, 30, 20, 20]]

    canvas.select(floor["box_id"])
    canvas.keys.press("l")
    canvas.until(f"!editor.document.view.get('{floor['box_id']}').locked")
    canvas.drag((150, 80), (155, 80))
    canvas.saved()
    assert sorted(rect_of(box) for box in stored(world, image))[0] == [10, 5, 180, 90]


def test_what_lies_in_front_is_picked_first(world: World, visit: OpenPage):
    image = world.image()
    large = add(class_id=world.classes[1], x=5, y=5, w=180, h=90)
    small = add(class_id=world.classes[1], x=30, y=30, w=20, h=20)
    put(world, image, large, small)
    canvas = visit(image)
    canvas.click(40, 40)
    assert canvas.selected()[0]["id"] == small["box_id"]
    canvas.select(large["box_id"])
    canvas.keys.press("Control+}")
    canvas.until(f"editor.document.view.get('{large['box_id']}').z > 0")
    canvas.keys.press("Escape")
    canvas.click(42, 42)
    assert canvas.selected()[0]["id"] == large["box_id"]
