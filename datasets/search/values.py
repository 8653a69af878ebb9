"""The values of terms, read strictly: numbers, days, ids. Pure."""

import math
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from datasets.search.terms import Term
from modelship.lib.errors import BadRequest

LARGEST = 1e15
MONTHS = 12
# Of bytes, as people write them: 5MB, 1.5 GiB.
UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}
AMOUNT = re.compile(r"([0-9.]+) ?((?:[kmg]i?)?b|)", re.IGNORECASE)
DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def numbers_of(term: Term) -> list[float]:
    return [_number(term, value) for value in term.values]


def wholes_of(term: Term) -> list[int]:
    return [_whole(term, value) for value in term.values]


def sizes_of(term: Term) -> list[int]:
    """Bytes, with or without a unit."""
    return [_size(term, value) for value in term.values]


def ids_of(term: Term) -> list[UUID]:
    try:
        return [UUID(value) for value in term.values]
    except ValueError as error:
        raise _refused(term, "an id (a UUID)") from error


def span_of(term: Term) -> tuple[datetime, datetime]:
    """The moments from and until which the year, month, day or second lasts."""
    if len(term.values) != 1:
        raise _refused(term, "one date, as 2026-05 or 2026-05-31")
    value = term.values[0]
    try:
        return _span(value)
    except (ValueError, OverflowError) as error:
        raise _refused(term, "a date, as 2026, 2026-05, 2026-05-31 or 2026-05-31T12:00:00Z") from error


def hash_of(term: Term) -> list[int]:
    """Perceptual hashes as their columns hold them: 64 bits, signed."""
    if not all(re.fullmatch(r"[0-9a-f]{16}", value) for value in term.values):
        raise _refused(term, "a hash of 16 hexadecimal digits")
    found = [int(value, 16) for value in term.values]
    return [value - (1 << 64) if value >> 63 else value for value in found]


def _span(value: str) -> tuple[datetime, datetime]:
    found = DAY.fullmatch(value)
    if found is None:
        moment = datetime.fromisoformat(value)
        start = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return start, start + timedelta(seconds=1)
    year, month, day = (int(part) if part else 0 for part in found.groups())
    start = datetime(year, month or 1, day or 1, tzinfo=UTC)
    if day:
        return start, start + timedelta(days=1)
    if not month or month == MONTHS:
        return start, datetime(year + 1, 1, 1, tzinfo=UTC)
    return start, datetime(year, month + 1, 1, tzinfo=UTC)


def _number(term: Term, text: str) -> float:
    try:
        value = float(text) if text.isascii() else math.nan
    except ValueError as error:
        raise _refused(term, "a number") from error
    if not abs(value) <= LARGEST:
        raise _refused(term, "a number")
    return value


def _whole(term: Term, text: str) -> int:
    value = _number(term, text)
    if not value.is_integer():
        raise _refused(term, "a whole number")
    return int(value)


def _size(term: Term, text: str) -> int:
    found = AMOUNT.fullmatch(text)
    if found is None:
        raise _refused(term, "bytes, as 100000, 250kB or 5MB")
    size = round(_number(term, found.group(1)) * UNITS[found.group(2).lower()], 3)
    if not size.is_integer() or size > LARGEST:
        raise _refused(term, "bytes, as 100000, 250kB or 5MB")
    return int(size)


def _refused(term: Term, wanted: str) -> BadRequest:
    return BadRequest(f"'{term.key}' needs {wanted}.", code="bad_search", field=term.key)
