"""Parquet: its columns have names and types already; they come as text like any other's."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from datasets.tables.engine import connect, literal
from datasets.tables.reading.records import Opened, Placed, Wish
from datasets.tables.refusals import Findings, Limits, TableRefused

STEP_ROWS = 10_000


class Parquet:
    name = "parquet"

    def open(self, path: Path, wish: Wish, limits: Limits, findings: Findings) -> Opened:
        try:
            engine = connect(path.parent)
            source = engine.execute(f"SELECT * FROM read_parquet({literal(str(path))})")  # noqa: S608
            names = [str(column[0]) for column in source.description or ()]
        except duckdb.Error as problem:
            raise TableRefused("unreadable", "The Parquet file can't be read. Write it again.") from problem
        if len(names) > limits.columns:
            raise TableRefused("too_many_columns", f"There are more than {limits.columns:,} columns.")
        return Opened(rows=_rows(source), names=lambda: names)


def _rows(source: duckdb.DuckDBPyConnection) -> Iterator[Placed]:
    number = 0
    while rows := source.fetchmany(STEP_ROWS):
        for row in rows:
            number += 1
            yield number, [None if value is None else str(value) for value in row]
