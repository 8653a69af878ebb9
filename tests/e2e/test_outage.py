"""A detector service that goes away and comes back, as people see it on a page and in the editor."""

import os
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from datasets.models import Dataset
from inference.client import choice
from modelship.accounts.models import User
from tests.browsers import Watch
from tests.inference.client import bad_service
from tests.inference.installed import add_image, drawn
from tests.people import PASSWORD, Person

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("MODELSHIP_OUTAGE_SHOTS", "")


@pytest.fixture
def detector(settings) -> Iterator[bad_service.BadService]:
    with bad_service.behaving_badly() as server:
        settings.MODELSHIP_ML_SERVICE_URL = server.url
        yield server
    choice.close()


@pytest.fixture
def screen(live_server: LiveServer, alice: Person, browser: Browser) -> Iterator[Page]:
    # The live server of these tests speaks no sockets; the editor's own complaints are proved elsewhere.
    watch = Watch("WebSocket", "404")
    context = watch.follow(
        browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Email").fill(User.objects.get(pk=alice.user.pk).email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Acme")).to_be_visible()
    yield page
    context.close()
    assert watch.complaints == []


def go_away(detector: bad_service.BadService) -> None:
    detector.mood, detector.is_healthy = bad_service.broken, False


def shoot(page: Page, name: str) -> None:
    if not SHOTS:
        return
    for width in (1280, 390):
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
            page.screenshot(path=f"{SHOTS}/{name}-{width}-{theme}.png")


def test_a_page_tells_of_an_outage_and_of_its_end(detector, screen: Page):
    banner = screen.locator("#outage")
    expect(banner).to_be_hidden()
    time.sleep(1)

    go_away(detector)
    expect(banner).to_be_visible(timeout=8_000)
    expect(banner).to_contain_text("The detector service does not answer.")
    shoot(screen, "page")
    detector.mood = bad_service.good

    expect(banner).to_be_hidden(timeout=15_000)


def test_the_editor_tells_of_it_too_and_it_can_be_hidden(
    detector, screen: Page, alice: Person, dataset: Dataset
):
    image = add_image(alice, dataset, drawn(size=(640, 480), spots=((80, 80),)), "quay.png")
    screen.goto(f"/images/{image.id}/")
    banner = screen.locator("#outage")
    go_away(detector)
    expect(banner).to_be_visible(timeout=8_000)
    shoot(screen, "editor")

    screen.get_by_role("button", name="Hide this until the next time").click()
    time.sleep(3)

    expect(banner).to_be_hidden()
