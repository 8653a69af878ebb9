"""Rows that a file holds in any order, brought together by image, with memory for a few of them."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, Self

import orjson

BATCH = 1_000


class Grouped:
    """Rows by key. They lie in a private temporary database that goes with the object."""

    def __init__(self) -> None:
        # No name: SQLite keeps it in memory while it is small and in an unnamed file after that.
        self._rows = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-16384"):
            self._rows.execute(f"PRAGMA {pragma}")
        self._rows.execute("CREATE TABLE rows (key TEXT, id TEXT, row BLOB)")
        self._waiting: list[tuple[str, str | None, bytes]] = []
        self._is_indexed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()

    def add(self, key: object, row: Any, id: object = None) -> None:
        self._waiting.append((_text(key), None if id is None else _text(id), _packed(row)))
        if len(self._waiting) >= BATCH:
            self._flush()

    def of(self, key: object) -> list[Any]:
        """The rows of a key in the order in which they were added."""
        self._index()
        found = self._rows.execute("SELECT row FROM rows WHERE key = ? ORDER BY rowid", (_text(key),))
        return [_unpacked(row) for (row,) in found]

    def __iter__(self) -> Iterator[str]:
        """Every key once, in the order of its first row."""
        self._index()
        for (key,) in self._rows.execute("SELECT key FROM rows GROUP BY key ORDER BY min(rowid)"):
            yield key

    def count(self, key: object) -> int:
        self._index()
        return int(self._rows.execute("SELECT count(*) FROM rows WHERE key = ?", (_text(key),)).fetchone()[0])

    def twice(self) -> Iterator[tuple[str, int]]:
        """The ids that more than one row has, and how many."""
        self._flush()
        sql = "SELECT id, count(*) FROM rows WHERE id IS NOT NULL GROUP BY id HAVING count(*) > 1"
        yield from self._rows.execute(sql)

    def _flush(self) -> None:
        if self._waiting:
            self._rows.execute("BEGIN")
            self._rows.executemany("INSERT INTO rows VALUES (?, ?, ?)", self._waiting)
            self._rows.execute("COMMIT")
            self._waiting, self._is_indexed = [], False

    def _index(self) -> None:
        self._flush()
        if not self._is_indexed:
            self._rows.execute("CREATE INDEX IF NOT EXISTS by_key ON rows (key)")
            self._is_indexed = True


def _packed(row: Any) -> bytes:
    try:
        return orjson.dumps(row)
    except TypeError:
        # Integers beyond 64 bits and half characters, which only Python's own JSON takes.
        return json.dumps(row).encode()


def _unpacked(row: bytes) -> Any:
    try:
        return orjson.loads(row)
    except orjson.JSONDecodeError:
        return json.loads(row)


def _text(key: object) -> str:
    """Ids are numbers in one file and texts in the next; SQLite takes no lone surrogates."""
    if isinstance(key, float) and key.is_integer():
        key = int(key)
    return str(key).encode("utf-8", "replace").decode()
