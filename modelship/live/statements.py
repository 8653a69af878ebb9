"""Statements whose text is made once. Where an edit takes a millisecond, writing its SQL anew would take two."""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field, Model, QuerySet

Slot = UUID | str | Collection[UUID | str]


def present() -> Any:
    """This thread's connection itself: `django.db.connection` looks it up at every touch, dozens of times an edit."""
    return connections[DEFAULT_DB_ALIAS]


class Prepared:
    """A `values_list` that is asked for over and over with other ids.

    `make` builds the query from ids and collections of ids; it is called once for each number of
    ids, never with real ones, so it must not look at them. Calling the prepared query returns
    the rows as lists; none where a collection is empty.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]]) -> None:
        self._make = make
        self._made: dict[tuple[str, tuple[int, ...]], _Text] = {}

    def __call__(self, *slots: Slot) -> list[list[Any]]:
        counts = tuple(-1 if isinstance(slot, UUID | str) else len(slot) for slot in slots)
        if 0 in counts:
            return []
        connection = present()
        key = connection.vendor, counts
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = _text_of(self._make, counts)
        ids = list(chain.from_iterable([slot] if isinstance(slot, UUID | str) else slot for slot in slots))
        with connection.cursor() as cursor:
            cursor.execute(made.sql, [_bound(ids[at], connection) for at in made.order])
            rows = [list(row) for row in cursor.fetchall()]
        return made.converted(rows, connection)


class _Text:
    """SQL, which id goes where in it, and what turns each column into its Python value."""

    def __init__(self, sql: str, order: list[int], converters: dict[int, Any]) -> None:
        self.sql = sql
        self.order = order
        self.converters = converters

    def converted(self, rows: list[list[Any]], connection: Any) -> list[list[Any]]:
        for at, (converters, expression) in self.converters.items():
            for row in rows:
                for convert in converters:
                    row[at] = convert(row[at], expression, connection)
        return rows


def _text_of(make: Callable[..., QuerySet[Any, Any]], counts: Sequence[int]) -> _Text:
    stand_ins = [uuid4() if count < 0 else [uuid4() for _ in range(count)] for count in counts]
    connection = present()
    places = [_bound(uid, connection) for uid in _flat(stand_ins)]
    compiler = make(*stand_ins).query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    converters = compiler.get_converters([column[0] for column in compiler.select])
    return _Text(sql, [places.index(parameter) for parameter in parameters], converters)


def _flat(slots: Sequence[UUID | list[UUID]]) -> Iterator[UUID]:
    for slot in slots:
        yield from [slot] if isinstance(slot, UUID) else slot


def _bound(uid: UUID | str, connection: Any) -> Any:
    value = uid if isinstance(uid, UUID) else UUID(uid)
    return value if connection.features.has_native_uuid_field else value.hex


def insert_rows(rows: Sequence[Model]) -> None:
    """Insert new rows of one model without reading back their keys. Call it in a transaction."""
    if not rows:
        return
    connection = present()
    fields = [
        field for field in rows[0]._meta.local_concrete_fields if not field.generated and not _is_auto(field)
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    parameters = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields] for row in rows
    ]
    with connection.cursor() as cursor:
        # Only names of our own columns are put into the text; values travel as parameters.
        cursor.executemany(
            f"INSERT INTO {quote(rows[0]._meta.db_table)} ({columns}) VALUES ({places})",  # noqa: S608
            parameters,
        )


def update_rows(
    model: type[Model], names: Sequence[str], keys: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Set the columns `names` where the columns `keys` match; each row has the values of both, in this order.

    One prepared statement for all of them: several times quicker than one CASE per column.
    """
    connection = present()
    known = {field.attname: field for field in model._meta.concrete_fields}
    fields = [known[name] for name in [*names, *keys]]
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(str(known[name].column))} = %s" for name in names)
    where = " AND ".join(f"{quote(str(known[name].column))} = %s" for name in keys)
    parameters = [
        [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)]
        for row in rows
    ]
    with connection.cursor() as cursor:
        # Only names of our own columns are put into the text; values travel as parameters.
        cursor.executemany(f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE {where}", parameters)  # noqa: S608


def _is_auto(field: Field) -> bool:
    return bool(getattr(field, "auto_created", False) or field.get_internal_type() == "BigAutoField")
