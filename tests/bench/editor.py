"""The editor's page in a real browser: how smooth work is beside an empty canvas, and how soon it can begin."""

import math
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize, sync_playwright

from tests.bench.browser import BLANK, Phase, heap_mib, recorded, weight
from tests.bench.report import Absent, Options, Table, median, ratio
from tests.bench.world import caller, photo, post_edits, send_photo, served, spread
from tests.browsers import FLAGS
from tests.e2e.canvas_page import CanvasPage, session_of
from tests.live_clients import World

CHROMIUM = "/usr/bin/chromium"
VIEWPORT = ViewportSize(width=1280, height=800)
WIDTH, HEIGHT = 4000, 3000
STEPS = 90
OPENINGS = 3
CENTER = (520.0, 400.0)
# Sets `benchReady` at the moment from which a person can work: boxes there, picture there, connection up.
READY = """const look = setInterval(() => {
  const editor = window.editor;
  if (!editor?.scene.bitmap || !editor.document.loaded || editor.session.status !== "saved") return;
  clearInterval(look);
  window.benchReady = performance.now();
}, 4);"""
# What nobody can undercut: the picture's bytes, and their decoding, by the same browser.
PICTURE = """async (url) => {
  const began = performance.now();
  (await createImageBitmap(await (await fetch(url, { cache: "no-store" })).blob())).close();
  return performance.now() - began;
}"""

# The middle of the box nearest to a point of the screen; the point itself where there is no editor.
NEAREST = """([x, y]) => {
  if (!window.editor) return [x, y];
  const frame = document.querySelector("#stage").getBoundingClientRect(), { viewport } = editor.scene;
  const middles = [...editor.document.view.values()].map((box) => {
    const at = viewport.toScreen(box);
    return [frame.x + at.x + at.w / 2, frame.y + at.y + at.h / 2];
  });
  const far = (spot) => Math.hypot(spot[0] - x, spot[1] - y);
  return middles.reduce((best, spot) => (far(spot) < far(best) ? spot : best));
}"""


@dataclass(frozen=True)
class Opening:
    """One opening of the page: milliseconds, KiB of bodies, MiB of heap."""

    cold: float
    again: float
    picture: float
    boxes: int
    files: int
    scripts: float
    document: float
    socket: float
    heap: float


def run(options: Options) -> list[Table]:
    if not Path(CHROMIUM).exists():
        raise Absent(f"needs {CHROMIUM}")
    counts = (1_000, 10_000) if options.large else (1_000,)
    work = Table(
        f"Editor: {WIDTH}x{HEIGHT} picture, {STEPS} real mouse events a phase, Chromium headless without GPU",
        ("boxes", "phase", "blank p50", "p50", "/ blank", "blank p95", "p95", "/ blank ", "CPU/event blank",
         "CPU/event", "paint p50", "paint p95"),
    )  # fmt: skip
    opening = Table(
        "Editor: opening the page",
        ("boxes", "ready ms", "again ms", "picture alone ms", "ready / picture", "scripts", "scripts KiB", "page KiB", "socket KiB",
         "heap MiB"),
    )  # fmt: skip
    with served(pages=True) as world, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        cookie = session_of(world.server, world.user)
        for count in counts:
            image = crowded(world, count)
            open_often(opening, browser, world, cookie, image)
            before = len(world.log(image))
            with context_of(browser, world, cookie) as context:
                work_in(work, context, image, options.repeats)
            assert len(world.log(image)) - before == options.repeats + 1, "A drag did not become one edit."
        work.notes.append(
            "Milliseconds between animation frames, medians of the rounds, in turns with a canvas of the same size "
            "that only draws a square at the pointer. CPU: all processes of the browser. Paint: the editor's own "
            f"script in a frame. {browser.browser_type.name.capitalize()} {browser.version}."
        )
        browser.close()
    opening.notes.append(
        "Ready: from the start of the navigation, with an empty cache, until picture, boxes and live connection are "
        "there; again: with a full one. Picture alone: "
        f"fetching and decoding it by the same browser. Medians of {OPENINGS}. KiB as they cross the wire, the socket's before compression."
    )
    return [work, opening]


def crowded(world: World, count: int) -> str:
    """A new large picture with so many boxes all over it."""
    with caller(world) as client:
        image = send_photo(client, world.dataset, photo(WIDTH, HEIGHT, seed=count), f"{count}.jpg")
        post_edits(client, image, spread(count, world.classes, WIDTH, HEIGHT))
    return image


def context_of(browser: Browser, world: World, cookie: str) -> BrowserContext:
    context = browser.new_context(base_url=world.server.url, viewport=VIEWPORT)
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": world.server.url}])
    context.add_init_script(READY)
    return context


def open_often(table: Table, browser: Browser, world: World, cookie: str, image: str) -> None:
    """Open the page in fresh profiles; the first time, which makes the display picture, does not count."""
    openings = []
    for turn in range(OPENINGS + 1):
        with context_of(browser, world, cookie) as context:
            opening = open_once(context, image)
        if turn:
            openings.append(opening)
    typical = [median([getattr(one, name) for one in openings]) for name in ("cold", "again", "picture")]
    last = openings[-1]
    table.add(
        last.boxes, *typical, ratio(typical[0], typical[2]), last.files, last.scripts, last.document,
        last.socket, last.heap,
    )  # fmt: skip


def open_once(context: BrowserContext, image: str) -> Opening:
    """Open the page twice, with an empty cache and with a full one."""
    page = context.new_page()
    requests: list[Request] = []
    frames: list[int] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - see Playwright
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(len(frame))))
    cold = until_ready(page, image)
    (files, scripts), document = weight(requests, "script"), weight(requests, "document")[1]
    again = until_ready(context.new_page(), image)
    return Opening(
        cold=cold,
        again=again,
        picture=page.evaluate(PICTURE, page.evaluate("() => editor.data.image.display_url")),
        boxes=page.evaluate("() => editor.document.view.size"),
        files=files,
        scripts=scripts,
        document=document,
        socket=sum(frames) / 1024,
        heap=heap_mib(page),
    )


def until_ready(page: Page, image: str) -> float:
    """Milliseconds from the start of the navigation until a person can work."""
    page.goto(f"/images/{image}/")
    CanvasPage(page).until("window.benchReady")
    return page.evaluate("() => benchReady")


def work_in(table: Table, context: BrowserContext, image: str, repeats: int) -> None:
    blank, page = context.new_page(), context.new_page()
    blank.set_content(BLANK)
    tab = CanvasPage(page).open(image)
    count = page.evaluate("() => editor.document.view.size")
    felt: dict[str, list[tuple[Phase, Phase]]] = {work.__name__: [] for work in (pan, zoom, drag)}
    for turn in range(repeats + 1):
        for work in (pan, zoom, drag):
            both = recorded(blank, work), recorded(page, work)
            if turn:
                felt[work.__name__].append(both)
        tab.saved()
    for name, pairs in felt.items():
        add_row(table, count, name, pairs)


def add_row(table: Table, count: int, name: str, pairs: list[tuple[Phase, Phase]]) -> None:
    def middle(side: int, figure: str) -> float:
        return median([getattr(pair[side], figure) for pair in pairs])

    table.add(
        count, name,
        middle(0, "typical"), middle(1, "typical"), ratio(middle(1, "typical"), middle(0, "typical")),
        middle(0, "slow"), middle(1, "slow"), ratio(middle(1, "slow"), middle(0, "slow")),
        middle(0, "cpu") / STEPS, middle(1, "cpu") / STEPS,
        median([sorted(pair[1].paints)[len(pair[1].paints) // 2] for pair in pairs]),
        median([sorted(pair[1].paints)[len(pair[1].paints) * 95 // 100] for pair in pairs]),
    )  # fmt: skip


def around(page: Page, center: tuple[float, float], radius: float) -> None:
    """Three turns on a circle that begins and ends at its middle, one event a frame."""
    for step in range(STEPS):
        angle, reach = step / STEPS * 6 * math.pi, radius * math.sin(step / STEPS * math.pi)
        page.mouse.move(center[0] + reach * math.cos(angle), center[1] + reach * math.sin(angle))
    page.mouse.move(*center)


def pan(page: Page) -> None:
    page.mouse.move(*CENTER)
    page.mouse.down(button="middle")
    around(page, CENTER, 160)
    page.mouse.up(button="middle")


def zoom(page: Page) -> None:
    """In and out again, so that the view ends where it began."""
    page.mouse.move(*CENTER)
    for step in range(STEPS):
        page.mouse.wheel(0, -60 if step < STEPS // 2 else 60)


def drag(page: Page) -> None:
    """Take the box nearest to the middle for a walk and leave it a bit further on: one edit."""
    x, y = page.evaluate(NEAREST, list(CENTER))
    page.mouse.move(x, y)
    page.mouse.down()
    around(page, (x, y), 120)
    page.mouse.move(x + 25, y + 15)
    page.mouse.up()
