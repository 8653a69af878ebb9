"""What a language model answered, believed as far as it can be checked. Pure.

An answer counts where it names an item that was asked about and exactly one of the options. How sure the
model is comes from the probabilities of the tokens that spell the label, where the endpoint tells them,
and from what the model says of itself otherwise.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from inference.language.asking import Question

LOGPROBS, STATED, NONE = "logprobs", "stated", "none"
FENCE = re.compile(r"^\s*```[a-z]*\s*|\s*```\s*$")
LABEL = re.compile(r'"label"\s*:\s*"((?:[^"\\]|\\.)*)"')
MAX_CONTENT = 1 << 20


@dataclass(frozen=True)
class Verdict:
    """An option, how sure the model is from 0 to 1, and how that is known: logprobs, stated or none."""

    label: str
    confidence: float
    confidence_from: str


@dataclass(frozen=True)
class Usage:
    """Tokens and requests that were paid for."""

    input_tokens: int = 0
    output_tokens: int = 0
    requests: int = 0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.requests + other.requests,
        )


def usage_of(body: Any) -> Usage | None:
    """What the endpoint says that the request took; None where it says nothing that can be true."""
    told = body.get("usage") if isinstance(body, Mapping) else None
    if not isinstance(told, Mapping):
        return None
    asked, answered = told.get("prompt_tokens"), told.get("completion_tokens")
    return Usage(asked, answered, 1) if _is_count(asked) and _is_count(answered) else None


def _is_count(value: Any) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 1 << 40


def verdicts_of(body: Any, question: Question, count: int) -> dict[int, Verdict]:
    """The verdicts of an answer by the number of the item; what is missing or not to be believed is left out."""
    choice = _choice(body)
    message = choice.get("message")
    if not isinstance(message, Mapping) or message.get("refusal"):
        return {}
    content = message.get("content")
    if not isinstance(content, str) or len(content) > MAX_CONTENT:
        return {}
    answers = _answers(content, count)
    sure = _probabilities(choice, content, len(answers))
    known = _Options(question.options)
    found: dict[int, Verdict] = {}
    for position, answer in enumerate(answers):
        number, label = _number(answer.get("id"), count), known.named(answer.get("label"))
        if number is None or label is None:
            continue
        verdict = _verdict(label, sure[position] if sure else None, answer.get("confidence"))
        # Who answers twice about one item has not decided: the less sure answer is the careful one.
        if number not in found or verdict.confidence < found[number].confidence:
            found[number] = verdict
    return found


def _choice(body: Any) -> Mapping[str, Any]:
    choices = body.get("choices") if isinstance(body, Mapping) else None
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        return choices[0]
    return {}


def _answers(content: str, count: int) -> list[Mapping[str, Any]]:
    """The answers in order, whether wrapped, bare, in a fence of Markdown, or one label in plain words."""
    text = FENCE.sub("", content).strip()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [{"id": "0", "label": text}] if count == 1 else []
    if isinstance(value, Mapping):
        value = value.get("answers", [{"id": "0", **value}] if count == 1 else [])
    elif isinstance(value, str) and count == 1:
        value = [{"id": "0", "label": value}]
    return [answer for answer in value if isinstance(answer, Mapping)] if isinstance(value, list) else []


def _number(value: Any, count: int) -> int | None:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) < count else None


class _Options:
    """Exactly an option; or one that differs in case and spaces around it alone."""

    def __init__(self, options: Sequence[str]) -> None:
        self._exact = set(options)
        self._folded: dict[str, str | None] = {}
        for option in options:
            key = option.strip().casefold()
            self._folded[key] = None if key in self._folded else option

    def named(self, label: Any) -> str | None:
        if not isinstance(label, str):
            return None
        return label if label in self._exact else self._folded.get(label.strip().casefold())


def _verdict(label: str, probability: float | None, stated: Any) -> Verdict:
    if probability is not None:
        return Verdict(label, probability, LOGPROBS)
    if isinstance(stated, int | float) and not isinstance(stated, bool) and math.isfinite(stated):
        return Verdict(label, min(1.0, max(0.0, float(stated))), STATED)
    # Nothing is known of it, so that people look at it first.
    return Verdict(label, 0.0, NONE)


def _probabilities(choice: Mapping[str, Any], content: str, count: int) -> list[float] | None:
    """How probable the spelling of each label was, in order; None where that can't be told for all."""
    told = choice.get("logprobs")
    tokens = told.get("content") if isinstance(told, Mapping) else None
    spans = [match.span(1) for match in LABEL.finditer(content)]
    if not isinstance(tokens, list) or not tokens or len(spans) != count:
        return None
    try:
        pieces = [(str(token["token"]), float(token["logprob"])) for token in tokens]
    except (KeyError, TypeError, ValueError):
        return None
    if "".join(text for text, _ in pieces) != content or any(math.isnan(chance) for _, chance in pieces):
        return None
    return [_spelled(pieces, span) for span in spans]


def _spelled(pieces: Sequence[tuple[str, float]], span: tuple[int, int]) -> float:
    """The product over the tokens that the span touches."""
    start, total = 0, 0.0
    for text, chance in pieces:
        if start < span[1] and start + len(text) > span[0]:
            total += min(0.0, chance)
        start += len(text)
    return math.exp(max(total, -700.0))
