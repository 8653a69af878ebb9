"""Rows become a Parquet file of text columns, read by the engine: from lines of our own, or straight from the file."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from datasets.tables.dialects import Dialect
from datasets.tables.engine import connect, literal, quoted
from datasets.tables.refusals import Limits, TableRefused

# Stands for nothing among cells that are all quoted.
NOTHING = "\\N"
# Staged files are read once or twice and thrown away: quick to write counts for more than small.
WRITTEN = "(FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 100000)"
UTF8_BYTES = 4
STEP_BYTES = 1 << 20


def line_of(row: Sequence[str | None]) -> str:
    """A row as `keep_lines` reads it: every cell quoted, an empty one is nothing."""
    return ",".join([NOTHING if not cell else '"' + cell.replace('"', '""') + '"' for cell in row]) + "\n"


def keep_lines(text: Path, names: Sequence[str], target: Path, limits: Limits, *, is_even: bool) -> None:
    """`is_even`: every row has a cell for each name; only then can several threads read them."""
    longest = f"max_line_size = {2 * UTF8_BYTES * limits.line_chars}"
    options = f"nullstr = {literal(NOTHING)}, allow_quoted_nulls = false, new_line = '\\n', {longest}"
    if not is_even:
        options += ", null_padding = true, parallel = false"
    try:
        _copy(text, Dialect(), options, names, target)
    except duckdb.Error as problem:
        raise TableRefused("unreadable", f"The rows can't be kept ({str(problem)[:200]}).") from problem


def keep_file(text: Path, dialect: Dialect, names: Sequence[str], target: Path, limits: Limits) -> int | None:
    """The same straight from a file in UTF-8, in a fraction of the time, with how many rows there are.

    None where the file is not as the standard has it throughout: rows of one width, quotes that close, no zero bytes,
    all lines ending alike.
    """
    if not _ends_alike(text):
        return None
    options = f"skip = {dialect.skip}, strict_mode = true, max_line_size = {limits.line_chars}"
    try:
        return _copy(text, dialect, options, names, target)
    except duckdb.Error:
        return None


def _ends_alike(text: Path) -> bool:
    """What the engine makes of lines that end in several ways is not what anybody would expect."""
    returns = feeds = pairs = 0
    with text.open("rb") as file:
        while data := file.read(STEP_BYTES):
            if data.endswith(b"\r"):
                data += file.read(1)
            returns, feeds = returns + data.count(b"\r"), feeds + data.count(b"\n")
            pairs += data.count(b"\r\n")
    return not returns or returns == feeds == pairs


def _copy(text: Path, dialect: Dialect, options: str, names: Sequence[str], target: Path) -> int:
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    quote = literal(dialect.quote)
    lines = (
        f"read_csv({literal(str(text))}, delim = {literal(dialect.delimiter)}, quote = {quote}, escape = {quote}, "
        f"header = false, auto_detect = false, columns = {{{columns}}}, {options})"
    )
    listed = ", ".join(map(quoted, names))
    # The engine sees the folder of either file and no other.
    with connect(target.parent, text.parent) as engine:
        query = f"COPY (SELECT {listed} FROM {lines}) TO {literal(str(target))} {WRITTEN}"  # noqa: S608
        return int(engine.execute(query).fetchall()[0][0])
