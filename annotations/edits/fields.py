"""The fields of a box as they come over the wire: one strict reader each."""

import math
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from annotations.geometry import MAX_POINTS, SHAPES

# These travel as separate keys and are one field: they merge, and are expected, together.
GEOMETRY = ("x", "y", "w", "h", "rotation", "points")
STATES = ("proposed", "accepted", "rejected")
SOURCES = ("human", "model", "import")
MAX_ATTRIBUTES = 50
MAX_TEXT = 1_024
MAX_Z = 1_000
CANONICAL = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# What may change on a locked box: neither says anything about what is in the picture.
LOOSE = ("z", "locked")


class BadField(ValueError):
    """A value that the field can't hold; the message says what it can."""


def field_of(key: str) -> str:
    return "geometry" if key in GEOMETRY else key


def read_id(value: Any) -> str:
    """A UUID in its canonical text, in lower case."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if not isinstance(value, str) or not CANONICAL.fullmatch(value):
        raise BadField("must be a UUID")
    return value.lower()


def read_optional_id(value: Any) -> str | None:
    return None if value is None else read_id(value)


def read_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadField("must be a number")
    try:
        number = float(value)
    except OverflowError as error:
        raise BadField("must be a finite number") from error
    if not math.isfinite(number):
        raise BadField("must be a finite number")
    return number


def read_rotation(value: Any) -> float:
    number = read_number(value)
    if not 0 <= number <= 360:
        raise BadField("must be from 0 to 360")
    return number


def read_points(value: Any) -> list[list[float]]:
    if not isinstance(value, list | tuple) or len(value) > MAX_POINTS:
        raise BadField(f"must be a list of up to {MAX_POINTS} points")
    if any(not isinstance(point, list | tuple) or len(point) not in (2, 3) for point in value):
        raise BadField("must be a list of [x, y], or of [x, y, v] for keypoints")
    return [[read_number(number) for number in point] for point in value]


def read_z(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_Z:
        raise BadField(f"must be a whole number from -{MAX_Z} to {MAX_Z}")
    return value


def read_switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadField("must be true or false")
    return value


def read_score(value: Any) -> float | None:
    if value is None:
        return None
    number = read_number(value)
    if not 0 <= number <= 1:
        raise BadField("must be from 0 to 1")
    # Adding zero turns -0.0 into 0.0: a database may keep either, and the log and the row must agree.
    return round(number, 6) + 0.0


def read_attributes(value: Any) -> dict[str, Any]:
    """A flat object of texts, numbers and switches; null takes a key away."""
    if not isinstance(value, Mapping) or len(value) > MAX_ATTRIBUTES:
        raise BadField(f"must be an object of up to {MAX_ATTRIBUTES} keys")
    return {_attribute_name(name): _attribute_value(item) for name, item in value.items()}


def read_provenance(value: Any) -> dict[str, Any] | None:
    """Where a machine's box came from: the slice of the picture, the model, the job."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) - {"slice", "model_name", "job"}:
        raise BadField("must be an object of slice, model_name and job")
    window = value.get("slice")
    if window is not None and (not isinstance(window, list | tuple) or len(window) != 4):
        raise BadField("must have a slice of [x, y, w, h]")
    return {
        "slice": None if window is None else [read_number(side) for side in window],
        "model_name": read_text(value.get("model_name", "")),
        "job": read_optional_id(value.get("job")),
    }


def read_text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or "\x00" in value or not _encodable(value):
        raise BadField(f"must be text of up to {MAX_TEXT} characters")
    return value


def choice(options: tuple[str, ...]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in options:
            raise BadField(f"must be one of {', '.join(options)}")
        return value

    return read


def _attribute_name(name: Any) -> str:
    if not isinstance(name, str) or not 1 <= len(name) <= 64 or "\x00" in name or not _encodable(name):
        raise BadField("must have names of 1 to 64 characters")
    return name


def _attribute_value(value: Any) -> str | float | bool | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 1 << 53:
        return value
    return read_text(value) if isinstance(value, str) else read_number(value)


def _encodable(text: str) -> bool:
    """A lone surrogate could be stored and then never be sent again."""
    return text.isprintable() or not any("\ud800" <= char <= "\udfff" for char in text)


READERS: dict[str, Callable[[Any], Any]] = {
    "class_id": read_optional_id,
    "shape": choice(SHAPES),
    "x": read_number,
    "y": read_number,
    "w": read_number,
    "h": read_number,
    "rotation": read_rotation,
    "points": read_points,
    "attributes": read_attributes,
    "source": choice(SOURCES),
    "score": read_score,
    "model": read_optional_id,
    "provenance": read_provenance,
    "state": choice(STATES),
    "z": read_z,
    "locked": read_switch,
}
