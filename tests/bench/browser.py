"""What a page costs while somebody works in it: frame intervals, painting, processor time, heap, bytes."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from playwright.sync_api import Page, Request

from tests.bench.processor import used_by
from tests.bench.report import share

# Each frame's own time, from the first to the last event of a phase. Painting is timed where the page has a scene.
RECORD = """() => {
  const bench = (window.bench ??= {});
  Object.assign(bench, { frames: [], paints: [] });
  const tick = (now) => { bench.frames.push(now); bench.asked = requestAnimationFrame(tick); };
  bench.asked = requestAnimationFrame(tick);
  if (!window.editor || bench.timed) return;
  bench.timed = true;
  const { scene } = editor, paint = scene.frame;
  scene.frame = function () {
    const began = performance.now();
    paint.call(scene);
    bench.paints.push(performance.now() - began);
  };
}"""
STOP = "() => { cancelAnimationFrame(bench.asked); return [bench.frames, bench.paints]; }"
# A canvas that does the least that still answers every event by a frame.
BLANK = """<!doctype html><body style="margin:0"><canvas width="1280" height="800"></canvas><script>
  const pen = document.querySelector("canvas").getContext("2d");
  let at = null, asked = 0;
  const paint = () => { asked = 0; pen.clearRect(0, 0, 1280, 800); pen.fillRect(at.x, at.y, 9, 9); };
  const hear = (event) => { at = { x: event.clientX, y: event.clientY }; asked ||= requestAnimationFrame(paint); };
  for (const kind of ["pointerdown", "pointermove", "wheel"]) addEventListener(kind, hear);
</script>"""


@dataclass(frozen=True)
class Phase:
    """Milliseconds of one phase in one page."""

    frames: list[float]
    paints: list[float]
    cpu: float

    @property
    def typical(self) -> float:
        return share(self.frames, 0.5)

    @property
    def slow(self) -> float:
        return share(self.frames, 0.95)


def recorded(page: Page, work: Callable[[Page], None]) -> Phase:
    """Do something by real input in a page, and say how it felt."""
    page.bring_to_front()
    page.wait_for_timeout(250)
    page.evaluate(RECORD)
    began = used_by(os.getpid(), named="chrom")
    work(page)
    used = used_by(os.getpid(), named="chrom") - began
    frames, paints = page.evaluate(STOP)
    return Phase([after - before for before, after in pairwise(frames)], paints, used)


def heap_mib(page: Page) -> float:
    """The JavaScript heap after a collection."""
    tools = page.context.new_cdp_session(page)
    tools.send("HeapProfiler.collectGarbage")
    tools.send("Performance.enable")
    figures = {one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]}
    tools.detach()
    return figures["JSHeapUsedSize"] / 2**20


def weight(requests: list[Request], kind: str, part: str = "") -> tuple[int, float]:
    """How many files of a kind the page loaded, and how many KiB of body crossed the wire for them.

    Only those with `part` in their address.
    """
    chosen = [request for request in requests if request.resource_type == kind and part in request.url]
    return len(chosen), sum(request.sizes()["responseBodySize"] for request in chosen) / 1024
