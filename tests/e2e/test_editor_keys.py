"""Keys of one's own, the palette, and the whole work on a box from the list of boxes."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas_page import OpenPage, put
from tests.live_clients import World, add

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]


@pytest.fixture
def tidy(world: World):
    """Alice has everybody's keys again, for the other tests."""
    yield
    plain = {"keys": {}, "single_keys": True}
    assert world.server.call("PUT", "auth/me/keymap", world.key, plain)[0] == 200


def cap(page: Page, action: str):
    return page.locator(f"#help-keys [data-id='{action}'] .cap[data-old]").first


@pytest.mark.usefixtures("tidy")
def test_a_key_of_one_s_own_works_at_once_and_in_another_browser(world: World, visit: OpenPage):
    image = world.image()
    canvas = visit(image)
    draw = canvas.page.locator("[data-action='tool.draw']")

    canvas.keys.press("?")
    canvas.page.get_by_label("Find an action or a key").fill("draw a")
    cap(canvas.page, "tool.draw").focus()
    canvas.keys.press("Enter")
    canvas.keys.press("Control+w")
    expect(canvas.page.locator("#help-keys")).to_contain_text("The browser keeps this key for itself.")
    canvas.keys.press("Control+j")
    expect(cap(canvas.page, "tool.draw")).to_be_focused()
    expect(cap(canvas.page, "tool.draw")).to_have_text("CtrlJ")
    canvas.keys.press("Escape")
    canvas.keys.press("b")
    expect(draw).to_have_attribute("aria-pressed", "false")
    canvas.keys.press("Control+j")
    expect(draw).to_have_attribute("aria-pressed", "true")
    expect(draw).to_have_attribute("aria-keyshortcuts", "Control+J")
    expect(draw).to_have_attribute("title", "Draw a box (Ctrl J)")

    other = visit(image)
    other.keys.press("Control+j")
    expect(other.page.locator("[data-action='tool.draw']")).to_have_attribute("aria-pressed", "true")
    reviewer = visit(image, "reviewer")
    reviewer.keys.press("b")
    expect(reviewer.page.locator("[data-action='tool.draw']")).to_have_attribute("aria-pressed", "true")


@pytest.mark.usefixtures("tidy")
def test_a_taken_key_is_swapped_and_single_keys_can_be_switched_off(world: World, visit: OpenPage):
    canvas = visit(world.image())
    page = canvas.page

    canvas.keys.press("?")
    cap(page, "tool.draw").click()
    canvas.keys.press("v")
    expect(page.locator("#help-keys .asked")).to_contain_text("V is Select.")
    page.get_by_role("button", name="Swap").click()
    expect(cap(page, "tool.draw")).to_have_text("V")
    expect(cap(page, "tool.select")).to_have_text("B")
    page.get_by_label("Keys without Ctrl or Alt").uncheck()
    canvas.keys.press("Escape")
    canvas.keys.press("v")
    expect(page.locator("[data-action='tool.draw']")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("[data-action='tool.draw']")).to_have_attribute("title", "Draw a box")

    page.locator("[data-action='help']").click()
    page.get_by_label("Keys without Ctrl or Alt").check()
    page.get_by_role("button", name="Reset all keys").click()
    expect(cap(page, "tool.draw")).to_have_text("B")
    canvas.keys.press("Escape")
    canvas.keys.press("b")
    expect(page.locator("[data-action='tool.draw']")).to_have_attribute("aria-pressed", "true")


def test_the_palette_reaches_classes_and_images_and_says_why_not(world: World, visit: OpenPage):
    first, second = world.image(), world.image()
    canvas = visit(first)
    page = canvas.page
    name = page.evaluate(
        "url => fetch(url).then((a) => a.json()).then((a) => a.filename)", f"/api/v1/images/{second}"
    )

    canvas.keys.press("Control+k")
    canvas.keys.type("dplct")
    row = page.get_by_role("option", name="Duplicate")
    expect(row).to_have_attribute("aria-disabled", "true")
    expect(row).to_contain_text("Select a box first")
    canvas.page.locator("#picker-search").fill("cran")
    canvas.keys.press("Enter")
    assert page.evaluate("() => editor.currentClass") == world.classes[1]
    canvas.keys.press("Control+k")
    canvas.keys.type("fit the")
    canvas.keys.press("Enter")
    canvas.keys.press("Control+k")
    expect(page.get_by_role("option").first).to_contain_text("Fit the image")
    canvas.keys.type(name)
    page.get_by_role("option", name=name).click()
    canvas.until(f"editor.data.image.id === '{second}'")


def test_a_box_is_edited_from_the_list_by_keys_alone(world: World, visit: OpenPage):
    image = world.image()
    first, second, third = put(
        world,
        image,
        *(
            add(
                class_id=world.classes[0],
                x=10 + 50 * at,
                y=20,
                source="import",
                score=score,
                state="proposed",
            )
            for at, score in enumerate((0.9, 0.5, 0.3))
        ),
    )
    canvas = visit(image)
    page = canvas.page
    listbox = page.get_by_role("listbox", name="Boxes")

    canvas.keys.press("F6")
    expect(listbox).to_be_focused()
    canvas.keys.press("ArrowDown")
    assert [box["id"] for box in canvas.selected()] == [first]
    canvas.keys.press("Enter")
    expect(page.get_by_label("Class", exact=True)).to_be_focused()
    canvas.keys.type("cr")
    assert canvas.said() == "Box now crane."
    canvas.keys.press("Tab")
    expect(page.locator("#box-x")).to_be_focused()
    canvas.keys.press("Control+a")
    canvas.keys.type("15")
    canvas.keys.press("Enter")
    assert canvas.said() == "Now at 15, 20, 20 by 20 pixels."
    canvas.keys.press("Escape")
    expect(listbox).to_be_focused()
    canvas.keys.press("ArrowDown")
    canvas.keys.press("Delete")
    assert [box["id"] for box in canvas.selected()] == [third]
    expect(listbox).to_have_attribute("aria-activedescendant", f"box-{third}")
    canvas.keys.press("x")
    canvas.keys.press("Escape")
    expect(page.locator("#stage")).to_be_focused()
    canvas.saved()

    stored = {box["id"]: box for box in world.boxes(image)["results"]}
    assert (stored[first]["class_id"], stored[first]["x"], stored[first]["state"]) == (
        world.classes[1],
        15,
        "accepted",
    )
    assert second not in stored
    assert stored[third]["state"] == "rejected"
