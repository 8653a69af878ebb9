"""Ingest of camera-sized JPEGs over REST beside decoding alone, and beside hand-written Pillow; and its memory."""

import hashlib
import io
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from PIL.Image import Resampling

from datasets.imaging.inspect import ImageLimits
from datasets.imaging.renditions import examine
from tests.bench.pillow_measures import measured
from tests.bench.processor import peaks_mib, used_by
from tests.bench.report import Options, Table, median, ratio
from tests.live_clients import World

SIZES = {(1280, 960): 24, (4000, 3000): 8}
SIDES = (1024, 256)
LIMITS = ImageLimits()
THREADS = 2
Sender = Callable[[Sequence[Path]], None]
# Makes a tenant that has no picture yet, and gives what uploads to it.
Fresh = Callable[[], Sender]


def sizes(options: Options, photos: list[Path], world: World, fresh: Fresh) -> list[Table]:
    """A table for each size, then one of memory."""
    assert world.server.web is not None
    with tempfile.TemporaryDirectory(prefix="modelship-bench-") as folder:
        tables = []
        for (width, height), count in SIZES.items():
            files = mosaics(photos, Path(folder) / str(width), width, height, count)
            tables.append(_speed(options, files, (width, height), world.server.web.pid, fresh))
        files = mosaics(photos, Path(folder) / "many", *next(iter(SIZES)), 10 * max(SIZES.values()))
        tables.append(_memory(files, world.server.web.pid, fresh))
    return tables


def mosaics(photos: list[Path], folder: Path, width: int, height: int, count: int) -> list[Path]:
    """Files of that size, made of four photos each; no two have equal bytes."""
    folder.mkdir()
    half = (width // 2, height // 2)
    tiles = []
    for path in photos[:8]:
        with Image.open(path) as photo:
            tiles.append(photo.convert("RGB").resize(half))
    made, shot = [], [_mosaic(tiles, first, half) for first in range(4)]
    for number in range(count):
        # Bytes behind the end of a JPEG are no part of the picture.
        made.append(folder / f"{number}.jpg")
        made[-1].write_bytes(shot[number % len(shot)] + number.to_bytes(4, "big"))
    return made


def _mosaic(tiles: list[Image.Image], first: int, half: tuple[int, int]) -> bytes:
    whole = Image.new("RGB", (2 * half[0], 2 * half[1]))
    for at in range(4):
        whole.paste(tiles[(first + at) % len(tiles)], (at % 2 * half[0], at // 2 * half[1]))
    buffer = io.BytesIO()
    whole.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _speed(options: Options, files: list[Path], size: tuple[int, int], server: int, fresh: Fresh) -> Table:
    table = Table(
        f"Ingest of {len(files)} JPEGs of {size[0]} x {size[1]}, {files[0].stat().st_size / 2**20:.1f} MiB each",
        ("way", "pictures/s", "time / decode", "CPU ms a picture", "CPU / decode"),
    )
    senders = [fresh() for _ in range(options.repeats + 1)]
    ways: dict[str, tuple[int, Callable[[], None]]] = {
        f"limit: libjpeg-turbo decodes, {THREADS} threads": (os.getpid(), lambda: _each(files, decode)),
        f"floor: sha256, decode, two encodes, {THREADS} threads": (os.getpid(), lambda: _each(files, floor)),
        f"peer: naive Pillow, {THREADS} threads": (os.getpid(), lambda: _each(files, naive)),
        f"peer: Pillow at a fraction, {THREADS} threads": (os.getpid(), lambda: _each(files, drafted)),
        f"ours: what a child does, {THREADS} threads": (os.getpid(), lambda: _each(files, looked_at)),
        "ours: REST, stored, measured, audited": (server, lambda: senders.pop()(files)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    used: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(options.repeats + 1):
        for name, (pid, work) in ways.items():
            started, before = time.perf_counter(), used_by(pid)
            work()
            if turn:
                seconds[name].append(time.perf_counter() - started)
                used[name].append((used_by(pid) - before) / len(files))
    limit, least = (median(next(iter(taken.values()))) for taken in (seconds, used))
    for name in ways:
        typical, cpu = median(seconds[name]), median(used[name])
        table.add(name, len(files) / typical, ratio(typical, limit), cpu, ratio(cpu, least))
    return table


def _memory(files: list[Path], server: int, fresh: Fresh) -> Table:
    """Peaks only grow: what the last nine tenths of the files add is what memory costs per file."""
    table = Table(
        "Ingest: memory, most at any moment", ("pictures so far", "server MiB", "largest child MiB")
    )
    few, send = len(files) // 10, fresh()
    for part, so_far in ((files[:few], few), (files[few:], len(files))):
        for start in range(0, len(part), few):
            send(part[start : start + few])
        peaks = peaks_mib(server)
        table.add(so_far, peaks.pop(server), max(peaks.values()))
    return table


def _each(files: list[Path], work: Callable[[Path], object]) -> None:
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(work, files))


def decode(path: Path) -> np.ndarray:
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


def floor(path: Path) -> None:
    hashlib.sha256(path.read_bytes()).hexdigest()
    picture = decode(path)
    for side in SIDES:
        scale = side / max(picture.shape)
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])


def looked_at(path: Path) -> None:
    """Facts, measures and thumbnails; the files that are written are no more than the memory of a folder."""
    data = path.read_bytes()
    hashlib.sha256(data).hexdigest()
    with tempfile.TemporaryDirectory(prefix="modelship-bench-") as folder:
        examine(str(path), "JPEG", LIMITS, folder, SIDES)


def naive(path: Path) -> None:
    """As it is usually written: everything from the whole picture."""
    data = path.read_bytes()
    hashlib.sha256(data).hexdigest()
    Image.open(io.BytesIO(data)).verify()
    picture = Image.open(io.BytesIO(data))
    picture.getexif()
    whole = picture.convert("RGB")
    for side in SIDES:
        small = whole.copy()
        small.thumbnail((side, side), Resampling.LANCZOS, reducing_gap=None)
        small.save(io.BytesIO(), "JPEG", quality=85)
    measured(whole)


def drafted(path: Path) -> None:
    """As it is written by those who know Pillow: decoded at a fraction, each thumbnail from the one before."""
    data = path.read_bytes()
    hashlib.sha256(data).hexdigest()
    picture = Image.open(io.BytesIO(data))
    picture.getexif()
    picture.draft("RGB", (SIDES[0], SIDES[0]))
    small = picture.convert("RGB")
    for side in SIDES:
        small.thumbnail((side, side))
        small.save(io.BytesIO(), "JPEG", quality=85)
    measured(small)
