"""What values can look like: each form tells whether a text is one of it, and the SQL that makes a value of a column.

A form is stricter than a cast: `007` is no number, `1.5` no whole one, and only dates of the formats named here are
dates. What a form takes it can also write back, so that nothing is lost by typing a column.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from datasets.tables.engine import literal

MONTHS = r"(?:[A-Za-z]{3,9}\.?)"
CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?"
SYMBOLS = "$€£¥₹₽"
# No leading zero before another digit, and no more digits than a float tells apart.
DIGITS = r"(?:0|[1-9]\d*)"
GROUPED = r"[1-9]\d{0,2}(?:,\d{3})+"
GROUPED_EURO = r"[1-9]\d{0,2}(?:\.\d{3})+"
EXPONENT = r"(?:[eE][-+]?\d+)?"
PLAIN_NUMBER = rf"[-+]?(?:{DIGITS}(?:\.\d*)?|\.\d+){EXPONENT}"
GROUPED_NUMBER = rf"[-+]?(?:{GROUPED}|{DIGITS})(?:\.\d+)?"
EURO_NUMBER = rf"[-+]?(?:{GROUPED_EURO}|{DIGITS})(?:,\d+)?"


@dataclass(frozen=True, slots=True)
class Form:
    """`kind` is the type that people see; `sql` makes the typed value of a trimmed text column, null where it is none."""

    name: str
    kind: str
    type: str
    pattern: re.Pattern[str]
    sql: Callable[[str], str]
    # What else is to be known to read or write it: the date format, the decimal sign, the currency.
    format: str = ""

    def fits(self, text: str) -> bool:
        return self.pattern.fullmatch(text) is not None


def _integer(column: str) -> str:
    """Whole numbers as they are written by any program: the cast says them back exactly, which is quick to ask."""
    cast = f"TRY_CAST({column} AS BIGINT)"
    return f"CASE WHEN CAST({cast} AS VARCHAR) = {column} THEN {cast} END"


def _number(column: str) -> str:
    """Only characters of numbers, and none of leading zeros: text is compared, which is quicker than a pattern."""
    bare, cast = f"ltrim({column}, '+-')", f"TRY_CAST({column} AS DOUBLE)"
    is_plain = f"translate({column}, '0123456789.eE+-', '') = '' AND NOT ({bare} >= '00' AND {bare} < '0:') AND {column} NOT LIKE '+-%'"
    return f"CASE WHEN {is_plain} AND isfinite({cast}) THEN {cast} END"


def _matching(pattern: str, value: Callable[[str], str]) -> Callable[[str], str]:
    return lambda column: (
        f"CASE WHEN regexp_full_match({column}, {literal(pattern)}) THEN {value(column)} END"
    )


def _without(signs: str, column: str, decimal: str = ".") -> str:
    bare = f"translate({column}, {literal(signs)}, '')"
    return f"TRY_CAST({bare if decimal == '.' else f'replace({bare}, {literal(decimal)}, {literal(chr(46))})'} AS DOUBLE)"


def _form(
    name: str, kind: str, sql_type: str, pattern: str, value: Callable[[str], str], format: str = ""
) -> Form:
    return Form(name, kind, sql_type, re.compile(pattern), _matching(pattern, value), format)


def _dated(format: str, pattern: str, kind: str = "date") -> Form:
    """By an explicit format: what it does not take is no date."""
    if kind == "time":
        value = f"TRY_STRPTIME({{}}, {literal(format)})::TIME"
    else:
        value = f"TRY_STRPTIME({{}}, {literal(format)})" + ("::DATE" if kind == "date" else "")
    sql_type = {"date": "DATE", "time": "TIME"}.get(kind, "TIMESTAMP")
    return _form(f"{kind}:{format}", kind, sql_type, pattern, value.format, format)


def _iso_date(column: str) -> str:
    return f"CASE WHEN length({column}) = 10 AND {column}[5] = '-' THEN TRY_CAST({column} AS DATE) END"


WORDS = r"(?i:true|false|yes|no)"
BOOLEAN = _form("boolean", "boolean", "BOOLEAN", WORDS, lambda c: f"lower({c}) IN ('true', 'yes')")
LETTERS = _form(
    "boolean:letters", "boolean", "BOOLEAN", r"(?i:t|f|y|n)", lambda c: f"lower({c}) IN ('t', 'y')"
)
INTEGER = Form("integer", "integer", "BIGINT", re.compile(r"0|-?[1-9]\d{0,18}"), _integer)
GROUPED_INTEGER = _form(
    "integer:grouped", "integer", "BIGINT", rf"[-+]?(?:{GROUPED}|{DIGITS})",
    lambda c: f"TRY_CAST(replace({c}, ',', '') AS BIGINT)", ",",
)  # fmt: skip
DECIMAL = Form("decimal", "decimal", "DOUBLE", re.compile(PLAIN_NUMBER), _number)
GROUPED_DECIMAL = _form(
    "decimal:grouped", "decimal", "DOUBLE", GROUPED_NUMBER, lambda c: _without(",", c), ",."
)
EURO_DECIMAL = _form("decimal:comma", "decimal", "DOUBLE", EURO_NUMBER, lambda c: _without(".", c, ","), ".,")
PERCENT = _form(
    "percent",
    "percent",
    "DOUBLE",
    rf"{GROUPED_NUMBER} ?%|{PLAIN_NUMBER} ?%",
    lambda c: _without("%, ", c),
    "%",
)
CURRENCIES = tuple(
    _form(
        f"currency:{sign}", "currency", "DOUBLE",
        rf"[-+]?[{sign}] ?[-+]?(?:{GROUPED}|{DIGITS})(?:\.\d+)?|[-+]?(?:{GROUPED}|{DIGITS})(?:\.\d+)? ?[{sign}]"
        rf"|\([{sign}] ?(?:{GROUPED}|{DIGITS})(?:\.\d+)?\)",
        lambda c, sign=sign: f"(CASE WHEN {c}[1] = '(' THEN -1 ELSE 1 END) * {_without(f'{sign}, ()', c)}", sign,
    )
    for sign in SYMBOLS
)  # fmt: skip
ISO_DATE = Form("date:%Y-%m-%d", "date", "DATE", re.compile(r"\d{4}-\d{2}-\d{2}"), _iso_date, "%Y-%m-%d")
DATES = (
    ISO_DATE,
    _dated("%Y/%m/%d", r"\d{4}/\d{1,2}/\d{1,2}"),
    _dated("%Y.%m.%d", r"\d{4}\.\d{1,2}\.\d{1,2}"),
    *(
        _dated(
            f"{first}{sign}{second}{sign}{year}",
            rf"\d{{1,2}}{re.escape(sign)}\d{{1,2}}{re.escape(sign)}\d{{{digits}}}",
        )
        for sign in "/-."
        for year, digits in (("%Y", 4), ("%y", 2))
        for first, second in (("%d", "%m"), ("%m", "%d"))
    ),
    *(
        _dated(f"%d{sign}{month}{sign}{year}", rf"\d{{1,2}}{sign}[A-Za-z]{length}{sign}\d{{{digits}}}")
        for sign in "- "
        for month, length in (("%b", "{3}"), ("%B", "{3,9}"))
        for year, digits in (("%Y", 4), ("%y", 2))
    ),
    *(
        _dated(f"{month} %d{sign}%Y", rf"[A-Za-z]{length} \d{{1,2}}{sign}\d{{4}}")
        for sign in (", ", " ")
        for month, length in (("%b", "{3}"), ("%B", "{3,9}"))
    ),
)
COMPACT_DATE = _dated("%Y%m%d", r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
# A moment at midnight is often written as its day.
ISO_MOMENT = _form(
    "datetime:iso", "datetime", "TIMESTAMP", rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[T ]{CLOCK})?",
    lambda c: f"TRY_CAST({c} AS TIMESTAMP)", "iso",
)  # fmt: skip
ZONED_MOMENT = _form(
    "datetime:zoned", "datetime", "TIMESTAMP WITH TIME ZONE",
    rf"\d{{4}}-\d{{2}}-\d{{2}}[T ]{CLOCK} ?(?:Z|[-+]\d{{2}}:?\d{{2}})",
    lambda c: f"TRY_CAST(regexp_replace({c}, ' ?([-+]\\d\\d):?(\\d\\d)$', '\\1:\\2') AS TIMESTAMPTZ)", "zoned",
)  # fmt: skip
MOMENTS = (
    ISO_MOMENT,
    ZONED_MOMENT,
    *(
        _dated(f"{date.format} {clock}", f"{date.pattern.pattern} {pattern}", "datetime")
        for date in DATES[1:]
        for clock, pattern in (
            ("%H:%M", r"\d{1,2}:\d{2}"),
            ("%H:%M:%S", r"\d{1,2}:\d{2}:\d{2}"),
            ("%I:%M %p", r"\d{1,2}:\d{2} ?[AaPp][Mm]"),
        )
    ),
)
TIMES = (
    _form("time:iso", "time", "TIME", r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?",
          lambda c: f"TRY_CAST(lpad(split_part({c}, ':', 1), 2, '0') || {c}[strpos({c}, ':'):] || (CASE WHEN length({c}) < 6 THEN ':00' ELSE '' END) AS TIME)", "iso"),
    _dated("%I:%M %p", r"\d{1,2}:\d{2} ?[AaPp][Mm]", "time"),
)  # fmt: skip
EMAIL = _form("email", "email", "VARCHAR", r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+", lambda c: c)
URL = _form("url", "url", "VARCHAR", r"(?i:https?|ftp)://[^\s]+", lambda c: c)
UUID = _form(
    "identifier:uuid",
    "identifier",
    "VARCHAR",
    r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    lambda c: c,
)
DIGIT_CODE = _form("identifier:digits", "identifier", "VARCHAR", r"\d+", lambda c: c)

# In the order in which they are believed.
FORMS: tuple[Form, ...] = (
    *(BOOLEAN, LETTERS, INTEGER, DECIMAL, GROUPED_INTEGER, GROUPED_DECIMAL, EURO_DECIMAL, PERCENT),
    *CURRENCIES,
    *DATES,
    *MOMENTS,
    *TIMES,
    *(EMAIL, URL, UUID, DIGIT_CODE),
)
BY_NAME = {form.name: form for form in (*FORMS, COMPACT_DATE)}
