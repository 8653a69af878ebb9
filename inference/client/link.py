"""One connection to the detector service for all threads of this process.

Calls run on an event loop in a thread of its own, so that each of them can be ended from outside at any
moment: by who asked, or because the service stopped to give signs of life. What can heal is tried again, with
exponential backoff and full jitter; after five failures in a row a breaker refuses at once.
"""

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import httpx
import stamina
import structlog

from inference import wire
from inference.asking import OutOfLimits
from inference.client.answers import AWAY, BUSY, FAILED, MOST_ANSWER_BYTES, Busy, Failure, away, read_answer
from modelship.lib.breaker import Breaker, Refused, State
from modelship.lib.clock import now
from modelship.lib.errors import Problem

HEALTH = "/api/ml/health"
HEALTH_SECONDS = 1.0
# So long a sign of life is believed; then the next call asks for one before it sends its picture.
FRESH_SECONDS = 2.0
# While a call waits, the service is asked so often whether it lives, and given up after so many silences.
WATCH_SECONDS, SILENCES = 3.0, 3
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
# A busy service that wants to be left alone for longer is told of at once.
WORTH_WAITING = 3.0
CONNECTIONS = 128
Answer = TypeVar("Answer")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Place:
    """Where the service is and how patient this side is."""

    url: str
    token: str = ""
    connect_seconds: float = 3.0
    attempts: int = 3
    failures: int = 5
    cool_down: float = 5.0


@dataclass(frozen=True)
class Call(Generic[Answer]):
    """One question. `content` makes httpx's arguments anew for each try; `seconds` is the longest wait for an answer."""

    method: str
    path: str
    shape: type[Answer]
    seconds: float
    correlation: str = ""
    content: Callable[[], dict[str, Any]] = dict


class OverTime(OutOfLimits):
    """No answer in the time that the work may take, of a service that lives: the next picture may be easier."""


class _Again(Exception):
    """A try that may be repeated after `pause` seconds, and the Problem to tell if it is the last."""

    def __init__(self, problem: Problem, pause: float) -> None:
        super().__init__(problem.detail)
        self.problem, self.pause = problem, pause


class Link:
    """Safe from any thread; belongs to one process."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.breaker = Breaker(failures=place.failures, cool_down=place.cool_down)
        self._loop = asyncio.new_event_loop()
        self._heard_at, self._looked_at, self._is_alive = float("-inf"), float("-inf"), True
        self._was_silent = True
        self._looking: asyncio.Task[bool] | None = None
        self._guard = threading.Lock()
        self._stood = ("up", now())
        headers = {"Authorization": f"Bearer {place.token}"} if place.token else {}
        shared: dict[str, Any] = {
            "base_url": place.url,
            "headers": {"User-Agent": "ModelShip", **headers},
            "follow_redirects": False,
            "trust_env": False,
        }
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=16)
        self._client = httpx.AsyncClient(limits=limits, **shared)
        # Of its own, so that calls which hang can't keep the question whether they do from being asked.
        self._pulse = httpx.AsyncClient(timeout=HEALTH_SECONDS, **shared)
        self._thread = threading.Thread(target=self._loop.run_forever, name="ml-link", daemon=True)
        self._thread.start()

    def begin(self, call: Call[Answer]) -> Future[Answer]:
        """The call under way; cancel the future to end it. Its exceptions are Problems."""
        return self._scheduled(self._answered(call))

    def is_alive(self) -> bool:
        """Whether the service gives signs of life, asked at most every two seconds and one at a time.

        A breaker that has cooled down is closed by a good sign: the service may be back without anybody's work.
        """
        return self._scheduled(self._probed()).result()

    def standing(self) -> tuple[str, datetime]:
        """`up`, `down` or `probing`, as asked now, and since when it is so."""
        found = "up" if self.is_alive() else "down"
        if found == "down" and self.breaker.state == State.HALF_OPEN:
            found = "probing"
        with self._guard:
            if self._stood[0] != found:
                self._stood = (found, now())
                log.warning("ml.state", state=found)
            return self._stood

    def close(self) -> None:
        self._scheduled(self._closed()).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _scheduled(self, work: Coroutine[Any, Any, Answer]) -> Future[Answer]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _closed(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()
        await self._pulse.aclose()

    async def _answered(self, call: Call[Answer]) -> Answer:
        tries = stamina.retry_context(on=_pause_of, attempts=self.place.attempts, timeout=None)
        try:
            async for attempt in tries:
                with attempt:
                    return await self._tried(call, attempt.num)
        except _Again as last:
            raise last.problem from last
        raise AssertionError("Every attempt ends.")

    async def _tried(self, call: Call[Answer], number: int) -> Answer:
        if self._was_silent and self.breaker.state == State.HALF_OPEN:
            # A sign of life is quicker than a picture, which may take minutes while all others are refused.
            await self._probed()
        try:
            with self.breaker.enter() as permit:
                try:
                    answer = await self._believed(call)
                except (Failure, httpx.HTTPError, OverTime) as error:
                    self._was_silent = not isinstance(error, Failure) or error.is_healing
                    permit.fail()
                    raise
                except (Busy, Problem):
                    # It lives and means what it says.
                    permit.succeed()
                    raise
                permit.succeed()
                return answer
        except Refused as refused:
            raise away(refused.retry_after) from refused
        except Busy as busy:
            problem = away(busy.retry_after, code=BUSY)
            if busy.retry_after > WORTH_WAITING:
                raise problem from busy
            raise _Again(problem, busy.retry_after * random.uniform(1, 1.5)) from busy  # noqa: S311
        except httpx.HTTPError as error:
            log.warning("ml.unreachable", error=repr(error)[:300])
            raise _Again(away(self.place.cool_down), _jittered(number)) from error
        except Failure as failure:
            log.warning("ml.failed", what=str(failure))
            problem = away(self.place.cool_down, code=AWAY if failure.is_healing else FAILED)
            if failure.is_healing:
                raise _Again(problem, _jittered(number)) from failure
            raise problem from failure

    async def _believed(self, call: Call[Answer]) -> Answer:
        """The answer, after a sign of life that is not old: a picture is not sent into the void."""
        if time.monotonic() - self._heard_at > FRESH_SECONDS and not await self._looked():
            raise Failure("gives no sign of life", is_healing=True)
        asking = asyncio.ensure_future(self._asked(call))
        try:
            await self._watched(asking)
            response, body = await asking
        except httpx.ReadTimeout:
            if not await self._looked():
                raise
            # It lives, and is at it for longer than a picture may take.
            raise OverTime(
                "The model takes more time than it may use. Choose a smaller one, or larger slices.",
                code="model_wall",
            ) from None
        finally:
            asking.cancel()
        answer = read_answer(response, body, call.shape)
        self._heard()
        return answer

    async def _asked(self, call: Call[Answer]) -> tuple[httpx.Response, bytes]:
        timeout = httpx.Timeout(call.seconds, connect=self.place.connect_seconds, pool=call.seconds)
        headers = {"X-Request-ID": call.correlation} if call.correlation else {}
        content = call.content()
        request = self._client.build_request(
            call.method,
            call.path,
            timeout=timeout,
            headers={**headers, **content.pop("headers", {})},
            **content,
        )
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > MOST_ANSWER_BYTES:
                    raise Failure("answers without an end", is_healing=False)
        finally:
            await response.aclose()
        return response, bytes(body)

    async def _watched(self, asking: Awaitable[Any]) -> None:
        """Until there is an answer. Raises Failure where the service has gone silent meanwhile."""
        silences = 0
        while not (await asyncio.wait({asyncio.ensure_future(asking)}, timeout=WATCH_SECONDS))[0]:
            silences = 0 if await self._looked() else silences + 1
            if silences >= SILENCES:
                raise Failure("went silent", is_healing=True)

    async def _probed(self) -> bool:
        try:
            with self.breaker.enter() as permit:
                is_open = self.breaker.state != State.CLOSED
                if not is_open and time.monotonic() - self._looked_at < FRESH_SECONDS:
                    return self._is_alive
                is_alive = await self._looked()
                # A pulse alone does not wipe out failures: a service may live and answer nonsense.
                if not is_alive:
                    self._was_silent = True
                    permit.fail()
                elif is_open:
                    permit.succeed()
                return is_alive
        except Refused:
            return False

    async def _looked(self) -> bool:
        """Ask for a sign of life, one at a time: who comes meanwhile hears the same."""
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._look())
            self._looking.add_done_callback(self._look_ended)
        return await asyncio.shield(self._looking)

    def _look_ended(self, task: asyncio.Task[bool]) -> None:
        self._looking = None

    async def _look(self) -> bool:
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                response = await self._pulse.get(HEALTH)
            read_answer(response, response.content, wire.Health)
        except (httpx.HTTPError, TimeoutError, Failure, Busy, Problem):
            self._is_alive = False
        else:
            self._is_alive = True
            self._heard()
        self._looked_at = time.monotonic()
        return self._is_alive

    def _heard(self) -> None:
        self._heard_at = time.monotonic()


def _pause_of(error: Exception) -> bool | float:
    return error.pause if isinstance(error, _Again) else False


def _jittered(number: int) -> float:
    """Full jitter: many who failed together do not come back together."""
    return random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**number))  # noqa: S311
