"""The documentation of the API in a real browser, without a network and under the content policy."""

import time

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.browsers import Watch, chromium

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_the_documentation_shows_every_route_and_breaks_no_policy(live_server: LiveServer):
    watch, asked = Watch(), []
    with chromium() as browser:
        context = watch.follow(browser.new_context(base_url=live_server.url))
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto("/api/v1/docs")

        expect(page.get_by_text("/api/v1/auth/me").first).to_be_visible(timeout=20_000)
        wanted, end = page.get_by_text("/api/v1/images/{image_id}/edits"), time.monotonic() + 20
        # Of many routes only those near the window are there: they come as one scrolls.
        while not wanted.count() and time.monotonic() < end:
            page.mouse.wheel(0, 400)
            page.wait_for_timeout(100)
        expect(wanted.first).to_be_visible()
        page.mouse.wheel(0, -1_000_000)
        page.get_by_text("/api/v1/auth/me").first.click()
        expect(page.get_by_role("button", name="Try it out").first).to_be_visible()

    assert watch.complaints == []
    assert [url for url in asked if not url.startswith((live_server.url, "data:"))] == []
