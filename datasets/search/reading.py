"""Searches as doors get them: a search line, parameters of an address, or JSON. One meaning for all."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.http import QueryDict

from datasets.search.grammar import MAX_VALUES, parsed, printed
from datasets.search.keys import condition_of, without_me
from datasets.search.terms import META, TEXT, Search, Term
from modelship.lib.errors import BadRequest

LINE = "q"
SIDES = {"min_score": "score>=", "max_score": "score<=", "min_boxes": "boxes>=", "max_boxes": "boxes<="}
PARAMETER = re.compile(r"([^<>=~:]+)([<>~]?)(.*)", re.DOTALL)


def search_of_line(line: str) -> Search:
    """Raises BadRequest for what can't be read and for what nobody may ask."""
    return checked(parsed(line))


def search_of_query(query: QueryDict, *, besides: Iterable[str]) -> Search:
    """The parameters of an address but for `besides`, which the door reads itself.

    `state=new,labeled`, `meta.iso>=800` and `q=state:new` are all read. Raises BadRequest for an unknown one.
    """
    terms: list[Term] = []
    for name, values in query.lists():
        if name in besides:
            continue
        given = [value for value in values if value or not re.fullmatch(r"[a-z_]+", name)]
        listed = [part for value in given for part in value.split(",") if part]
        terms += parsed(" ".join(given)).terms if name == LINE else _terms(name, given, listed)
    return checked(Search(tuple(terms)))


def search_of_json(value: Any) -> Search:
    """{"q": line, key: value or list of values, ...}. Raises BadRequest as the others do."""
    if not isinstance(value, Mapping):
        raise BadRequest("'filter' must be an object or null.", field="filter")
    terms: list[Term] = []
    for name, given in value.items():
        values = [_text(name, item) for item in (given if isinstance(given, list) else [given])]
        if name == LINE:
            terms += parsed(" ".join(values)).terms
        elif values:
            terms += _terms(name, values, values)
    return checked(Search(tuple(terms)))


def line_of_json(value: Any, me: UUID | None) -> str:
    """The same as a line, to be kept for work that goes on without who asked.

    It is read once more: what is kept has to fit into a line.
    """
    line = printed(without_me(search_of_json(value).asked_by(me)))
    search_of_line(line)
    return line


def checked(search: Search) -> Search:
    """The same search, when every part of it may be asked."""
    condition_of(search)
    return search


def _terms(name: str, values: list[str], listed: list[str]) -> list[Term]:
    """The terms of one named parameter. Each bound is one of its own; equal `listed` values are alternatives."""
    if name in SIDES:
        return [term for value in values for term in parsed(f"{SIDES[name]}{_quoted(value)}").terms]
    found = PARAMETER.fullmatch(name)
    if found is None:
        raise BadRequest(
            f"'{name[:40]}' is not something to search by.", code="unknown_field", field=name[:40]
        )
    key, op, strict = found.groups()
    if op and not strict:
        # `meta.iso>=800` arrives as the name `meta.iso>` and the value 800.
        return [_term(key, op if op == "~" else f"{op}=", (value,)) for value in values]
    if op:
        return [_term(key, op, (strict,))]
    if key == TEXT:
        return [_term(key, ":", (value,)) for value in values]
    return [_term(key, ":", tuple(listed))] if listed else []


def _term(key: str, op: str, values: tuple[str, ...]) -> Term:
    if len(values) > MAX_VALUES:
        raise BadRequest(f"'{key[:40]}' may list {MAX_VALUES} values.", code="bad_search", field=key[:40])
    if any("\0" in text for text in (key, *values)):
        raise BadRequest("The search contains a NUL character. Remove it.", code="bad_search", field=key[:40])
    name, _, rest = key.partition(".")
    if name == META and rest:
        return Term(META, op, values, tuple(rest.split(".")))
    return Term(key, op, values)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise BadRequest(
            f"'filter.{name[:40]}' must be text, a number, or a list of them.", field=f"filter.{name[:40]}"
        )
    return str(value)
