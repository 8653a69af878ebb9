"""Every kind of page in both themes, wide and narrow: nothing unnamed, nothing hidden from the keyboard, nothing cut off.

With MODELSHIP_SCREENSHOTS=docs/images the pictures of the documents are drawn anew.
"""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image as Picture
from playwright.sync_api import Page, expect

from tests.data import HOME, ROOT
from tests.e2e.canvas_page import CanvasPage, PageFor, session_of
from tests.inference.models import tiny_yolox
from tests.live_clients import World
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]
SCREENSHOTS = os.environ.get("MODELSHIP_SCREENSHOTS", "")
WIDTHS = {1280: 800, 390: 844}
THEMES = ("light", "dark")
# What people operate, as the browser tells assistive technology.
OPERATED = {
    "button", "checkbox", "combobox", "link", "listbox", "menuitem", "option", "radio", "searchbox", "slider",
    "spinbutton", "switch", "tab", "textbox", "application", "img", "image", "dialog", "progressbar",
}  # fmt: skip
# The focused element, or what stands for it, has an outline or a shadow that it lacks otherwise.
FOCUS_SHOWS = """() => {
  const seen = (element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    const after = getComputedStyle(element, "::after");
    const ring = (style, width) => style !== "none" && parseFloat(width) > 0;
    return ring(outlineStyle, outlineWidth) || boxShadow !== "none"
      || ring(after.outlineStyle, after.outlineWidth) || after.boxShadow !== "none";
  };
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const around = [element, element.parentElement, element.closest("label, li, article, .menu")];
  const name = element.getAttribute("aria-label") || element.innerText || element.id || element.tagName;
  return [name.trim().split("\\n")[0], around.some((one) => one && seen(one))];
}"""
STRUCTURE = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  return {
    lang: document.documentElement.lang,
    titles: document.querySelectorAll("h1").length,
    doubled: ids.filter((id, at) => ids.indexOf(id) !== at),
    unlabelled: [...document.querySelectorAll("img:not([alt])")].length,
    overflow: document.documentElement.scrollWidth - innerWidth,
  };
}"""


@dataclass(frozen=True)
class Showcase:
    """An owner with the demo, a model, an export and a job of each end."""

    session: str
    project: str
    dataset: str
    image: str
    model: str


DEMO = """
import json
from datasets.models import Dataset, Image
dataset = Dataset.objects.get(tenant__slug="tour")
image = Image.objects.filter(dataset=dataset, proposed_count__gt=0).order_by("ordinal").first()
print(json.dumps([str(dataset.project_id), str(dataset.id), str(image.id)]))
"""


@pytest.fixture(scope="module")
def showcase(world: World, tmp_path_factory: pytest.TempPathFactory) -> Showcase:
    server = world.server
    owner = server.bootstrap("tour", "olga@example.com", "--name", "My team")
    server.manage("demo", "--tenant", "tour", "--wait")
    project, dataset, image = json.loads(server.python(DEMO))
    key = owner["api_key"]
    weights = HOME / "models" / "yolox_nano.onnx"
    if not weights.exists():
        weights = tiny_yolox(tmp_path_factory.mktemp("model") / "yolox_nano.onnx")
    with weights.open("rb") as file:
        answer = httpx.post(
            f"{server.url}/api/v1/models",
            headers={"Authorization": f"Api-Key {key}"},
            files={"file": ("yolox_nano.onnx", file)},
            timeout=60,
        )
    assert answer.status_code == 201, answer.text
    model = answer.json()["id"]
    label = {"model": model, "confidence": 0.95, "replace": "none", "create_classes": False}
    freezing = {"message": "Before the storm"}
    assert server.call("POST", f"datasets/{dataset}/versions", key, freezing)[0] in (200, 201)
    orders = [("label", label), *(("exports", {"format": name}) for name in ("coco", "zip"))]
    for door, body in orders:
        assert server.call("POST", f"datasets/{dataset}/{door}", key, body)[0] == 202
    wait_for_jobs(server, key)
    return Showcase(session_of(world.server, owner["user"]["id"]), project, dataset, image, model)


def wait_for_jobs(server: Server, key: str) -> None:
    deadline = time.monotonic() + 60
    while any(job["state"] in ("queued", "running") for job in server.call("GET", "jobs", key)[1]["results"]):
        assert time.monotonic() < deadline, server.log
        time.sleep(0.3)


def places(showcase: Showcase) -> dict[str, str]:
    return {
        "home": "/",
        "projects": "/projects/",
        "project-new": "/projects/new/",
        "project": f"/projects/{showcase.project}/",
        "classes": f"/projects/{showcase.project}/classes/",
        "gallery": f"/datasets/{showcase.dataset}/",
        "clean": f"/datasets/{showcase.dataset}/clean/",
        "archive": f"/datasets/{showcase.dataset}/archive/",
        "versions": f"/datasets/{showcase.dataset}/versions/",
        "preview": f"/images/{showcase.image}/preview/",
        "models": "/models/",
        "model": f"/models/{showcase.model}/",
        "jobs": "/jobs/",
        "members": "/settings/members/",
        "keys": "/settings/api-keys/",
        "editor": f"/images/{showcase.image}/",
        "look": f"/images/{showcase.image}/?look=1",
        "sweep": f"/images/{showcase.image}/?sweep=1",
    }


def settled(page: Page) -> None:
    """Until nothing more arrives and no picture is half there."""
    page.wait_for_load_state("networkidle")
    for picture in page.locator("img:visible").all():
        expect(picture).to_have_js_property("complete", True)
    if page.locator("#stage").count():
        CanvasPage(page).ready()


def nameless(page: Page) -> list[str]:
    """What people operate without a name, as the browser itself tells assistive technology."""
    wire = page.context.new_cdp_session(page)
    nodes = wire.send("Accessibility.getFullAXTree")["nodes"]
    wire.detach()
    return [
        f"a {role} without a name"
        for node in nodes
        if not node.get("ignored") and (role := node.get("role", {}).get("value")) in OPERATED
        if not str(node.get("name", {}).get("value", "")).strip() and role not in ("img", "image")
    ]


def unseen_focus(page: Page, steps: int = 40) -> list[str]:
    """Stations of the Tab key at which nothing shows where one is."""
    found = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        station = page.evaluate(FOCUS_SHOWS)
        if station and not station[1]:
            found.append(f"no sign of the focus on {station[0]!r}")
    return found


def faults(page: Page) -> list[str]:
    structure: dict[str, Any] = page.evaluate(STRUCTURE)
    wanted = {"lang": "en", "titles": 1, "doubled": [], "unlabelled": 0}
    found = [f"{name} is {structure[name]!r}" for name, value in wanted.items() if structure[name] != value]
    if structure["overflow"] > 0:
        found.append(f"{structure['overflow']} px wider than the screen")
    return [*found, *nameless(page), *unseen_focus(page)]


def themed(page_for: PageFor, server: Server, session: str, theme: str, width: int) -> Page:
    page = page_for(
        session,
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme=theme,
        reduced_motion="reduce",
    )
    page.context.add_cookies([{"name": "theme", "value": theme, "url": server.url}])
    return page


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_page_can_be_seen_named_and_reached(
    server: Server, showcase: Showcase, page_for: PageFor, tmp_path: Path, theme: str, width: int
):
    found: dict[str, list[str]] = {}

    def look(name: str, page: Page) -> None:
        settled(page)
        page.screenshot(path=tmp_path / f"{name}-{theme}-{width}.png")
        found[name] = faults(page)

    stranger = themed(page_for, server, "", theme, width)
    stranger.goto("/accounts/login/")
    look("login", stranger)
    page = themed(page_for, server, showcase.session, theme, width)
    for name, path in places(showcase).items():
        page.goto(path)
        look(name, page)
    for button in ("Auto-label", "Export"):
        page.goto(f"/datasets/{showcase.dataset}/")
        page.get_by_role("button", name=button).first.click()
        look(f"dialog-{button.lower()}", page)
    page.goto(f"/datasets/{showcase.dataset}/versions/")
    page.get_by_role("button", name="Export version 1").click()
    expect(page.get_by_label("Version", exact=True)).to_have_value("1")
    look("dialog-version", page)

    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.skipif(not SCREENSHOTS, reason="draws the documents' pictures where MODELSHIP_SCREENSHOTS says")
def test_the_pictures_of_the_documents(server: Server, showcase: Showcase, page_for: PageFor):
    light = themed(page_for, server, showcase.session, "light", 1280)
    dark = themed(page_for, server, showcase.session, "dark", 1280)
    where = places(showcase)
    for name, page, path in (
        ("dataset-light", light, where["gallery"]),
        ("preview", light, where["preview"]),
        ("models", light, where["models"]),
        ("editor-dark", dark, where["editor"]),
    ):
        page.goto(path)
        settled(page)
        if name == "editor-dark":
            select_the_largest(CanvasPage(page))
        keep(page, ROOT / SCREENSHOTS / f"{name}.png")


def select_the_largest(canvas: CanvasPage) -> None:
    x, y, w, h = max((box["rect"] for box in canvas.boxes()), key=lambda rect: rect[2] * rect[3])
    canvas.click(x + w / 2, y + h / 2)
    canvas.hover(x - w, y + h)


def keep(page: Page, path: Path) -> None:
    """A screenshot with so few colours that a repository does not feel it."""
    page.wait_for_timeout(300)
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    with Picture.open(path) as full:
        few = full.convert("RGB").quantize(256, dither=Picture.Dither.NONE)
    few.save(path, optimize=True)
    assert path.stat().st_size < 350_000, path
