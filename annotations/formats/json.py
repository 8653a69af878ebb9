"""Our own JSON: every box with every field, in a stable order, nothing rounded or left out."""

from typing import Any, BinaryIO

import orjson

from annotations.formats.records import ExportDataset
from annotations.formats.writing import Document, FileKind, NamedImage


class JsonLabels:
    def __init__(self, dataset: ExportDataset, out: BinaryIO) -> None:
        self._out, self._people = out, dataset.people
        head = {
            "dataset": dataset.name,
            "version": dataset.version,
            "classes": [known.wire() for known in dataset.classes],
        }
        out.write(orjson.dumps(head)[:-1] + b',"images":[')

    def add(self, named: NamedImage) -> None:
        image = named.image
        row: dict[str, Any] = {
            "filename": image.filename,
            "sha256": image.sha256,
            "width": image.width,
            "height": image.height,
            "state": image.state,
            "split": image.split,
            **image.placed(),
            "boxes": [box.wire(self._people) for box in image.boxes],
        }
        self._out.write(b"\n" if named.number == 1 else b",\n")
        self._out.write(orjson.dumps(row))

    def finish(self) -> None:
        self._out.write(b"\n]}\n")


JSON = Document("annotations.json", FileKind(".json", "application/json"), JsonLabels)
