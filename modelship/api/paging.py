"""Keyset paging: any page costs what the first one costs, and new rows never shift it."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import (
    CharField,
    DateField,
    DateTimeField,
    F,
    FloatField,
    GeneratedField,
    IntegerField,
    Model,
    Q,
    QuerySet,
    UUIDField,
)
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import HttpRequest

from modelship.lib.errors import BadRequest

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
# Where rows carry others along: so many of those a page.
MOST_WEIGHT = 20_000


def limit_of(request: HttpRequest) -> int:
    raw = request.GET.get("limit", str(DEFAULT_LIMIT))
    if not (raw.isascii() and raw.isdigit()) or not 1 <= int(raw[:9]) <= MAX_LIMIT:
        raise BadRequest(f"'limit' must be a number from 1 to {MAX_LIMIT}.", field="limit")
    return int(raw)


def page(
    request: HttpRequest,
    rows: QuerySet,
    *,
    order: Sequence[str],
    to_dict: Callable[[Any], dict[str, Any]],
    weigh: Callable[[Any], int] = lambda row: 0,
) -> dict[str, Any]:
    """One page of `rows` as {"next", "previous", "results"}.

    `order` names columns of times, numbers, texts or ids, with '-' for descending; the last one must
    be unique. A page ends before its rows weigh more than MOST_WEIGHT, but has one at least.
    """
    limit, cursor = limit_of(request), request.GET.get("cursor", "")
    keys, backwards = _decode(cursor, rows.model, order) if cursor else (None, False)
    columns = [_flip(name) for name in order] if backwards else list(order)
    if keys is not None:
        rows = rows.filter(_beyond(columns, keys))
    found = list(rows.order_by(*columns)[: limit + 1])
    fitting = _fitting(found[:limit], weigh)
    more, found = len(found) > len(fitting), fitting
    if backwards:
        found.reverse()
    ahead = bool(found) and (more if not backwards else True)
    behind = bool(found) and (more if backwards else keys is not None)
    return {
        "next": _link(request, found[-1], order, "f") if ahead else None,
        "previous": _link(request, found[0], order, "b") if behind else None,
        "results": [to_dict(row) for row in found],
    }


def _fitting(rows: list[Any], weigh: Callable[[Any], int]) -> list[Any]:
    total = 0
    for at, row in enumerate(rows):
        total += weigh(row)
        if at and total > MOST_WEIGHT:
            return rows[:at]
    return rows


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(columns: Sequence[str], keys: list[Any]) -> Q:
    """Behind these keys in the order of the columns.

    Where all go one way it is one comparison of rows: an index starts at that very place, however many
    share the first key.
    """
    ways = {name.startswith("-") for name in columns}
    if len(columns) > 1 and len(ways) == 1:
        compare = TupleLessThan if ways.pop() else TupleGreaterThan
        return Q(compare(Tuple(*(F(name.lstrip("-")) for name in columns)), keys))
    return _beyond_mixed(columns, keys)


def _beyond_mixed(columns: Sequence[str], keys: list[Any]) -> Q:
    """(a > x) or (a = x and b > y) or …, with < for descending columns.

    And a >= x, which says nothing new but lets an index start there.
    """
    first, is_down = columns[0].lstrip("-"), columns[0].startswith("-")
    bound = Q(**{f"{first}__{'lte' if is_down else 'gte'}": keys[0]}) if len(columns) > 1 else Q()
    condition, equal = Q(), Q()
    for name, key in zip(columns, keys, strict=True):
        field, side = (name[1:], "lt") if name.startswith("-") else (name, "gt")
        condition |= equal & Q(**{f"{field}__{side}": key})
        equal &= Q(**{field: key})
    return bound & condition


def before(row: dict[str, Any], order: Sequence[str]) -> Q:
    """What stands in front of this row in the order."""
    return _beyond([_flip(name) for name in order], [row[name.lstrip("-")] for name in order])


def cursor_after(row: Any, order: Sequence[str], direction: str = "f") -> str:
    """The cursor of the page that starts behind this row; with the direction `b`, ends before it."""
    keys = [_key(row, name.lstrip("-")) for name in order]
    return base64.urlsafe_b64encode(orjson.dumps([direction, *keys])).decode().rstrip("=")


def _link(request: HttpRequest, row: Any, order: Sequence[str], direction: str) -> str:
    query = request.GET.copy()
    query["cursor"] = cursor_after(row, order, direction)
    return f"{request.path}?{query.urlencode()}"


def _key(row: Any, name: str) -> Any:
    value = row[name] if isinstance(row, dict) else getattr(row, name)
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return {"u": str(value)} if isinstance(value, UUID) else value


def _decode(cursor: str, model: type[Model], order: Sequence[str]) -> tuple[list[Any], bool]:
    """The keys of the row to go on from. Anybody can write a cursor, so its columns judge them."""
    try:
        direction, *keys = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        columns = [model._meta.get_field(name.lstrip("-")) for name in order]
        values = [_unkey(column, key) for column, key in zip(columns, keys, strict=True)]
        backwards = ("f", "b").index(direction) == 1
    except (ValueError, TypeError, KeyError, OverflowError, binascii.Error) as error:
        raise BadRequest(
            "The cursor is not one of this list. Start from the first page.", field="cursor"
        ) from error
    return values, backwards


def _unkey(column: Any, key: Any) -> Any:
    """What `_key` made of a value of the column; raises where the column can't hold it."""
    if isinstance(column, DateTimeField):
        return datetime.fromisoformat(key["t"]).astimezone(UTC)
    if isinstance(column, DateField):
        return date.fromisoformat(key["d"])
    if isinstance(column, UUIDField):
        return UUID(key["u"])
    if isinstance(column, GeneratedField):
        column = column.output_field
    if isinstance(column, IntegerField) and type(key) is int and abs(key) < 1 << 63:
        return key
    if isinstance(column, FloatField) and type(key) in (int, float):
        return float(key)
    if isinstance(column, CharField) and isinstance(key, str) and "\0" not in key:
        return key
    raise ValueError(f"no key of {column}")
