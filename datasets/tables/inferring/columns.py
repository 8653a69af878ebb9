"""The schema of a staged table: what each column holds, how sure that is, and what speaks against it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from datasets.tables.engine import connect, literal, quoted
from datasets.tables.inferring.forms import BY_NAME, COMPACT_DATE, FORMS, LETTERS, Form

TEXT, CATEGORY, IDENTIFIER = "string", "category", "identifier"
KINDS = (
    *("string", "category", "identifier", "email", "url", "integer", "decimal", "percent", "currency"),
    *("boolean", "date", "datetime", "time"),
)
# What people write where they know nothing. It is nothing only where the other values are no words.
MISSING = (
    "na",
    "n/a",
    "n.a.",
    "#n/a",
    "nan",
    "null",
    "none",
    "nil",
    "-",
    "--",
    "?",
    ".",
    "missing",
    "unknown",
)
SAMPLE_ROWS, SAMPLE_VALUES = 5_000, 400
# So many forms of a column are tried on all its values.
MOST_TRIED = 6
# A column of which this share has a form is nearly of that kind, and told so.
NEARLY = 0.8
MOST_EXAMPLES = 5
# Text of so few different values, each of them twice at least, is a category.
FEW, FEW_SHARE, MOST_CATEGORIES, CATEGORY_CHARS = 20, 0.05, 1_000, 100
CODE = re.compile(r"[A-Za-z]{0,6}[-_ ]?\d{2,}(?:[-_]\w+)?")
DATE_NAME = re.compile(r"date|datum|day|jour|fecha", re.I)


@dataclass(frozen=True, slots=True)
class Column:
    """`form` is how the values are written, empty for text. `confidence` is the share of values that are of the kind.

    `missing` counts values that stand for nothing, `empty` cells without any, `distinct` is approximate. `against` are
    values that are not of the kind that most are, with how often they are there; `nearly` is that kind where it is not
    the column's. `other` is a form that would fit as well: the day and the month of every date can be swapped.
    """

    name: str
    kind: str
    form: str = ""
    confidence: float = 1.0
    values: int = 0
    empty: int = 0
    missing: int = 0
    distinct: int = 0
    nearly: str = ""
    against: tuple[tuple[str, int], ...] = ()
    other: str = ""


@dataclass(slots=True)
class _Counted:
    """One column counted over all rows: what its candidates fit, in their order."""

    values: int
    missing: int
    distinct: int
    longest: int
    fitting: list[int]

    @property
    def is_settled(self) -> bool:
        """Whether one of them fits every value."""
        return self.values - self.missing in self.fitting


def infer(staged: Path, names: Sequence[str], folder: Path) -> list[Column]:
    """Look at a sample for what each column may be, and at all its values for what it is."""
    with connect(folder) as engine:
        engine.execute(f"CREATE VIEW staged AS SELECT * FROM read_parquet({literal(str(staged))})")  # noqa: S608
        samples = _samples(engine, names)
        candidates = {name: _candidates(name, samples[name]) for name in names}
        # The likeliest form is nearly always the one: the others are tried only where it is not.
        tried = {name: _first(forms) for name, forms in candidates.items()}
        rows, counted = _count(engine, tried)
        left = {
            name: candidates[name]
            for name, found in counted.items()
            if not found.is_settled and len(candidates[name]) > len(tried[name])
        }
        if left:
            tried |= left
            counted |= _count(engine, left)[1]
        found = [_decided(name, rows, counted[name], tried[name], samples[name]) for name in names]
        return [_with_examples(engine, column) for column in _one_order(found)]


def _samples(engine: duckdb.DuckDBPyConnection, names: Sequence[str]) -> dict[str, list[str]]:
    """Different values of each column: of the first rows and of rows from everywhere."""
    seen: dict[str, dict[str, None]] = {name: {} for name in names}
    listed = ", ".join(f"trim({quoted(name)})" for name in names)
    for source in (
        f"SELECT {listed} FROM staged LIMIT {SAMPLE_ROWS}",  # noqa: S608
        f"SELECT {listed} FROM staged USING SAMPLE reservoir({SAMPLE_ROWS} ROWS) REPEATABLE (1)",  # noqa: S608
    ):
        for row in engine.execute(source).fetchall():
            for name, value in zip(names, row, strict=True):
                if value and len(seen[name]) < SAMPLE_VALUES:
                    seen[name][value] = None
    return {
        name: [value for value in values if value.lower() not in MISSING] for name, values in seen.items()
    }


def _candidates(name: str, values: Sequence[str]) -> list[Form]:
    """The forms that all values of the sample fit, else those that nearly all do; the likeliest first."""
    if not values:
        return []
    forms = (COMPACT_DATE, *FORMS) if DATE_NAME.search(name) else FORMS
    # One letter alone says nothing; two of them are an answer to a question.
    if len({value.lower() for value in values}) < 2:
        forms = tuple(form for form in forms if form is not LETTERS)
    shares = [(sum(map(form.fits, values)) / len(values), form) for form in forms]
    whole = [form for share, form in shares if share == 1]
    return (whole or [form for share, form in shares if share >= NEARLY])[:MOST_TRIED]


def _first(forms: Sequence[Form]) -> list[Form]:
    """The likeliest, and the one that differs from it only in which number is the day."""
    return [form for at, form in enumerate(forms) if not at or _is_swapped(forms[0], form)]


def _count(
    engine: duckdb.DuckDBPyConnection, tried: Mapping[str, Sequence[Form]]
) -> tuple[int, dict[str, _Counted]]:
    """All columns in one reading."""
    asked = ["count(*)"]
    for name, forms in tried.items():
        column = f"trim({quoted(name)})"
        asked += [
            f"count(nullif({column}, ''))",
            f"count(*) FILTER ({_is_missing(column)})",
            f"approx_count_distinct({column})",
            f"coalesce(max(length({column})), 0)",
            *(f"count({form.sql(column)})" for form in forms),
        ]
    row: list[Any] = list(engine.execute(f"SELECT {', '.join(asked)} FROM staged").fetchall()[0])  # noqa: S608
    rows, found, at = int(row[0]), {}, 1
    for name, forms in tried.items():
        values, missing, distinct, longest, *_ = row[at : at + 4]
        found[name] = _Counted(values, missing, distinct, longest, row[at + 4 : at + 4 + len(forms)])
        at += 4 + len(forms)
    return rows, found


def _is_missing(column: str) -> str:
    # A quick look at the length first: hardly a value is as short as these.
    return f"length({column}) < 9 AND lower({column}) IN ({', '.join(map(literal, MISSING))})"


def _decided(name: str, rows: int, counted: _Counted, forms: Sequence[Form], sample: Sequence[str]) -> Column:
    """The first form that every value has, else text."""
    known = Column(name, TEXT, values=counted.values, empty=rows - counted.values, distinct=counted.distinct)
    real = counted.values - counted.missing
    fitting = [form for form, count in zip(forms, counted.fitting, strict=True) if count == real and real]
    if fitting:
        first = fitting[0]
        other = next((form for form in fitting[1:] if _is_swapped(first, form)), None)
        sure = 0.5 if other else 0.8 if first is COMPACT_DATE else 1.0
        other_name = other.name if other else ""
        return replace(
            known,
            kind=first.kind,
            form=first.name,
            missing=counted.missing,
            confidence=sure,
            other=other_name,
        )
    known = replace(known, kind=_text_kind(counted, sample))
    best = max(zip(counted.fitting, forms, strict=True), key=lambda pair: pair[0], default=None)
    if best and real and best[0] / real >= NEARLY:
        return replace(known, nearly=best[1].name, confidence=round(1 - best[0] / real, 4))
    return known


def _text_kind(counted: _Counted, sample: Sequence[str]) -> str:
    if not counted.values:
        return TEXT
    few = max(FEW, min(MOST_CATEGORIES, counted.values * FEW_SHARE))
    if (
        counted.distinct <= few
        and counted.values >= 2 * counted.distinct
        and counted.longest <= CATEGORY_CHARS
    ):
        return CATEGORY
    is_unique = counted.distinct >= 0.9 * counted.values and counted.values > 1
    return IDENTIFIER if is_unique and sample and all(map(CODE.fullmatch, sample)) else TEXT


def _is_swapped(one: Form, other: Form) -> bool:
    """Whether they differ only in which number is the day."""
    swapped = one.format.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
    return one.kind == other.kind and "%d" in one.format and swapped == other.format


def _one_order(columns: Sequence[Column]) -> list[Column]:
    """Where the day and the month can't be told, they are as in the columns of the table where they can."""
    sure = {
        BY_NAME[column.form].format[:2] for column in columns if _is_short_date(column) and not column.other
    }
    order = sure.pop() if len(sure) == 1 else ""
    found = []
    for column in columns:
        if column.other and order and not BY_NAME[column.form].format.startswith(order):
            column = replace(column, form=column.other, other=column.form)
        found.append(replace(column, confidence=0.8) if column.other and order else column)
    return found


def _is_short_date(column: Column) -> bool:
    return bool(column.form) and BY_NAME[column.form].format[:2] in ("%d", "%m")


def _with_examples(engine: duckdb.DuckDBPyConnection, column: Column) -> Column:
    """The commonest values that the kind which most are of does not take."""
    if not column.nearly:
        return column
    value = f"trim({quoted(column.name)})"
    rows = engine.execute(
        f"SELECT {value} AS said, count(*) AS often FROM staged WHERE {value} <> '' "  # noqa: S608
        f"AND NOT ({_is_missing(value)}) AND ({BY_NAME[column.nearly].sql(value)}) IS NULL "
        f"GROUP BY 1 ORDER BY often DESC, said LIMIT {MOST_EXAMPLES}"
    ).fetchall()
    return replace(column, against=tuple((str(said), int(often)) for said, often in rows))


def typed(staged: Path, columns: Iterable[Column], target: Path, folder: Path) -> None:
    """Write the table with values of the columns' kinds; text stays as it was, to its last space."""
    listed = ", ".join(f"{_value(column)} AS {quoted(column.name)}" for column in columns)
    with connect(folder) as engine:
        engine.execute(
            f"COPY (SELECT {listed} FROM read_parquet({literal(str(staged))})) TO {literal(str(target))} "  # noqa: S608
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)"
        )


def _value(column: Column) -> str:
    if not column.form:
        return quoted(column.name)
    form, text = BY_NAME[column.form], f"trim({quoted(column.name)})"
    return quoted(column.name) if form.type == "VARCHAR" else form.sql(text)
