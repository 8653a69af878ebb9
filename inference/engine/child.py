"""The engine behind a process boundary: arguments and results are plain values that pickle.

Models and pictures are other people's files, so these functions run in a limited child process. An
opened model stays open between calls of the same child.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from inference.engine.classifying import PictureClassifier, open_classifier
from inference.engine.detections import Detections
from inference.engine.detector import Detector, TileSeen, Way, open_detector
from inference.engine.embedder import open_embedder
from inference.engine.errors import ModelRefused
from inference.engine.graph import is_ours, read_model
from inference.engine.inspection import inspect_model
from inference.engine.letterbox import Picture
from inference.engine.providers import CPU
from inference.engine.reading import MAX_PIXELS, read_image
from inference.engine.selftest import prove
from inference.engine.slicing import Slicing
from inference.engine.spec import CLASSIFY, DEFAULT_CONFIDENCE, DEFAULT_IOU, EMBED, ModelSpec

OPEN_MODELS = 2
Key = tuple[str, int, int, ModelSpec, int, str]
Opened = TypeVar("Opened", Detector, PictureClassifier)

_opened: OrderedDict[Key, Detector | PictureClassifier] = OrderedDict()


class Line(Protocol):
    """How a caller hears of parts before the answer, and says that it wants no more of them."""

    def tell(self, part: Any) -> None: ...

    def is_stopped(self) -> bool: ...


@dataclass(frozen=True)
class Options:
    """Settings of one call; `slicing` as in Slicing.from_dict, `region` = x, y, width, height to look at.

    `thresholds` are confidences of single classes by their names; `spares` asks for the leftovers of the same pass.
    `provider` is what the model shall run on, as in `providers.KNOWN`.
    """

    confidence: float = DEFAULT_CONFIDENCE
    iou: float = DEFAULT_IOU
    thresholds: dict[str, float] | None = None
    slicing: dict[str, Any] | None = None
    region: tuple[int, int, int, int] | None = None
    spares: bool = False
    sessions: int = 1
    provider: str = CPU
    max_pixels: int = MAX_PIXELS

    @classmethod
    def read(cls, values: dict[str, Any]) -> Options:
        unknown = sorted(set(values) - {field.name for field in fields(cls)})
        if unknown:
            raise ValueError(f"Detection has no setting called {', '.join(unknown)}.")
        return cls(**values)

    def by_number(self, known: ModelSpec) -> dict[int, float]:
        """Thresholds by class numbers; a name that the model has twice counts for both."""
        named = self.thresholds or {}
        return {number: named[name] for number, name in enumerate(known.class_names) if name in named}


def inspect_file(path: str) -> dict[str, Any]:
    """`ModelSpec.to_dict` of a model file; raises ModelRefused."""
    return inspect_model(path).to_dict()


def is_trainable_file(path: str) -> bool:
    """Whether training wrote the file, so that it can go on from it; raises ModelRefused."""
    return is_ours(read_model(path))


def try_model(model_path: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Load the model and run it once on a grey picture: how many boxes or classes, or how long a vector, it answered.

    Raises ModelRefused.
    """
    known = ModelSpec.from_dict(spec)
    width, height = known.input_size
    grey = np.full((height, width, 3), known.pad_value, np.uint8)
    if known.task == EMBED:
        return {"length": len(open_embedder(model_path, known).embed(grey))}
    if known.task == CLASSIFY:
        return {"classes": len(_classifier(model_path, known).classify(grey))}
    return {"boxes": len(_detector(model_path, known).detect(grey))}


def prove_model(
    model_path: str, spec: dict[str, Any], photo_path: str | None, fixed: list[str], max_pixels: int
) -> dict[str, Any]:
    """The self-test of a detector, on a photo or on the reference picture: `Proof.to_dict` and the `spec` to use.

    Raises ModelRefused and ImageRefused.
    """
    photo = None if photo_path is None else read_image(photo_path, max_pixels=max_pixels)
    proof = prove(model_path, ModelSpec.from_dict(spec), photo=photo, fixed=fixed)
    return {"spec": proof.spec.to_dict(), **proof.to_dict()}


def detect_file(
    model_path: str,
    spec: dict[str, Any],
    image_path: str,
    options: dict[str, Any],
    *,
    line: Line | None = None,
) -> dict[str, Any]:
    """Detect in an image file, best box first, in pixels of the upright picture.

    Answers `{"width", "height", "shape", "boxes": [[x1, y1, x2, y2]], "scores", "class_ids", "class_names",
    "slices": [[x, y, w, h] or None], "leftovers": {the same lists}, "looked", "tiles"}`; `shape` is "tag" where a
    classifier looked, whose boxes are the picture; `looked` of `tiles` were looked at, fewer than all where `line`
    was stopped. The line hears of every tile: `{"done", "total", "tile": [x, y, w, h], and the same lists}`, boxes
    not yet joined. Raises ModelRefused, ImageRefused, SlicingRefused or ValueError.
    """
    chosen, known = Options.read(options), ModelSpec.from_dict(spec)
    slicing = None if chosen.slicing is None else Slicing.from_dict(chosen.slicing)
    picture = read_image(image_path, max_pixels=chosen.max_pixels)
    height, width = picture.shape[:2]
    if known.task == CLASSIFY:
        shares = _classifier(model_path, known, chosen.provider).classify(picture)
        told = {"width": width, "height": height, "shape": "tag", "looked": 1, "tiles": 1}
        return told | _tagged(shares, chosen, known, width, height)
    detector = _detector(model_path, known, chosen.sessions, chosen.provider)
    x, y, part = _part(picture, chosen.region)
    names = detector.spec.class_names

    def on_tile(seen: TileSeen) -> None:
        if line:
            left, top, across, down = seen.tile
            found = _plain(seen.found.clipped(*part.shape[1::-1]).moved(x, y), names)
            told = {"done": seen.done, "total": seen.total, "tile": [left + x, top + y, across, down]}
            line.tell(told | found)

    way = Way(chosen.confidence, chosen.iou, slicing, chosen.spares, chosen.by_number(known))
    sight = detector.see(part, way, on_tile=on_tile, should_stop=line.is_stopped if line else None)
    leftovers = _plain(sight.leftovers.moved(x, y), names)
    kept = _plain(sight.kept.moved(x, y), names)
    told = {"width": width, "height": height, "shape": "box", "leftovers": leftovers}
    return told | {"looked": sight.looked, "tiles": sight.tiles} | kept


def _part(picture: Picture, region: tuple[int, int, int, int] | None) -> tuple[int, int, Picture]:
    """The region's corner and pixels, cut at the picture's edge."""
    if region is None:
        return 0, 0, picture
    height, width = picture.shape[:2]
    x, y, across, down = region
    left, top, right, bottom = max(0, x), max(0, y), min(width, x + across), min(height, y + down)
    if left >= right or top >= bottom:
        raise ValueError("The region lies outside of the picture. Choose one inside.")
    return left, top, picture[top:bottom, left:right]


def _tagged(
    shares: npt.NDArray[np.float64], chosen: Options, known: ModelSpec, width: int, height: int
) -> dict[str, Any]:
    """The likeliest class where it is likely enough, as a box around the whole picture."""
    best = int(shares.argmax())
    rows = [best] if shares[best] >= chosen.by_number(known).get(best, chosen.confidence) else []
    whole = [[0, 0, width, height]] * len(rows)
    found = Detections.of(whole, shares[rows], rows)
    return _plain(found, known.class_names) | {"leftovers": _plain(Detections.empty(), known.class_names)}


def _plain(found: Detections, class_names: tuple[str, ...]) -> dict[str, Any]:
    class_ids = found.class_ids.tolist()
    return {
        "boxes": found.boxes.tolist(),
        "scores": found.scores.tolist(),
        "class_ids": class_ids,
        "class_names": [class_names[number] for number in class_ids],
        "slices": [found.tile_of(row) for row in range(len(found))],
    }


def _detector(model_path: str, spec: ModelSpec, sessions: int = 1, provider: str = CPU) -> Detector:
    """The open detector of this very file, opened on first use."""
    key = _key(model_path, spec, sessions, provider)
    found = _opened.pop(key, None)
    if not isinstance(found, Detector):
        found = open_detector(model_path, spec, sessions=sessions, provider=provider)
    return _kept(key, found)


def _classifier(model_path: str, spec: ModelSpec, provider: str = CPU) -> PictureClassifier:
    key = _key(model_path, spec, 1, provider)
    found = _opened.pop(key, None)
    if not isinstance(found, PictureClassifier):
        found = open_classifier(model_path, spec, provider=provider)
    return _kept(key, found)


def _kept(key: Key, opened: Opened) -> Opened:
    """Keeps it open for the next call; the one unused for longest makes room."""
    _opened[key] = opened
    while len(_opened) > OPEN_MODELS:
        _, oldest = _opened.popitem(last=False)
        if isinstance(oldest, Detector):
            oldest.close()
    return opened


def _key(model_path: str, spec: ModelSpec, sessions: int, provider: str) -> Key:
    try:
        state = Path(model_path).stat()
    except OSError as error:
        raise ModelRefused("unreadable", "The model file cannot be read. Install the model again.") from error
    return model_path, state.st_mtime_ns, state.st_size, spec, sessions, provider
