"""Statements whose text is made once. Where an edit takes a millisecond, writing its SQL anew would take two."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC
from functools import cache, lru_cache, reduce
from itertools import chain
from operator import or_
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    Field,
    FloatField,
    ForeignKey,
    IntegerField,
    JSONField,
    Model,
    Q,
    QuerySet,
    UUIDField,
)

Slot = UUID | str | Collection[UUID | str]
# More pairs than this are asked for canvas by canvas, say: a long OR costs more than it saves.
MAX_PAIRS = 128
# Fields whose values the drivers take as they are.
PLAIN = (BooleanField, CharField, FloatField)


def present() -> Any:
    """This thread's connection itself: `django.db.connection` looks it up at every touch, dozens of times an edit."""
    return connections[DEFAULT_DB_ALIAS]


class Prepared:
    """A `values_list` that is asked for over and over with other ids.

    `make` builds the query from ids and collections of ids; it is called once for each number of
    ids, never with real ones, so it must not look at them. What else the query compares with is fixed. Collections grow to a power of two by
    repeating their last id, so that few texts serve all sizes; the query must bear that. Calling
    the prepared query returns the rows as lists; none where a collection is empty.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]]) -> None:
        self._make = make
        self._made: dict[tuple[str, tuple[int, ...]], _Text] = {}

    def __call__(self, *slots: Slot) -> list[list[Any]]:
        counts = tuple(-1 if isinstance(slot, UUID | str) else _room_for(len(slot)) for slot in slots)
        if 0 in counts:
            return []
        connection = present()
        key = connection.vendor, counts
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = _text_of(self._make, counts)
        ids = list(chain.from_iterable(map(_filled, slots, counts)))
        with connection.cursor() as cursor:
            values = [*(_bound(uid, connection) for uid in ids), *made.fixed]
            cursor.execute(made.sql, [values[at] for at in made.order])
            rows = [list(row) for row in cursor.fetchall()]
        return made.converted(rows, connection)


class PreparedPairs:
    """A `values_list` asked for over and over by pairs of ids, as an index over both columns finds them."""

    def __init__(self, rows: QuerySet[Any, Any], outer: str, inner: str) -> None:
        self._of_one = Prepared(lambda one, inners: rows.filter(**{outer: one, f"{inner}__in": inners}))
        self._of_many = Prepared(
            lambda outers, inners: rows.filter(
                reduce(or_, (Q(**{outer: a, inner: b}) for a, b in zip(outers, inners, strict=True)))
            )
        )

    def __call__(self, wanted: Mapping[UUID, Collection[str]]) -> list[list[Any]]:
        """The rows of all these pairs, outer ids with their inner ones, in no order."""
        pairs = [(outer, inner) for outer, inners in wanted.items() for inner in inners]
        if len(wanted) > 1 and len(pairs) <= MAX_PAIRS:
            return self._of_many([outer for outer, _ in pairs], [inner for _, inner in pairs])
        return [row for outer, inners in wanted.items() for row in self._of_one(outer, inners)]


def _room_for(count: int) -> int:
    return 1 << (count - 1).bit_length() if count else 0


def _filled(slot: Slot, count: int) -> list[UUID | str]:
    if isinstance(slot, UUID | str):
        return [slot]
    ids = list(slot)
    return ids + ids[-1:] * (count - len(ids))


class _Text:
    """SQL, which id or fixed value goes where in it, and what turns each column into its Python value."""

    def __init__(self, sql: str, order: list[int], fixed: list[Any], converters: dict[int, Any]) -> None:
        self.sql = sql
        self.order = order
        self.fixed = fixed
        self.converters = converters

    def converted(self, rows: list[list[Any]], connection: Any) -> list[list[Any]]:
        for at, (converters, expression) in self.converters.items():
            for convert in converters:
                for row in rows:
                    row[at] = convert(row[at], expression, connection)
        return rows


def _text_of(make: Callable[..., QuerySet[Any, Any]], counts: Sequence[int]) -> _Text:
    stand_ins = [uuid4() if count < 0 else [uuid4() for _ in range(count)] for count in counts]
    connection = present()
    places = [_bound(uid, connection) for uid in _flat(stand_ins)]
    compiler = make(*stand_ins).query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    converters = compiler.get_converters([column[0] for column in compiler.select])
    fixed = [parameter for parameter in parameters if parameter not in places]
    places += fixed
    for found, expression in converters.values():
        if isinstance(expression.output_field, UUIDField):
            found[:] = [_read_uuid]
    return _Text(sql, [places.index(parameter) for parameter in parameters], fixed, converters)


def _read_uuid(value: Any, expression: Any, connection: Any) -> UUID | None:
    return _uuid_of(value) if isinstance(value, str) else value


# The same ids are read again and again, and making one costs as much as a step of an edit.
@lru_cache(maxsize=8_192)
def _uuid_of(digits: str) -> UUID:
    return UUID(digits)


def _flat(slots: Sequence[UUID | list[UUID]]) -> Iterator[UUID]:
    for slot in slots:
        yield from [slot] if isinstance(slot, UUID) else slot


def _bound(uid: UUID | str, connection: Any) -> Any:
    value = uid if isinstance(uid, UUID) else _uuid_of(uid)
    return value if connection.features.has_native_uuid_field else value.hex


def share_rows(model: type[Model], ids: Collection[str], *, waits: bool) -> set[str]:
    """Keep these rows from being deleted until the transaction ends; returns which ones that was done to.

    Others may share them, and change all but their keys. Without `waits`, rows that somebody is
    about to delete are left out, as are those that are not there. SQLite has one writer, so nothing
    needs to be done.
    """
    connection = present()
    if not ids or connection.vendor != "postgresql":
        return set(ids)
    table, key = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(_key(model))
    with connection.cursor() as cursor:
        # Only names of our own are put into the text; the ids travel as a parameter. In order, so
        # that two who take the same rows never wait for each other.
        cursor.execute(
            f"SELECT {key} FROM {table} WHERE {key} = ANY(%s) ORDER BY {key} "  # noqa: S608
            f"FOR KEY SHARE{'' if waits else ' SKIP LOCKED'}",
            [[UUID(uid) for uid in ids]],
        )
        return {str(uid) for (uid,) in cursor.fetchall()}


def _key(model: type[Model]) -> str:
    return str(model._meta.pk.column) if model._meta.pk else "id"


def insert_rows(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows whose values are those of the columns `names`, without reading back their keys.

    The database fills in what is not named. Call it in a transaction.
    """
    if not rows:
        return
    connection = present()
    quote = connection.ops.quote_name
    fields = _fields(model, names)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        # Only names of our own columns are put into the text; values travel as parameters.
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})",  # noqa: S608
            _prepared(fields, rows, connection),
        )


def update_rows(
    model: type[Model], names: Sequence[str], keys: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Set the columns `names` where the columns `keys` match; each row has the values of both, in this order.

    One prepared statement for all of them: several times quicker than one CASE per column.
    """
    connection = present()
    quote = connection.ops.quote_name
    fields = _fields(model, [*names, *keys])
    columns = [quote(str(field.column)) for field in fields]
    sets = ", ".join(f"{column} = %s" for column in columns[: len(names)])
    where = " AND ".join(f"{column} = %s" for column in columns[len(names) :])
    with connection.cursor() as cursor:
        # Only names of our own columns are put into the text; values travel as parameters.
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE {where}",  # noqa: S608
            _prepared(fields, rows, connection),
        )


def _fields(model: type[Model], names: Sequence[str]) -> list[Field]:
    known = _fields_of(model)
    return [known[name] for name in names]


@cache
def _fields_of(model: type[Model]) -> dict[str, Field]:
    return {field.attname: field for field in model._meta.concrete_fields}


def _prepared(fields: Sequence[Field], rows: Sequence[Sequence[Any]], connection: Any) -> list[list[Any]]:
    writers = [_writer(field, connection.vendor) for field in fields]
    return [[write(value, connection) for write, value in zip(writers, row, strict=True)] for row in rows]


@cache
def _writer(field: Field, vendor: str) -> Callable[[Any, Any], Any]:
    """What makes a value of the field one for the database: Django's own way, or a shorter one to the same end."""
    target = field
    while isinstance(target, ForeignKey):
        target = target.target_field
    if isinstance(target, UUIDField):
        return lambda value, connection: None if value is None else _bound(value, connection)
    if type(target) in PLAIN or isinstance(target, IntegerField):
        return lambda value, connection: value
    if type(target) is JSONField and vendor == "sqlite":
        return lambda value, connection: None if value is None else orjson.dumps(value).decode()
    if type(target) is DateTimeField and vendor == "sqlite":
        return lambda value, connection: (
            None if value is None else str(value.astimezone(UTC).replace(tzinfo=None))
        )
    return lambda value, connection: None if value is None else field.get_db_prep_save(value, connection)
