"""The editor beside a blank canvas in the same browser: as fluent with a thousand boxes, and still when idle."""

import random

import pytest

from tests.e2e.canvas_page import CanvasPage, OpenPage, put
from tests.live_clients import World, add

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("editor"), pytest.mark.timeout(180)]
FRAMES = 120
ATTEMPTS = 3
# Runs one phase for so many frames and returns the median and the 95th percentile of the time between them.
MEASURE = """async ([phase, frames]) => {
  const { scene } = editor;
  const { viewport } = scene;
  const next = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const canvas = Object.assign(document.createElement("canvas"), { width: 948, height: 672 });
  const blank = canvas.getContext("2d");
  viewport.fit();
  const home = viewport.place;
  const box = editor.boxes[0];
  if (phase === "blank") document.querySelector("#stage").append(canvas);
  const steps = {
    blank: (at) => { blank.clearRect(0, 0, 948, 672); blank.fillRect(at, at, 5, 5); },
    pan: (at) => { viewport.go({ ...home, x: home.x + Math.sin(at / 9) * 300, scale: home.scale * 1.2 }); scene.moved(); },
    drag: (at) => scene.showDrafts([{ ...box, x: 500 + at * 10, y: 500 }]),
  };
  for (let at = 0; at < 5; at++) await next();
  const times = [];
  for (let at = 0; at < frames; at++) {
    times.push(await next());
    steps[phase](at);
  }
  scene.showDrafts([]);
  canvas.remove();
  const gaps = times.slice(1).map((time, at) => time - times[at]).sort((a, b) => a - b);
  return [gaps[Math.floor(gaps.length / 2)], gaps[Math.floor(gaps.length * 0.95)]];
}"""
# How many pixels of boxes are seen at rest, while the view moves, and at rest again somewhere else.
INKED = """async () => {
  const { scene } = editor, { canvas, ctx } = scene.layers.boxes;
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const inked = () => ctx.getImageData(0, 0, canvas.width, canvas.height).data.filter((_, at) => at % 4 === 3).filter(Boolean).length;
  const go = async (x, ms) => {
    scene.viewport.go({ ...scene.viewport.place, x });
    scene.moved();
    await wait(ms);
    return [inked(), scene.overview.moving];
  };
  scene.viewport.fit();
  const { x, scale } = scene.viewport.place;
  // The first move has it loaded.
  scene.moved();
  while (!scene.overview) await wait(20);
  return [await go(x, 400), await go(x + 200 / scale, 50), await go(x + 200 / scale, 400)];
}"""
PAINTED = "() => Object.values(editor.scene.layers).map((layer) => layer.painted)"


def crowd(world: World, image: str, count: int) -> None:
    chance = random.Random(7)
    edits = [
        add(
            class_id=chance.choice(world.classes),
            x=round(chance.random() * 3900, 1),
            y=round(chance.random() * 2900, 1),
            w=90,
            h=70,
        )
        for _ in range(count)
    ]
    for start in range(0, count, 500):
        put(world, image, *edits[start : start + 500])


@pytest.mark.alone
def test_a_thousand_boxes_pan_and_drag_like_an_empty_canvas(world: World, visit: OpenPage):
    image = world.image(4000, 3000)
    crowd(world, image, 1000)
    canvas = visit(image)

    measured = [measure(canvas) for _ in range(ATTEMPTS)]
    still_painting = painted_while_idle(canvas)

    # Other work on the machine slows single runs; the best of them shows what the editor itself costs.
    best = {phase: min(run[phase] for run in measured) for phase in ("blank", "pan", "drag")}
    for phase in ("pan", "drag"):
        assert best[phase][0] <= best["blank"][0] * 1.2, best
        assert best[phase][1] <= best["blank"][1] * 2.1, best
    assert still_painting == [0, 0, 0]


def test_a_crowd_is_seen_whole_while_the_view_moves(world: World, visit: OpenPage):
    image = world.image(4000, 3000)
    crowd(world, image, 9000)
    canvas = visit(image)

    whole, moving, rested = canvas.page.evaluate(INKED)

    assert [whole[1], moving[1], rested[1]] == [False, True, False]
    assert rested[0] < whole[0] * 0.9
    assert moving[0] == pytest.approx(rested[0], rel=0.05)


def measure(canvas: CanvasPage) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile of the frame time in milliseconds, by phase."""
    return {
        phase: tuple(canvas.page.evaluate(MEASURE, [phase, FRAMES])) for phase in ("blank", "pan", "drag")
    }


def painted_while_idle(canvas: CanvasPage) -> list[int]:
    canvas.page.wait_for_timeout(400)
    before = canvas.page.evaluate(PAINTED)
    canvas.page.wait_for_timeout(600)
    return [now - then for now, then in zip(canvas.page.evaluate(PAINTED), before, strict=True)]
