"""The pictures that fit a search."""

from datasets.models import ImageQuerySet
from datasets.search.keys import condition_of
from datasets.search.terms import ARCHIVED, Search


def matching(rows: ImageQuerySet, search: Search) -> ImageQuerySet:
    """Those of the pictures that fit; archived ones only where the search asks for them."""
    found = rows if search.of(ARCHIVED) else rows.kept()
    return found.filter(condition_of(search))
