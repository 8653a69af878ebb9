"""A real HTTP server on loopback that holds some files; its subclasses speak the protocols of clouds."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

WHEN = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
# Whatever a server answers beside the files must never reach people, logs or rows.
REMOTE_WORDS = "remote-words-that-nobody-may-see"
SECRET = "c2VjcmV0LW9mLWFsaWNl"


class Site(ThreadingHTTPServer):
    """`files` may be changed while it serves; `down` answers everything with 503."""

    daemon_threads = True
    page_size = 2

    def __init__(self, handler: type["Handler"]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.down = False

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.place}"

    def page(self, prefix: str, start: int) -> tuple[list[str], int | None]:
        keys = sorted(key for key in self.files if key.startswith(prefix))
        end = start + self.page_size
        return keys[start:end], end if end < len(keys) else None


class Handler(BaseHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes = b"", kind: str = "application/json", **heads: str) -> None:
        self.send_response(status)
        for name, value in heads.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_json(self, value: Any, status: int = 200) -> None:
        self.answer(status, json.dumps(value).encode())

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    @property
    def path_only(self) -> str:
        return urlsplit(self.path).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def handle_one(self) -> None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path))
        if self.server.down:
            self.body()
            self.answer(503, REMOTE_WORDS.encode(), "text/plain")
            return
        self.handle_one()

    do_POST = do_HEAD = do_GET

    def log_message(self, *args: object) -> None:
        """Quiet."""


def etag_of(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


@contextmanager
def serving(site: Any) -> Iterator[Any]:
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        thread.join()
        site.server_close()
