"""Records for format tests, and the shortest way from records to bytes."""

import contextlib
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from annotations.formats import format_named
from annotations.formats.desk import Desk
from annotations.formats.records import ExportBox, ExportClass, ExportDataset, ExportImage, Tally
from annotations.formats.writing import Extras

BOAT = ExportClass(UUID(int=1), "boat", "#0072b2", "1")
CRANE = ExportClass(UUID(int=2), 'crane: "big"', "#d55e00")
ALICE = UUID(int=100)
QUAY = ExportDataset(UUID(int=50), "North quay", (BOAT, CRANE), people={ALICE: "Alice"})
PICTURE, PREVIEW = b"picture of ", b"preview of "


def box(number: int = 1, **fields: Any) -> ExportBox:
    values = {
        "id": UUID(int=1000 + number),
        "class_id": BOAT.id,
        "shape": "box",
        "x": 10.0,
        "y": 20.0,
        "w": 30.0,
        "h": 40.0,
    }
    return ExportBox(**{**values, **fields})


def image(number: int = 1, filename: str = "", boxes: Iterable[ExportBox] = (), **fields: Any) -> ExportImage:
    name = filename or f"{number}.jpg"
    values = {
        "extension": ".jpg",
        "sha256": f"{number:064x}",
        "width": 200,
        "height": 100,
        "state": "approved",
    }
    return ExportImage(UUID(int=number), name, **{**values, **fields}, boxes=tuple(boxes))


class FakeFiles:
    """Bytes that say which image they are of; images named in `lost` have none."""

    def __init__(self, lost: frozenset[str] = frozenset()) -> None:
        self.lost = lost

    def picture(self, image: ExportImage) -> Any:
        data = None if image.filename in self.lost else io.BytesIO(PICTURE + image.filename.encode())
        return contextlib.nullcontext(data)

    def preview(self, image: ExportImage) -> bytes | None:
        return None if image.filename in self.lost else PREVIEW + image.filename.encode()


def written(
    name: str, images: Iterable[ExportImage], *, dataset: ExportDataset = QUAY, extras: Extras | None = None
) -> tuple[bytes, Tally]:
    with tempfile.TemporaryDirectory() as folder, Desk(Path(folder)) as desk:
        tally = format_named(name).write(dataset, images, desk, extras)
        return desk.result.read_bytes(), tally


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(set(archive.namelist()))
        return {name: archive.read(name) for name in archive.namelist()}


def parsed(data: bytes) -> Any:
    return json.loads(data)
