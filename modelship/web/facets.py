"""What the gallery was asked for, and the choices beside it: each with its number and its address."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from annotations.assignment_queries import assignments_of
from annotations.assignment_search import ASSIGNEE
from annotations.search_queries import NONE
from datasets.models import Dataset
from datasets.search.conditions import UNSPLIT
from datasets.search.grammar import printed
from datasets.search.keys import ME
from datasets.search.reading import LINE, search_of_query
from datasets.search.sample import rounded
from datasets.search.sorting import DEFAULT, TITLES
from datasets.search.terms import ARCHIVED, Search, Term
from datasets.search_queries import facets_of
from datasets.view_queries import views_of
from modelship.accounts.actors import Actor
from modelship.lib.errors import BadRequest
from modelship.projects.gate import can
from modelship.web.templatetags.web import STATES

CLASS, MOST_CLASSES, MOST_PEOPLE, MOST_VIEWS = "class", 12, 12, 50
MY_TASKS = "assignee:me task:open"
READ = (LINE, "state", "split", CLASS, ASSIGNEE, ARCHIVED)
SPLITS = {"train": "Train", "val": "Validation", "test": "Test", UNSPLIT: "No split"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A search and an order. Where the line can't be read, everything is shown beside the reason."""

    search: Search
    sort: str
    line: str
    problem: str = ""


def asked_for(actor: Actor, query: QueryDict) -> Asked:
    sort = query.get("sort", DEFAULT)
    sort = sort if sort in TITLES else DEFAULT
    try:
        search = search_of_query(query, besides=[name for name in query if name not in READ])
    except BadRequest as refusal:
        return Asked(Search(), sort, query.get(LINE, "")[:200], refusal.detail)
    return Asked(search.asked_by(actor.user_id), sort, printed(search))


def facets(actor: Actor, dataset: Dataset, asked: Asked) -> list[dict[str, Any]]:
    """States, splits, classes and people, as links that keep the rest of the search; and one's tasks."""
    found = facets_of(dataset, asked.search)
    counted, estimated = found["facets"], found["estimated"]
    states = [(value, words[0]) for value, words in STATES.items() if value in counted["state"]]
    shown = [_facet(asked, "state", "State", states, counted["state"], estimated)]
    if asked.search.of("split") or any(counted["split"][value] for value in SPLITS if value != UNSPLIT):
        shown.append(_facet(asked, "split", "Split", list(SPLITS.items()), counted["split"], estimated))
    # Those that a sample is too small for may still be there.
    numbers = {one["name"]: one["count"] for one in counted[CLASS] if one["count"] != 0}
    most = sorted(numbers, key=lambda name: -(numbers[name] or 0))[:MOST_CLASSES]
    if most or asked.search.of(CLASS):
        named = [(name, name) for name in numbers if name in most]
        shown.append(_facet(asked, CLASS, "Class", named, numbers, estimated))
    mine = assignments_of(actor)
    if asked.search.of(ASSIGNEE) or mine.exists():
        shown.append(_people(actor, asked, counted[ASSIGNEE], estimated))
    if mine.filter(user=actor.user_id, image__dataset=dataset).exists():
        is_on = asked.line == MY_TASKS
        link = {"label": "My tasks", "count": None, "is_on": is_on, "href": _href(MY_TASKS, DEFAULT)}
        shown.append({"key": "task", "title": "Tasks", "options": [link], "is_estimate": False})
    return shown


def _people(
    actor: Actor, asked: Asked, counted: list[dict[str, Any]], estimated: Container[str]
) -> dict[str, Any]:
    """Oneself, nobody, who is chosen, and who has most."""
    me = str(actor.user_id)
    words = {me: (ME, "Me"), None: (NONE, "Nobody")}
    named = [(words.get(one["id"], (one["email"], one["name"])), one["count"]) for one in counted]
    first = {ME, NONE, *(value for term in asked.search.of(ASSIGNEE) for value in term.values)}
    named.sort(key=lambda pair: (pair[0][0] not in first, -(pair[1] or 0)))
    numbers = {value: count for (value, _), count in named}
    return _facet(asked, ASSIGNEE, "Assignee", [pair for pair, _ in named[:MOST_PEOPLE]], numbers, estimated)


def saved(actor: Actor, dataset: Dataset, asked: Asked) -> list[dict[str, Any]]:
    """The views that the actor may open, their own first, and which of them is open."""
    may_manage = can(actor, dataset.project, "manage")
    views = list(views_of(actor, dataset).order_by("place", "created_at", "id")[:MOST_VIEWS])
    return [
        {
            "name": view.name,
            "line": view.line,
            "sort": view.sort,
            "owner": view.owner.display_name,
            "is_mine": view.owner_id == actor.user_id,
            "is_shared": view.is_shared,
            "href": _href(view.line, view.sort),
            "url": reverse("api-view", args=[view.id]),
            "is_on": (view.line, view.sort) == (asked.line, asked.sort),
            "may_go": view.owner_id == actor.user_id or may_manage,
        }
        for view in sorted(views, key=lambda view: view.owner_id != actor.user_id)
    ]


def chips(asked: Asked) -> list[dict[str, str]]:
    """Each part of the search with the address of the search without it."""
    terms = asked.search.terms
    return [
        {
            "label": printed(Search((term,))),
            "href": _href(printed(Search(tuple(one for one in terms if one is not term))), asked.sort),
        }
        for term in terms
    ]


def _facet(
    asked: Asked,
    key: str,
    title: str,
    values: list[tuple[str, str]],
    numbers: Mapping[str, int | None],
    estimated: Container[str],
) -> dict[str, Any]:
    terms = asked.search.of(key)
    rest = asked.search.without(key)
    chosen = {value for term in terms if not term.is_not for value in term.values}
    is_estimate = key in estimated
    known = [number for number in numbers.values() if number is not None]
    # A picture may show several classes and be several people's, so their numbers have no sum.
    total = sum(known) if known and key not in (CLASS, ASSIGNEE) else None
    if is_estimate and total is not None:
        total = rounded(total)
    every = {"label": "All", "count": total, "is_on": not terms, "href": _href(printed(rest), asked.sort)}
    options = [
        {
            "label": label,
            "count": numbers.get(value, 0),
            "is_on": value in chosen,
            "href": _href(printed(rest.also([Term(key, ":", (value,))])), asked.sort),
        }
        for value, label in values
        if numbers.get(value, 0) != 0 or value in chosen
    ]
    return {"key": key, "title": title, "options": [every, *options], "is_estimate": is_estimate}


def _href(line: str, sort: str) -> str:
    query = {LINE: line, "sort": "" if sort == DEFAULT else sort}
    return f"?{urlencode({name: value for name, value in query.items() if value})}"
