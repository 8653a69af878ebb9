"""What the gallery was asked for, and the choices beside it: each with its number and its address."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from datasets.models import Dataset
from datasets.search.conditions import UNSPLIT
from datasets.search.grammar import printed
from datasets.search.reading import LINE, search_of_query
from datasets.search.sorting import DEFAULT, TITLES
from datasets.search.terms import ARCHIVED, Search, Term
from datasets.search_queries import facets_of
from datasets.view_queries import views_of
from modelship.accounts.actors import Actor
from modelship.lib.errors import BadRequest
from modelship.projects.gate import can
from modelship.web.templatetags.web import STATES

CLASS, MOST_CLASSES, MOST_VIEWS = "class", 12, 50
READ = (LINE, "state", "split", CLASS, ARCHIVED)
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
    """States, splits and classes, as links that keep the rest of the search."""
    counted = facets_of(dataset, asked.search)["facets"]
    states = [(value, words[0]) for value, words in STATES.items() if value in counted["state"]]
    shown = [_facet(asked, "state", "State", states, counted["state"])]
    if asked.search.of("split") or any(counted["split"][value] for value in SPLITS if value != UNSPLIT):
        shown.append(_facet(asked, "split", "Split", list(SPLITS.items()), counted["split"]))
    numbers = {one["name"]: one["count"] for one in counted[CLASS] if one["count"]}
    most = sorted(numbers, key=lambda name: -numbers[name])[:MOST_CLASSES]
    if most or asked.search.of(CLASS):
        shown.append(
            _facet(asked, CLASS, "Class", [(name, name) for name in numbers if name in most], numbers)
        )
    return shown


def saved(actor: Actor, dataset: Dataset, asked: Asked) -> list[dict[str, Any]]:
    """The views that the actor may open, and which of them is open."""
    may_manage = can(actor, dataset.project, "manage")
    return [
        {
            "name": view.name,
            "href": _href(view.line, view.sort),
            "url": reverse("api-view", args=[view.id]),
            "is_on": (view.line, view.sort) == (asked.line, asked.sort),
            "may_go": view.owner_id == actor.user_id or may_manage,
        }
        for view in views_of(actor, dataset).order_by("name", "id")[:MOST_VIEWS]
    ]


def _facet(
    asked: Asked, key: str, title: str, values: list[tuple[str, str]], numbers: dict[str, int]
) -> dict[str, Any]:
    terms = asked.search.of(key)
    rest = asked.search.without(key)
    chosen = {value for term in terms if not term.is_not for value in term.values}
    # A picture may show several classes, so their numbers have no sum.
    total = None if key == CLASS else sum(numbers.values())
    every = {"label": "All", "count": total, "is_on": not terms, "href": _href(printed(rest), asked.sort)}
    options = [
        {
            "label": label,
            "count": numbers.get(value, 0),
            "is_on": value in chosen,
            "href": _href(printed(rest.also([Term(key, ":", (value,))])), asked.sort),
        }
        for value, label in values
        if numbers.get(value) or value in chosen
    ]
    return {"key": key, "title": title, "options": [every, *options]}


def _href(line: str, sort: str) -> str:
    query = {LINE: line, "sort": "" if sort == DEFAULT else sort}
    return f"?{urlencode({name: value for name, value in query.items() if value})}"
