"""The shared pages in a real browser: from an empty workspace to uploaded pictures, by mouse and by keyboard."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Picture
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from annotations.models import LabelClass
from datasets.models import Dataset, Image
from modelship.projects.models import Project
from tests.browsers import Watch
from tests.people import PASSWORD, Person

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
# What the odd file of an upload provokes on purpose.
EXPECTED = "the server responded with a status of 404"


@pytest.fixture
def screen(live_server: LiveServer, alice: Person, browser: Browser) -> Iterator[Page]:
    """A window at the entrance; a script error or a violation of the content policy fails the test."""
    watch = Watch(EXPECTED)
    settings = {"base_url": live_server.url, "viewport": {"width": 1280, "height": 800}}
    context = watch.follow(browser.new_context(**settings))
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
    assert watch.complaints == []


def sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Email").fill("alice@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Acme")).to_be_visible()


def picture(path: Path, shade: int) -> Path:
    out = io.BytesIO()
    Picture.new("RGB", (320, 240), (shade, 120, 90)).save(out, "JPEG")
    path.write_bytes(out.getvalue())
    return path


def test_a_newcomer_gets_from_sign_in_to_pictures_in_a_gallery(screen: Page, tmp_path: Path):
    sign_in(screen)
    expect(screen.get_by_text("From pictures to training data")).to_be_visible()

    screen.get_by_role("link", name="New project").first.click()
    screen.get_by_label("Name").first.fill("Harbour")
    for name in ("boat", "crane"):
        screen.get_by_placeholder("For example: forklift").nth(("boat", "crane").index(name)).fill(name)
    screen.get_by_role("button", name="Create the project").click()
    screen.get_by_role("link", name="Create a dataset").click()
    screen.get_by_label("Name").fill("North quay")
    screen.get_by_role("button", name="Create and upload").click()
    good = [picture(tmp_path / f"quay-{number}.jpg", number * 40) for number in range(5)]
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    (tmp_path / "notes.txt").write_text("no picture at all")
    chosen = [*good, tmp_path / "broken.jpg", tmp_path / "notes.txt"]
    screen.locator("input[data-kind=files]").set_input_files(chosen)

    expect(screen.locator("[data-part=summary]")).to_have_text("7 of 7 done, 5 added, 2 refused.")
    expect(screen.locator(".thumb:not([hidden])")).to_have_count(5)
    expect(screen.get_by_role("link", name="Label")).to_be_visible()
    assert Project.objects.get().name == "Harbour"
    assert list(LabelClass.objects.values_list("name", "hotkey")) == [("boat", "1"), ("crane", "2")]
    assert set(Image.objects.values_list("filename", flat=True)) == {path.name for path in good}


def test_refused_files_are_found_with_their_reasons_and_copies_are_told(
    screen: Page, dataset: Dataset, tmp_path: Path
):
    sign_in(screen)
    screen.goto(f"/datasets/{dataset.id}/")
    (tmp_path / "notes.txt").write_text("no picture at all")
    file = picture(tmp_path / "quay.jpg", 7)

    screen.locator("input[data-kind=files]").set_input_files([file, tmp_path / "notes.txt"])
    expect(screen.locator("[data-part=summary]")).to_contain_text("1 added")
    screen.locator("input[data-kind=files]").set_input_files([file])
    expect(screen.locator("[data-part=summary]")).to_contain_text("1 already here")
    screen.locator("input[name=upload-filter][value=refused]").check(force=True)

    expect(screen.locator(".upload .line")).to_have_count(1)
    expect(screen.locator(".upload .line")).to_contain_text("This is not a picture, so it was not sent.")
    assert Image.objects.count() == 1


def test_the_theme_changes_at_once_and_stays(screen: Page):
    sign_in(screen)
    html = screen.locator("html")

    screen.get_by_role("button", name="Switch between light and dark").click()
    expect(html).to_have_attribute("data-theme", "dark")
    screen.reload()

    expect(html).to_have_attribute("data-theme", "dark")
    assert screen.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(11, 13, 16)"


def test_the_keyboard_reaches_the_content_the_menu_and_the_dialogs(
    screen: Page, dataset: Dataset, tmp_path: Path
):
    sign_in(screen)
    screen.goto(f"/datasets/{dataset.id}/")
    screen.locator("input[data-kind=files]").set_input_files([picture(tmp_path / "quay.jpg", 7)])
    expect(screen.locator(".thumb:not([hidden])")).to_have_count(1)
    screen.reload()

    screen.keyboard.press("Tab")
    expect(screen.get_by_role("link", name="Skip to the content")).to_be_focused()
    menu = screen.get_by_label("Account of Alice")
    menu.focus()
    screen.keyboard.press("Enter")
    screen.keyboard.press("ArrowDown")
    expect(screen.locator("details.wide .sheet a").first).to_be_focused()
    screen.keyboard.press("Escape")
    expect(menu).to_be_focused()
    export = screen.get_by_role("button", name="Export").first
    export.focus()
    screen.keyboard.press("Enter")
    expect(screen.get_by_role("dialog", name="Export")).to_be_visible()
    screen.keyboard.press("Escape")

    expect(screen.get_by_role("dialog", name="Export")).to_be_hidden()
    expect(export).to_be_focused()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_screen(screen: Page, project: Project, dataset: Dataset, width: int):
    sign_in(screen)
    screen.set_viewport_size({"width": width, "height": 844})
    paths = [
        "/",
        "/projects/",
        "/projects/new/",
        "/jobs/",
        "/settings/members/",
        "/settings/api-keys/",
        f"/projects/{project.id}/",
        f"/projects/{project.id}/classes/",
        f"/datasets/{dataset.id}/",
        "/nowhere/",
    ]

    for path in paths:
        screen.goto(path)

        assert screen.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
