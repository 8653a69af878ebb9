"""A way out for libraries that make their own connections: a proxy on loopback that asks the policy each time.

Their SDKs resolve names, follow redirects and retry as they please, so no look at an address beforehand
would hold. Given this proxy they can't connect at all: they name the place, it is judged and connected
to here, as in `modelship.lib.outbound`. TLS stays between the library and the other side. Only who knows
the random password of one `Egress` may use it.
"""

import contextlib
import secrets
import select
import socket
import socketserver
import threading
from base64 import b64encode
from urllib.parse import urlsplit

from modelship.lib.errors import Problem
from modelship.lib.outbound import STRICT, Policy, connect

MAX_HEAD_BYTES = 1 << 17
PIECE_BYTES = 1 << 16
DENIED = b"HTTP/1.1 %d Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
OPENED = b"HTTP/1.1 200 Connected\r\n\r\n"
# Between the client and this proxy only, or wrong once each connection carries one request.
DROPPED = (b"proxy-authorization:", b"proxy-connection:", b"connection:", b"keep-alive:")


class Egress:
    """Open for the length of a `with` block; `url` is what an HTTP library takes as its proxy.

    `refused` is the last Problem that kept a connection from being made: the library itself only hears
    that its proxy said no.
    """

    def __init__(self, policy: Policy = STRICT) -> None:
        self.policy = policy
        self.refused: Problem | None = None
        self._password = secrets.token_urlsafe(32)
        self.credentials = b64encode(f"modelship:{self._password}".encode())
        self._server: _Proxy | None = None

    def __enter__(self) -> "Egress":
        self._server = _Proxy(("127.0.0.1", 0), _Exchange)
        self._server.egress = self
        serve = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="egress", daemon=True
        )
        serve.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        if self._server is None:
            raise RuntimeError("The way out is used outside of its block.")
        return f"http://modelship:{self._password}@127.0.0.1:{self._server.server_address[1]}"

    @property
    def proxies(self) -> dict[str, str]:
        """As `requests` and botocore take it."""
        return {"http": self.url, "https": self.url}


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    egress: Egress


class _Exchange(socketserver.BaseRequestHandler):
    """One connection of a library: one tunnel, or one request in plain HTTP."""

    server: _Proxy

    def handle(self) -> None:
        self.request.settimeout(self.server.egress.policy.idle_seconds)
        with contextlib.suppress(OSError, ValueError, UnicodeError):
            head, rest = self._head()
            verb, target, *_ = head[0].split(b" ")
            if not self._is_ours(head):
                self.request.sendall(DENIED % 407)
                return
            with self._connected(verb, target.decode("ascii")) as far:
                if verb == b"CONNECT":
                    self.request.sendall(OPENED)
                    far.sendall(rest)
                    self._carry(far)
                else:
                    far.sendall(_onward(head) + rest)
                    self._carry(far, answer_head=b"")

    def _head(self) -> tuple[list[bytes], bytes]:
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self.request.recv(PIECE_BYTES)
            if not piece or len(received) > MAX_HEAD_BYTES:
                raise ValueError("no request")
            received += piece
        head, _, rest = received.partition(b"\r\n\r\n")
        return head.split(b"\r\n"), rest

    def _is_ours(self, head: list[bytes]) -> bool:
        wanted = b"Basic " + self.server.egress.credentials
        for line in head[1:]:
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"proxy-authorization":
                return secrets.compare_digest(value.strip(), wanted)
        return False

    def _connected(self, verb: bytes, target: str) -> socket.socket:
        is_tunnel = verb == b"CONNECT"
        parts = urlsplit(f"https://{target}" if is_tunnel else target)
        egress = self.server.egress
        try:
            return connect(
                parts.hostname or "", parts.port or 80, policy=egress.policy, is_encrypted=is_tunnel
            )
        except Problem as problem:
            egress.refused = problem
            self.request.sendall(DENIED % (403 if problem.status == 400 else 502))
            raise OSError(problem.code) from problem

    def _carry(self, far: socket.socket, answer_head: bytes | None = None) -> None:
        """Both ways, until either side ends or falls silent. With `answer_head`, the answer's first lines are
        gathered in it and told on with the end of the connection in them."""
        other = {self.request: far, far: self.request}
        while True:
            ready, _, _ = select.select(list(other), [], [], self.server.egress.policy.idle_seconds)
            if not ready:
                return
            for side in ready:
                piece = side.recv(PIECE_BYTES)
                if not piece:
                    return
                if side is far and answer_head is not None:
                    answer_head += piece
                    if b"\r\n\r\n" not in answer_head and len(answer_head) < MAX_HEAD_BYTES:
                        continue
                    piece, answer_head = _closing(answer_head), None
                other[side].sendall(piece)


def _closing(answer: bytes) -> bytes:
    """The answer with the word that nothing follows on this connection."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(DROPPED)]
    return b"\r\n".join([*lines, b"Connection: close", b"", rest])


def _onward(head: list[bytes]) -> bytes:
    """The request as the other side gets it: the path alone, and one request a connection."""
    verb, target, version = head[0].split(b" ")
    path = b"/" + target.split(b"://", 1)[1].partition(b"/")[2]
    kept = [line for line in head[1:] if not line.lower().startswith(DROPPED)]
    return b"\r\n".join([b" ".join([verb, path, version]), *kept, b"Connection: close", b"", b""])
