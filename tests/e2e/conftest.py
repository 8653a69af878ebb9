"""Browser tests share one server with a worker, one browser, and who has signed in."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browsers import Watch, chromium, window
from tests.e2e.canvas_page import CanvasPage, Cookies, OpenPage, PageFor
from tests.live_clients import World
from tests.people import Person
from tests.servers import Server

# How long a page may take on a busy machine; what has to be quick is measured elsewhere.
expect.set_options(timeout=20_000)

# What a browser says by itself when a test takes the network or the server away.
AWAY = (
    "ERR_INTERNET_DISCONNECTED",
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "WebSocket connection to",
)


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """The server as `make run` starts it, and what its first run prints: the first owner's one-time link."""
    # Two sample pictures: a dozen would keep the processor busy while other tests take the time.
    server = Server(tmp_path_factory.mktemp("e2e"), worker=True, MODELSHIP_DEMO_PICTURES="2")
    try:
        printed = server.install().manage("prepare", "--port", str(server.port))
        yield server.restart(), printed
    finally:
        server.stop()


@pytest.fixture(scope="session")
def server(first_run: tuple[Server, str]) -> Server:
    return first_run[0]


@pytest.fixture(scope="session")
def welcome(first_run: tuple[Server, str]) -> str:
    return first_run[1]


@pytest.fixture(scope="session")
def world(server: Server) -> World:
    return World.make(server)


# Not longer than this folder: no other test of the process could run a coroutine.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def cookies(world: World) -> Cookies:
    return Cookies(world)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """A script error, a violation of the content policy or a server error fails the test."""
    watch = Watch(*AWAY)
    yield watch
    assert watch.complaints == []


@pytest.fixture
def page_for(server: Server, browser: Browser, watch: Watch) -> Iterator[PageFor]:
    """A window of its own for somebody: with their session, or signed out without one."""
    contexts = []

    def open_window(session: str = "", **options: object):
        settings = {"base_url": server.url, "viewport": {"width": 1280, "height": 800}, **options}
        context = watch.follow(browser.new_context(**settings))
        contexts.append(context)
        context.set_default_timeout(20_000)
        if session:
            context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()


@pytest.fixture
def page(live_server: LiveServer, alice: Person, browser: Browser) -> Iterator[Page]:
    """A page of Alice's, of a server that shares the test's database."""
    watch = Watch()
    with window(browser, watch, live_server.url, alice.browser.cookies["sessionid"].value) as page:
        yield page
    assert watch.complaints == []


@pytest.fixture
def visit(page_for: PageFor, cookies: Cookies) -> OpenPage:
    """Open an image as somebody of the world."""

    def open_page(image: str, who: str = "alice", **options: object) -> CanvasPage:
        return CanvasPage(page_for(cookies[who], **options)).open(image)

    return open_page
