"""What layers above tell beside the pictures of a list, where it is asked for; they register it when they are ready."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

# Takes the ids of one page of pictures that the gate let through; who is not in the answer has nothing.
Told = Callable[[Sequence[UUID]], Mapping[UUID, list[Any]]]

_told: dict[str, Told] = {}


def register(name: str, told: Told) -> None:
    """Make it known; registering one again replaces nothing and is an error."""
    if name in _told:
        raise ValueError(f"{name} is already told beside pictures.")
    _told[name] = told


def known_names() -> list[str]:
    return list(_told)


def add_beside(results: Iterable[dict[str, Any]], names: Iterable[str]) -> None:
    """Put what is told under each name into the pictures of a page, which are named by their `id`."""
    rows = list(results)
    ids = [UUID(str(row["id"])) for row in rows]
    for name in names:
        found = _told[name](ids)
        for uid, row in zip(ids, rows, strict=True):
            row[name] = found.get(uid, [])
