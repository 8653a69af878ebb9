"""Browser tests share one server with a small world, one browser, and who has signed in."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.canvas_page import CanvasPage, OpenPage, session_of
from tests.live_clients import World
from tests.servers import Server

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
# What a browser says by itself when a test takes the network away.
EXPECTED = ("ERR_INTERNET_DISCONNECTED", "WebSocket connection to")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    server = Server(tmp_path_factory.mktemp("editor"))
    try:
        yield World.make(server.start())
    finally:
        server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        yield started
        started.close()


@pytest.fixture(scope="session")
def cookies(world: World) -> dict[str, str]:
    people = {"alice": world.user} | {role: world.person(role)[0] for role in ("annotator", "viewer")}
    return {name: session_of(world, user) for name, user in people.items()}


@pytest.fixture
def visit(world: World, browser: Browser, cookies: dict[str, str]) -> Iterator[OpenPage]:
    """Open an image as somebody; a script error or a violation of the content policy fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(image: str, who: str = "alice", **options: object) -> CanvasPage:
        settings = {"viewport": {"width": 1280, "height": 800}, **options}
        context = browser.new_context(base_url=world.server.url, **settings)
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": cookies[who], "url": world.server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return CanvasPage(page).open(image)

    yield open_page
    for context in contexts:
        context.close()
    assert [said for said in complaints if not any(part in said for part in EXPECTED)] == []
