"""Keyset paging: any page costs what the first one costs, and new rows never shift it."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from modelship.lib.errors import BadRequest

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


def limit_of(request: HttpRequest) -> int:
    raw = request.GET.get("limit", str(DEFAULT_LIMIT))
    if not raw.isdigit() or not 1 <= int(raw) <= MAX_LIMIT:
        raise BadRequest(f"'limit' must be a number from 1 to {MAX_LIMIT}.", field="limit")
    return int(raw)


def page(
    request: HttpRequest,
    rows: QuerySet,
    *,
    order: Sequence[str],
    to_dict: Callable[[Any], dict[str, Any]],
) -> dict[str, Any]:
    """One page of `rows` as {"next", "previous", "results"}.

    `order` names columns, with '-' for descending; the last one must be unique.
    """
    limit, cursor = limit_of(request), request.GET.get("cursor", "")
    keys, backwards = _decode(cursor, len(order)) if cursor else (None, False)
    columns = [_flip(name) for name in order] if backwards else list(order)
    if keys is not None:
        rows = rows.filter(_beyond(columns, keys))
    found = list(rows.order_by(*columns)[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    ahead = bool(found) and (more if not backwards else True)
    behind = bool(found) and (more if backwards else keys is not None)
    return {
        "next": _link(request, found[-1], order, "f") if ahead else None,
        "previous": _link(request, found[0], order, "b") if behind else None,
        "results": [to_dict(row) for row in found],
    }


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(columns: Sequence[str], keys: list[Any]) -> Q:
    """(a > x) or (a = x and b > y) or …, with < for descending columns."""
    condition, equal = Q(), Q()
    for name, key in zip(columns, keys, strict=True):
        field, side = (name[1:], "lt") if name.startswith("-") else (name, "gt")
        condition |= equal & Q(**{f"{field}__{side}": key})
        equal &= Q(**{field: key})
    return condition


def _link(request: HttpRequest, row: Any, order: Sequence[str], direction: str) -> str:
    keys = [_key(row, name.lstrip("-")) for name in order]
    cursor = base64.urlsafe_b64encode(orjson.dumps([direction, *keys])).decode().rstrip("=")
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}"


def _key(row: Any, name: str) -> Any:
    value = row[name] if isinstance(row, dict) else getattr(row, name)
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    return {"u": str(value)} if isinstance(value, UUID) else value


def _decode(cursor: str, length: int) -> tuple[list[Any], bool]:
    try:
        direction, *keys = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values = [_unkey(key) for key in keys]
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise BadRequest(
            "The cursor is not one of ours. Start from the first page.", field="cursor"
        ) from error
    if direction not in ("f", "b") or len(values) != length:
        raise BadRequest("The cursor belongs to another list. Start from the first page.", field="cursor")
    return values, direction == "b"


def _unkey(key: Any) -> Any:
    if isinstance(key, dict):
        return datetime.fromisoformat(key["t"]) if "t" in key else UUID(key["u"])
    if isinstance(key, list):
        raise TypeError("a key is a scalar")
    return key
