"""Conditions on what people and files say of a picture, at any place inside the metadata."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import CharField, F, Func, JSONField, Q, TextField
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThan, IContains, In, LessThan

from datasets.metadata import INTRINSIC
from datasets.search.keys import LOOKUPS
from datasets.search.terms import Term
from datasets.search.values import numbers_of
from modelship.lib.errors import BadRequest

ANY = "*"
# What `metadata.intrinsic` shows from columns; the rest of it is what the file's own words say.
COLUMNS = {
    "width": "width",
    "height": "height",
    "bytes": "blob__size",
    "orientation": "orientation",
    "format": "format",
}
NUMERIC = COLUMNS.keys() - {"format"}
PLACE = "gps"


class JsonType(Func):
    """What kind of value stands there, in the words of the database."""

    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function="jsonb_typeof", **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        # A bare value of SQLite's JSON tells its kind by its own storage class.
        return self.as_sql(compiler, connection, function="typeof", **extra)


NUMBERS = ("number", "integer", "real")


def of_metadata(term: Term) -> Q:
    """`meta.key:*` is there, `:value` equals, `~part` contains, `<`, `>` compare where a number stands."""
    if not term.path:
        raise BadRequest(
            "'meta' needs the name of a key, as meta.weather:rain.", code="bad_search", field="meta"
        )
    if term.path[0] == INTRINSIC:
        return _of_file(term.path[1:], term)
    return at_path("metadata", term.path, term)


def _of_file(path: Sequence[str], term: Term) -> Q:
    """What the file tells, as `metadata.intrinsic` shows it: all but the place where it was taken."""
    if not path or path[0] == PLACE:
        detail = (
            "'meta.intrinsic' needs one of the keys that a picture shows, as meta.intrinsic.camera_make:*."
        )
        raise BadRequest(detail, code="bad_search", field="meta")
    if path[0] in COLUMNS:
        return _of_column(path[0], term) if len(path) == 1 else Q(pk__in=())
    return at_path("intrinsic", path, term)


def _of_column(name: str, term: Term) -> Q:
    column = COLUMNS[name]
    if term.values == (ANY,) and term.op == ":":
        return Q(**{f"{column}__isnull": False})
    if term.op in (":", "~"):
        return _worded(Cast(F(column), TextField()), term)
    found = Q(pk__in=())
    for value in numbers_of(term) if name in NUMERIC else ():
        found |= Q(**{f"{column}__{LOOKUPS[term.op]}": value})
    return found


def at_path(column: str, path: Sequence[str], term: Term) -> Q:
    place = _place(KeyTransform, column, path)
    if term.values == (ANY,) and term.op == ":":
        return Q(place.get_lookup("isnull")(place, False))
    if term.op in (":", "~"):
        return _worded(Cast(_place(KeyTextTransform, column, path), TextField()), term)
    return _compared(place, term)


def _worded(text: Any, term: Term) -> Q:
    if term.op == ":":
        return Q(In(text, list(term.values)))
    found = Q()
    for spelling in (spelling for value in term.values for spelling in spellings(value)):
        found |= Q(IContains(text, spelling))
    return found


def spellings(value: str) -> list[str]:
    """The text itself, and as it stands inside a list or an object."""
    return list(dict.fromkeys((value, *_inside_json(value))))


def in_list(column: str, key: str, value: str) -> Q:
    """Whether the list at that key holds this text, upper and lower case being equal."""
    found = Q()
    for spelling in _inside_json(value):
        found |= Q(IContains(_text(column, key), f'"{spelling}"'))
    return found


def _inside_json(value: str) -> tuple[str, ...]:
    # SQLite answers a list with the escapes it was written with, PostgreSQL with as few as there can be.
    return tuple(dict.fromkeys((json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])))


def text_below(column: str, key: str, bound: str) -> Q:
    """Whether the text at that key sorts before `bound`."""
    return Q(LessThan(_text(column, key), bound))


def has_text(column: str, key: str) -> Q:
    return Q(GreaterThan(_text(column, key), ""))


def _text(column: str, key: str) -> Any:
    return Cast(_place(KeyTextTransform, column, [key]), TextField())


def _compared(place: Any, term: Term) -> Q:
    lookup = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}[term.op]
    found = Q()
    for value in numbers_of(term):
        found |= Q(place.get_lookup(lookup)(place, value))
    return Q(In(JsonType(place), NUMBERS)) & found


def _place(transform: Any, column: str, path: Sequence[str]) -> Any:
    """Built step by step from expressions: a key is a value here, never a part of a lookup's name."""
    place: Any = F(column)
    for step in path[:-1]:
        place = KeyTransform(step, place)
    place = transform(path[-1], place)
    place.output_field = JSONField() if transform is KeyTransform else TextField()
    return place
