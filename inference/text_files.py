"""Texts from what people send: JSON, or files of lines, rows or records. Strict: a bad one refuses all, by its number."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

from annotations.formats.csv import neutralised, restored
from inference.language_options import read_text
from inference.options import check_fields
from modelship.api.parsing import parse_json
from modelship.api.values import text_of
from modelship.lib.errors import BadRequest, TooLarge, UnsupportedType

MAX_TEXTS = 10_000
MAX_KEY = 200
MAX_BYTES = 64 << 20
KINDS = (".txt", ".csv", ".json", ".jsonl")
NO_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

Keyed = tuple[str, str]


def texts_of_json(value: Any) -> list[Keyed]:
    """Keys and texts of a list of texts or of `{"key", "text"}`; an empty key where there is none."""
    if not isinstance(value, list) or not value:
        raise BadRequest(
            "'texts' must be a list of texts, or of objects with 'key' and 'text'.", field="texts"
        )
    return _checked(value)


def texts_of_file(name: str, data: bytes) -> list[Keyed]:
    """By the ending of the name: a text a line, a table with a column `text`, or JSON.

    Raises UnsupportedType for another ending, TooLarge beyond the limits, BadRequest naming the row that can't be read.
    """
    ending = PurePath(name).suffix.lower()
    if ending not in KINDS:
        raise UnsupportedType(f"Send a file of the kinds {', '.join(KINDS)}.", kinds=list(KINDS))
    if len(data) > MAX_BYTES:
        raise TooLarge(f"A file of texts may have {MAX_BYTES:,} bytes. Send it in parts.", limit=MAX_BYTES)
    if ending == ".json":
        value = parse_json(data.removeprefix(b"\xef\xbb\xbf"))
        return texts_of_json(value.get("texts") if isinstance(value, dict) else value)
    text = _decoded(data)
    if ending == ".csv":
        return _some(_checked(_rows(text)))
    lines = (line for line in text.splitlines() if line.strip())
    return _some(_checked(lines if ending == ".txt" else (parse_json(line.encode()) for line in lines)))


def _checked(values: Iterable[Any]) -> list[Keyed]:
    found: list[Keyed] = []
    keys: set[str] = set()
    for number, value in enumerate(values, 1):
        if number > MAX_TEXTS:
            raise TooLarge(f"At most {MAX_TEXTS:,} texts at once. Send them in parts.", limit=MAX_TEXTS)
        try:
            key, text = _one(value)
        except BadRequest as error:
            words = f"Text {number}: {error.detail}"
            raise BadRequest(words, code=error.code, field="texts", row=number) from error
        if key and key in keys:
            raise BadRequest(f"Text {number}: the key '{key}' occurs twice.", field="texts", row=number)
        keys.add(key)
        found.append((key, text))
    return found


def _one(value: Any) -> Keyed:
    if isinstance(value, str):
        value = {"text": value}
    if not isinstance(value, Mapping):
        raise BadRequest("It must be a text, or an object with 'key' and 'text'.")
    check_fields(value, "key", "text")
    text = read_text(value.get("text"))
    if NO_CONTROL.search(text):
        raise BadRequest("It contains a control character.")
    key = value.get("key")
    return "" if key in (None, "") else text_of({"key": key}, "key", most=MAX_KEY), text


def _some(found: list[Keyed]) -> list[Keyed]:
    if not found:
        raise BadRequest("The file holds no texts.", code="no_texts", field="file")
    return found


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(
            "The file must be UTF-8. Save it as such.", code="bad_encoding", field="file"
        ) from error


def _rows(text: str) -> Iterator[dict[str, str]]:
    """The rows of a CSV file; columns besides `text` and `key` are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if header.count("text") != 1 or header.count("key") > 1:
            raise BadRequest(
                "The file needs one column named 'text', and may have one named 'key'.", field="file"
            )
        places = {name: header.index(name) for name in ("text", "key") if name in header}
        for row in reader:
            cells = {name: unguarded(row[place]) for name, place in places.items() if place < len(row)}
            if row:
                yield cells
    except csv.Error as error:
        raise BadRequest(
            f"Row {reader.line_num} can't be read as CSV. Save the file again.", field="file"
        ) from error


def unguarded(cell: str) -> str:
    """The text of a cell, without the apostrophe that our own exports put before what looks like a formula."""
    bare = restored(cell)
    return bare if bare != cell and neutralised(bare) == cell else cell
