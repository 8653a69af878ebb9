"""How the built-in detector is made: `python -m inference.builtin.recipe` (or `make train-harbour`) makes it again.

Needs PyTorch (requirements/train). Draws the ports once, trains from fresh weights, goes on from its
checkpoint after a kill, and writes the ONNX file. `manage.py evaluate` then says how good it is.
"""

import argparse
import logging
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from datasets.harbour import CLASSES, View, draw
from inference.training.loop import Settings, StepLosses, train
from inference.training.network import fresh_network
from inference.training.onnx_file import write_onnx
from inference.training.samples import Example, ViewOptions, Views

FIRST_SEED = 10_000
# How many ports of each size; the sample's and the evaluation's seeds lie elsewhere.
PORTS = {(1280, 960): 50, (1600, 1200): 150, (2400, 1800): 36, (4000, 3000): 22, (6000, 4000): 14}
INPUT_SIZE = (640, 640)
CARD = {
    "author": "ModelShip",
    "licence": "Apache-2.0",
    "description": "YOLOX-Nano for the drawn harbour: ships, boats, cranes, containers, trucks, cars.",
}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage:
    """One training after another: what is looked at, and how."""

    settings: Settings
    options: ViewOptions
    seed: int


# First much and coarse from fresh weights; then larger inputs, aimed at the rare classes, with exact corners;
# last inputs as large as the engine's, in which long ships lie whole.
STAGES = (
    Stage(Settings(steps=3200, batch=16, sides=(256, 320)), ViewOptions(aimed_share=0.0), 1),
    Stage(
        Settings(steps=1100, batch=12, sides=(320, 416), lr=1.5e-3, warmup=30, l1_share=0.3),
        ViewOptions(scales=(0.9, 2.6), mosaic_share=0.0, aimed_share=0.45, least_area=0.55),
        2,
    ),
    Stage(
        Settings(steps=3600, batch=8, sides=(416, 640), lr=1.2e-3, warmup=50, l1_share=0.3),
        ViewOptions(scales=(1.0, 2.4), whole_share=0.15, mosaic_share=0.0, aimed_share=0.45, least_area=0.55),
        3,
    ),
)


@dataclass(frozen=True)
class Ports:
    """Drawn ports in a folder, read through the page cache: together they are some gigabytes."""

    folder: Path
    seeds: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.seeds)

    def picture(self, index: int) -> Example:
        path = self.folder / f"{self.seeds[index]}"
        truth = np.load(path.with_suffix(".npz"))
        return np.load(path.with_suffix(".npy"), mmap_mode="r"), truth["boxes"], truth["class_ids"]


def ports(folder: Path, asked: list[View], *, processes: int) -> Ports:
    """Draw the views that are not in the folder yet."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(processes) as pool:
        for number, _ in enumerate(pool.map(partial(keep_port, folder), asked), 1):
            if number % 20 == 0:
                log.info("%d of %d ports are drawn.", number, len(asked))
    return Ports(folder, tuple(view.seed for view in asked))


def keep_port(folder: Path, view: View) -> None:
    """BGR pixels and the truth; the truth is written last and says that both are there."""
    path = folder / f"{view.seed}"
    if path.with_suffix(".npz").exists():
        return
    scene = draw(view)
    corners = [(thing.x, thing.y, thing.x + thing.w, thing.y + thing.h) for thing in scene.things]
    class_ids = [CLASSES.index(thing.name) for thing in scene.things]
    np.save(path.with_suffix(".npy"), scene.pixels[:, :, ::-1])
    np.savez(
        path.with_suffix(".npz"),
        boxes=np.array(corners, np.float32).reshape(-1, 4),
        class_ids=np.array(class_ids, np.int64),
    )


def views() -> list[View]:
    """All ports of the recipe, from small to large."""
    sizes = [size for size, count in PORTS.items() for _ in range(count)]
    return [View(FIRST_SEED + at, width, height) for at, (width, height) in enumerate(sizes)]


def make(folder: Path, out: Path, *, stages: Sequence[Stage] = STAGES, threads: int, device: str) -> None:
    """Draw, train stage by stage, write. Raises what `train` raises."""
    source = ports(folder, views(), processes=threads)
    network = fresh_network(len(CLASSES))
    for number, stage in enumerate(stages, 1):
        settings = replace(
            stage.settings,
            threads=threads,
            device=device,
            checkpoint=folder / f"checkpoint-{number}.pt",
            resume=True,
        )
        looked = Views(source, seed=stage.seed, options=stage.options)
        network = train(network.requires_grad_(True), looked, settings, on_step=_told).network
    write_onnx(network, out, class_names=CLASSES, input_size=INPUT_SIZE, card=CARD)
    log.info("Wrote %s with %d bytes.", out, out.stat().st_size)


def _told(number: int, seen: StepLosses) -> None:
    if number % 20 == 0:
        log.info("step %d: loss %.3f (boxes %.3f, objects %.3f, classes %.3f)", number, *_parts(seen))


def _parts(seen: StepLosses) -> tuple[float, float, float, float]:
    return seen.total, seen.iou, seen.obj, seen.cls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path("var/training/harbour"), help="ports and checkpoint"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("harbour_nano.onnx"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", choices=["auto", "cpu", "cuda"])
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    make(asked.folder, asked.out, threads=asked.threads, device=asked.device)


if __name__ == "__main__":
    main()
