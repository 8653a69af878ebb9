"""What a search is made of. Pure: no database, no request."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

# The key of a bare word: text found anywhere in what names and describes a picture.
TEXT = "text"
META = "meta"
ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. Several `values` mean any of them; `path` is the place inside the metadata."""

    key: str
    op: str
    values: tuple[str, ...]
    path: tuple[str, ...] = ()
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Conditions that all have to hold. Without any, every kept picture fits.

    `me` is who asks, for conditions that speak of oneself; it is no part of what is asked.
    """

    terms: tuple[Term, ...] = field(default=())
    me: UUID | None = field(default=None, compare=False)

    def __bool__(self) -> bool:
        return bool(self.terms)

    def of(self, *keys: str) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.key in keys)

    def without(self, *keys: str) -> "Search":
        return self.where(lambda term: term.key not in keys)

    def where(self, fits: Callable[[Term], bool]) -> "Search":
        return replace(self, terms=tuple(term for term in self.terms if fits(term)))

    def also(self, terms: Iterable[Term]) -> "Search":
        """The same with more conditions; what is said already is not said twice."""
        return replace(self, terms=tuple(dict.fromkeys([*self.terms, *terms])))

    def asked_by(self, person: UUID | None) -> "Search":
        return replace(self, me=person)
