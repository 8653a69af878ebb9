"""What the person who brings a model knows better than the inspection."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from inference.engine.spec import ModelSpec
from modelship.lib.errors import BadRequest, Unprocessable

FIELDS = (
    "head",
    "classes",
    "input",
    "channel_order",
    "scale",
    "mean",
    "std",
    "resize",
    "pad_value",
    "decoded",
    "confidence",
    "iou",
)
SINGLE = ("scale", "confidence", "iou")
TRIPLES = ("mean", "std")
MAX_TEXT = 200_000


@dataclass(frozen=True)
class Overrides:
    """Fields of the ModelSpec that replace what was detected."""

    values: Mapping[str, Any]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Overrides":
        """From JSON values, or from the texts of a form. Empty texts count as not given.

        `classes` is a list, or text with one name a line; `input` is [width, height] or "640x480".
        Raises BadRequest for a value that can't be read.
        """
        given = {key: data[key] for key in FIELDS if data.get(key) not in (None, "")}
        values: dict[str, Any] = {key: given[key] for key in ("head", "resize") if key in given}
        if "channel_order" in given:
            values["channel_order"] = str(given["channel_order"]).upper()
        if "classes" in given:
            values["class_names"] = class_names(given["classes"])
        if "input" in given:
            values["input_size"] = _size(given["input"])
        values |= {key: _numbers(key, given[key], 1)[0] for key in SINGLE if key in given}
        values |= {key: _numbers(key, given[key], 3) for key in TRIPLES if key in given}
        if "pad_value" in given:
            values["pad_value"] = _whole("pad_value", given["pad_value"])
        if "decoded" in given:
            values["decoded"] = _flag(given["decoded"])
        return cls(values)

    def over(self, others: "Overrides") -> "Overrides":
        """These values, and the others' where these say nothing."""
        return Overrides({**others.values, **self.values})

    def apply(self, found: ModelSpec) -> ModelSpec:
        """The spec with these values; raises Unprocessable where they don't fit the model."""
        names = self.values.get("class_names", found.class_names)
        if found.tells_classes and len(names) != len(found.class_names):
            raise Unprocessable(
                f"The model tells {len(found.class_names)} classes apart, but {len(names)} names were given. "
                "Give one name for each, in the model's order.",
                code="class_count",
                expected=len(found.class_names),
            )
        try:
            return replace(found, **self.values)
        except (ValueError, TypeError) as error:
            raise Unprocessable(str(error), code="bad_settings") from error


NONE = Overrides({})


def class_names(value: Any) -> tuple[str, ...]:
    """Names from a list, or from text with one a line."""
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise BadRequest("'classes' is too long.", field="classes")
        value = [line.strip() for line in value.splitlines() if line.strip()]
    if not isinstance(value, list) or not value or not all(_is_name(name) for name in value):
        raise BadRequest("'classes' must be names of 1 to 128 printable characters.", field="classes")
    names = tuple(name.strip() for name in value)
    if len(set(names)) != len(names):
        raise BadRequest("A class name occurs twice. Give each its own.", field="classes")
    return names


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and name.isprintable() and 1 <= len(name.strip()) <= 128


def _size(value: Any) -> tuple[int, int]:
    sides = value.lower().split("x") if isinstance(value, str) else value
    if isinstance(sides, list) and len(sides) == 2 and all(_is_side(side) for side in sides):
        return int(sides[0]), int(sides[1])
    raise BadRequest("'input' must be [width, height], such as 640x640.", field="input")


def _is_side(side: Any) -> bool:
    digits = str(side).strip()
    return digits.isascii() and digits.isdecimal() and len(digits) <= 9


def _numbers(key: str, value: Any, count: int) -> tuple[float, ...]:
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    try:
        numbers = tuple(float(part) for part in parts if not isinstance(part, bool))
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise BadRequest(f"'{key}' must be {count} number{'s' * (count > 1)}.", field=key)
    return numbers


def _whole(key: str, value: Any) -> int:
    [number] = _numbers(key, value, 1)
    if number != int(number):
        raise BadRequest(f"'{key}' must be a whole number.", field=key)
    return int(number)


def _flag(value: Any) -> bool:
    known = {True: True, False: False, "true": True, "false": False}
    try:
        return known[value]
    except (KeyError, TypeError):
        raise BadRequest("'decoded' must be true or false.", field="decoded") from None
