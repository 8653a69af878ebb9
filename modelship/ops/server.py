"""daphne with guards in front of Django: body size by credentials and route, idle connections.

daphne hands a request over only when its whole body has arrived, so the guard sits where the
headers are read: a refused body is never stored. No body is held in memory, and the pieces of
resumable uploads are handed over while they arrive (`streaming`, `feed`).
"""

import asyncio
from functools import partial
from io import BytesIO
from typing import Any

import structlog
from daphne import http_protocol
from daphne import server as daphne_server
from daphne.server import Server
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from modelship.api.problems import problem_response
from modelship.lib.errors import Problem, TooLarge, Unauthorized
from modelship.lib.stopping import stop
from modelship.ops.credentials import are_valid
from modelship.ops.feed import Feed, Spool
from modelship.ops.streaming import is_streamed

log = structlog.get_logger(__name__)

LINGER_SECONDS = 2
LINGER_BYTES = 16 << 20
VIEWS_SECONDS = 10
UPLOAD_ROUTES = ("/images", "/models", "/imports", "/uploads", "/table", "/faces")


def body_cap(path: str, content_type: str, *, anonymous: bool, streamed: bool = False) -> int:
    """The most bytes that a body may have, from what its headers say."""
    if anonymous:
        return settings.MODELSHIP_MAX_ANONYMOUS_BYTES
    if streamed:
        return max(settings.MODELSHIP_MAX_ARCHIVE_BYTES, settings.MODELSHIP_MAX_FILE_BYTES)
    is_upload = path.split("?", maxsplit=1)[0].rstrip("/").endswith(UPLOAD_ROUTES)
    if is_upload and content_type.startswith("multipart/form-data"):
        return settings.MODELSHIP_MAX_UPLOAD_BYTES
    return settings.MODELSHIP_MAX_JSON_BYTES


class GuardedRequest(http_protocol.WebRequest):
    """Refuses a body by its declared length, or at the byte that is one too many."""

    _cap = 0
    _seen = 0
    _refused = False
    _feed: Feed | None = None
    _is_answered = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Twisted would parse forms in memory, in the event loop; Django parses them from the spool.
        self._parsePOSTFormSubmission = False

    def gotLength(self, length: int | None) -> None:
        cookies, authorization = self._header(b"cookie"), self._header(b"authorization")
        anonymous = not authorization and settings.SESSION_COOKIE_NAME not in cookies
        path = self.channel._path.decode("latin-1")
        streamed = not anonymous and is_streamed(self.channel._command.decode("latin-1"), path)
        self._cap = body_cap(path, self._header(b"content-type"), anonymous=anonymous, streamed=streamed)
        if streamed and (length is None or length <= self._cap):
            self._stream()
            return
        super().gotLength(min(length or 0, self._cap) if length is not None else None)
        if length is not None and length > self._cap:
            self._refuse(self._too_large())
        elif not anonymous and (length is None or length > settings.MODELSHIP_MAX_ANONYMOUS_BYTES):
            self._check(cookies, authorization)

    def take_body(self) -> Feed | Spool:
        """Where the application reads the body, in place of daphne, which finds an empty one."""
        if self._feed is not None:
            return self._feed
        spool = Spool(self.content)  # type: ignore[has-type]
        self.content = BytesIO()
        return spool

    def _stream(self) -> None:
        """Let the application begin now: it sees who asks and for what before the first byte is read."""
        super().gotLength(0)
        self._feed = Feed(self.channel)
        super().requestReceived(self.channel._command, self.channel._path, self.channel._version)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if self._feed is None:
            super().requestReceived(command, path, version)
            return
        self._feed.end()
        if self._is_answered:
            self._close()

    def handleContentChunk(self, data: bytes) -> None:
        self._seen += len(data)
        if self._refused or self._is_answered:
            if self._seen > LINGER_BYTES:
                self.channel.forceAbortClient()
            return
        if self._seen > self._cap:
            self._refuse(self._too_large())
        elif self._feed is not None:
            self._feed.push(data)
        else:
            super().handleContentChunk(data)

    def handle_reply(self, message: dict[str, Any]) -> None:
        """Keep a HEAD answer without a body: Twisted drops its first piece alone, and daphne sends them all."""
        if self.method == b"HEAD" and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        if self._feed is not None and not self._feed.has_ended:
            message = self._early(message, self._feed)
        super().handle_reply(message)

    def _early(self, message: dict[str, Any], feed: Feed) -> dict[str, Any]:
        """An answer before the end of the body: say that the connection ends, and read on for a moment."""
        if message["type"] == "http.response.start":
            self.channel.persistent = False
            return {**message, "headers": [*message.get("headers", []), (b"Connection", b"close")]}
        if not message.get("more_body", False):
            self._is_answered = True
            feed.drop()
            reactor.callLater(LINGER_SECONDS, self._close)  # type: ignore[attr-defined,arg-type]
        return {**message, "more_body": True}

    def _close(self) -> None:
        if not self.finished and self.channel is not None:
            self.finish()

    def process(self) -> Any:
        return None if self._refused else super().process()

    def _header(self, name: bytes) -> str:
        values = self.requestHeaders.getRawHeaders(name) or [b""]
        return values[0].decode("latin-1")

    def _too_large(self) -> Problem:
        return TooLarge(f"A body here may have {self._cap:,} bytes. Send it in parts.", limit=self._cap)

    def _check(self, cookies: str, authorization: str) -> None:
        """Ask the database whether the credentials hold, while the first bytes arrive."""
        checked = deferToThread(are_valid, cookies, authorization)
        checked.addCallback(self._checked)
        checked.addErrback(lambda failure: log.warning("credential_check_failed", error=str(failure.value)))

    def _checked(self, valid: bool) -> None:
        if not valid and not self._refused:
            self._refuse(Unauthorized("Sign in, or send 'Authorization: Api-Key <key>', before you upload."))

    def _refuse(self, problem: Problem) -> None:
        """Answer now, then read on for a moment so that the client sees the answer, and close."""
        self._refused = True
        response = problem_response(problem)
        lines = [f"HTTP/1.1 {problem.status} {problem.title}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in response.items()]
        lines.append(f"Content-Length: {len(response.content)}")
        transport = self.channel.transport
        transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + response.content)
        reactor.callLater(LINGER_SECONDS, transport.loseConnection)  # type: ignore[attr-defined,arg-type]


class GuardedFactory(http_protocol.HTTPFactory):
    """Connections that send nothing for a while, in headers or body, are closed."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.timeOut = settings.MODELSHIP_BODY_IDLE_SECONDS

    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = GuardedRequest
        return protocol


async def views_end() -> None:
    """Wait for the views that Django still runs, which hear of the end by reading or by `check_stopping`."""
    views = [task for task in asyncio.all_tasks() if "process_request" in task.get_coro().__qualname__]  # type: ignore[union-attr]
    if views:
        await asyncio.wait(views, timeout=VIEWS_SECONDS)


class GuardedServer(Server):
    """daphne's server over the guarded protocol. `run` blocks until SIGINT or SIGTERM."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """As daphne does it, but the body of a request is handed over piece by piece."""
        if scope["type"] != "http":
            return super().create_application(protocol, scope)
        source = protocol.take_body()
        scope.setdefault("asgi", {"version": "3.0"})
        application = self.application(scope, source.receive, partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
        return source

    def kill_all_applications(self) -> Any:
        """As daphne does it, but views in flight end before the loop does: their threads would wait for it for ever."""
        killed = super().kill_all_applications()
        killed.addBoth(lambda _: Deferred.fromFuture(asyncio.ensure_future(views_end())))
        return killed

    def run(self) -> None:
        http_protocol_factory, daphne_server.HTTPFactory = daphne_server.HTTPFactory, GuardedFactory
        # Before daphne cancels what is in flight, which then waits for the threads of its views.
        reactor.addSystemEventTrigger("before", "shutdown", stop)  # type: ignore[attr-defined,arg-type]
        try:
            super().run()
        finally:
            daphne_server.HTTPFactory = http_protocol_factory
