"""Reads of a dataset's pictures by a search: the list, its windows, its counts."""

from collections.abc import Callable
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import Mod, RowNumber

from datasets.models import Dataset, Image, ImageQuerySet
from datasets.search.conditions import UNSPLIT
from datasets.search.facets import counted_above
from datasets.search.keys import condition_of
from datasets.search.sorting import columns_of, measure_of
from datasets.search.terms import ARCHIVED, Search, Term
from modelship.api.paging import cursor_after

# Two facets that one grouped read counts together.
GROUPED = ("state", "split")


def matching(rows: ImageQuerySet, search: Search) -> ImageQuerySet:
    """Those of the pictures that fit; archived ones only where the search asks for them."""
    found = rows if search.of(ARCHIVED) else rows.kept()
    return found.filter(condition_of(search))


def in_order(rows: ImageQuerySet, sort: str) -> ImageQuerySet:
    """Those that have a place in the order. `columns_of(sort)` says which it is."""
    measure = measure_of(sort)
    return rows if measure is None else rows.filter(**{f"{measure}__isnull": False})


def windows_of(dataset: Dataset, search: Search, sort: str, every: int) -> dict[str, Any]:
    """How many pictures fit, and the cursor behind every `every`-th: a list can be entered anywhere."""
    columns = columns_of(sort)
    rows = in_order(matching(Image.objects.filter(dataset=dataset), search), sort)
    total = rows.count()
    numbered = rows.annotate(place=Window(RowNumber(), order_by=[_ordered(name) for name in columns]))
    ends = numbered.annotate(rest=Mod(F("place"), every)).filter(rest=0, place__lt=total)
    keys = ends.order_by("place").values(*(name.lstrip("-") for name in columns))
    return {"total": total, "every": every, "cursors": [cursor_after(row, columns) for row in keys]}


def _ordered(name: str) -> Any:
    return F(name[1:]).desc() if name.startswith("-") else F(name).asc()


def facets_of(dataset: Dataset, search: Search) -> dict[str, Any]:
    """How many pictures fit, and how many would for each state and split, the other one being as it is.

    One read: rows that fit all but state and split, counted by both. Layers above add what they count.
    """
    rest = search.without(*GROUPED)
    rows = matching(Image.objects.filter(dataset=dataset), rest)
    # Of rows and not of ids, which the index that holds state and split does not.
    counted = rows.order_by().values_list("state", "split").annotate(number=Count("*"))
    fits_state, fits_split = _fits(search.of("state")), _fits(search.of("split"))
    states, splits = dict.fromkeys(Image.State.values, 0), dict.fromkeys((*Image.Split.values, UNSPLIT), 0)
    total = 0
    for state, split, number in counted:
        named = split or UNSPLIT
        is_state, is_split = fits_state(state), fits_split(named)
        states[state] += number if is_split else 0
        splits[named] += number if is_state else 0
        total += number if is_state and is_split else 0
    above = counted_above(dataset, search, total)
    return {"total": total, "facets": {"state": states, "split": splits, **above}}


def _fits(terms: tuple[Term, ...]) -> Callable[[str], bool]:
    return lambda value: all((value in term.values) != term.is_not for term in terms)
