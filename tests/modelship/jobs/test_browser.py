"""The pages of jobs in a real browser, with a real worker behind them."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from modelship.jobs.worker import Worker
from tests.modelship.jobs.conftest import queue, state_of
from tests.people import Person

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)


@pytest.fixture
def screen(live_server: LiveServer, alice: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Alice's browser; a script error or a violation of the content policy fails the test."""
    # Playwright's own event loop makes Django think that this thread is asynchronous.
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    client: Client = alice.browser
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        yield page
        # Inside that loop the test had a connection of its own, which nobody else would close.
        connections.close_all()
        browser.close()
    assert complaints == []


def test_a_job_is_followed_and_cancelled_on_its_page(
    alice: Person, screen: Page, crew: Callable[..., Worker]
):
    job = queue(alice, "test.steps", args={"units": 600, "pause": 0.1}, total=600)
    screen.goto(f"/jobs/{job.id}/")
    expect(screen.locator(".badge")).to_have_text("Queued")

    crew()
    expect(screen.locator(".badge")).to_have_text("Running", timeout=10_000)
    bar = screen.locator("progress")
    before = bar.evaluate("bar => bar.value")
    screen.wait_for_function("before => document.querySelector('progress').value > before", arg=before)
    expect(screen.locator("[data-part=figures]")).to_contain_text("left")
    screen.get_by_role("button", name="Cancel").click()

    expect(screen.locator(".badge")).to_have_text("Cancelled", timeout=10_000)
    expect(screen.get_by_role("button", name="Retry")).to_be_visible()
    assert state_of(job) == "cancelled"


def test_the_list_follows_jobs_without_taking_the_focus(
    alice: Person, screen: Page, crew: Callable[..., Worker]
):
    running = queue(alice, "test.steps", args={"units": 600, "pause": 0.1}, total=600)
    crew()
    screen.goto("/jobs/")
    cancel = screen.locator(f'[data-job="{running.id}"]').get_by_role("button", name="Cancel")
    expect(screen.locator("progress")).to_have_count(1, timeout=10_000)
    cancel.focus()
    before = screen.locator("progress").evaluate("bar => bar.value")

    screen.wait_for_function("before => document.querySelector('progress').value > before", arg=before)

    expect(cancel).to_be_focused()
    added = queue(alice, "test.refused")
    expect(screen.locator(f'[data-job="{added.id}"]')).to_be_visible(timeout=10_000)
