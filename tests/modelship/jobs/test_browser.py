"""The pages of jobs in a real browser, with a real worker behind them."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from modelship.jobs.worker import Worker
from tests.browsers import Watch, chromium
from tests.modelship.jobs.conftest import queue, state_of
from tests.people import Person

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def screen(live_server: LiveServer, alice: Person) -> Iterator[Page]:
    """Alice's browser; a script error or a violation of the content policy fails the test."""
    session = alice.browser.cookies["sessionid"].value
    watch = Watch()
    with chromium() as browser:
        settings = {"base_url": live_server.url, "viewport": {"width": 1280, "height": 800}}
        context = watch.follow(browser.new_context(**settings))
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        yield context.new_page()
    assert watch.complaints == []


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
