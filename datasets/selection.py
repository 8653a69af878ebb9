"""Which pictures of a dataset something is to be done with: those named, or all that a search finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from datasets.models import Dataset, Image, ImageQuerySet
from datasets.search.matching import matching
from datasets.search.reading import line_of_json, search_of_line
from modelship.api.values import id_of
from modelship.lib.errors import BadRequest

MOST_NAMED = 10_000


@dataclass(frozen=True)
class Selection:
    """Named by id, or found by a search line; an empty line finds every kept picture."""

    images: tuple[str, ...] | None = None
    line: str = ""

    @classmethod
    def read(cls, data: Mapping[str, Any], me: UUID | None) -> "Selection":
        """From `images`, a list of ids, or `filter`, a search as JSON that `me` asks. One of them is needed: nothing
        happens to all pictures because somebody forgot to say which. Raises BadRequest.
        """
        images, chosen = data.get("images"), data.get("filter")
        if (images is None) == (chosen is None):
            raise BadRequest("Send either 'images' or 'filter'. An empty filter means all.", field="images")
        if images is None:
            return cls(line=line_of_json(chosen, me))
        if not isinstance(images, list) or not 1 <= len(images) <= MOST_NAMED:
            raise BadRequest(f"'images' must be a list of 1 to {MOST_NAMED:,} image ids.", field="images")
        return cls(tuple(dict.fromkeys(str(id_of(item, "images")) for item in images)))

    def rows(self, dataset: Dataset) -> ImageQuerySet:
        """Named ones are found wherever they are, in the archive too; ids of other datasets find nothing."""
        rows = Image.objects.filter(dataset=dataset)
        if self.images is not None:
            return rows.filter(pk__in=self.images)
        return matching(rows, search_of_line(self.line))

    def as_args(self) -> dict[str, Any]:
        return {"images": self.images, "line": self.line}

    @classmethod
    def from_args(cls, args: Mapping[str, Any]) -> "Selection":
        images = args["images"]
        return cls(None if images is None else tuple(images), args["line"])
