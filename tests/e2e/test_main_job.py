"""The main job in a browser: from the one-time link to the exported labels, by mouse, and again by keyboard alone."""

import base64
import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image as Picture
from playwright.sync_api import Locator, Page, expect

from tests.data import shared_data
from tests.e2e.arrival import arrive, link_in
from tests.e2e.canvas_page import CanvasPage, Cookies, PageFor, put
from tests.inference.models import spot_yolox
from tests.live_clients import World, add, post
from tests.servers import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(240)]
# White squares of 40 px that each fill one cell of the model in their own slice of 320 px, and no other cell.
SPOTS = [[80, 40, 40, 40], [600, 200, 40, 40]]
SIZE = (640, 320)
SLICES = ["320 × 320 at 0, 0", "320 × 320 at 320, 0"]
# By mouse: the second spot accepted with another class, the first rejected, one more drawn, moved and resized.
DRAWN = [220, 100, 120, 90]
LABELS = {("spot", (600, 200, 40, 40)), ("smudge", tuple(DRAWN))}
AS_FILE = """async ([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new File([bytes], name, { type: "image/png" });
}"""


def picture(number: int) -> bytes:
    image = Picture.new("RGB", SIZE)
    image.putpixel((0, SIZE[1] - 1), (number, 1, 1))
    for x, y, w, h in SPOTS:
        image.paste((255, 255, 255), (x, y, x + w, y + h))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def saved(folder: Path, name: str, data: bytes) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def arrived(page: Page, title: str) -> None:
    """The page with this heading is there with its scripts."""
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    page.wait_for_load_state()


def choose(page: Page, button: Locator, *paths: Path) -> None:
    with page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files(paths)


def drop(page: Page, files: dict[str, bytes]) -> None:
    """Let files fall onto the page."""
    transfer = page.evaluate_handle("() => new DataTransfer()")
    for name, data in files.items():
        file = page.evaluate_handle(AS_FILE, [name, base64.b64encode(data).decode()])
        transfer.evaluate("(transfer, file) => transfer.items.add(file)", file)
    area = page.locator(".drop")
    area.dispatch_event("dragover", {"dataTransfer": transfer})
    area.dispatch_event("drop", {"dataTransfer": transfer})


def test_the_whole_job_by_mouse(server: Server, welcome: str, page_for: PageFor, tmp_path: Path):
    page = page_for(accept_downloads=True)

    become_owner(page, server, welcome)
    make_project(page)
    upload(page, tmp_path)
    bring_model(page, spot_yolox(tmp_path / "spots.onnx"))
    label_in_slices(page)
    look_at_preview(page)
    boxes = edit_and_submit(page)
    check_coco(exported(page, "COCO", tmp_path), boxes)
    check_yolo(exported(page, "YOLO", tmp_path))
    check_zip(exported(page, "Everything (ZIP)", tmp_path), boxes)


def become_owner(page: Page, server: Server, welcome: str) -> None:
    arrive(page, server, welcome, "Olga")
    expect(page.get_by_role("heading", name="My team")).to_be_visible()

    stranger = page.context.browser.new_page()
    answer = stranger.goto(link_in(welcome))
    stranger.close()
    assert answer is not None
    assert answer.status == 404


def make_project(page: Page) -> None:
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Name", exact=True).first.fill("Spots")
    for row, name in enumerate(("spot", "smudge")):
        page.get_by_placeholder("For example: forklift").nth(row).fill(name)
    page.get_by_role("button", name="Create the project").click()
    page.get_by_role("link", name="Create a dataset").click()
    page.get_by_label("Name", exact=True).fill("Night sky")
    page.get_by_role("button", name="Create and upload").click()
    arrived(page, "Night sky")


def upload(page: Page, folder: Path) -> None:
    """Some files by the chooser, one of them broken, and some by a drop, one of them known already."""
    files = [saved(folder, f"sky-{number}.png", picture(number)) for number in (1, 2)]
    broken = saved(folder, "broken.png", picture(3)[:200])
    choose(page, page.get_by_role("button", name="Choose files"), *files, broken)
    summary = page.locator("[data-part=summary]")
    expect(summary).to_have_text("3 of 3 done, 2 added, 1 refused.")
    line = page.locator(".upload .line", has_text="broken.png")
    expect(line.locator(".verdict")).to_have_text(re.compile(r"\w+.*\.$"))
    expect(page.locator(".thumb")).to_have_count(2)

    drop(page, {"sky-1.png": picture(1), "sky-3.png": picture(3)})
    expect(summary).to_have_text("5 of 5 done, 3 added, 1 already here, 1 refused.")
    expect(page.locator(".thumb")).to_have_count(3)
    expect(page.locator(".thumb img").first).to_have_js_property("complete", True)


def bring_model(page: Page, file: Path) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Models").click()
    arrived(page, "Models")
    choose(page, page.get_by_label("ONNX file"), file)
    page.get_by_label("Name", exact=False).first.fill("Spot finder")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="Spot finder")).to_be_visible()
    expect(page.get_by_text("64×64").first).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="spot")).to_have_count(1)


def label_in_slices(page: Page) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Projects").click()
    page.get_by_role("link", name="Spots").click()
    page.get_by_role("link", name="Night sky").click()
    arrived(page, "Night sky")
    page.get_by_role("button", name="Auto-label").click()
    dialog = page.get_by_role("dialog", name="Auto-label")
    dialog.get_by_label("Model", exact=True).select_option(label="Spot finder · 64×64 · 1 class")
    dialog.get_by_label("Lowest confidence").fill("0.9")
    dialog.get_by_text("320 px").click()
    dialog.get_by_role("button", name="Start").click()

    expect(page.locator(".toast").last).to_contain_text("Auto-labelling started.")
    expect(page.locator("#activity .job[data-state=succeeded]")).to_be_visible()
    expect(page.locator(".thumb .under .meta", has_text="2 boxes · 2 to review")).to_have_count(3)


def look_at_preview(page: Page) -> None:
    page.get_by_role("link", name="Preview of sky-1.png").click()
    expect(page.get_by_role("heading", name="sky-1.png")).to_be_visible()
    shown = page.get_by_role("img", name="sky-1.png with 2 boxes drawn in")
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("img => img.naturalWidth") >= SIZE[0]
    rows = page.locator("tbody tr")
    assert sorted(rows.locator("[data-label=Slice]").all_inner_texts()) == SLICES
    assert all(float(score) > 0.9 for score in rows.locator("[data-label=Score]").all_inner_texts())
    page.get_by_role("link", name="Open in the editor").click()
    expect(page.get_by_role("application", name="Image canvas")).to_be_visible()


def edit_and_submit(page: Page) -> list[dict]:
    """Every kind of edit with the mouse; returns what the screen shows at the end."""
    canvas = CanvasPage(page).ready()
    assert sorted(box["rect"] for box in canvas.boxes()) == SPOTS
    panel, rail = page.locator("aside"), page.get_by_role("toolbar", name="Tools")

    canvas.click(620, 220)
    panel.get_by_role("button", name="Accept").click()
    assert [box["rect"] for box in canvas.selected()] == [SPOTS[0]]
    panel.get_by_role("button", name="Reject").click()
    canvas.until("!editor.scene.gliding")
    rail.get_by_role("button", name="Draw a box").click()
    canvas.drag((200, 100), (300, 180))
    rail.get_by_role("button", name="Select", exact=True).click()
    canvas.drag((250, 140), (270, 140))
    canvas.drag((320, 180), (340, 190))
    panel.locator("#classes").get_by_text("smudge").click()
    assert [(box["rect"], box["name"]) for box in canvas.selected()] == [(DRAWN, "smudge")]
    rail.get_by_role("button", name="Delete").click()
    assert len(canvas.boxes()) == 1
    rail.get_by_role("button", name="Undo my last change").click()
    rail.get_by_role("button", name="Undo my last change").click()
    assert {box["name"] for box in canvas.boxes()} == {"spot"}
    rail.get_by_role("button", name="Redo").click()
    canvas.saved()
    boxes = canvas.boxes()
    assert {(box["name"], tuple(box["rect"])) for box in boxes} == LABELS

    page.get_by_role("button", name="Accept rest, next").click()
    expect(page.locator("#filename")).to_have_text("sky-2.png")
    canvas.until("editor.outbox.letters.size === 0")
    page.get_by_role("link", name="Back to Night sky").click()
    arrived(page, "Night sky")
    expect(page.locator(".thumb", has_text="sky-1.png")).to_contain_text("In review")
    return boxes


def exported(page: Page, title: str, folder: Path) -> Path:
    """Order an export in the dialog and download it when it is there."""
    before = page.locator("#activity").get_by_role("link", name="Download").count()
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export")
    dialog.get_by_label("Format").select_option(label=title)
    dialog.get_by_role("button", name="Export").click()
    links = page.locator("#activity").get_by_role("link", name="Download")
    expect(links).to_have_count(before + 1)
    with page.expect_download() as download:
        links.first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def check_coco(path: Path, boxes: list[dict]) -> None:
    found = json.loads(coco_in(path))
    names = {category["id"]: category["name"] for category in found["categories"]}
    files = {image["id"]: image["file_name"] for image in found["images"]}

    assert names == {1: "spot", 2: "smudge"}
    assert [Path(name).stem for name in files.values()] == ["sky-1", "sky-2", "sky-3"]
    assert {Path(files[row["image_id"]]).stem for row in found["annotations"]} == {"sky-1"}
    rows = {(names[row["category_id"]], tuple(row["bbox"])) for row in found["annotations"]}
    assert rows == {(box["name"], tuple(box["rect"])) for box in boxes}
    assert all(isinstance(row["id"], int) for row in found["annotations"])


def coco_in(path: Path) -> bytes:
    if path.suffix == ".json":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return archive.read("annotations/instances_default.json")


def yolo_lines(archive: zipfile.ZipFile, name: str) -> set[tuple]:
    """Class and x, y, w, h in pixels."""
    found = set()
    for line in archive.read(name).decode().splitlines():
        number, cx, cy, w, h = (float(part) for part in line.split())
        left, top = (cx - w / 2) * SIZE[0], (cy - h / 2) * SIZE[1]
        found.add((int(number), *(round(value, 2) for value in (left, top, w * SIZE[0], h * SIZE[1]))))
    return found


def check_yolo(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.read("classes.txt").decode().split() == ["spot", "smudge"]
        assert b"0: 'spot'" in archive.read("data.yaml").replace(b'"', b"'")
        assert yolo_lines(archive, "labels/train/sky-1.txt") == {(0, 600, 200, 40, 40), (1, *DRAWN)}
        assert archive.read("labels/train/sky-2.txt") == b""


def check_zip(path: Path, boxes: list[dict]) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        for folder in ("images", "previews", "labels"):
            stems = {Path(name).stem for name in names if name.startswith(f"{folder}/")}
            assert {"sky-1", "sky-2", "sky-3"} <= stems, folder
        with archive.open(next(name for name in names if name.startswith("images/sky-1."))) as file:
            assert Picture.open(file).size == SIZE
    check_coco(path, boxes)


def test_real_photos_are_labelled_in_slices(world: World, cookies: Cookies, page_for: PageFor):
    photo = shared_data("detection/sahi/small-vehicles1.jpeg")
    weights = shared_data("models/yolox_nano.onnx")
    page = page_for(cookies["alice"])
    page.goto("/models/")
    choose(page, page.get_by_label("ONNX file"), weights)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="yolox_nano")).to_be_visible()

    page.goto(f"/projects/{world.project}/datasets/new/")
    page.get_by_label("Name", exact=True).fill("Roads")
    page.get_by_role("button", name="Create and upload").click()
    arrived(page, "Roads")
    choose(page, page.get_by_role("button", name="Choose files"), photo)
    expect(page.locator(".thumb")).to_have_count(1)
    page.get_by_role("button", name="Auto-label").click()
    dialog = page.get_by_role("dialog", name="Auto-label")
    model = dialog.get_by_label("Model", exact=True)
    model.select_option(model.locator("option", has_text="yolox_nano").first.get_attribute("value"))
    dialog.get_by_label("Lowest confidence").fill("0.3")
    dialog.get_by_text("320 px").click()
    dialog.get_by_role("button", name="Start").click()

    expect(page.locator("#activity .job[data-state=succeeded]")).to_be_visible(timeout=60_000)
    words = page.locator(".thumb .under .meta").first
    expect(words).to_contain_text("to review")
    assert int(words.inner_text().split()[0]) > 20


def reach(page: Page, target: Locator) -> None:
    """Go on with Tab until the focus is there; a gallery of all that other tests made has many stops."""
    for _ in range(300):
        if target.count() and target.first.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}.")


def enter(page: Page, target: Locator) -> None:
    reach(page, target)
    page.keyboard.press("Enter")


def test_the_whole_job_by_keyboard(world: World, page_for: PageFor):
    # A dataset of its own: in the gallery that all tests fill, Tab would have a long way to go.
    quay = post(world.server, world.key, "datasets", {"project": world.project, "name": "South quay"})["id"]
    world = replace(world, dataset=quay, pictures=20_000)
    first, second = world.image(), world.image()
    sure, doubtful = put(
        world,
        first,
        *(
            add(class_id=world.classes[0], x=x, y=20, source="import", score=score, state="proposed")
            for x, score in ((10, 0.9), (60, 0.4))
        ),
    )
    page = page_for()
    keys = page.keyboard
    sign_in_by_keys(page, world)
    for name in (re.compile("^Harbour"), "South quay"):
        enter(page, page.locator("main").get_by_role("link", name=name))
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    enter(page, page.get_by_role("link", name=f"{world.pictures - 1}.png", exact=True))
    page.wait_for_url(f"**/images/{first}/")

    canvas = CanvasPage(page).ready()
    keys.press("a")
    keys.press("x")
    keys.press("a")
    for key in ("2", "b", "Enter", "Shift+ArrowRight", "Shift+ArrowDown", "Shift+ArrowDown", "Enter", "v"):
        keys.press(key)
    drawn = canvas.selected()[0]
    keys.press("Control+z")
    keys.press("Control+Shift+z")
    canvas.saved()
    keys.press("Space")
    canvas.until(f"editor.data.image.id === '{second}'")
    canvas.until("editor.outbox.letters.size === 0")
    stored = {box["id"]: box for box in world.boxes(first)["results"]}
    assert {box_id: box["state"] for box_id, box in stored.items()} == {
        doubtful: "rejected",
        sure: "accepted",
        drawn["id"]: "accepted",
    }
    assert stored[drawn["id"]]["class_id"] == world.classes[1]

    enter(page, page.get_by_role("link", name="Back to South quay"))
    arrived(page, "South quay")
    export_by_keys(page)


def sign_in_by_keys(page: Page, world: World) -> None:
    page.goto("/")
    reach(page, page.get_by_label("Email"))
    page.keyboard.type("alice@example.com")
    reach(page, page.get_by_label("Password"))
    page.keyboard.type(world.server.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="acme")).to_be_visible()


def export_by_keys(page: Page) -> None:
    enter(page, page.get_by_role("button", name="Export"))
    dialog = page.get_by_role("dialog", name="Export")
    expect(dialog).to_be_visible()
    reach(page, dialog.get_by_label("Format"))
    page.keyboard.type("COCO")
    expect(dialog.get_by_label("Format")).to_have_value("coco")
    enter(page, dialog.get_by_role("button", name="Export"))
    expect(dialog).to_be_hidden()
    link = page.locator("#activity").get_by_role("link", name="Download")
    expect(link).to_be_visible()
    with page.expect_download() as download:
        enter(page, link)
    assert download.value.failure() is None
