"""What the model does for the person at the canvas: ghosts, a closer look, boxes carried over, the sweep."""

import re
from pathlib import Path

import httpx
import pytest

from tests.data import ROOT
from tests.e2e.canvas_page import CanvasPage, OpenPage, put
from tests.inference.installed import drawn
from tests.inference.models import spot_yolox, tiny_yolox
from tests.live_clients import World, add

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]
# In a picture of 200 x 100 they lie at 3.125 times these corners of the model's 64 x 64.
SURE, SMALL, LARGE = (4.0, 4.0, 14.0, 14.0), (20.0, 4.0, 32.0, 20.0), (16.0, 2.0, 60.0, 28.0)
BOXES = [(0, 0.9, SURE), (0, 0.3, SMALL), (1, 0.2, LARGE)]


@pytest.fixture(scope="module")
def doubter(world: World, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that is sure of a boat, half believes in a second one, and in a crane around that."""
    path: Path = tiny_yolox(
        tmp_path_factory.mktemp("m") / "doubter.onnx", boxes=BOXES, classes=["boat", "crane"]
    )
    return installed(world, path)


def installed(world: World, path: Path) -> str:
    return sent(world, "models", "file", path.name, path.read_bytes())["id"]


def uploaded(world: World, dataset: str, data: bytes) -> str:
    [result] = sent(world, f"datasets/{dataset}/images", "files", "wide.png", data)["results"]
    return result["image"]["id"]


def sent(world: World, path: str, field: str, name: str, data: bytes) -> dict:
    answer = httpx.post(
        f"{world.server.url}/api/v1/{path}",
        headers={"Authorization": f"Api-Key {world.key}"},
        files={field: (name, data)},
        timeout=60,
    )
    assert answer.is_success, answer.text
    return answer.json()


def look(world: World, image: str, model: str, **options) -> None:
    status, answer = world.server.call(
        "POST", f"images/{image}/label", world.key, {"model": model, **options}
    )
    assert status == 200, answer


def with_ghosts(canvas: CanvasPage, count: int) -> CanvasPage:
    canvas.until(f"editor.ghosts && editor.ghosts.all.length === {count}")
    return canvas


def stored(world: World, image: str) -> list[list]:
    boxes = world.boxes(image)["results"]
    return sorted([round(box["x"]), box["source"], box["state"]] for box in boxes)


def test_a_click_in_a_ghost_makes_it_a_box_and_corners_can_still_be_set(
    world: World, visit: OpenPage, doubter: str
):
    image = world.image()
    look(world, image, doubter, confidence=0.5)
    canvas = with_ghosts(visit(image), 2)

    canvas.keys.press("b")
    canvas.click(80, 40)
    assert [(box["rect"], box["name"]) for box in canvas.selected()] == [([62.5, 12.5, 37.5, 50], "boat")]
    canvas.keys.press("Control+z")
    assert len(canvas.boxes()) == 1
    canvas.drag((70, 30), (90, 50))
    canvas.click(64, 14)
    canvas.click(74, 24)
    canvas.keys.down("Shift")
    canvas.click(140, 40)
    canvas.keys.up("Shift")
    canvas.click(150, 60)
    canvas.saved()

    drawn = [[64, "human", "accepted"], [70, "human", "accepted"], [140, "human", "accepted"]]
    assert stored(world, image) == sorted([[12, "model", "proposed"], *drawn])


def test_with_the_select_tool_a_click_takes_what_is_outlined_and_a_colleague_sees_it(
    world: World, visit: OpenPage, doubter: str
):
    image = world.image()
    look(world, image, doubter, confidence=0.5)
    canvas, other = with_ghosts(visit(image), 2), visit(image, "annotator")

    canvas.hover(80, 40)
    assert canvas.page.evaluate("() => editor.scene.ghost.score") == pytest.approx(0.3, abs=1e-6)
    canvas.click(80, 40)
    canvas.drag((80, 40), (90, 40))
    canvas.keys.press("Control+z")
    canvas.saved()

    other.until("editor.boxes.length === 2")
    assert [box["rect"] for box in other.boxes() if box["state"] == "accepted"] == [[62.5, 12.5, 37.5, 50]]
    canvas.hover(80, 40)
    assert canvas.page.evaluate("() => editor.scene.ghost") is None


def test_ghosts_and_hidden_proposals_go_by_one_by_one(world: World, visit: OpenPage, doubter: str):
    image = world.image()
    look(world, image, doubter, confidence=0.25)
    canvas = with_ghosts(visit(image), 1)
    canvas.page.evaluate("() => editor.set({ threshold: 0.5 })")

    canvas.keys.press("g")
    assert canvas.said() == "boat, 0.30? Ghost 1 of 2. Enter adds it, Escape leaves it."
    canvas.keys.press("g")
    assert canvas.said().startswith("crane, 0.20? Ghost 2 of 2.")
    canvas.keys.press("Escape")
    assert canvas.page.evaluate("() => editor.scene.ghost") is None
    canvas.keys.press("g")
    canvas.keys.press("Enter")
    canvas.saved()

    assert stored(world, image) == [[12, "model", "proposed"], [62, "model", "accepted"]]
    assert canvas.page.evaluate("() => editor.history.done.length") == 1


def test_the_model_looks_at_the_selection_or_at_what_is_seen(world: World, visit: OpenPage, doubter: str):
    image = world.image()
    canvas = visit(image)

    canvas.page.evaluate("() => editor.scene.moved()")
    canvas.keys.press("Shift+L")
    canvas.until("editor.boxes.length > 0")
    found = len(canvas.boxes())
    canvas.until("document.querySelector('#stage').getAttribute('aria-busy') === 'false'")
    canvas.keys.press("Shift+L")
    canvas.until("document.querySelectorAll('.toast').length === 2")
    assert "sees only what is here already" in canvas.toasts()
    assert len(canvas.boxes()) == found

    canvas.select(canvas.boxes()[0]["id"])
    canvas.keys.press("Shift+L")
    canvas.until(f"editor.boxes.length > {found}")
    assert {box["state"] for box in canvas.boxes()} == {"proposed"}


def test_slices_show_what_they_found_and_escape_keeps_it(
    world: World, visit: OpenPage, tmp_path_factory: pytest.TempPathFactory
):
    spotter = installed(world, spot_yolox(tmp_path_factory.mktemp("m") / "spotter.onnx", classes=["boat"]))
    project = world.server.call("GET", f"datasets/{world.dataset}", world.key)[1]["project"]
    dataset = world.server.call("POST", "datasets", world.key, {"name": "Wide", "project": project})[1]["id"]
    image = uploaded(world, dataset, drawn(size=(3600, 2400), spots=((8, 8), (200, 8), (3400, 2300))))
    usual = {"size": 64, "overlap": 0, "full_image": False}
    body = {"model": spotter, "confidence": 0.9, "slice": usual}
    assert world.server.call("POST", f"datasets/{dataset}/label", world.key, body)[0] == 202
    canvas = visit(image)

    canvas.page.evaluate("() => editor.scene.moved()")
    canvas.keys.press("Shift+L")
    canvas.until("(editor.session.peers.present.get('model')?.ghosts.length ?? 0) > 1")
    canvas.keys.press("Escape")

    canvas.until("editor.boxes.length === 2")
    canvas.until("document.querySelector('#stage').getAttribute('aria-busy') === 'false'")
    assert "What the model had found by then stays" in canvas.toasts()
    assert canvas.page.evaluate("() => editor.session.peers.present.has('model')") is False
    assert {box["state"] for box in canvas.boxes()} == {"proposed"}


def test_boxes_are_carried_over_as_proposals_and_taken_back_in_one_step(world: World, visit: OpenPage):
    first, second, third = world.image(), world.image(400, 200), world.image()
    boat, crane = world.classes
    put(
        world,
        first,
        add(class_id=boat, x=10, y=10),
        add(class_id=crane, x=60, y=10),
        add(class_id=boat, state="rejected", x=150),
    )
    put(world, second, add(class_id=boat, x=21, y=20, w=40, h=40))
    canvas = visit(second)

    canvas.keys.press("r")
    canvas.until("editor.boxes.length === 2")
    assert [box["rect"] for box in canvas.boxes() if box["state"] == "proposed"] == [[120, 20, 40, 40]]
    canvas.keys.press("Control+z")
    assert [box["state"] for box in canvas.boxes()] == ["accepted"]

    canvas.click(40, 40)
    canvas.keys.press("Control+b")
    canvas.until(f"editor.data.image.id === '{third}' && editor.boxes.length === 1")
    canvas.saved()
    assert stored(world, third) == [[10, "human", "proposed"]]
    canvas.keys.press("r")
    canvas.until("document.querySelectorAll('.toast').length > 2")
    assert "All its boxes are here already." in canvas.toasts()


def test_a_stroke_with_the_key_held_judges_all_that_it_crosses_as_one_change(world: World, visit: OpenPage):
    image = world.image()
    put(world, image, *predictions(world, [0.9, 0.8, 0.7, 0.6], y=40))
    canvas = with_ghosts(visit(image), 0)

    canvas.drag((5, 46), (45, 46), holding="x")
    assert canvas.said() == "3 rejected, 1 left."
    canvas.keys.press("Control+z")
    assert {box["state"] for box in canvas.boxes()} == {"proposed"}
    canvas.drag((5, 46), (90, 46), holding="a")
    canvas.saved()

    assert [state for *_, state in stored(world, image)] == ["accepted"] * 4
    assert canvas.selected() == []


def test_the_sweep_looks_close_goes_back_and_accepts_the_sure_ones(world: World, visit: OpenPage):
    image = world.image(2000, 1000)
    ids = put(world, image, *predictions(world, [0.2, 0.5, 0.8], y=40))
    canvas = visit(image)
    share = "Math.max(...editor.selected.map((box) => editor.scene.viewport.toScreen(box).h / editor.scene.viewport.height))"

    canvas.keys.press("a")
    canvas.until(f"editor.scene.gliding === null && {share} > 0.1")
    canvas.keys.press("x")
    canvas.keys.press("Shift+S")
    assert [box["id"] for box in canvas.selected()] == ids[:1]
    assert canvas.said() == "Back to boat, 0.20, rejected."
    canvas.keys.press("a")
    assert [box["id"] for box in canvas.selected()] == ids[1:2]
    canvas.keys.press("e")
    assert canvas.said().startswith("Adjust boat, 0.50:")
    canvas.keys.press("Shift+Enter")
    canvas.saved()

    assert [state for *_, state in stored(world, image)] == ["accepted"] * 3
    assert "2 proposals accepted." in canvas.toasts()
    assert canvas.page.evaluate("() => editor.data.image.id") == image


def test_twenty_predictions_take_no_more_than_the_documented_keys(
    world: World, visit: OpenPage, doubter: str
):
    first, second, third = world.image(), world.image(), world.image()
    put(world, first, *predictions(world, [0.9]))
    scores = [0.52, 0.53, 0.55, 0.57, 0.59, *(0.9 + at / 1000 for at in range(15))]
    ids = put(world, second, *predictions(world, scores, y=70, w=8))
    look(world, second, doubter, confidence=0.95)
    canvas = visit(first)
    canvas.page.evaluate("() => editor.set({ threshold: 0.5 })")
    for key in ("a", "a", "Space"):
        canvas.keys.press(key)
    with_ghosts(canvas, 3)
    canvas.until(f"editor.selection.has('{ids[0]}') && !editor.scene.gliding")
    keys, clicks = documented()

    # The first is right, the second no object, the third a crane, two more are right; one boat is missing.
    pressed = ["a", "x", "2", "a", "a", "Shift+1"]
    for key in pressed:
        canvas.keys.press(key)
    canvas.click(80, 40)
    canvas.keys.press("Space")

    canvas.until(f"editor.data.image.id === '{third}' && editor.outbox.letters.size === 0")
    assert (len(pressed) + 1, 1) <= (keys, clicks)
    boxes = {box["id"]: box for box in world.boxes(second)["results"]}
    assert boxes[ids[1]]["state"] == "rejected"
    assert boxes[ids[2]]["class_id"] == world.classes[1]
    assert {box["state"] for key, box in boxes.items() if key != ids[1]} == {"accepted"}
    assert len(boxes) == 21
    assert world.server.call("GET", f"images/{second}", world.key)[1]["state"] == "submitted"


def documented() -> tuple[int, int]:
    """Keys and clicks of the sweep in the table of the guide."""
    found = re.search(r"ModelShip, sweep.*?(\d+) keys, (\d+) click", (ROOT / "docs/editor.md").read_text())
    assert found, "The guide counts the keys of a sweep."
    return int(found[1]), int(found[2])


def predictions(world: World, scores: list[float], *, y: float = 20, w: float = 12) -> list[dict]:
    return [
        add(
            class_id=world.classes[0],
            x=10 + at * (w + 1),
            y=y,
            w=w,
            h=12,
            source="import",
            score=score,
            state="proposed",
        )
        for at, score in enumerate(scores)
    ]
