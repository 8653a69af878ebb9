"""Reading single values of a request, each with a sentence for the person who sent it."""

from typing import Any
from uuid import UUID

from modelship.lib.errors import BadRequest


def text_of(data: dict[str, Any], key: str, *, most: int, default: str | None = None) -> str:
    """A trimmed string of at most `most` characters; required when there is no default."""
    value = data.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise BadRequest(f"'{key}' is needed, as text.", field=key)
    value = value.strip()
    if len(value) > most:
        raise BadRequest(f"'{key}' may have {most} characters.", field=key)
    if "\0" in value:
        raise BadRequest(f"'{key}' contains a NUL character.", field=key)
    return value


def number_of(
    data: dict[str, Any], key: str, *, low: float, high: float, default: float | None = None
) -> float:
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadRequest(f"'{key}' must be a number from {low} to {high}.", field=key)
    return value


def flag_of(data: dict[str, Any], key: str, *, default: bool) -> bool:
    value = data.get(key, default)
    if not isinstance(value, bool):
        raise BadRequest(f"'{key}' must be true or false.", field=key)
    return value


def choice_of(data: dict[str, Any], key: str, choices: tuple[str, ...], *, default: str | None = None) -> str:
    value = data.get(key, default)
    if value not in choices:
        raise BadRequest(f"'{key}' must be one of {', '.join(choices)}.", field=key)
    return str(value)


def id_of(value: Any, key: str) -> UUID:
    try:
        return UUID(value) if isinstance(value, str) else UUID("")
    except ValueError as error:
        raise BadRequest(f"'{key}' must be an id (a UUID).", field=key) from error
