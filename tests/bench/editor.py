"""The editor's page in a real browser: how smooth work is beside an empty canvas, and how soon it can begin."""

import math
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize, sync_playwright

from tests.bench.browser import BLANK, Phase, heap_mib, recorded, weight
from tests.bench.report import Absent, Options, Table, median, ratio, share
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


# What the editor is held to: the 95th percentile of its frames beside those of the empty canvas, by boxes.
LIMITS = {1_000: 1.2, 10_000: 1.2, 50_000: 1.5}
HIT_LIMIT_MS, READY_LIMIT_MS, SCRIPT_LIMIT_KIB = 0.1, 1_000, 45_000 / 1024
GIANT = 20_000
TILE_SECONDS = 120
TITLE = """() => `${editor.scene.viewport.picture.width.toLocaleString("en")} px, ${
  editor.document.view.size.toLocaleString("en")}`"""
# Means of 200 questions each, since the clock of a page is coarse: what lies under a point of the picture?
HITS = """() => {
  const { scene } = editor, { width, height } = scene.viewport.picture, means = [];
  for (let round = 0; round < 60; round++) {
    const points = Array.from({ length: 200 }, () => ({ x: Math.random() * width, y: Math.random() * height }));
    const began = performance.now();
    for (const point of points) scene.hits(point);
    means.push((performance.now() - began) / points.length);
  }
  return means;
}"""


@dataclass(frozen=True)
class Opening:
    """One opening of the page: milliseconds, KiB of bodies, MiB of heap."""

    cold: float
    again: float
    picture: float
    title: str
    files: int
    scripts: float
    own: float
    document: float
    socket: float
    heap: float
    hits: list[float]


@dataclass(frozen=True)
class Desk:
    """A signed-in browser on a server, the tables that it fills, and how many rounds count."""

    browser: Browser
    world: World
    cookie: str
    repeats: int
    work: Table
    opening: Table

    def context(self) -> BrowserContext:
        """A fresh profile."""
        context = self.browser.new_context(base_url=self.world.server.url, viewport=VIEWPORT)
        context.add_cookies([{"name": "sessionid", "value": self.cookie, "url": self.world.server.url}])
        context.add_init_script(READY)
        return context


def run(options: Options) -> list[Table]:
    if not Path(CHROMIUM).exists():
        raise Absent(f"needs {CHROMIUM}")
    counts = (10_000, 50_000) if options.large else (1_000,)
    work = Table(
        f"Editor: pictures of {WIDTH}x{HEIGHT}, {STEPS} real mouse events a phase, Chromium headless without GPU",
        ("picture, boxes", "phase", "blank p50", "p50", "/ blank", "blank p95", "p95", "/ blank ", "limit",
         "within", "CPU/event blank", "CPU/event", "paint p50", "paint p95"),
    )  # fmt: skip
    opening = Table(
        "Editor: opening the page",
        ("picture, boxes", "ready ms", "again ms", "picture alone ms", "ready / picture", "scripts", "scripts KiB",
         "editor's KiB", "page KiB", "socket KiB", "heap MiB", "hit test us", "hit p95 us"),
    )  # fmt: skip
    room = str(2 * max(counts))
    with (
        served(pages=True, worker=options.large, MODELSHIP_MAX_BOXES=room) as world,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        cookie = session_of(world.server, world.user)
        desk = Desk(browser, world, cookie, options.repeats, work, opening)
        for count in counts:
            measure(desk, crowded(world, count), LIMITS[count])
        if options.large:
            add_giant(desk)
        work.notes.append(
            "Milliseconds between animation frames, medians of the rounds, in turns with a canvas of the same size "
            "that only draws a square at the pointer. CPU: all processes of the browser. Paint: the editor's own "
            f"script in a frame. {browser.browser_type.name.capitalize()} {browser.version}."
        )
        browser.close()
    opening.notes += [
        "Ready: from the start of the navigation, with an empty cache, until picture, boxes and live connection are "
        "there; again: with a full one. Picture alone: fetching and decoding it by the same browser. "
        f"Medians of {OPENINGS}. KiB as they cross the wire, the socket's before compression. "
        "Hit test: which boxes lie under a point, means of 200 points.",
        f"Limits: ready {READY_LIMIT_MS:,} ms, editor's scripts {SCRIPT_LIMIT_KIB:.1f} KiB, "
        f"hit test {HIT_LIMIT_MS * 1000:.0f} us.",
    ]
    return [work, opening]


def measure(desk: Desk, image: str, limit: float) -> None:
    open_often(desk, image)
    before = len(desk.world.log(image))
    with desk.context() as context:
        work_in(desk, context, image, limit)
    assert len(desk.world.log(image)) - before == desk.repeats + 1, "A drag did not become one edit."


def add_giant(desk: Desk) -> None:
    """The same in a picture that only fits as tiles; a note says why where there are none."""
    try:
        image = crowded(desk.world, 10_000, GIANT, "L")
    except AssertionError as refusal:
        desk.work.notes.append(f"{GIANT:,} x {GIANT:,} skipped, the picture is not taken in: {refusal}")
        return
    if not has_tiles(desk, image):
        desk.work.notes.append(f"{GIANT:,} x {GIANT:,} skipped: the page has no tiles for it.")
        return
    measure(desk, image, LIMITS[10_000])


def has_tiles(desk: Desk, image: str) -> bool:
    """Whether the page comes to speak of tiles; cutting them may take a while."""
    end = time.monotonic() + TILE_SECONDS
    with desk.context() as context:
        page = context.new_page()
        while time.monotonic() < end:
            page.goto(f"/images/{image}/")
            CanvasPage(page).until("window.editor")
            if page.evaluate("() => Boolean(editor.data.image.tiles ?? editor.data.tiles)"):
                return True
            if not page.evaluate("() => 'tiles' in editor.data.image || 'tiles' in editor.data"):
                return False
            page.wait_for_timeout(2_000)
    return False


def crowded(world: World, count: int, side: int = 0, mode: str = "RGB") -> str:
    """A new large picture with so many boxes all over it, or a square one; raises AssertionError where it is refused."""
    width, height = (side, side) if side else (WIDTH, HEIGHT)
    with caller(world) as client:
        image = send_photo(client, world.dataset, photo(width, height, count, mode), f"{width}-{count}.jpg")
        post_edits(client, image, spread(count, world.classes, width, height))
    return image


def open_often(desk: Desk, image: str) -> None:
    """Open the page in fresh profiles; the first time, which makes the display picture, does not count."""
    openings = []
    for turn in range(OPENINGS + 1):
        with desk.context() as context:
            opening = open_once(context, image)
        if turn:
            openings.append(opening)
    typical = [median([getattr(one, name) for one in openings]) for name in ("cold", "again", "picture")]
    last, hits = openings[-1], [mean * 1000 for one in openings for mean in one.hits]
    desk.opening.add(
        last.title, *typical, ratio(typical[0], typical[2]), last.files, last.scripts, last.own,
        last.document, last.socket, last.heap, median(hits), share(hits, 0.95),
    )  # fmt: skip


def open_once(context: BrowserContext, image: str) -> Opening:
    """Open the page twice, with an empty cache and with a full one."""
    page = context.new_page()
    requests: list[Request] = []
    frames: list[int] = []
    page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108 - see Playwright
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(len(frame))))
    cold = until_ready(page, image)
    # What came until then: what is loaded later keeps nobody waiting.
    (files, scripts), document = weight(requests, "script"), weight(requests, "document")[1]
    own = weight(requests, "script", "/editor/")[1]
    again = until_ready(context.new_page(), image)
    return Opening(
        cold=cold,
        again=again,
        picture=page.evaluate(PICTURE, page.evaluate("() => editor.data.image.display_url")),
        title=page.evaluate(TITLE),
        files=files,
        scripts=scripts,
        own=own,
        document=document,
        socket=sum(frames) / 1024,
        heap=heap_mib(page),
        hits=page.evaluate(HITS),
    )


def until_ready(page: Page, image: str) -> float:
    """Milliseconds from the start of the navigation until a person can work."""
    page.goto(f"/images/{image}/")
    CanvasPage(page).until("window.benchReady")
    return page.evaluate("() => benchReady")


def work_in(desk: Desk, context: BrowserContext, image: str, limit: float) -> None:
    blank, page = context.new_page(), context.new_page()
    blank.set_content(BLANK)
    tab = CanvasPage(page).open(image)
    title = page.evaluate(TITLE)
    felt: dict[str, list[tuple[Phase, Phase]]] = {work.__name__: [] for work in (pan, zoom, drag)}
    for turn in range(desk.repeats + 1):
        for work in (pan, zoom, drag):
            both = recorded(blank, work), recorded(page, work)
            if turn:
                felt[work.__name__].append(both)
        tab.saved()
    for name, pairs in felt.items():
        add_row(desk.work, title, name, pairs, limit)


def add_row(table: Table, title: str, name: str, pairs: list[tuple[Phase, Phase]], limit: float) -> None:
    def middle(side: int, figure: str) -> float:
        return median([getattr(pair[side], figure) for pair in pairs])

    table.add(
        title, name,
        middle(0, "typical"), middle(1, "typical"), ratio(middle(1, "typical"), middle(0, "typical")),
        middle(0, "slow"), middle(1, "slow"), ratio(middle(1, "slow"), middle(0, "slow")),
        f"{limit}x", "yes" if middle(1, "slow") <= limit * middle(0, "slow") else "no",
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
