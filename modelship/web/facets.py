"""What the gallery was asked for, and the choices beside it: each with its number and its address."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from datasets.models import Dataset
from datasets.search.conditions import UNSPLIT
from datasets.search.grammar import printed
from datasets.search.reading import LINE, search_of_query
from datasets.search.sorting import DEFAULT, TITLES
from datasets.search.terms import ARCHIVED, Search, Term
from datasets.search_queries import facets_of
from modelship.lib.errors import BadRequest
from modelship.web.templatetags.web import STATES

READ = (LINE, "state", "split", "class", ARCHIVED)
SPLITS = {"train": "Train", "val": "Validation", "test": "Test", UNSPLIT: "No split"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A search and an order. Where the line can't be read, everything is shown beside the reason."""

    search: Search
    sort: str
    line: str
    problem: str = ""


def asked_for(query: QueryDict) -> Asked:
    sort = query.get("sort", DEFAULT)
    sort = sort if sort in TITLES else DEFAULT
    try:
        search = search_of_query(query, besides=[name for name in query if name not in READ])
    except BadRequest as refusal:
        return Asked(Search(), sort, query.get(LINE, "")[:200], refusal.detail)
    return Asked(search, sort, printed(search))


def facets(dataset: Dataset, asked: Asked) -> list[dict[str, Any]]:
    """States, splits and the archive, as links that keep the rest of the search."""
    counted = facets_of(dataset, asked.search)["facets"]
    states = [(value, words[0]) for value, words in STATES.items() if value in counted["state"]]
    shown = [_facet(asked, "state", "State", states, counted["state"])]
    if asked.search.of("split") or any(counted["split"][value] for value in SPLITS if value != UNSPLIT):
        shown.append(_facet(asked, "split", "Split", list(SPLITS.items()), counted["split"]))
    return shown


def archive_link(dataset: Dataset, asked: Asked) -> dict[str, Any] | None:
    """The way into the archive, or out of it; none where nothing is archived."""
    is_on = bool(asked.search.of(ARCHIVED))
    number = dataset.images.filter(archived_at__isnull=False).count()
    if not number and not is_on:
        return None
    terms = () if is_on else (Term(ARCHIVED, ":", ("true",)),)
    return {
        "count": number,
        "is_on": is_on,
        "href": _href(asked.search.without(ARCHIVED).also(terms), asked.sort),
    }


def _facet(
    asked: Asked, key: str, title: str, values: list[tuple[str, str]], numbers: dict[str, int]
) -> dict[str, Any]:
    terms = asked.search.of(key)
    rest = asked.search.without(key)
    chosen = {value for term in terms if not term.is_not for value in term.values}
    every = {
        "label": "All",
        "count": sum(numbers.values()),
        "is_on": not terms,
        "href": _href(rest, asked.sort),
    }
    options = [
        {
            "label": label,
            "count": numbers[value],
            "is_on": value in chosen,
            "href": _href(rest.also([Term(key, ":", (value,))]), asked.sort),
        }
        for value, label in values
        if numbers[value] or value in chosen
    ]
    return {"key": key, "title": title, "options": [every, *options]}


def _href(search: Search, sort: str) -> str:
    query = {LINE: printed(search), "sort": "" if sort == DEFAULT else sort}
    return f"?{urlencode({name: value for name, value in query.items() if value})}"
