"""`python -m inference.training.run FOLDER`: one training in a process of its own, told line by line.

The folder holds `task.json`, the base model and the pictures; what comes of it is written there: a
checkpoint to go on from after a kill, `model.onnx`, and `result.json`, whose presence says that all is done.
Every line on the standard output is one JSON object: a step, a phase, the result or an error. The process
ends when its standard input is closed, so it does not outlive whoever started it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from inference.engine.errors import EngineRefusal
from inference.engine.reading import read_image
from inference.training.loop import NotLearning, Settings, StepLosses, Trained, train
from inference.training.measuring import Measure, measured
from inference.training.network import YoloxNano
from inference.training.onnx_file import read_onnx, write_onnx
from inference.training.samples import Example, Views

Say = Callable[[dict[str, Any]], None]

BATCH, LEARNING_RATE, CHECKPOINT_EVERY = 16, 1e-3, 50
# Views are windows at their own scales, so they may be smaller than the model's input, and quicker to learn from.
LARGEST_SIDE = 416
# Decoded pictures that are kept between views.
CACHE_BYTES = 1 << 30
ORPHANED, REFUSED = 3, 4


class Pictures:
    """The pictures of a task as a source of examples; those that fit stay decoded."""

    def __init__(self, folder: Path, pictures: list[dict[str, Any]]) -> None:
        self.folder = folder
        self.pictures = pictures
        self._decoded: dict[int, np.ndarray] = {}
        self._left = CACHE_BYTES

    def __len__(self) -> int:
        return len(self.pictures)

    def picture(self, index: int) -> Example:
        told = self.pictures[index]
        boxes = np.asarray(told["boxes"], np.float32).reshape(-1, 4)
        return self.pixels(index), boxes, np.asarray(told["class_ids"], np.int64)

    def pixels(self, index: int) -> np.ndarray:
        if index in self._decoded:
            return self._decoded[index]
        pixels = read_image(self.folder / self.pictures[index]["file"], max_pixels=sys.maxsize)
        if pixels.nbytes <= self._left:
            self._left -= pixels.nbytes
            self._decoded[index] = pixels
        return pixels


def main(folder: Path, say: Say) -> int:
    """Train, export, measure; returns the exit status."""
    task = json.loads((folder / "task.json").read_text())
    try:
        work(folder, task, say)
        say({"result": "result.json"})
    except NotLearning as error:
        say(
            {
                "error": {
                    "code": "not_learning",
                    "detail": f"{error} Start again with fewer steps or other data.",
                }
            }
        )
        return REFUSED
    except EngineRefusal as refusal:
        say({"error": {"code": refusal.code, "detail": refusal.detail}})
        return REFUSED
    return 0


def work(folder: Path, task: dict[str, Any], say: Say) -> None:
    """From the task to `result.json`, which holds every step again: who listened may have missed some."""
    names = task["class_names"]
    say({"phase": "loading", "message": "Loading the base model and the pictures."})
    network, _ = read_onnx(folder / task["base"], class_names=names)
    if task["options"]["freeze_backbone"]:
        network.backbone.requires_grad_(False)
    trained, seconds = learnt(network, folder, task, say)
    write_onnx(
        trained.network,
        folder / "model.onnx",
        class_names=names,
        input_size=tuple(task["input_size"]),
        card=task["card"],
    )
    held_out = Pictures(folder, [one for one in task["pictures"] if one["split"] == "val"])
    measure = Measure(held_out, names, threads=task["options"]["threads"])
    before = measured(measure, folder / task["base"], "before", say)
    after = measured(measure, folder / "model.onnx", "after", say)
    result = {
        "model": "model.onnx",
        "device": "cuda" if next(network.parameters()).is_cuda else "cpu",
        "steps": [told(seen) for seen in trained.history],
        "training_seconds": round(seconds, 1),
        "metrics": {"before": before, "after": after, "pictures": len(held_out)},
    }
    written = folder / "result.json.part"
    written.write_text(json.dumps(result))
    written.replace(folder / "result.json")


def told(seen: StepLosses) -> dict[str, Any]:
    """A step as an event; the first is step 1."""
    parts = {"boxes": seen.iou, "objects": seen.obj, "classes": seen.cls}
    return {"step": seen.step + 1, "total": seen.total, "losses": parts, "lr": seen.lr}


def learnt(network: YoloxNano, folder: Path, task: dict[str, Any], say: Say) -> tuple[Trained, float]:
    """Train to the end, from the checkpoint where there is one.

    Also returns the seconds that all steps take at the pace of those that this process made.
    """
    source = Pictures(folder, [one for one in task["pictures"] if one["split"] == "train"])

    made = 0

    def on_step(number: int, seen: StepLosses) -> None:
        nonlocal made
        made += 1
        say(told(seen))

    say({"phase": "training", "message": f"Training on {len(source)} pictures."})
    began = time.monotonic()
    views = Views(source, seed=task["options"]["seed"])
    trained = train(network, views, settings_of(task, folder), on_step=on_step)
    seconds = time.monotonic() - began
    return trained, seconds * len(trained.history) / made if made else seconds


def settings_of(task: dict[str, Any], folder: Path) -> Settings:
    options, side = task["options"], min(LARGEST_SIDE, max(task["input_size"]))
    return Settings(
        steps=options["steps"],
        batch=BATCH,
        sides=tuple(sorted({max(32, round(side * share / 32) * 32) for share in (0.77, 1.0)})),
        lr=LEARNING_RATE,
        warmup=min(200, max(1, options["steps"] // 10)),
        seed=options["seed"],
        threads=options["threads"],
        device=options["device"],
        checkpoint=folder / "checkpoint",
        checkpoint_every=CHECKPOINT_EVERY,
        resume=True,
    )


def teller() -> Say:
    """Writes events to what was the standard output; whatever else is printed goes to the errors."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(event: dict[str, Any]) -> None:
        out.write(json.dumps(event) + "\n")
        out.flush()

    return say


def end_with_parent() -> None:
    """Read the standard input to its end: nobody writes to it, so the end is that of whoever holds it."""
    sys.stdin.buffer.read()
    os._exit(ORPHANED)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    torch.manual_seed(0)
    sys.exit(main(Path(sys.argv[1]), teller()))
