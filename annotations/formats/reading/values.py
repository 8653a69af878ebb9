"""Attributes, colours and choices out of files, as classes and shapes may have them."""

import json
import re
from collections.abc import Mapping
from typing import Any

from annotations.attributes import MAX_NAME, MAX_VALUE, BadSchema, read_schema
from annotations.formats.reading.numbers import line, number, storable

COLOR = re.compile(r"#[0-9a-f]{6}")
MAX_ATTRIBUTES = 100
# As Box.State and Image.State name them.
BOX_STATES = ("proposed", "accepted", "rejected")
IMAGE_STATES = ("new", "proposed", "labeled", "submitted", "approved", "changes_requested")
SOURCES = ("human", "model", "import")


def attributes_of(value: Any) -> dict[str, Any]:
    """Texts, numbers and yes or no by name; anything deeper becomes its JSON as text."""
    if not isinstance(value, Mapping):
        return {}
    found: dict[str, Any] = {}
    for name, told in list(value.items())[:MAX_ATTRIBUTES]:
        kept = _kept(told)
        if kept is not None and line(name):
            found[line(name, MAX_NAME)] = kept
    return found


def _kept(told: Any) -> Any:
    if isinstance(told, str):
        return storable(told[:MAX_VALUE])
    if isinstance(told, list | dict):
        # Only what JSON gave comes here, at a depth that its reader allows.
        return json.dumps(told)[:MAX_VALUE]
    return told if isinstance(told, bool) or number(told) is not None else None


def color_of(value: Any) -> str:
    """`#rrggbb`, or nothing for a colour in no such form."""
    if isinstance(value, str) and COLOR.fullmatch(value.lower()):
        return value.lower()
    if isinstance(value, list | tuple) and len(value) == 3:
        parts = [number(part) for part in value]
        if all(part is not None and 0 <= part <= 255 for part in parts):
            return "#" + "".join(f"{int(part):02x}" for part in parts if part is not None)
    return ""


def one_of(value: Any, choices: tuple[str, ...], default: str) -> str:
    return value if isinstance(value, str) and value in choices else default


def schema_of(attributes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The attributes of a class that can be stored; those that can't are left out, and their values stay."""
    found: list[dict[str, Any]] = []
    for attribute in attributes:
        try:
            found = read_schema([*found, attribute])
        except BadSchema:
            continue
    return found
