"""Our own JSON: every box with every field, in a stable order, nothing rounded or left out."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson

from annotations.formats.desk import Desk
from annotations.formats.records import ExportDataset, ExportImage
from annotations.formats.writing import Document, FileKind, NamedImage


def head_of(dataset: ExportDataset) -> dict[str, Any]:
    return {
        "dataset": dataset.name,
        "version": dataset.version,
        "classes": [known.wire() for known in dataset.classes],
    }


def row_of(image: ExportImage, people: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        "filename": image.filename,
        "sha256": image.sha256,
        "width": image.width,
        "height": image.height,
        "state": image.state,
        "split": image.split,
        **image.placed(),
        "boxes": [box.wire(people) for box in image.boxes],
    }


class JsonLabels:
    def __init__(self, dataset: ExportDataset, desk: Desk, name: str) -> None:
        self._dataset, self._out = dataset, desk.file(name)

    def begin(self) -> None:
        self._out.write(orjson.dumps(head_of(self._dataset))[:-1] + b',"images":[')

    def add(self, named: NamedImage) -> None:
        self._out.write(b"\n" if named.number == 1 else b",\n")
        self._out.write(orjson.dumps(row_of(named.image, self._dataset.people)))

    def add_rows(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """A list of that name behind the list before it."""
        self._out.write(b"\n]," + orjson.dumps(name) + b":[")
        for number, row in enumerate(rows):
            self._out.write((b",\n" if number else b"\n") + orjson.dumps(row))

    def finish(self) -> None:
        self._out.write(b"\n]}\n")


JSON = Document("annotations.json", FileKind(".json", "application/json"), JsonLabels)
