"""What people ask of a language model: read strictly from JSON, and kept in a job's arguments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from inference.language.asking import Question
from inference.models import Text
from inference.options import REPLACES, Selection, check_fields
from modelship.api.values import choice_of, flag_of, id_of, text_of
from modelship.lib.errors import BadRequest

MAX_TEXT = 20_000
MIN_OPTIONS, MAX_OPTIONS, MAX_OPTION = 2, 200, 200
MAX_INSTRUCTIONS = 4_000
QUESTION_FIELDS = ("options", "instructions", "endpoint", "cache")
CLASSIFY_FIELDS = (*QUESTION_FIELDS, "images", "filter", "texts", "replace")
STATES = tuple(Text.State.values)
# What a run without a choice looks at; what people reviewed is never overwritten anyway.
UNREVIEWED = (Text.State.NEW, Text.State.PROPOSED)


@dataclass(frozen=True)
class Wish:
    """How to ask: the question, of which endpoint, and whether known answers count. No options: the usual ones."""

    options: tuple[str, ...] | None
    instructions: str
    endpoint: str
    uses_cache: bool

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Wish":
        values = dict(data)
        options = None if values.get("options") is None else read_options(values["options"])
        return cls(
            options,
            text_of(values, "instructions", most=MAX_INSTRUCTIONS, default=""),
            text_of(values, "endpoint", most=100, default=""),
            flag_of(values, "cache", default=True),
        )


@dataclass(frozen=True)
class TextSelection:
    """Which texts of a dataset: those named, or those in some states."""

    ids: tuple[str, ...] | None = None
    states: tuple[str, ...] = UNREVIEWED

    @classmethod
    def read(cls, value: Any) -> "TextSelection":
        """A list of ids, or `{"state": ...}`. Raises BadRequest for anything else."""
        if isinstance(value, list) and value:
            found: list[UUID] = [id_of(item, "texts") for item in value]
            return cls(ids=tuple(str(text_id) for text_id in dict.fromkeys(found)))
        if not isinstance(value, dict):
            raise BadRequest("'texts' must be a list of ids, or an object with a 'state'.", field="texts")
        check_fields(value, "state")
        if value.get("state") in (None, []):
            return cls()
        asked = value["state"] if isinstance(value["state"], list) else [value["state"]]
        return cls(states=tuple(choice_of({"state": state}, "state", STATES) for state in asked))

    def as_args(self) -> dict[str, Any]:
        return {"ids": self.ids, "states": self.states}

    @classmethod
    def from_args(cls, args: Mapping[str, Any]) -> "TextSelection":
        return cls(None if args["ids"] is None else tuple(args["ids"]), tuple(args["states"]))


@dataclass(frozen=True)
class Order:
    """A classification of many: what is asked about which things, and whether earlier proposals give way."""

    wish: Wish
    images: Selection | None
    texts: TextSelection | None
    replaces: bool

    @classmethod
    def read(cls, data: Mapping[str, Any], me: UUID | None) -> "Order":
        values = dict(data)
        is_about_texts = values.get("texts") is not None
        if is_about_texts and ("images" in values or "filter" in values):
            raise BadRequest("Send 'texts', or 'images' and 'filter', not both.", field="texts")
        return cls(
            Wish.read(values),
            None if is_about_texts else Selection.read(values, me),
            TextSelection.read(values["texts"]) if is_about_texts else None,
            choice_of(values, "replace", REPLACES, default="proposed") == "proposed",
        )


def read_options(value: Any) -> tuple[str, ...]:
    """2 to 200 different texts of 1 to 200 characters. Raises BadRequest otherwise."""
    if not isinstance(value, list) or not MIN_OPTIONS <= len(value) <= MAX_OPTIONS:
        raise BadRequest(
            f"'options' must be a list of {MIN_OPTIONS} to {MAX_OPTIONS} texts.", field="options"
        )
    options = tuple(text_of({"options": option}, "options", most=MAX_OPTION) for option in value)
    if len({option.casefold() for option in options}) != len(options):
        raise BadRequest("'options' must differ in more than case. Leave one of them out.", field="options")
    return options


def read_text(value: Any, name: str = "text") -> str:
    """A text as it is, spaces at its ends included. Raises BadRequest."""
    text_of({name: value}, name, most=MAX_TEXT)
    if len(value) > MAX_TEXT:
        raise BadRequest(f"'{name}' may have {MAX_TEXT:,} characters.", field=name)
    return str(value)


def question_args(question: Question) -> dict[str, Any]:
    return {"options": question.options, "instructions": question.instructions}


def question_of(args: Mapping[str, Any]) -> Question:
    return Question(tuple(args["options"]), args["instructions"])
