"""In front of every route: an id for each request, the token, problems in words, a log line and a count."""

import hmac
import re
import time
import uuid
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inference.service.gate import ClientGone
from inference.service.metrics import Metrics
from inference.service.problems import problem_answer
from modelship.lib.errors import InternalError, NotAllowed, NotFound, Problem, Unauthorized

GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
# What answers without a token: that the service lives, and nothing else about it.
OPEN = frozenset({"/api/ml/health"})
QUIET = frozenset({"/api/ml/health", "/api/ml/metrics"})
OTHER = "other"
log = structlog.get_logger("inference.service")


class Doors:
    """An ASGI middleware; the innermost word on what a client is told."""

    def __init__(self, app: ASGIApp, *, token: str, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if GIVEN.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["is_known"] = self._is_known(headers)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._answered(scope, receive, _Answering(send, request_id))

    async def _answered(self, scope: Scope, receive: Receive, answering: "_Answering") -> None:
        began = time.perf_counter()
        try:
            if scope["path"] not in OPEN and not scope["state"]["is_known"]:
                raise Unauthorized("Send 'Authorization: Bearer <MODELSHIP_ML_TOKEN>'.")
            await self._app(scope, receive, answering)
        except ClientGone:
            answering.status = 499
        except Exception as error:  # noqa: BLE001  whatever breaks, the client hears a problem and no trace
            await answering.refuse(_problem_of(error), scope, receive)
        finally:
            self._noted(scope, answering.status, time.perf_counter() - began)

    def _is_known(self, headers: dict[bytes, bytes]) -> bool:
        """In constant time, so that answers do not tell how much of a guess was right."""
        kind, _, said = headers.get(b"authorization", b"").partition(b" ")
        return not self._token or (
            kind.lower() == b"bearer" and hmac.compare_digest(said.strip(), self._token)
        )

    def _noted(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", OTHER)
        self._metrics.count(route, status, seconds)
        quiet = scope["path"] in QUIET and status < 400
        (log.debug if quiet else log.info)(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(seconds * 1000, 1),
        )


class _Answering:
    """The way back to the client, which remembers what has been said."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self._request_id = send, request_id
        self.status = 500
        self._has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._has_begun, self.status = True, message["status"]
            message["headers"] = [*message.get("headers", []), *self._more()]
        await self._send(message)

    async def refuse(self, problem: Problem, scope: Scope, receive: Receive) -> None:
        if self._has_begun:
            return
        answer: Response = problem_answer(problem, self._request_id)
        await answer(scope, receive, self)

    def _more(self) -> list[tuple[bytes, bytes]]:
        return [
            (b"x-request-id", self._request_id.encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    known: dict[int, type[Problem]] = {404: NotFound, 405: NotAllowed}
    if isinstance(error, HTTPException) and error.status_code in known:
        kind: Any = known[error.status_code]
        return kind("There is nothing here." if kind is NotFound else "This method is not allowed here.")
    log.error("request.crashed", exc_info=error)
    return InternalError("Something broke in the detector service; its log has the details.")
