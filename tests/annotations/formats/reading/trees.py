"""Files in memory, read; and exports, written and read back."""

import io
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from annotations.formats import format_named
from annotations.formats.reading import ReadImage, Reading, read
from annotations.formats.records import ExportDataset, ExportImage
from annotations.formats.writing import Document, Extras
from tests.annotations.formats.samples import QUAY, members, written


class MemoryTree:
    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self._files = {name: data.encode() if isinstance(data, str) else data for name, data in files.items()}
        self.names = list(self._files)

    def size(self, name: str) -> int:
        return len(self._files[name])

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self._files[name])


def readings(
    files: Mapping[str, bytes | str], format_name: str | None = None, size: tuple[int, int] | None = None
) -> tuple[list[ReadImage], Reading]:
    """Everything that is in the files; pictures are of `size` if it is given."""
    reading = read(MemoryTree(files), format_name, (lambda name: size) if size else None)
    return list(reading.images()), reading


def codes(reading: Reading, severity: str = "error") -> set[str]:
    return {finding.code for finding in reading.findings if finding.severity == severity}


def exported(
    name: str, images: Iterable[ExportImage], dataset: ExportDataset = QUAY, extras: Extras | None = None
) -> dict[str, bytes]:
    """The files of an export; a lone document under the name that it has in an archive."""
    data, _ = written(name, images, dataset=dataset, extras=extras)
    part = format_named(name).parts[0]
    if data.startswith(b"PK"):
        return members(data)
    assert isinstance(part, Document)
    return {part.member: data}


def carried(
    name: str, images: Iterable[ExportImage], dataset: ExportDataset = QUAY, extras: Extras | None = None
) -> tuple[list[ReadImage], Reading]:
    """What comes back of an export, where the importer knows how large the pictures are."""
    images = list(images)
    sizes: dict[str, Any] = {}
    for image in images:
        stem = image.filename.rpartition(".")[0]
        sizes |= dict.fromkeys((image.filename, stem), (image.width, image.height))
    reading = read(MemoryTree(exported(name, images, dataset, extras)), size_of=sizes.get)
    return list(reading.images()), reading
