"""A trial of a detector on drawn ports whose truth is exact: whole pictures against slices."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from datasets.harbour import CLASSES, View, draw
from inference.detection import Detection, Found
from inference.models import DetectorModel
from inference.options import DetectOptions
from inference.scoring import Picture, Precisions, Spot

# Ports that neither the training nor the sample has seen begin here.
FIRST_SEED = 50_000
SIZES = ((1280, 960), (2000, 1500), (3000, 2250), (4000, 3000), (6000, 4000))
# How many in fifty are of each size.
SHARES = (14, 12, 10, 8, 6)


@dataclass(frozen=True)
class Trial:
    """What one port gave: its truth, and what the detector found with each way of looking."""

    view: View
    truth: list[Spot]
    found: tuple[list[Spot], ...]


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


def compared(tried: Sequence[Trial], look: int) -> Precisions:
    """One way of looking, over all ports."""
    return Precisions([Picture(row.truth, row.found[look]) for row in tried], len(CLASSES))


def _tried(detection: Detection, view: View, looks: Sequence[DetectOptions], folder: Path) -> Trial:
    scene = draw(view)
    path = folder / f"{view.seed}.jpg"
    path.write_bytes(scene.jpeg())
    kinds = {name: kind for kind, name in enumerate(CLASSES)}
    truth = [Spot(kinds[thing.name], thing.x, thing.y, thing.w, thing.h) for thing in scene.things]
    found = tuple(_spots(detection.look(path, look).found, kinds) for look in looks)
    path.unlink()
    return Trial(view, truth, found)


def _spots(found: Sequence[Found], kinds: Mapping[str, int]) -> list[Spot]:
    """What was found of the harbour's classes; other names can't be right here."""
    known = [one for one in found if one.class_name in kinds]
    return [Spot(kinds[one.class_name], one.x, one.y, one.w, one.h, one.score) for one in known]
