"""Real browsers: one way to start Chromium, and a watch over what its pages complain about."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

CHROMIUM = os.environ.get("MODELSHIP_CHROMIUM", "/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
TELL_VIOLATIONS = """addEventListener("securitypolicyviolation",
  ({ effectiveDirective, blockedURI }) => console.error(`content policy: ${effectiveDirective} ${blockedURI}`))"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for the length of the block. No coroutine of this thread can run meanwhile.

    Skips the test with the reason where there is no Chromium; .ci/run installs it.
    """
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"needs Chromium at {CHROMIUM} (Debian's package, or MODELSHIP_CHROMIUM)")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's own event loop makes Django think that this thread is asynchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        # Inside that loop Django had connections of its own, which nobody else would close.
        connections.close_all()
        browser.close()


class Watch:
    """Everything that the followed pages complain about, but for what a test provokes on purpose."""

    def __init__(self, *expected: str) -> None:
        self.expected = list(expected)
        self.heard: list[str] = []

    def follow(self, context: BrowserContext) -> BrowserContext:
        context.add_init_script(TELL_VIOLATIONS)
        context.on("page", self._listen)
        return context

    @property
    def complaints(self) -> list[str]:
        return [said for said in self.heard if not any(part in said for part in self.expected)]

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.heard.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._note(page, said.text) if said.type == "error" else None)
        page.on("response", self._judge)

    def _note(self, page: Page, text: str) -> None:
        self.heard.append(f"{page.url}: {text}")

    def _judge(self, response: Response) -> None:
        if response.status >= 500:
            self.heard.append(f"{response.request.method} {response.url}: {response.status}")


@contextmanager
def window(browser: Browser, watch: Watch, url: str, session: str) -> Iterator[Page]:
    """A page of a watched browser of somebody who has signed in at that server, for the length of the block."""
    context = watch.follow(browser.new_context(base_url=url, viewport={"width": 1280, "height": 800}))
    context.set_default_timeout(20_000)
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    yield context.new_page()
    context.close()
