"""What a class says about the attributes of its shapes: read strictly, and asked whether a value fits.

A schema is a list of attributes, each an object:

    {"name": "colour", "label": "Colour of the hull", "kind": "choice", "choices": ["red", "white"],
     "default": "white", "required": true}

`kind` is text, number, choice or checkbox. `min`, `max` and `step` belong to numbers, `choices` to
choices. `default`, `required` and `step` speak to people's editors; `fits` says what may be stored.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

KINDS = ("text", "number", "choice", "checkbox")
MAX_SCHEMA = 20
MAX_CHOICES = 100
MAX_NAME, MAX_LABEL, MAX_VALUE = 64, 200, 1_024
# The keys that an attribute of each kind may have besides those of all kinds.
COMMON = ("name", "label", "kind", "default", "required")
OWN: Mapping[str, tuple[str, ...]] = {
    "text": (),
    "number": ("min", "max", "step"),
    "choice": ("choices",),
    "checkbox": (),
}

Attribute = Mapping[str, Any]


class BadSchema(ValueError):
    """Not a schema; the message says which part, and what it must be."""


def read_schema(value: Any) -> list[dict[str, Any]]:
    """The schema with its keys in a fixed order; raises BadSchema."""
    if not isinstance(value, list) or len(value) > MAX_SCHEMA:
        raise BadSchema(f"'attributes' must be a list of up to {MAX_SCHEMA} attributes.")
    found: list[dict[str, Any]] = []
    for at, item in enumerate(value):
        where = f"attributes[{at}]"
        attribute = _read_attribute(where, item)
        if any(other["name"] == attribute["name"] for other in found):
            raise BadSchema(f"{where}.name: two attributes are named {attribute['name']}. Rename one.")
        found.append(attribute)
    return found


def misfit(schema: Iterable[Attribute], values: Mapping[str, Any]) -> str | None:
    """Why one of the values can't be stored, or None. Names that the schema does not know fit always.

    None as a value takes the attribute away, which is always possible.
    """
    known = {attribute.get("name"): attribute for attribute in schema if isinstance(attribute, Mapping)}
    for name, value in values.items():
        attribute = known.get(name)
        if attribute is None or value is None:
            continue
        if reason := _misfit(attribute, value):
            return f"{name} {reason}."
    return None


def defaults(schema: Iterable[Attribute]) -> dict[str, Any]:
    """The values that a shape begins with."""
    return {attribute["name"]: attribute["default"] for attribute in schema if "default" in attribute}


def _misfit(attribute: Attribute, value: Any) -> str | None:
    check = CHECKS.get(attribute.get("kind", ""))
    return check(attribute, value) if check else None


def _text(attribute: Attribute, value: Any) -> str | None:
    return None if isinstance(value, str) and len(value) <= MAX_VALUE else "must be text"


def _number(attribute: Attribute, value: Any) -> str | None:
    if not _is_number(value):
        return "must be a number"
    least, most = attribute.get("min"), attribute.get("max")
    if least is not None and value < least:
        return f"must be at least {least:g}"
    if most is not None and value > most:
        return f"must be at most {most:g}"
    return None


def _choice(attribute: Attribute, value: Any) -> str | None:
    choices = attribute.get("choices", ())
    return None if isinstance(value, str) and value in choices else f"must be one of {', '.join(choices)}"


def _checkbox(attribute: Attribute, value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


CHECKS: Mapping[str, Callable[[Attribute, Any], str | None]] = {
    "text": _text,
    "number": _number,
    "choice": _choice,
    "checkbox": _checkbox,
}


def _read_attribute(where: str, item: Any) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        raise BadSchema(f"{where} must be an object with a name and a kind.")
    kind = item.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise BadSchema(f"{where}.kind must be one of {', '.join(KINDS)}.")
    if unknown := set(item) - {*COMMON, *OWN[kind]}:
        raise BadSchema(f"{where}: an attribute of kind {kind} has no {min(map(str, unknown))}.")
    found: dict[str, Any] = {"name": _line(f"{where}.name", item.get("name"), MAX_NAME)}
    if item.get("label") not in (None, ""):
        found["label"] = _line(f"{where}.label", item["label"], MAX_LABEL)
    found["kind"] = kind
    found |= _own(where, kind, item)
    if item.get("default") is not None:
        if reason := _misfit(found, item["default"]):
            raise BadSchema(f"{where}.default {reason}.")
        found["default"] = item["default"]
    required = item.get("required", False)
    if not isinstance(required, bool):
        raise BadSchema(f"{where}.required must be true or false.")
    return found | ({"required": True} if required else {})


def _own(where: str, kind: str, item: Attribute) -> dict[str, Any]:
    if kind == "choice":
        return {"choices": _choices(f"{where}.choices", item.get("choices"))}
    found = {}
    for key in OWN[kind]:
        value = item.get(key)
        if value is None:
            continue
        if not _is_number(value) or (key == "step" and value <= 0):
            raise BadSchema(f"{where}.{key} must be a number{' above 0' if key == 'step' else ''}.")
        found[key] = value
    if "min" in found and "max" in found and found["min"] > found["max"]:
        raise BadSchema(f"{where}.max must be at least min.")
    return found


def _choices(where: str, value: Any) -> list[str]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not 1 <= len(value) <= MAX_CHOICES:
        raise BadSchema(f"{where} must be a list of 1 to {MAX_CHOICES} texts.")
    found = [_line(f"{where}[{at}]", choice, MAX_LABEL) for at, choice in enumerate(value)]
    if len(set(found)) < len(found):
        raise BadSchema(f"{where} names one choice twice.")
    return found


def _line(where: str, value: Any, most: int) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(text) <= most or not text.isprintable():
        raise BadSchema(f"{where} must be one line of 1 to {most} characters.")
    return text


def _is_number(value: Any) -> bool:
    """Larger ones than a browser counts exactly are refused."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) < 1 << 53 and math.isfinite(value)
