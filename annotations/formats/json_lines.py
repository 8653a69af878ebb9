"""JSON Lines: a line of what all images share, then a line an image, with the fields of our JSON."""

from typing import BinaryIO

import orjson

from annotations.formats.json import head_of, row_of
from annotations.formats.records import ExportDataset
from annotations.formats.writing import Document, FileKind, NamedImage


class JsonLinesLabels:
    def __init__(self, dataset: ExportDataset, out: BinaryIO) -> None:
        self._out, self._people = out, dataset.people
        out.write(orjson.dumps(head_of(dataset), option=orjson.OPT_APPEND_NEWLINE))

    def add(self, named: NamedImage) -> None:
        row = row_of(named.image, self._people)
        self._out.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))

    def finish(self) -> None:
        """Each line was complete when it was added."""


JSON_LINES = Document("annotations.jsonl", FileKind(".jsonl", "application/x-ndjson"), JsonLinesLabels)
