"""What is asked for when a round begins: read strictly, before anything is made."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from annotations.actions.assign_many import MOST_PEOPLE, due_of
from annotations.models import Round
from datasets.search.reading import line_of_json
from datasets.selection import Selection
from modelship.api.values import choice_of, id_of, number_of
from modelship.lib.errors import BadRequest

FIELDS = (
    *("id", "images", "filter", "people", "each", "due"),
    *("start", "truth", "least_overlap", "quorum"),
)
MOST_SHARE = 50


@dataclass(frozen=True, slots=True)
class TruthOrder:
    """A dataset with approved pictures, which of them, and how many percent of what each person gets they are."""

    dataset: UUID
    line: str
    share: int


@dataclass(frozen=True, slots=True)
class RoundOrder:
    selection: Selection
    people: tuple[UUID, ...]
    each: int
    due: date | None = None
    start: str = Round.Start.EMPTY
    truth: TruthOrder | None = None
    least_overlap: float = 0.5
    quorum: int | None = None
    # One's own, so that sending it again begins no second round.
    id: UUID | None = None

    @classmethod
    def parse(cls, data: dict[str, Any], me: UUID | None) -> "RoundOrder":
        """From the JSON of a door that allows only FIELDS. Raises BadRequest."""
        people = _people(data.get("people"))
        each = _whole(data, "each", high=len(people), default=min(2, len(people)))
        due = due_of(data)
        quorum = None if data.get("quorum") is None else _whole(data, "quorum", high=each)
        return cls(
            selection=Selection.read(data, me),
            people=people,
            each=each,
            due=date.fromisoformat(due) if due else None,
            start=choice_of(data, "start", tuple(Round.Start.values), default=Round.Start.EMPTY),
            truth=_truth(data.get("truth"), me),
            least_overlap=number_of(data, "least_overlap", low=0.05, high=1, default=0.5),
            quorum=quorum,
            id=None if data.get("id") is None else id_of(data["id"], "id"),
        )


def _people(given: Any) -> tuple[UUID, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_PEOPLE:
        raise BadRequest(f"'people' must be a list of 1 to {MOST_PEOPLE} ids.", field="people")
    people = tuple(id_of(one, "people") for one in given)
    if len(set(people)) != len(people):
        raise BadRequest("'people' names somebody twice.", field="people")
    return people


def _truth(given: Any, me: UUID | None) -> TruthOrder | None:
    if given is None:
        return None
    if not isinstance(given, dict) or not set(given) <= {"dataset", "filter", "share"}:
        raise BadRequest("'truth' must be an object of dataset, filter and share.", field="truth")
    line = line_of_json(given.get("filter") or {}, me)
    share = _whole(given, "share", high=MOST_SHARE, default=10)
    return TruthOrder(id_of(given.get("dataset"), "truth"), line, share)


def _whole(data: dict[str, Any], key: str, *, high: int, default: int | None = None) -> int:
    value = number_of(data, key, low=1, high=high, default=default)
    if value != int(value):
        raise BadRequest(f"'{key}' must be a whole number.", field=key)
    return int(value)
