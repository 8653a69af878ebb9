"""The settings of an endpoint as people send them, read strictly. Used by the API and the settings page."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from modelship.api.values import flag_of, number_of, text_of
from modelship.lib.errors import BadRequest

TEXTS = {"name": 100, "base_url": 500, "model": 200}
MAX_KEY = 2_000
# Each with the lowest and the highest that makes sense.
NUMBERS = {
    "requests_per_minute": (1, 100_000),
    "requests_at_once": (1, 32),
    "texts_per_request": (1, 50),
}
PRICES = ("input_price", "output_price")
MAX_PRICE = 100_000
MAX_MONTHLY = 1 << 50
FLAGS = ("sees_images", "is_default")
FIELDS = (*TEXTS, "key", *NUMBERS, *PRICES, "monthly_tokens", *FLAGS)
NEEDED = tuple(TEXTS)


def endpoint_values(data: Mapping[str, Any], *, is_new: bool) -> dict[str, Any]:
    """What was said, as the rows hold it; what was not said is left out. Raises BadRequest naming the field."""
    asked = dict(data)
    wanted = [name for name in FIELDS if name in asked or (is_new and name in NEEDED)]
    return {name: _value(asked, name) for name in wanted if name != "key" or asked["key"] is not None}


def _value(asked: dict[str, Any], name: str) -> Any:
    if name in TEXTS:
        return _line(text_of(asked, name, most=TEXTS[name]), name)
    if name in NUMBERS:
        return _whole(asked, name, *NUMBERS[name])
    if name in PRICES:
        return _price(asked, name)
    if name in FLAGS:
        return flag_of(asked, name, default=False)
    if name == "key":
        return _line(text_of(asked, name, most=MAX_KEY, default=""), name)
    return None if asked[name] is None else _whole(asked, name, 0, MAX_MONTHLY)


def _line(text: str, name: str) -> str:
    if not text.isprintable():
        raise BadRequest(f"'{name}' must be one line of text.", field=name)
    return text


def _whole(data: dict[str, Any], name: str, low: int, high: int) -> int:
    value = number_of(data, name, low=low, high=high)
    if int(value) != value:
        raise BadRequest(f"'{name}' must be a whole number.", field=name)
    return int(value)


def _price(data: dict[str, Any], name: str) -> Decimal:
    value = number_of(data, name, low=0, high=MAX_PRICE)
    if not math.isfinite(value):
        raise BadRequest(f"'{name}' must be a number.", field=name)
    return Decimal(str(round(value, 6)))
