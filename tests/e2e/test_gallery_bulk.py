"""What is done with a selection in the page, and the list of saved views."""

import pytest
from playwright.sync_api import Page, expect

from tests.browsers import Watch
from tests.e2e.canvas_page import Cookies, PageFor, put
from tests.e2e.gallery_page import opened, with_own_dataset
from tests.live_clients import World, add, post

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def pier(world: World) -> World:
    return with_own_dataset(world)


def picked(page: Page, number: int) -> Page:
    for at in range(number):
        page.locator(".grid .thumb").nth(at).hover()
        page.locator(".grid .thumb").nth(at).locator(".pick").click()
    expect(page.locator("#bulk")).to_contain_text(f"{number} selected")
    return page


def metadata(world: World, image: str) -> dict:
    found = world.server.call("GET", f"images/{image}", world.key)[1]["metadata"]
    return {key: value for key, value in found.items() if key != "intrinsic"}


def test_keywords_and_metadata_are_set_for_a_selection(pier: World, cookies: Cookies, page_for: PageFor):
    images = [pier.image() for _ in range(3)]
    page = picked(opened(page_for(cookies["alice"]), pier), 2)
    dialog = page.get_by_role("dialog", name="Keywords and metadata")

    page.keyboard.press("d")
    dialog.get_by_label("Keyword").fill("low tide")
    dialog.get_by_role("button", name="Add").click()
    expect(page.locator(".toast").last).to_contain_text("2 pictures changed")
    page.keyboard.press("d")
    dialog.get_by_label("Metadata key").fill("camera.iso")
    dialog.get_by_label("Type").select_option("number")
    dialog.get_by_label("Value").first.fill("many")
    dialog.get_by_role("button", name="Set").click()
    expect(dialog).to_contain_text("That is no number")
    dialog.get_by_label("Value").first.fill("400")
    dialog.get_by_role("button", name="Set").click()
    expect(dialog).to_be_hidden()

    assert metadata(pier, images[0]) == {"keywords": ["low tide"], "camera": {"iso": 400}}
    assert metadata(pier, images[2]) == {}
    page.keyboard.press("d")
    dialog.get_by_label("Metadata key").fill("camera")
    dialog.get_by_label("Type").select_option("remove")
    dialog.get_by_role("button", name="Set").click()
    expect(dialog).to_be_hidden()
    assert metadata(pier, images[1]) == {"keywords": ["low tide"]}


def test_the_selection_alone_is_exported(pier: World, cookies: Cookies, page_for: PageFor):
    for _ in range(3):
        pier.image()
    page = picked(opened(page_for(cookies["alice"]), pier), 2)

    page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name="Export")
    expect(dialog.get_by_label("Only the 2 selected")).to_be_checked()
    dialog.get_by_role("button", name="Export").click()
    expect(dialog).to_be_hidden()
    made = pier.server.call("GET", f"exports?dataset={pier.dataset}", pier.key)[1]["results"][0]
    assert made["options"]["chosen"] == {"images": 2}
    # From the page's own button all pictures go out again.
    page.locator("#actions").get_by_role("button", name="Export").click()
    expect(dialog.get_by_label("Only the 2 selected")).to_be_hidden()
    expect(dialog.get_by_label("All 3")).to_be_checked()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_format_is_chosen_among_many(width: int, pier: World, cookies: Cookies, page_for: PageFor):
    pier.image()
    page = opened(page_for(cookies["alice"], viewport={"width": width, "height": 844}), pier)
    page.locator("#actions").get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export")

    for choice, says, extras, sides in (
        ("CVAT", "One XML file with every kind of shape", True, False),
        ("Everything (ZIP)", "Images, previews", False, False),
        ("YOLO OBB", "Turned boxes by their corners", True, True),
    ):
        dialog.get_by_label("Format").select_option(choice)

        expect(dialog.locator("[data-part=says]")).to_contain_text(says)
        expect(dialog.get_by_label("Include the pictures")).to_be_visible(visible=extras)
        expect(dialog.get_by_label("Train, val and test apart")).to_be_visible(visible=sides)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    dialog.get_by_role("button", name="Export").click()
    expect(dialog).to_be_hidden()
    made = pier.server.call("GET", f"exports?dataset={pier.dataset}", pier.key)[1]["results"][0]
    assert made["format"] == "yolo_obb"


def test_pictures_move_and_missing_classes_are_asked_about(
    pier: World, cookies: Cookies, page_for: PageFor, watch: Watch
):
    watch.expected.append("409")
    images = [pier.image() for _ in range(3)]
    put(pier, images[0], add(class_id=pier.classes[1]))
    project = post(pier.server, pier.key, "projects", {"name": f"Elsewhere {pier.pictures}"})["id"]
    name = f"Strange sea {pier.pictures}"
    there = post(pier.server, pier.key, "datasets", {"project": project, "name": name})["id"]
    page = picked(opened(page_for(cookies["alice"]), pier), 2)

    page.keyboard.press("m")
    dialog = page.get_by_role("dialog", name="Copy or move")
    dialog.locator("#transfer-to").select_option(label=name)
    dialog.get_by_label("Archive them").check()
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("crane")
    dialog.get_by_label("Create them there").check()
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(dialog).to_be_hidden()

    expect(page.locator(".grid .thumb")).to_have_count(1)
    status, moved = pier.server.call("GET", f"images?dataset={there}", pier.key)
    assert (status, sorted(row["box_count"] for row in moved["results"])) == (200, [0, 1])


def test_views_are_renamed_shared_put_in_order_deleted_and_taken_back(
    pier: World, cookies: Cookies, page_for: PageFor, watch: Watch
):
    watch.expected.append("409")
    pier.image()
    for name in ("First", "Second"):
        post(pier.server, pier.key, f"datasets/{pier.dataset}/views", {"name": name, "q": f"name:{name}"})
    page = opened(page_for(cookies["alice"]), pier)

    def views() -> list[tuple]:
        found = pier.server.call("GET", f"datasets/{pier.dataset}/views", pier.key)[1]["results"]
        return [(view["name"], view["q"], view["is_shared"]) for view in found]

    page.get_by_role("button", name="Change views").click()
    dialog = page.get_by_role("dialog", name="Saved views")
    dialog.get_by_role("button", name="Second further up").click()
    expect(dialog.locator("li[data-mine] input[name=name]").first).to_have_value("Second")
    dialog.get_by_label("Name of Second").fill("Best")
    dialog.get_by_label("Name of Second").press("Enter")
    dialog.locator("li[data-mine]").first.get_by_label("Shared").check()
    links = page.locator("#facets").get_by_role("navigation", name="Saved views", include_hidden=True)
    expect(links.get_by_role("link", include_hidden=True)).to_have_text(["Best", "First"])
    dialog.get_by_role("button", name="Delete Second").click()
    expect(dialog).to_contain_text("“Best” is deleted.")
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.locator("li[data-mine] input[name=name]").first).to_have_value("Best")

    assert views() == [("Best", "name:Second", True), ("First", "name:First", False)]
    dialog.get_by_label("Name of First").fill("Best")
    dialog.get_by_label("Name of First").press("Enter")
    expect(dialog).to_contain_text("You have a view of this name already")
    expect(dialog.get_by_label("Name of First")).to_have_value("First")
