"""Asking an endpoint that speaks OpenAI's protocol, through the SDK and past everything that goes wrong on the way.

What can heal (429, 5xx, timeouts, cut-off answers) is tried again with growing pauses, or after the time
that the other side asks for, until the deadline. What can't is told at once. Neither the words of the other
side nor the key ever become part of a refusal.
"""

import importlib
import json
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from inference.language.abilities import Abilities
from inference.language.answers import Usage, Verdict, usage_of, verdicts_of
from inference.language.asking import (
    Item,
    Question,
    answer_schema,
    expected_input,
    expected_output,
    messages,
    most_output,
)
from inference.language.failures import HEALING, missing_library, refused, unanswered_request
from inference.language.pace import Pace
from modelship.lib.errors import Problem, Unavailable
from modelship.lib.outbound import STRICT, Policy
from modelship.lib.pinned import pinned_client

TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 20.0
LONGEST_REST = 120.0
# How often an item is asked about alone that was left out or answered beside the options.
AGAIN = 2
# SDKs insist on a key; servers without accounts take any.
NO_KEY = "none"
# More than an endpoint may be asked at once.
CONNECTIONS = 64


class Ended(Exception):
    """Whoever asked does not want the answer any more."""


@dataclass(frozen=True)
class Place:
    """An endpoint: its address, the key, the model there, and what it can as far as that is known."""

    base_url: str
    key: str
    model: str
    abilities: Abilities = field(default_factory=Abilities)


@dataclass(frozen=True)
class Patience:
    """How long one request may take, and all of one question with its pauses."""

    request_seconds: float = 60.0
    total_seconds: float = 300.0


@dataclass(frozen=True)
class Answered:
    """The verdicts by the ids of the items, and what they took. Items without one got no answer to be believed.

    `problem` is what ended the asking early; what was answered and paid for before it counts all the same.
    """

    verdicts: dict[str, Verdict]
    usage: Usage = field(default_factory=Usage)
    problem: Problem | None = None


class LanguageClient:
    """Safe from several threads; use it in a with block. `stop` ends all waiting.

    `abilities` is what the endpoint has shown to be able to, for the next time.
    """

    def __init__(
        self,
        place: Place,
        *,
        pace: Pace,
        policy: Policy = STRICT,
        patience: Patience = Patience(),
        stop: threading.Event | None = None,
    ) -> None:
        self._sdk = _library()
        self._place = place
        self._pace = pace
        self._patience = patience
        self._stop = stop or threading.Event()
        self.abilities = place.abilities
        self._http = pinned_client(policy, seconds=patience.request_seconds, connections=CONNECTIONS)
        self._api = self._sdk.OpenAI(
            api_key=place.key or NO_KEY,
            base_url=place.base_url,
            # Ours heed the deadline and the wish to stop.
            max_retries=0,
            http_client=self._http,
            # Else the SDK reads them from the environment of the server.
            organization="",
            project="",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._stop.set()
        self._http.close()

    def classify(self, question: Question, items: Sequence[Item]) -> Answered:
        """One verdict for each item, as far as the model gives one.

        What it leaves out, or names beside the options, is asked again, each item alone. Raises Ended once
        `stop` is set.
        """
        deadline = time.monotonic() + self._patience.total_seconds
        verdicts: dict[str, Verdict] = {}
        usage = Usage()
        try:
            verdicts, usage = self._ask(question, items, deadline, again=False)
            for item in list(items) * AGAIN:
                if item.id not in verdicts:
                    more, spent = self._ask(question, [item], deadline, again=True)
                    verdicts, usage = verdicts | more, usage + spent
        except Problem as problem:
            return Answered(verdicts, usage, problem)
        return Answered(verdicts, usage)

    def _ask(
        self, question: Question, items: Sequence[Item], deadline: float, *, again: bool
    ) -> tuple[dict[str, Verdict], Usage]:
        body = self._sent(question, items, deadline, again=again)
        found = verdicts_of(body, question, len(items))
        guessed = Usage(expected_input(question, items), expected_output(question, len(items)), 1)
        return {items[number].id: verdict for number, verdict in found.items()}, usage_of(body) or guessed

    def _sent(self, question: Question, items: Sequence[Item], deadline: float, *, again: bool) -> Any:
        """The answer to one request, tried as often as it may heal, and in simpler forms where one is refused."""
        tries = 0
        while True:
            self._wait(self._pace.take(), deadline)
            asked = self.abilities
            try:
                answer = self._once(question, items, asked, again=again)
            except self._sdk.APIStatusError as error:
                simpler = asked.less(_words(error)) if error.status_code in (400, 422) else None
                if simpler:
                    self.abilities = simpler
                    continue
                problem, pause = refused(error.status_code, _code(error)), _rest(error.response.headers)
                if problem.status != HEALING:
                    raise problem from None
                if pause is not None:
                    self._pace.rest(min(pause, LONGEST_REST))
            except self._sdk.APIConnectionError as error:
                problem, pause = _of_connection(error), None
            except ValueError:
                problem, pause = unanswered_request(), None
            else:
                self.abilities = asked.known()
                return answer
            tries += 1
            if tries >= TRIES:
                raise problem
            self._wait(_backoff(tries) if pause is None else pause, deadline, problem)

    def _once(
        self, question: Question, items: Sequence[Item], asked: Abilities, *, again: bool
    ) -> Mapping[str, Any]:
        told = self._api.chat.completions.with_raw_response.create(
            model=self._place.model,
            messages=messages(question, items, again=again),
            timeout=self._patience.request_seconds,
            **_form(question, len(items), asked),
        )
        # Read by ourselves: the SDK takes any JSON for an answer, and fails on what is none.
        answer = json.loads(told.http_response.content)
        if not isinstance(answer, dict):
            raise ValueError("no object")
        return answer

    def _wait(self, seconds: float, deadline: float, problem: Problem | None = None) -> None:
        """Raises Ended when nobody waits any more, and what went wrong last where it would take too long."""
        if time.monotonic() + seconds > deadline:
            raise problem or Unavailable(
                "The language model has no time for it: its requests a minute are used up. Try again later.",
                code="language_busy",
            )
        if self._stop.wait(seconds):
            raise Ended


def _form(question: Question, count: int, asked: Abilities) -> dict[str, Any]:
    """How the answer is wanted, as far as the endpoint can."""
    form: dict[str, Any] = {"temperature": 0} if asked.temperature else {}
    if asked.limit != "none":
        form[asked.limit] = most_output(question, count)
    if asked.logprobs:
        form["logprobs"] = True
    if asked.format == "json_schema":
        schema = {"name": "answers", "strict": True, "schema": answer_schema(question, count)}
        form["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif asked.format == "json_object":
        form["response_format"] = {"type": "json_object"}
    return form


def _of_connection(error: Exception) -> Problem:
    """A guard's own refusal is told as it is, when it can't heal raised at once; all else is silence."""
    cause = error.__cause__
    if isinstance(cause, Problem):
        if cause.status != HEALING:
            raise cause
        return cause
    return unanswered_request()


def _words(error: Any) -> str:
    """The complaint, for our eyes only."""
    return json.dumps(error.body, default=str)[:4000] if error.body else ""


def _code(error: Any) -> str:
    code = error.body.get("code") if isinstance(error.body, dict) else None
    return code if isinstance(code, str) else ""


def _rest(headers: Mapping[str, str]) -> float | None:
    """How many seconds the other side wants to be left alone."""
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None


def _backoff(tries: int) -> float:
    """Twice as long each time, somewhere in the upper half, so that many do not come back together."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1))
    return longest * (0.5 + random.random() / 2)  # noqa: S311  no secret


def _library() -> Any:
    try:
        return importlib.import_module("openai")
    except ImportError as error:
        raise missing_library() from error
