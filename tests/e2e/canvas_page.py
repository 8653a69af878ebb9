"""The canvas editor as a test drives it: by picture coordinates, keys and what is on the page."""

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.live_clients import World, new_id
from tests.servers import Server

PATIENCE = 30.0
TO_SCREEN = """([x, y]) => {
  const frame = document.querySelector("#stage").getBoundingClientRect();
  const at = editor.scene.viewport.toScreen({ x, y, w: 0, h: 0 });
  return [frame.x + at.x, frame.y + at.y];
}"""
STATE = """() => {
  const { session, scene } = window.editor ?? {};
  const shown = session ? null : [location.pathname, document.body.innerText.slice(0, 300)];
  return JSON.stringify([document.readyState, shown, session && {
    status: session.status, loaded: session.document.loaded, seq: session.document.seq, closed: session.closedFor,
    failures: session.failures, pending: session.document.pending.length, socket: session.socket.socket?.readyState,
  }, scene && { bitmap: Boolean(scene.bitmap) }]);
}"""
BOX = """box => ({ id: box.id, rect: [box.x, box.y, box.w, box.h], name: editor.look(box.class_id).name,
  state: box.state })"""


def session_of(server: Server, user: str) -> str:
    """The cookie of a person who has signed in."""
    code = f"""
from django.test import Client
from modelship.accounts.models import User
client = Client()
client.force_login(User.objects.get(id="{user}"), backend="allauth.account.auth_backends.AuthenticationBackend")
print(client.cookies["sessionid"].value)
"""
    return server.python(code).strip()


class Cookies:
    """The sessions of Alice and of one person of each lower role, made when they are first asked for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.known: dict[str, str] = {}

    def __getitem__(self, who: str) -> str:
        if who not in self.known:
            user = self.world.user if who == "alice" else self.world.person(who)[0]
            self.known[who] = session_of(self.world.server, user)
        return self.known[who]


class CanvasPage:
    """One person's browser tab with an image open."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = page.keyboard

    def open(self, image: str) -> "CanvasPage":
        self.page.goto(f"/images/{image}/")
        return self.ready()

    def ready(self) -> "CanvasPage":
        self.until("window.editor && editor.session.status === 'saved' && editor.scene.bitmap")
        return self

    def until(self, expression: str) -> None:
        """Wait for something on the page. The content policy forbids the eval of Playwright's own wait."""
        end = time.monotonic() + PATIENCE
        while not self.page.evaluate(f"() => Boolean({expression})"):
            assert time.monotonic() < end, f"{expression} did not come true: {self.page.evaluate(STATE)}"
            self.page.wait_for_timeout(20)

    def saved(self) -> None:
        self.until("!editor.draft && editor.session.status === 'saved'")

    def boxes(self) -> list[dict[str, Any]]:
        return self.page.evaluate(f"() => editor.boxes.map({BOX})")

    def selected(self) -> list[dict[str, Any]]:
        return self.page.evaluate(f"() => editor.selected.map({BOX})")

    def select(self, box_id: str) -> None:
        self.page.evaluate("id => editor.select([id])", box_id)

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the picture is on the screen, in CSS pixels, once the view no longer glides."""
        self.until("!editor.scene.gliding")
        return tuple(self.page.evaluate(TO_SCREEN, [x, y]))

    def hover(self, x: float, y: float) -> None:
        self.page.mouse.move(*self.point(x, y))

    def click(self, x: float, y: float) -> None:
        self.page.mouse.click(*self.point(x, y))

    def drag(self, start: tuple[float, float], end: tuple[float, float], *, holding: str = "") -> None:
        if holding:
            self.keys.down(holding)
        self.hover(*start)
        self.page.mouse.down()
        self.page.mouse.move(*self.point(*end), steps=4)
        self.page.mouse.up()
        if holding:
            self.keys.up(holding)

    def toasts(self) -> str:
        return " ".join(self.page.locator(".toast").all_inner_texts())

    def said(self) -> str:
        return self.page.locator("#live").inner_text()


OpenPage = Callable[..., CanvasPage]
PageFor = Callable[..., Page]


def put(world: World, image: str, *edits: dict) -> list[str]:
    """Make edits over REST; returns the ids of their boxes."""
    status, answer = world.server.call(
        "POST", f"images/{image}/edits", world.key, {"ref": new_id(), "edits": list(edits)}
    )
    assert status == 200, answer
    return [edit["box_id"] for edit in edits]
