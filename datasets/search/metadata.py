"""Conditions on what people and files say of a picture, at any place inside the metadata."""

from collections.abc import Sequence
from typing import Any

from django.db.models import CharField, F, Func, JSONField, Q, TextField
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThan, IContains, In, LessThan

from datasets.search.terms import Term
from datasets.search.values import numbers_of
from modelship.lib.errors import BadRequest

ANY = "*"


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
    return at_path("metadata", term.path, term)


def at_path(column: str, path: Sequence[str], term: Term) -> Q:
    place = _place(KeyTransform, column, path)
    if term.values == (ANY,) and term.op == ":":
        return Q(place.get_lookup("isnull")(place, False))
    text = Cast(_place(KeyTextTransform, column, path), TextField())
    if term.op == ":":
        return Q(In(text, list(term.values)))
    found = Q()
    if term.op == "~":
        for value in term.values:
            found |= Q(IContains(text, value))
        return found
    return _compared(place, term)


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
