"""A report as a file: written page by page, so that its length costs no memory."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import IO, Any

import orjson
from django.conf import settings
from django.db.models import QuerySet

from datasets.api.files import Served
from datasets.clean_queries import finding_dict, report_dict
from datasets.models import CleanReport

BATCH = 2000
COLUMNS = (
    "rule",
    "group",
    "image",
    "filename",
    "kept",
    "action",
    "archived",
    "value",
    "threshold",
    "width",
    "height",
    "state",
    "box_count",
    "sharpness",
    "brightness",
    "phash",
)
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
# A spreadsheet runs cells that begin like a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


def report_file(report: CleanReport, rows: QuerySet, kind: str) -> tuple[IO[bytes], int, Served]:
    """The open file, its size and what to say of it; the file is gone once it is closed."""
    digest, size = sha256(), 0
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="report-") as file:
        for piece in WRITERS[kind](report, _findings(report, rows)):
            file.write(piece)
            digest.update(piece)
            size += len(piece)
        file.flush()
        name = f"check-{report.created_at:%Y%m%d-%H%M}.{kind}"
        served = Served(TYPES[kind], name, digest.hexdigest())
        # The file loses its name with the block; the open one is read to its end.
        return open(file.name, "rb"), size, served


def _findings(report: CleanReport, rows: QuerySet) -> Iterator[list[dict[str, Any]]]:
    last = 0
    while part := list(rows.filter(id__gt=last).order_by("id")[:BATCH]):
        yield [finding_dict(row, report.rules) for row in part]
        last = part[-1]["id"]


def _csv(report: CleanReport, parts: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    yield (",".join(COLUMNS) + "\r\n").encode()
    for part in parts:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerows([_cell(finding[column]) for column in COLUMNS] for finding in part)
        yield text.getvalue().encode()


def _json(report: CleanReport, parts: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    yield b'{"report":' + orjson.dumps(report_dict(report)) + b',"findings":['
    comma = b""
    for part in parts:
        yield comma + b",".join(map(orjson.dumps, part))
        comma = b","
    yield b"]}"


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value


WRITERS: dict[str, Callable[[CleanReport, Iterator[list[dict[str, Any]]]], Iterator[bytes]]] = {
    "csv": _csv,
    "json": _json,
}
