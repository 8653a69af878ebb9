"""How good a model is, in the browser: compared before labelling, told with charts, taken over by the form that labels."""

import json

import httpx
import pytest
from playwright.sync_api import Page, expect

from datasets.harbour import CLASSES, View, draw
from tests.e2e.canvas_page import Cookies, PageFor, put
from tests.e2e.gallery_page import opened
from tests.live_clients import World, add, post
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]
MODEL = "harbour-nano"
PATIENCE = 90_000


@pytest.fixture(scope="module")
def port(server: Server) -> World:
    """Two ports whose truth is exact and approved, and one that nobody has reviewed."""
    world = World.make(server, "quality", "quality@example.com")
    known = {one["name"]: one["id"] for one in world.classes_now()}
    for name in CLASSES:
        if name not in known:
            made = post(server, world.key, f"projects/{world.project}/classes", {"name": name})
            known[name] = made["id"]
    for seed in (70_001, 70_002, 70_003):
        scene = draw(View(seed, 1280, 960))
        answer = httpx.post(
            f"{server.url}/api/v1/datasets/{world.dataset}/images",
            headers={"Authorization": f"Api-Key {world.key}"},
            files={"files": (f"{seed}.jpg", scene.jpeg(), "image/jpeg")},
            timeout=60,
        )
        image = answer.json()["results"][0]["image"]["id"]
        if seed == 70_003:
            continue
        put(
            world,
            image,
            *(add(None, known[one.name], x=one.x, y=one.y, w=one.w, h=one.h) for one in scene.things),
        )
        for action in ("submit", "approve"):
            status, said = server.call("POST", f"images/{image}/review", world.key, {"action": action})
            assert status == 200, said
    return world


@pytest.fixture(params=[(1280, "light"), (390, "dark")], ids=["wide", "narrow"])
def screen(request, port: World, page_for: PageFor) -> Page:
    width, scheme = request.param
    cookies = Cookies(port)
    return page_for(cookies["alice"], viewport={"width": width, "height": 844}, color_scheme=scheme)


def is_within(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_two_confidences_are_compared_and_the_better_one_labels(screen: Page, port: World):
    opened(screen, port)
    screen.get_by_role("button", name="Auto-label").click()
    dialog = screen.get_by_role("dialog", name="Auto-label")
    dialog.get_by_label("Model", exact=True).select_option(label=label_of(dialog, MODEL))
    dialog.get_by_label("Lowest confidence").fill("0.3")
    dialog.get_by_text("Compare on a sample first").click()
    dialog.get_by_label("With the model").select_option(label=MODEL)
    dialog.get_by_label("At a confidence of").fill("0.6")
    dialog.get_by_role("button", name="Compare").click()

    expect(screen.get_by_role("heading", name=f"Two ways of {MODEL} on North quay")).to_be_visible()
    expect(screen.get_by_role("heading", name="In numbers")).to_be_visible(timeout=PATIENCE)
    chart = screen.get_by_role("img", name="Precision over recall of all classes")
    assert chart.locator("polyline").count() == 2
    expect(screen.locator(".looks li")).to_have_count(3)
    expect(screen.locator(".looks .first").first).to_be_visible()
    screen.locator(".looks li").last.scroll_into_view_if_needed()
    screen.wait_for_function("() => [...document.querySelectorAll('.looks img')].at(-1).naturalWidth > 0")
    expect(screen.get_by_text("3 pictures looked at, 2 measured against approved pictures.")).to_be_visible()
    assert is_within(screen)

    screen.locator(".way", has_text="confidence from 0.6").get_by_role(
        "link", name="Label with this way"
    ).click()
    dialog = screen.get_by_role("dialog", name="Auto-label")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Lowest confidence")).to_have_value("0.6")
    expect(dialog.locator("output[for=label-confidence]")).to_have_text("0.6")


def test_a_model_is_measured_from_its_page(screen: Page, port: World):
    screen.goto("/models/")
    screen.get_by_role("link", name=MODEL).click()
    screen.get_by_role("button", name="Measure quality").click()

    expect(screen.get_by_role("heading", name="In numbers")).to_be_visible(timeout=PATIENCE)
    expect(screen.get_by_role("heading", name="Pictures, the worst first")).to_be_visible()
    mixes = screen.get_by_role("region", name="Table of what is taken for what")
    mixes.focus()
    expect(mixes.locator("td.right-5").first).to_be_visible()
    screen.get_by_role("navigation", name="Order of the classes").get_by_role("link", name="F1").click()
    expect(screen.get_by_role("link", name="F1")).to_have_attribute("aria-current", "true")
    screen.get_by_label("Of", exact=True).select_option("boat")
    screen.get_by_role("button", name="Show").click()
    expect(screen.get_by_role("img", name="Precision over recall of boat")).to_be_visible()
    screen.get_by_text("As a table").click()
    expect(screen.get_by_role("rowheader", name="50%")).to_be_visible()
    assert is_within(screen)
    with screen.expect_download() as told:
        screen.get_by_role("link", name="JSON").click()
    results = json.loads(told.value.path().read_text())["results"]
    assert results["reviewed"] == 2
    assert results["ways"][0]["report"]["ap50"] > 0.5


def label_of(dialog, name: str) -> str:
    """The words of the choice that begins with the model's name."""
    return dialog.locator("#label-model option", has_text=name).first.inner_text()
