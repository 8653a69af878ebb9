"""JSON Lines: a line of what all images share, then a line an image, with the fields of our JSON."""

import orjson

from annotations.formats.desk import Desk
from annotations.formats.json import head_of, row_of
from annotations.formats.records import ExportDataset
from annotations.formats.writing import Document, FileKind, NamedImage


class JsonLinesLabels:
    def __init__(self, dataset: ExportDataset, desk: Desk, name: str) -> None:
        self._dataset, self._out = dataset, desk.file(name)

    def begin(self) -> None:
        self._out.write(orjson.dumps(head_of(self._dataset), option=orjson.OPT_APPEND_NEWLINE))

    def add(self, named: NamedImage) -> None:
        row = row_of(named.image, self._dataset.people)
        self._out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))

    def finish(self) -> None:
        """Each line was complete when it was added."""


JSON_LINES = Document("annotations.jsonl", FileKind(".jsonl", "application/x-ndjson"), JsonLinesLabels)
