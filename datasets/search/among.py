"""Conditions on thousands of ids: they travel as one parameter, where `in` would bind each by itself."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db.models import F, Lookup

Sql = tuple[str, list[Any]]


class Among(Lookup):  # type: ignore[type-arg]  # knows no parameter at run time
    """Whether the column holds one of the values, which are UUIDs or whole numbers: `rows.filter(Among("id", ids))`."""

    prepare_rhs = False

    def __init__(self, column: Any, values: Sequence[UUID | int]) -> None:
        super().__init__(F(column) if isinstance(column, str) else column, values)

    def as_postgresql(self, compiler: Any, connection: Any) -> Sql:
        left, parameters = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.db_type(connection)
        return f"{left} = ANY(%s::{kind}[])", [*parameters, list(self.rhs)]

    def as_sqlite(self, compiler: Any, connection: Any) -> Sql:
        left, parameters = self.process_lhs(compiler, connection)
        values = [value.hex if isinstance(value, UUID) else value for value in self.rhs]
        # Only the compiled column is put into the text; the values travel as a parameter.
        return f"{left} IN (SELECT value FROM json_each(%s))", [*parameters, orjson.dumps(values).decode()]  # noqa: S608
