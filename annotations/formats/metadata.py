"""What a whole export knows besides labels: the dataset, the selection, and each image's metadata."""

import orjson

from annotations.formats.desk import Desk
from annotations.formats.records import ExportDataset
from annotations.formats.writing import Document, FileKind, NamedImage

LAYOUT = 1


class MetadataRows:
    def __init__(self, dataset: ExportDataset, desk: Desk, name: str) -> None:
        self._dataset, self._out = dataset, desk.file(name)

    def begin(self) -> None:
        dataset = self._dataset
        head = {
            "layout": {"name": "modelship", "version": LAYOUT},
            "dataset": {"id": dataset.id, "name": dataset.name, "version": dataset.version},
            "selection": dataset.selection,
            "classes": [known.wire() for known in dataset.classes],
        }
        self._out.write(orjson.dumps(head)[:-1] + b',"images":[')

    def add(self, named: NamedImage) -> None:
        image = named.image
        row = {
            "id": image.id,
            "filename": image.filename,
            # Labels and preview share its stem.
            "file": named.file,
            "sha256": image.sha256,
            "width": image.width,
            "height": image.height,
            "state": image.state,
            "split": image.split,
            "boxes": len(image.boxes),
            **image.placed(),
            "metadata": image.metadata,
        }
        self._out.write(b"\n" if named.number == 1 else b",\n")
        self._out.write(orjson.dumps(row))

    def finish(self) -> None:
        self._out.write(b"\n]}\n")


METADATA = Document("metadata.json", FileKind(".json", "application/json"), MetadataRows)
