"""The allow-list of what a search may ask: each key with its operators, its values and its condition.

Layers above register keys of their own (`class`, say) when their app is ready. A key that is not here is
refused, so no search reaches a column or a relation that nobody meant to show.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from django.db.models import Q

from datasets.search.terms import Search, Term
from modelship.lib.errors import BadRequest

EQUAL = (":",)
TEXTUAL = (":", "~")
ORDERED = (":", "<", "<=", ">", ">=")
MAX_VALUE = 200
ME = "me"
LOOKUPS = {":": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}

Condition = Callable[[Sequence[Term]], Q]


@dataclass(frozen=True, slots=True)
class Key:
    """One word of the search line. Keys of one `group` are judged together by one condition.

    Where a key `names_people`, the value `me` is who asks.
    """

    name: str
    hint: str
    condition: Condition
    ops: tuple[str, ...] = EQUAL
    choices: tuple[str, ...] = ()
    group: str = ""
    names_people: bool = False


_keys: dict[str, Key] = {}


def register(*keys: Key) -> None:
    """Make keys known; registering one again replaces nothing and is an error."""
    for key in keys:
        if key.name in _keys:
            raise ValueError(f"The search key {key.name} is already registered.")
        _keys[key.name] = key


def known_keys() -> list[Key]:
    return list(_keys.values())


def key_named(name: str) -> Key:
    """Raises BadRequest that names the nearest key."""
    found = _keys.get(name)
    if found is not None:
        return found
    near = get_close_matches(name, _keys, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(sorted(_keys))}."
    detail = f"'{name[:40]}' is not something to search by. {hint} Text with a colon goes in quotes."
    raise BadRequest(detail, code="unknown_field", field=name[:40])


def condition_of(search: Search) -> Q:
    """All terms as one condition. Raises BadRequest for what is not allowed or can't be read."""
    groups: dict[str, list[Term]] = {}
    conditions: dict[str, Condition] = {}
    for term in without_me(search).terms:
        key = key_named(term.key)
        _check(key, term)
        name = key.group or key.name
        groups.setdefault(name, []).append(term)
        conditions[name] = key.condition
    found = Q()
    for name, terms in groups.items():
        found &= conditions[name](terms)
    return found


def without_me(search: Search) -> Search:
    """The same with the id of who asks where it says `me`: it means that person whoever reads it then."""
    if search.me is None:
        return search
    terms = (
        replace(term, values=tuple(str(search.me) if value == ME else value for value in term.values))
        if key_named(term.key).names_people
        else term
        for term in search.terms
    )
    return replace(search, terms=tuple(terms))


def _check(key: Key, term: Term) -> None:
    if term.op not in key.ops:
        detail = f"'{key.name}' is written as {key.hint}, not with '{term.op}'."
        raise BadRequest(detail, code="bad_search", field=key.name)
    if any(len(value) > MAX_VALUE for value in term.values):
        detail = f"A value of '{key.name}' may have {MAX_VALUE} characters. Shorten it."
        raise BadRequest(detail, code="bad_search", field=key.name)
    for value in term.values if key.choices else ():
        if value not in key.choices:
            detail = f"'{key.name}' must be one of {', '.join(key.choices)}."
            raise BadRequest(detail, code="bad_search", field=key.name)


def each(condition: Callable[[Term], Q]) -> Condition:
    """A condition that every term has to meet on its own, or to miss where it is negated."""

    def of_all(terms: Sequence[Term]) -> Q:
        found = Q()
        for term in terms:
            one = condition(term)
            found &= ~one if term.is_not else one
        return found

    return of_all
