"""What the service says, turned into values and Problems; whatever does not fit the wire is a failure of its own."""

from typing import Any, TypeVar

import httpx
import msgspec

from inference import wire
from inference.asking import ModelFails, OutOfLimits
from modelship.lib import errors
from modelship.lib.errors import Problem, Unavailable

MOST_ANSWER_BYTES = 64 << 20
# How long a busy service is believed about when to come back.
MOST_RETRY_SECONDS = 60.0
AWAY = "ml_unavailable"
FAILED = "ml_failed"
BUSY = "busy"
# Problems that go by themselves: the service is away, breaks, or has too much to do.
PASSING = frozenset({AWAY, FAILED, BUSY})
KINDS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        *(errors.BadRequest, errors.NotFound, errors.Conflict, errors.TooLarge),
        *(errors.UnsupportedType, errors.Unprocessable, errors.Unavailable),
    )
}
BLAMED: dict[str, type[Problem]] = {"model": ModelFails, "limits": OutOfLimits}
Answer = TypeVar("Answer")


class Failure(Exception):
    """The service did not do its part. `is_healing` tells whether asking again may help."""

    def __init__(self, what: str, *, is_healing: bool) -> None:
        super().__init__(what)
        self.is_healing = is_healing


class Busy(Exception):
    """The service has enough to do for now: it lives, and says when to come back."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"retry after {retry_after:g} s")
        self.retry_after = retry_after


def away(retry_after: float, *, code: str = AWAY) -> Unavailable:
    words = {
        AWAY: "The detector service does not answer. Try again in a moment.",
        FAILED: "The detector service does not work as it should. Try again in a moment.",
        BUSY: "The detector service has as much to do as it may. Try again in a moment.",
    }
    return Unavailable(words[code], code=code, retry_after=max(1, round(retry_after)))


def read_answer(response: httpx.Response, body: bytes, shape: type[Answer]) -> Answer:
    """The answer of a good status. Raises Failure for what is no such answer, Busy, and the Problem that was told."""
    if response.status_code // 100 != 2:
        raise _refusal(response, body)
    return decoded(body, shape)


def decoded(body: bytes, shape: type[Answer]) -> Answer:
    try:
        found = msgspec.json.decode(body, type=shape)
        if isinstance(found, wire.Sight | wire.Proof | wire.Parts):
            found.check()
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Failure(f"no answer of the wire: {error}"[:300], is_healing=False) from error
    return found


def _refusal(response: httpx.Response, body: bytes) -> Exception:
    status = response.status_code
    retry_after = _seconds(response.headers.get("Retry-After", ""))
    if status == 503 and retry_after is not None:
        return _told(body) or Busy(retry_after)
    if status >= 500 or status < 400:
        return Failure(f"answered {status}", is_healing=status in (502, 503, 504))
    if status in (401, 403):
        # The operator's token is not the service's: nobody's picture or model is at fault.
        return Failure("refuses the token", is_healing=False)
    if status == 408:
        return Failure("found us too slow", is_healing=True)
    try:
        told = msgspec.json.decode(body, type=wire.Problem)
    except (msgspec.MsgspecError, ValueError) as error:
        return Failure(f"answered {status} without a reason: {error}"[:300], is_healing=False)
    return rebuilt(told)


def _told(body: bytes) -> Problem | None:
    """A 503 that is about the model's file, and not about how much there is to do."""
    try:
        told = msgspec.json.decode(body, type=wire.Problem)
    except (msgspec.MsgspecError, ValueError):
        return None
    return None if told.code == BUSY else rebuilt(told)


def rebuilt(told: wire.Problem) -> Problem:
    """The Problem that a call in process would have raised."""
    kind: Any = BLAMED.get(told.blames) or KINDS.get(told.status, errors.Unprocessable)
    return kind(told.detail[:1000], code=told.code[:64])


def _seconds(text: str) -> float | None:
    return min(float(text), MOST_RETRY_SECONDS) if text.isascii() and text.isdigit() else None
