"""The class editor's rows: what the form holds, what is wrong with it, what it changes."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from django.http import QueryDict

from annotations.attributes import read_schema
from annotations.skeleton import read_skeleton
from modelship.web.palette import free_color, free_hotkey

COLOR = re.compile(r"#[0-9a-f]{6}")
MOST = 1000
# What opens under a row.
FURTHER = ("attributes", "use", "skeleton")
PLACE = re.compile(r"'?attributes(?:\[(\d+)\]\.?)?'?")


@dataclass(frozen=True)
class ClassRow:
    name: str
    color: str
    hotkey: str = ""
    id: str = ""
    # What else the class says, as JSON of FURTHER; empty where the form does not ask.
    more: str = ""
    error: str = ""

    @property
    def values(self) -> dict[str, Any]:
        """What the class is to be, as its actions take it."""
        said = json.loads(self.more) if self.more else {}
        return {"name": self.name, "color": self.color, "hotkey": self.hotkey, **said}


def blank_rows(number: int, used: Iterable[ClassRow] = ()) -> list[ClassRow]:
    """Empty rows with colours and keys that the used ones leave free."""
    rows = list(used)
    start = len(rows)
    for _ in range(number):
        color = free_color(row.color for row in rows)
        rows.append(ClassRow(name="", color=color, hotkey=free_hotkey(row.hotkey for row in rows)))
    return rows[start:]


def rows_of(post: QueryDict) -> list[ClassRow]:
    """The rows of a posted form in their order, checked; rows without a name and an id are left out."""
    columns = [post.getlist(f"class_{column}") for column in ("id", "name", "color", "hotkey", "more")]
    rows = [
        ClassRow(
            id=id_.strip(),
            name=name.strip(),
            color=color.strip().lower(),
            hotkey=hotkey.strip().lower(),
            more=more,
        )
        for id_, name, color, hotkey, more in zip_longest(*columns, fillvalue="")
    ]
    return checked([row for row in rows if row.name or row.id][:MOST])


def checked(rows: Sequence[ClassRow]) -> list[ClassRow]:
    """The rows with a sentence at each that can't be saved."""
    names, keys = [row.name for row in rows], [row.hotkey for row in rows]
    return [replace(row, error=_error(row, names[:at], keys[:at])) for at, row in enumerate(rows)]


def _error(row: ClassRow, names: Sequence[str], keys: Sequence[str]) -> str:
    if not row.name:
        return "Give the class a name, or remove the row."
    if len(row.name) > 200:
        return "A name may have 200 characters."
    if row.name in names:
        return "Another class has this name. Choose a different one."
    if not COLOR.fullmatch(row.color):
        return "Choose a colour."
    if len(row.hotkey) > 1 or not row.hotkey.isprintable():
        return "A key is one letter, digit or sign."
    if row.hotkey and row.hotkey in keys:
        return "Another class has this key. Choose a different one."
    return _error_of_more(row.more)


def _error_of_more(more: str) -> str:
    if not more:
        return ""
    try:
        said = json.loads(more)
        if not isinstance(said, dict) or set(said) - set(FURTHER):
            raise ValueError("The form was not sent as the page makes it. Reload the page.")
        read_schema(said.get("attributes", []))
        read_skeleton(said.get("skeleton"))
    except (RecursionError, json.JSONDecodeError):
        return "The form was not sent as the page makes it. Reload the page."
    except ValueError as problem:
        return PLACE.sub(_place, str(problem))
    return ""


def _place(found: re.Match[str]) -> str:
    """People count from one, and know no brackets."""
    return "Attributes" if found[1] is None else f"Attribute {int(found[1]) + 1}: "


def row_of(label: Mapping[str, Any]) -> ClassRow:
    return ClassRow(
        id=label["id"],
        name=label["name"],
        color=label["color"],
        hotkey=label["hotkey"],
        more=json.dumps({key: label[key] for key in FURTHER}),
    )
