"""What one asks for many pictures at once: read strictly from JSON, kept in a job's arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from datasets.metadata import checked
from datasets.models import Image
from datasets.search.conditions import UNSPLIT
from datasets.search.grammar import parsed, printed
from datasets.search.reading import search_of_json
from datasets.search.terms import Search
from modelship.api.values import choice_of, id_of, text_of
from modelship.lib.errors import BadRequest

FIELDS = ("action", "value", "images", "filter", "confirm")
# Who may do what: what one says of a picture is annotation, whether and how it counts is management.
NEEDS = {
    "archive": "manage",
    "restore": "manage",
    "split": "manage",
    "add_keyword": "annotate",
    "remove_keyword": "annotate",
    "metadata": "annotate",
    "delete": "manage",
}
MAX_IMAGES = 10_000
# So many named pictures are changed while one waits.
AT_ONCE = 500
MAX_KEYWORD = 64


@dataclass(frozen=True, slots=True)
class Wish:
    """One change for the named pictures, or for those that fit."""

    action: str
    value: Any
    images: tuple[str, ...] | None = None
    search: Search = field(default_factory=Search)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Wish":
        """Raises BadRequest naming the field that can't be read."""
        values = dict(data)
        action = choice_of(values, "action", tuple(NEEDS))
        value = _value(action, values)
        if (values.get("images") is None) == (values.get("filter") is None):
            raise BadRequest("Send 'images' or 'filter', one of them.", field="images")
        if values.get("images") is None:
            return cls(action, value, search=search_of_json(values["filter"]))
        return cls(action, value, images=_ids(values["images"]))

    @property
    def is_small(self) -> bool:
        return self.images is not None and len(self.images) <= AT_ONCE

    def as_args(self) -> dict[str, Any]:
        images = None if self.images is None else list(self.images)
        return {"action": self.action, "value": self.value, "images": images, "search": printed(self.search)}

    @classmethod
    def from_args(cls, args: Mapping[str, Any]) -> "Wish":
        images = args["images"]
        named = None if images is None else tuple(images)
        return cls(args["action"], args["value"], named, parsed(args["search"]))


def _value(action: str, values: dict[str, Any]) -> Any:
    if action == "split":
        split = choice_of(values, "value", (*Image.Split.values, UNSPLIT))
        return "" if split == UNSPLIT else split
    if action in ("add_keyword", "remove_keyword"):
        return text_of(values, "value", most=MAX_KEYWORD)
    if action == "metadata":
        patch = values.get("value")
        if not isinstance(patch, dict) or not patch:
            raise BadRequest("'value' must be an object of keys; null removes one.", field="value")
        checked({key: value for key, value in patch.items() if value is not None})
        return patch
    if action == "archive":
        return text_of(values, "value", most=40, default="by hand")
    return None


def _ids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_IMAGES:
        detail = f"'images' must be a list of 1 to {MAX_IMAGES:,} image ids. Use 'filter' for more."
        raise BadRequest(detail, field="images")
    return tuple(dict.fromkeys(str(id_of(item, "images")) for item in value))
