"""Reads of a dataset's pictures by a search: the list, its windows, its counts."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Window
from django.db.models.functions import Mod, RowNumber

from datasets.models import Dataset, Image, ImageQuerySet
from datasets.search.conditions import UNSPLIT
from datasets.search.facets import Patience, Question, counted_above
from datasets.search.matching import matching
from datasets.search.sample import Sample
from datasets.search.sorting import columns_of, measure_of
from datasets.search.terms import Search, Term
from modelship.api.paging import before, cursor_after

# Two facets that one grouped read counts together.
GROUPED = ("state", "split")
# Datasets of so many pictures are always counted; in larger ones PostgreSQL gives up after so long in all, and tells an estimate.
ALWAYS_COUNTED, PATIENCE_MS = 100_000, 100
# How many fit, and how many would for each state and split.
Counts = tuple[int, dict[str, int], dict[str, int]]


def in_order(rows: ImageQuerySet, sort: str) -> ImageQuerySet:
    """Those that have a place in the order. `columns_of(sort)` says which it is."""
    measure = measure_of(sort)
    return rows if measure is None else rows.filter(**{f"{measure}__isnull": False})


def windows_of(
    dataset: Dataset, search: Search, sort: str, every: int, at: UUID | None = None
) -> dict[str, Any]:
    """How many pictures fit, and the cursor behind every `every`-th: a list can be entered anywhere.

    With `at` also the place of that picture, None where it is not in the list.
    """
    columns = columns_of(sort)
    rows = in_order(matching(Image.objects.filter(dataset=dataset), search), sort)
    total = rows.count()
    numbered = rows.annotate(place=Window(RowNumber(), order_by=[_ordered(name) for name in columns]))
    ends = numbered.annotate(rest=Mod(F("place"), every)).filter(rest=0, place__lt=total)
    keys = ends.order_by("place").values(*(name.lstrip("-") for name in columns))
    answer = {"total": total, "every": every, "cursors": [cursor_after(row, columns) for row in keys]}
    return answer if at is None else {**answer, "place": _place(rows, columns, at)}


def _place(rows: ImageQuerySet, columns: Sequence[str], image_id: UUID) -> int | None:
    row = rows.filter(pk=image_id).values(*(name.lstrip("-") for name in columns)).first()
    return None if row is None else rows.filter(before(row, columns)).count()


def _ordered(name: str) -> Any:
    return F(name[1:]).desc() if name.startswith("-") else F(name).asc()


def facets_of(dataset: Dataset, search: Search) -> dict[str, Any]:
    """How many pictures fit, and how many would for each state and split, the other one being as it is.

    One read: rows that fit all but state and split, counted by both. Layers above add what they count.
    Of very many pictures a count that takes too long is given up for an estimate: `estimated` names what is one.
    """
    rest = search.without(*GROUPED)
    is_bounded = bool(rest) and dataset.next_ordinal > ALWAYS_COUNTED
    patience, sample = Patience(PATIENCE_MS if is_bounded else None), Sample(dataset)
    everything = Image.objects.filter(dataset=dataset)
    exact = patience.counted(lambda: _by_state_and_split(everything, rest))
    found = [(state, split, 1) for _, state, split in sample.matching(rest)] if exact is None else exact
    total, states, splits = _added_up(found, search)
    told = sample.scaled if exact is None else _as_it_is
    above = counted_above(Question(dataset, search, None if exact is None else total, patience, sample))
    return {
        "total": told(total),
        "facets": {
            "state": {name: told(number) for name, number in states.items()},
            "split": {name: told(number) for name, number in splits.items()},
            **{name: answer.value for name, answer in above.items()},
        },
        "estimated": [
            *(("total", *GROUPED) if exact is None else ()),
            *(name for name, answer in above.items() if answer.is_estimate),
        ],
    }


def _as_it_is(number: int) -> int | None:
    return number


def _by_state_and_split(rows: ImageQuerySet, search: Search) -> list[tuple[str, str, int]]:
    # Of rows and not of ids, which the index that holds state and split does not.
    found = matching(rows, search).order_by().values_list("state", "split")
    return list(found.annotate(number=Count("*")))


def _added_up(counted: Iterable[tuple[str, str, int]], search: Search) -> Counts:
    fits_state, fits_split = _fits(search.of("state")), _fits(search.of("split"))
    states = dict.fromkeys(Image.State.values, 0)
    splits = dict.fromkeys((*Image.Split.values, UNSPLIT), 0)
    total = 0
    for state, split, number in counted:
        named = split or UNSPLIT
        is_state, is_split = fits_state(state), fits_split(named)
        states[state] += number if is_split else 0
        splits[named] += number if is_state else 0
        total += number if is_state and is_split else 0
    return total, states, splits


def _fits(terms: tuple[Term, ...]) -> Callable[[str], bool]:
    return lambda value: all((value in term.values) != term.is_not for term in terms)
