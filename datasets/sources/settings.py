"""The settings of a source: checked against its kind, with what is secret kept apart. Pure."""

from collections.abc import Collection, Iterator
from typing import Any

from datasets.sources.base import Field, Kind, Values
from modelship.lib.errors import BadRequest

PATTERN = Field(
    "pattern",
    "Only files named",
    "A pattern, or several with commas between, like *.jpg, *.png. Empty means all.",
    most=500,
)
RECURSIVE = Field(
    "recursive",
    "Folders inside",
    "Whether folders in the folder count too.",
    choices=("yes", "no"),
    default="yes",
)
SHARED = (PATTERN, RECURSIVE)


def all_fields(kind: Kind) -> tuple[Field, ...]:
    return (*kind.fields, *SHARED)


def checked(kind: Kind, given: Any, kept: Values) -> tuple[Values, Values]:
    """The plain settings and the secret ones of `given`.

    A secret that is not named, or is null or empty, stays what it was in `kept`: people can't see it, so
    they can't send it back. Raises BadRequest naming the field.
    """
    if not isinstance(given, dict):
        raise BadRequest("'config' must be a JSON object.", field="config")
    known = {one.name: one for one in all_fields(kind)}
    for name in given:
        if name not in known:
            raise BadRequest(
                f"'{name}' is not known here. Allowed: {', '.join(known)}.", code="unknown_field", field=name
            )
    values = dict(_read(known, given, kept))
    missing = next((one for one in kind.fields if one.required and not values.get(one.name)), None)
    if missing:
        raise BadRequest(f"'{missing.name}' is needed: {missing.title}.", code="missing", field=missing.name)
    secrets = {name: value for name, value in values.items() if known[name].secret}
    return {name: value for name, value in values.items() if name not in secrets}, secrets


def _read(known: dict[str, Field], given: dict[str, Any], kept: Values) -> Iterator[tuple[str, str]]:
    for name, one in known.items():
        value = given.get(name)
        if one.secret and (value in (None, "") or isinstance(value, dict)):
            # What the API shows in its place ({"set": true}) may come back too.
            value = kept.get(name)
        text = _text(one, one.default if value in (None, "") else value)
        if text:
            yield name, text


def _text(one: Field, value: Any) -> str:
    if isinstance(value, bool) and one.choices:
        value = "yes" if value else "no"
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise BadRequest(f"'{one.name}' must be text.", field=one.name)
    value = value.strip()
    if "\0" in value or (not one.many_lines and any(char in value for char in "\r\n")):
        raise BadRequest(f"'{one.name}' must be one line of text.", field=one.name)
    if len(value) > one.most:
        raise BadRequest(f"'{one.name}' may have {one.most:,} characters.", field=one.name)
    if one.choices and value not in one.choices:
        raise BadRequest(f"'{one.name}' must be one of {', '.join(one.choices)}.", field=one.name)
    return value


def shown(kind: Kind, config: Values, secrets: Collection[str]) -> dict[str, Any]:
    """The settings as every door shows them: of a secret, whether there is one."""
    return {
        one.name: {"set": one.name in secrets} if one.secret else config.get(one.name, one.default)
        for one in all_fields(kind)
    }


def described(kind: Kind) -> dict[str, Any]:
    """What a form needs to know."""
    return {
        "kind": kind.name,
        "title": kind.title,
        "help": kind.help,
        "fields": [
            {
                "name": one.name,
                "title": one.title,
                "help": one.help,
                "required": one.required,
                "secret": one.secret,
                "choices": list(one.choices),
                "default": one.default,
                "only": list(one.only),
            }
            for one in all_fields(kind)
        ],
    }
