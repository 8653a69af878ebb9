"""A trial of a detector on drawn ports whose truth is exact: whole pictures against slices."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from datasets.harbour import CLASSES, View, draw
from inference.detection import Detection, Found
from inference.evaluation import Boxes, Comparison
from inference.models import DetectorModel
from inference.options import DetectOptions

# Ports that neither the training nor the sample has seen begin here.
FIRST_SEED = 50_000
SIZES = ((1280, 960), (2000, 1500), (3000, 2250), (4000, 3000), (6000, 4000))
# How many in fifty are of each size.
SHARES = (14, 12, 10, 8, 6)


@dataclass(frozen=True)
class Trial:
    """What one port gave: its truth, and what the detector found with each way of looking."""

    view: View
    truth: Boxes
    found: tuple[Boxes, ...]


def views(count: int, first_seed: int = FIRST_SEED) -> list[View]:
    """As many views in the mixture of sizes, the same for the same numbers."""
    mixture = [size for size, share in zip(SIZES, SHARES, strict=True) for _ in range(share)]
    chosen = [mixture[at * len(mixture) // count % len(mixture)] for at in range(count)]
    return [View(first_seed + at, width, height) for at, (width, height) in enumerate(chosen)]


def trials(
    model: DetectorModel, asked: Sequence[View], looks: Sequence[DetectOptions], *, lanes: int
) -> Iterator[Trial]:
    """Draw each view and look at it in every way, `lanes` at a time, in their order.

    Raises what `Detection.look` raises.
    """
    with (
        TemporaryDirectory(prefix="trial-") as folder,
        Detection(model, lanes=lanes) as detection,
        ThreadPoolExecutor(lanes) as threads,
    ):
        yield from threads.map(lambda view: _tried(detection, view, looks, Path(folder)), asked)


def compared(tried: Sequence[Trial], look: int) -> Comparison:
    """One way of looking, over all ports."""
    return Comparison([row.truth for row in tried], [row.found[look] for row in tried], CLASSES)


def _tried(detection: Detection, view: View, looks: Sequence[DetectOptions], folder: Path) -> Trial:
    scene = draw(view)
    path = folder / f"{view.seed}.jpg"
    path.write_bytes(scene.jpeg())
    corners = [(thing.x, thing.y, thing.x + thing.w, thing.y + thing.h) for thing in scene.things]
    truth = Boxes(np.array(corners).reshape(-1, 4), _ids(thing.name for thing in scene.things))
    found = tuple(_boxes(detection.look(path, look).found) for look in looks)
    path.unlink()
    return Trial(view, truth, found)


def _boxes(found: Sequence[Found]) -> Boxes:
    """What was found of the harbour's classes; other names can't be right here."""
    known = [one for one in found if one.class_name in CLASSES]
    corners = [(one.x, one.y, one.x + one.w, one.y + one.h) for one in known]
    sure = np.array([one.score for one in known])
    return Boxes(np.array(corners).reshape(-1, 4), _ids(one.class_name for one in known), sure)


def _ids(names: Iterable[str]) -> np.ndarray:
    return np.array([CLASSES.index(name) for name in names], np.int64)
