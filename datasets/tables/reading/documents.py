"""JSON: a list of records, wherever it is in the document, or one record a line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from datasets.tables.encodings import Encoding, encoding_of, open_text
from datasets.tables.reading.delimited import too_long
from datasets.tables.reading.records import Cell, Opened, Placed, Wish
from datasets.tables.refusals import Findings, Limits, TableRefused

# Where APIs put their records, in the order in which they are looked for.
USUAL = ("data", "results", "rows", "records", "items", "values", "features", "entries", "value")
STEP_CHARS = 256 << 10
# A document that is no list of records is held as a whole.
WHOLE_CHARS = 128 << 20
ROOT = "$"


class Literal(str):
    """A number as the file writes it."""

    __slots__ = ()


DECODER = json.JSONDecoder(parse_float=Literal, parse_int=Literal, parse_constant=Literal)


class Documents:
    name = "json"

    def open(self, path: Path, wish: Wish, limits: Limits, findings: Findings) -> Opened:
        encoding = encoding_of(path, wish.encoding)
        choices: list[str] = []
        if _begins_with_list(path, encoding):
            records, place = _listed(path, encoding, limits), ROOT
        else:
            document = _whole(path, encoding, limits)
            found = dict(_lists(document))
            choices = list(found)
            place = wish.records or _usual(found)
            if place not in found:
                raise TableRefused("no_records", f"Choose where the records are: {', '.join(choices)}.")
            records = iter(found[place])
        places: dict[str, int] = {}
        return Opened(
            rows=_rows(records, places, limits),
            names=partial(list, places),
            understood={"encoding": encoding.said, "records": place},
            choices={"records": choices},
        )


class Lines:
    name = "jsonl"

    def open(self, path: Path, wish: Wish, limits: Limits, findings: Findings) -> Opened:
        encoding = encoding_of(path, wish.encoding)
        places: dict[str, int] = {}
        return Opened(
            rows=_rows(_lines(path, encoding, limits, findings), places, limits),
            names=partial(list, places),
            understood={"encoding": encoding.said},
        )


def _begins_with_list(path: Path, encoding: Encoding) -> bool:
    with open_text(path, encoding) as file:
        return file.read(STEP_CHARS).lstrip().startswith("[")


def _listed(path: Path, encoding: Encoding, limits: Limits) -> Iterator[Any]:
    """The members of a list, one after the other: none is held longer than it takes."""
    with open_text(path, encoding) as file:
        text, at = file.read(STEP_CHARS).lstrip()[1:], 0
        is_first = True
        while True:
            at = _past_space(text, at)
            more = file.read(STEP_CHARS) if len(text) - at < STEP_CHARS else ""
            if more:
                text, at = text[at:] + more, 0
                continue
            if text.startswith("]", at):
                if text[at + 1 :].strip() or file.read(1).strip():
                    raise _broken("something follows the list")
                return
            if not is_first:
                if not text.startswith(",", at):
                    raise _broken("a comma or the end of the list is missing")
                at = _past_space(text, at + 1)
            is_first = False
            record, text, at = _member(file, text, at, limits)
            yield record


def _member(file: Any, text: str, at: int, limits: Limits) -> tuple[Any, str, int]:
    """The next member, with what has been read beyond it."""
    while True:
        try:
            record, end = DECODER.raw_decode(text, at)
        except json.JSONDecodeError as problem:
            more = file.read(STEP_CHARS)
            if not more:
                raise _broken(problem.msg) from problem
            if len(text) - at > limits.line_chars:
                raise TableRefused(
                    "record_too_long", f"A record has more than {limits.line_chars:,} characters."
                ) from problem
            text, at = text[at:] + more, 0
        except RecursionError as problem:
            raise _too_deep(limits) from problem
        else:
            # A number at the very end may go on.
            if end == len(text) and (more := file.read(STEP_CHARS)):
                text, at = text[at:] + more, 0
                continue
            return record, text, end


def _past_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _whole(path: Path, encoding: Encoding, limits: Limits) -> Any:
    with open_text(path, encoding) as file:
        text = file.read(WHOLE_CHARS + 1)
    if len(text) > WHOLE_CHARS:
        raise TableRefused(
            "too_large",
            f"A document that is no list may have {WHOLE_CHARS >> 20} MiB. Send its records as JSON Lines.",
        )
    if not text.strip():
        raise TableRefused("empty", "The file is empty. Choose one that has rows.")
    try:
        return DECODER.decode(text.strip())
    except json.JSONDecodeError as problem:
        raise _broken(f"{problem.msg} in line {problem.lineno:,}") from problem
    except RecursionError as problem:
        raise _too_deep(limits) from problem


def _lists(document: Any) -> Iterator[tuple[str, Sequence[Any]]]:
    """Every list of records within three levels, by its path; the document itself where it is one record."""
    if not isinstance(document, dict):
        raise TableRefused("no_records", "The file holds a single value. Send a list of records.")
    level: list[tuple[str, Any]] = [(str(key), value) for key, value in document.items()]
    for _ in range(3):
        for place, value in level:
            if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
                yield place, value
        level = [
            (f"{place}.{key}", inner)
            for place, value in level
            if isinstance(value, dict)
            for key, inner in value.items()
        ]
    columns = [value for value in document.values() if isinstance(value, list)]
    if columns and len(columns) == len(document) and len({len(column) for column in columns}) == 1:
        names = list(document)
        yield "columns", [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    yield ROOT, [document]


def _usual(found: Mapping[str, Sequence[Any]]) -> str:
    """The list under a usual name, else the longest one, else the document as one record."""
    named = next((place for place in USUAL if place in found), None)
    if named:
        return named
    nested = next((place for place in found if place.rsplit(".", 1)[-1] in USUAL), None)
    return nested or max(found, key=lambda place: (place == "columns", len(found[place]) * (place != ROOT)))


def _lines(path: Path, encoding: Encoding, limits: Limits, findings: Findings) -> Iterator[Any]:
    """Lines that can't be read are told and left out; where that is the first one the file is no JSON Lines."""
    number = read = 0
    with open_text(path, encoding) as file:
        while line := file.readline(limits.line_chars + 1):
            number += 1
            if len(line) > limits.line_chars:
                raise TableRefused(
                    "line_too_long", f"Line {number:,} has more than {limits.line_chars:,} characters."
                )
            if not line.strip():
                continue
            try:
                record = DECODER.decode(line.strip())
            except (json.JSONDecodeError, RecursionError) as problem:
                if not read:
                    raise _broken(f"line {number:,} is none") from problem
                findings.add("bad_lines", "{count} lines are no JSON and were left out.", row=number)
            else:
                read += 1
                yield record


def _rows(records: Iterator[Any], places: dict[str, int], limits: Limits) -> Iterator[Placed]:
    """A row for each record; names that come up later lengthen the rows from there on, and `places` with them."""
    for number, record in enumerate(records, 1):
        cells = dict(_cells(record, limits))
        for name in cells:
            places.setdefault(name, len(places))
            if len(places) > limits.columns:
                raise TableRefused("too_many_columns", f"There are more than {limits.columns:,} columns.")
        row: list[Cell] = [None] * len(places)
        for name, cell in cells.items():
            row[places[name]] = cell
        yield number, row


def _cells(record: Any, limits: Limits) -> Iterator[tuple[str, Cell]]:
    if isinstance(record, dict):
        yield from _flat(record, "", 0, limits)
    elif isinstance(record, list):
        for at, value in enumerate(record):
            yield f"column_{at + 1}", text_of(value, limits)
    else:
        yield "value", text_of(record, limits)


def _flat(record: Mapping[str, Any], prefix: str, depth: int, limits: Limits) -> Iterator[tuple[str, Cell]]:
    """Objects inside become columns named by their path; lists stay JSON."""
    if depth > limits.depth:
        raise _too_deep(limits)
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{name}.", depth + 1, limits)
        else:
            yield name, text_of(value, limits)


def text_of(value: Any, limits: Limits) -> Cell:
    """The cell of a value: nothing for null, JSON for what is neither text nor a number."""
    if value is None:
        return None
    text = str(value) if isinstance(value, str) else _json(value)
    if len(text) > limits.cell_chars:
        raise too_long(limits)
    return text.replace("\0", "")


def _json(value: Any) -> str:
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{_json(one)}" for key, one in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _broken(reason: str) -> TableRefused:
    return TableRefused("unreadable", f"The JSON can't be read: {reason}.")


def _too_deep(limits: Limits) -> TableRefused:
    return TableRefused("too_deep", f"The JSON is nested more than {limits.depth} deep.")
