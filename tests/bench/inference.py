"""Detection of real photos: ours beside the model alone and beside SAHI, in turns in one process."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from sahi.predict import get_sliced_prediction

from inference.engine.detector import Detector, open_detector
from inference.engine.heads import head_named
from inference.engine.inspection import inspect_model
from inference.engine.letterbox import Picture, Tensor, to_tensor
from inference.engine.reading import read_image
from inference.engine.slicing import Slicing
from inference.engine.suppression import suppress
from tests.bench import labelling
from tests.bench.report import Options, Table, Took, median, ratio, shared
from tests.inference.engine.sahi_oracle import OnnxModel, sahi_detect

CONFIDENCE, IOU = 0.3, 0.45
CELL = (500, 375)
# Width and height of the mosaics, and the slices that they are cut into.
SIZES, LARGE_SIZES = ((4000, 3000),), ((4000, 3000), (8000, 6000))
SLICES = (640, 416)
# The pictures of a labelling job as cameras make them, where many are asked for.
MANY, SHOT = 500, (1280, 960)
# How a labelling job cuts them, and of how many the limits are taken then: all their slices would not fit into memory.
CUT, SOME = Slicing(width=416, height=416, overlap=0.2), 20
SESSIONS = 2


def run(options: Options) -> list[Table]:
    model, folder = shared("models/yolox_nano.onnx"), shared("coco_val2017/images")
    spec = inspect_model(model)
    photos = [read(path) for path in sorted(folder.glob("*.jpg"))]
    with (
        open_detector(model, spec, sessions=SESSIONS) as ours,
        open_detector(model, spec, sessions=1, threads=0) as default,
    ):
        tables = [whole(ours, default, photos, options.repeats)]
        for size in LARGE_SIZES if options.large else SIZES:
            tables.append(sliced(ours, default, mosaic(photos, *size), options.repeats))
        stored = sorted(folder.glob("*.jpg"))
        with TemporaryDirectory(prefix="bench-shots-") as shots:
            if options.large:
                stored = shots_of(photos, Path(shots))
            ways = {slicing: limits_of(ours, stored, options.repeats, slicing) for slicing in (None, CUT)}
            tables += labelling.measured(model, stored, ways)
    return tables


def shots_of(photos: list[Picture], folder: Path) -> list[Path]:
    """MANY pictures of the size of SHOT, no two alike: each photo enlarged, and mirrored, and moved a little further."""
    for number in range(MANY):
        photo = cv2.resize(photos[number % len(photos)], SHOT, interpolation=cv2.INTER_CUBIC)
        turned = cv2.flip(photo, 1) if number // len(photos) % 2 else photo
        cv2.imwrite(str(folder / f"{number:03}.jpg"), np.roll(turned, 16 * (number // len(photos)), axis=1))
    return sorted(folder.glob("*.jpg"))


def whole(ours: Detector, default: Detector, photos: list[Picture], repeats: int) -> Table:
    """Every photo at once, already decoded."""
    tensors = [to_tensor(photo, ours.spec)[0] for photo in photos]
    boxes = {"ours": 0, "plain": 0}

    def detect_all() -> None:
        with ThreadPoolExecutor(SESSIONS) as threads:
            found = threads.map(lambda photo: ours.detect(photo, confidence=CONFIDENCE, iou=IOU), photos)
            boxes["ours"] = sum(len(one) for one in found)

    def plain() -> None:
        boxes["plain"] = sum(plainly(default, photo) for photo in photos)

    limit, mine, serial = in_turns(repeats, lambda: bare_runs(ours, tensors), detect_all, plain)
    table = Table(
        f"Detection in whole photos: yolox_nano, {len(photos)} decoded COCO photos",
        ("way", "photos/s", "time / limit", "CPU ms a photo", "CPU / limit", "boxes"),
    )
    for name, took, found in (
        (f"limit: session.run alone, {SESSIONS} sessions x 1 thread", limit, None),
        ("ModelShip", mine, boxes["ours"]),
        ("one after the other, default session", serial, boxes["plain"]),
    ):
        count, cpu = len(photos), took.cpu * 1000 / len(photos)
        speed = count / took.wall
        table.add(name, speed, ratio(took.wall, limit.wall), cpu, ratio(took.cpu, limit.cpu), found)
    return table


def limits_of(detector: Detector, stored: list[Path], repeats: int, slicing: Slicing | None) -> list[Took]:
    """Of the model's own work on the pictures, and of the least that has to be done for each: read, fit and run."""
    part = stored if slicing is None else stored[:: max(1, len(stored) // SOME)]
    tensors = [tensor for path in part for tensor in looks_at(detector, read(path), slicing)]

    def least() -> None:
        with ThreadPoolExecutor(SESSIONS) as threads:
            list(threads.map(partial(read_and_run, detector, slicing), part))

    share = len(stored) / len(part)
    taken = in_turns(repeats, partial(bare_runs, detector, tensors), least)
    return [Took(took.wall * share, took.cpu * share) for took in taken]


def read_and_run(detector: Detector, slicing: Slicing | None, path: Path) -> None:
    for tensor in looks_at(detector, read_image(path), slicing):
        detector._sessions.run(tensor)


def sliced(ours: Detector, default: Detector, picture: Picture, repeats: int) -> Table:
    height, width = picture.shape[:2]
    table = Table(
        f"Sliced detection: yolox_nano, {width}x{height} mosaic of COCO photos, overlap 0.2, decoded",
        ("slice", "way", "seconds", "time / limit", "time / ours", "CPU s", "CPU / limit", "boxes"),
    )  # fmt: skip
    for side in SLICES:
        slicing = Slicing(width=side, height=side, overlap=0.2)
        tensors = looks_at(ours, picture, slicing)
        counts: dict[str, int] = {}

        def mine(slicing: Slicing = slicing, counts: dict[str, int] = counts) -> None:
            found = ours.detect(picture, confidence=CONFIDENCE, iou=IOU, slicing=slicing)
            counts["ours"] = len(found)

        def tuned(slicing: Slicing = slicing, counts: dict[str, int] = counts) -> None:
            counts["tuned"] = tuned_sahi(ours, picture, slicing)

        def theirs(slicing: Slicing = slicing, counts: dict[str, int] = counts) -> None:
            found = sahi_detect(default, picture, slicing, confidence=CONFIDENCE, iou=IOU)
            counts["sahi"] = len(found)

        limit, own, plain, best = in_turns(repeats, partial(bare_runs, ours, tensors), mine, theirs, tuned)
        for name, took, found in (
            (f"limit: {len(tensors)} x session.run", limit, None),
            ("ModelShip", own, counts["ours"]),
            (f"SAHI, {SESSIONS} sessions x 1 thread", best, counts["tuned"]),
            ("SAHI, default session", plain, counts["sahi"]),
        ):
            table.add(
                str(side), name, took.wall, ratio(took.wall, limit.wall), ratio(took.wall, own.wall),
                took.cpu, ratio(took.cpu, limit.cpu), found,
            )  # fmt: skip
    table.notes.append(
        f"Limit: session.run alone on tensors made before, {SESSIONS} sessions x 1 thread. SAHI is "
        "get_sliced_prediction with our letterbox and head as its model, once with its slices one by one in a "
        f"session of onnxruntime's defaults, once with all slices as one batch spread over the same {SESSIONS} sessions."
    )
    return table


class TunedModel(OnnxModel):
    """SAHI's model with the slices of a batch spread over our sessions: what its design allows at best."""

    seen: list[list[tuple]] | None = None

    def perform_batch_inference(self, images: list[Picture]) -> None:
        with ThreadPoolExecutor(SESSIONS) as threads:
            self.seen = list(threads.map(self._look, images))

    def _look(self, image: Picture) -> list[tuple]:
        alone = OnnxModel(self.detector, iou=self.iou, confidence_threshold=self.confidence_threshold)
        alone.perform_inference(image)
        return alone._original_predictions

    def convert_original_predictions(self, shift_amount: Any = None, full_shape: Any = None) -> None:
        seen, self.seen = self.seen, None
        if seen is None:
            super().convert_original_predictions(shift_amount, full_shape)
            return
        lists: list[list] = []
        for found, shift, shape in zip(seen, shift_amount, full_shape, strict=True):
            self._original_predictions = found
            self._create_object_prediction_list_from_original_predictions([shift], [shape])
            lists += self._object_prediction_list_per_image or []
        self._object_prediction_list_per_image = lists


def tuned_sahi(detector: Detector, picture: Picture, slicing: Slicing) -> int:
    """The number of boxes that SAHI finds with all slices in one batch of the tuned model."""
    found = get_sliced_prediction(
        picture,
        TunedModel(detector, iou=IOU, confidence_threshold=CONFIDENCE),
        slice_height=slicing.height,
        slice_width=slicing.width,
        overlap_height_ratio=slicing.overlap,
        overlap_width_ratio=slicing.overlap,
        postprocess_type="GREEDYNMM",
        postprocess_match_metric=slicing.metric.upper(),
        postprocess_match_threshold=slicing.threshold,
        batch_size=1_000_000,
        verbose=0,
    )
    return len(found.object_prediction_list)


def plainly(detector: Detector, photo: Picture) -> int:
    """The number of boxes in one photo, as a first script would find them."""
    spec = detector.spec
    raw = detector._sessions.run(to_tensor(photo, spec)[0])
    return len(suppress(head_named(spec.head).decode(raw, spec, CONFIDENCE), IOU))


def bare_runs(detector: Detector, tensors: Sequence[Tensor]) -> None:
    """The model's own work on tensors that are there already."""
    with ThreadPoolExecutor(SESSIONS) as threads:
        list(threads.map(detector._sessions.run, tensors))


def looks_at(detector: Detector, picture: Picture, slicing: Slicing | None) -> list[Tensor]:
    """What the model sees of a picture: the whole, and before it every tile where it is sliced."""
    height, width = picture.shape[:2]
    tiles = [*(slicing.tiles(width, height) if slicing else ()), (0, 0, width, height)]
    parts = [picture[y : y + height, x : x + width] for x, y, width, height in tiles]
    return [to_tensor(part, detector.spec)[0] for part in parts]


def mosaic(photos: Sequence[Picture], width: int, height: int) -> Picture:
    """A large picture of the photos side by side, so that it is full of real objects."""
    across, down = CELL
    small = [cv2.resize(photo, CELL, interpolation=cv2.INTER_AREA) for photo in photos]
    picture = np.zeros((height, width, 3), np.uint8)
    for at, (y, x) in enumerate((y, x) for y in range(0, height, down) for x in range(0, width, across)):
        picture[y : y + down, x : x + across] = small[at % len(small)]
    return picture


def read(path: Path) -> Picture:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert picture is not None, path
    return picture.astype(np.uint8, copy=False)


def in_turns(repeats: int, *works: Callable[[], object]) -> list[Took]:
    """Medians of each, after a warm-up, measured in turns so that other load hits all alike."""
    times: list[list[tuple[float, float]]] = [[] for _ in works]
    for turn in range(repeats + 1):
        for work, taken in zip(works, times, strict=True):
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            if turn:
                taken.append((time.perf_counter() - wall, time.process_time() - cpu))
    return [Took(*(median(column) for column in zip(*taken, strict=True))) for taken in times]
