"""The base of every socket: who may open it, what it takes in, how it ends."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import orjson
import structlog

from modelship.accounts.actors import Actor
from modelship.api.parsing import parse_json
from modelship.api.problems import problem_of
from modelship.lib.errors import BadRequest, InternalError, NotFound, Problem
from modelship.lib.ids import new_id
from modelship.live.callers import Caller, caller_of
from modelship.live.flow import Flow, Send
from modelship.live.origins import check_origin
from modelship.live.outbox import Outbox
from modelship.live.threads import reading_db
from modelship.live.watch import Look, watch

log = structlog.get_logger(__name__)

MAX_FRAME_BYTES = 64 * 1024
MESSAGES_PER_SECOND = 50
# Applications may close with codes from 4000; ours end like the HTTP status that says the same.
CLOSE_CODES = {"slow": 4008, "error": 4011, "too_large": 4013, "bad_message": 4015, "rate": 4029}
RIGHTS_ENDED = 4003


class Rate:
    """A bucket of messages that refills evenly."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._left = float(per_second)
        self._at = time.monotonic()

    def takes(self) -> bool:
        at = time.monotonic()
        self._left = min(self.per_second, self._left + (at - self._at) * self.per_second) - 1
        self._at = at
        return self._left >= 0


class LiveConsumer:
    """One connection. A subclass says who is let in (`admit`) and what messages do.

    `handlers` names a method for each type of message. A method whose type is among the `slow` is
    awaited, and what comes meanwhile waits for it. A refused handshake tells nothing: a foreign id and one that never existed look the same.
    """

    caller: Caller
    handlers: ClassVar[dict[str, str]] = {}
    slow: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, scope: dict[str, Any], send: Send) -> None:
        self.scope = scope
        self.session = new_id().hex
        self._base_send = send
        self._flow = Flow(send)
        self._outbox = Outbox(
            send, self._flow, lambda: self.end("slow", "Your connection is too slow. Reconnect.")
        )
        self._rate = Rate(MESSAGES_PER_SECOND)
        self._ending: asyncio.Task[None] | None = None
        self._writer: asyncio.Task[None] | None = None
        self._is_waiting = False

    @classmethod
    def as_asgi(cls) -> Any:
        async def application(
            scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]], send: Send
        ) -> None:
            await cls(scope, send).run(receive)

        return application

    @property
    def actor(self) -> Actor:
        return self.caller.actor

    async def admit(self) -> None:
        """Let the caller in, or raise a Problem. The caller is known, nothing is accepted yet."""

    async def opened(self) -> None:
        """The connection is accepted."""

    async def left(self) -> None:
        """The connection has ended, however it did."""

    def verdict(self, actor: Actor | None, look: Look) -> str | None:
        return None if actor is not None else "signed_out"

    def beat(self) -> None:
        self.put({"type": "beat"})

    def put(self, message: dict[str, Any]) -> None:
        self.put_text(orjson.dumps(message).decode())

    def put_text(self, text: str) -> None:
        if self._ending is None:
            self._outbox.put(text)

    def refuse(
        self, problem: Problem, ref: str | None = None, dropped: list[dict[str, Any]] | None = None
    ) -> None:
        self.put({"type": "refused", "ref": ref, "problem": problem.as_dict(), "dropped": dropped or []})

    def end(self, code: str, detail: str) -> None:
        """Say why, and close. What is queued goes out first, unless the reader is the reason."""
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end(code, detail))

    async def _end(self, code: str, detail: str) -> None:
        if self._writer is not None:
            self._writer.cancel()
        last = orjson.dumps({"type": "closed", "code": code, "detail": detail}).decode()
        await self._outbox.flush(last)
        await self._base_send(
            {"type": "websocket.close", "code": CLOSE_CODES.get(code, RIGHTS_ENDED), "reason": code}
        )

    async def run(self, receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        await receive()
        try:
            headers = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in self.scope["headers"]
            }
            check_origin(headers)
            self.caller = await reading_db(caller_of, headers)
            await self.admit()
        except Problem as problem:
            log.info("socket_refused", path=self.scope["path"], code=problem.code)
            await self._base_send({"type": "websocket.close"})
            return
        await self._base_send({"type": "websocket.accept"})
        await self._live(receive)

    async def _live(self, receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        self._writer = asyncio.get_running_loop().create_task(self._write())
        watch.add(self)
        try:
            await self.opened()
            if self._flow.is_direct:
                self._flow.listen(self._hear)
            while (frame := await receive())["type"] != "websocket.disconnect":
                await self._take(frame)
        finally:
            watch.discard(self)
            self._writer.cancel()
            await self.left()

    async def _write(self) -> None:
        try:
            await self._outbox.run()
        except Exception:
            log.exception("socket_send_failed", path=self.scope["path"])
            self._writer = None
            self.end("error", "Something went wrong on our side. Reconnect.")

    async def _take(self, frame: dict[str, Any]) -> None:
        """Deal with a message that was queued, or go on with a slow one that was heard."""
        message = frame.get("message")
        if message is None and (text := frame.get("text")) is not None:
            message = self._understood(text.encode())
        elif message is None:
            self.end("bad_message", "Send text frames.")
        if message is not None:
            self._is_waiting = True
            try:
                await getattr(self, self.handlers[message["type"]])(message)
            except Exception as error:  # noqa: BLE001 - the door of the socket: every failure is answered
                self.refuse(self.problem_of(error))
            finally:
                self._is_waiting = False

    def _hear(self, text: bytes) -> dict[str, Any] | None:
        """Deal with a message straight from the wire; returns what has to be queued instead."""
        if self._is_waiting:
            return {"type": "websocket.receive", "text": text.decode()}
        message = self._understood(text)
        if message is None:
            return None
        self._is_waiting = True
        return {"type": "websocket.receive", "message": message}

    def _understood(self, text: bytes) -> dict[str, Any] | None:
        """Deal with a message at once; a slow one is returned, to be waited for."""
        if self._ending is not None:
            return None
        if len(text) > MAX_FRAME_BYTES:
            self.end("too_large", f"A message may have {MAX_FRAME_BYTES:,} bytes. Send it in parts.")
        elif not self._rate.takes():
            self.end("rate", f"More than {MESSAGES_PER_SECOND} messages a second. Slow down.")
        else:
            try:
                return self._done(parse_json(text))
            except Exception as error:  # noqa: BLE001 - the door of the socket: every failure is answered
                self.refuse(self.problem_of(error))
        return None

    def _done(self, message: Any) -> dict[str, Any] | None:
        kind = message.get("type") if isinstance(message, dict) else None
        if not isinstance(kind, str) or kind not in self.handlers:
            raise BadRequest(f"Send an object whose type is one of {', '.join(self.handlers)}.")
        if kind in self.slow:
            return message
        getattr(self, self.handlers[kind])(message)
        return None

    def problem_of(self, error: Exception) -> Problem:
        """The refusal that an exception means; a defect is logged and says nothing of itself."""
        problem = problem_of(error)
        if problem is None:
            log.error("socket_failed", path=self.scope["path"], exc_info=error)
            return InternalError("Something went wrong on our side. Try again.")
        return problem


class Nowhere(LiveConsumer):
    """What answers where there is no socket: the refusal that a foreign id gets too."""

    async def admit(self) -> None:
        raise NotFound()
