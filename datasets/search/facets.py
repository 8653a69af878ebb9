"""Counts beside a list that only layers above can make; they register theirs when their app is ready."""

from collections.abc import Callable
from typing import Any

from datasets.models import Dataset
from datasets.search.terms import Search

# Takes the dataset, the search, and how many pictures fit it.
Facet = Callable[[Dataset, Search, int], Any]

_facets: dict[str, Facet] = {}


def register(name: str, facet: Facet) -> None:
    """Make a facet known; registering one again replaces nothing and is an error."""
    if name in _facets:
        raise ValueError(f"The facet {name} is already registered.")
    _facets[name] = facet


def counted_above(dataset: Dataset, search: Search, total: int) -> dict[str, Any]:
    return {name: facet(dataset, search, total) for name, facet in _facets.items()}
