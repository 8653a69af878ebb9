"""A web site on loopback that models are fetched from, and that may behave as badly as real ones."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site(ThreadingHTTPServer):
    """Serves `files` by path and remembers what was asked for.

    `statuses` are answered instead, `moved` sends on, `cut` breaks off in the middle, and `pause` is how
    many seconds pass before each of `pieces` pieces.
    """

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.files = files
        self.asked: list[str] = []
        self.statuses: dict[str, int] = {}
        self.moved: dict[str, str] = {}
        self.cut: set[str] = set()
        self.pause, self.pieces = 0.0, 1

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.place}"


class Page(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.files.get(self.path)
        status = 404 if body is None else 200
        if self.path in self.server.moved:
            status = 302
        self.send_response(self.server.statuses.get(self.path, status))
        if status == 302:
            self.send_header("Location", self.server.moved[self.path])
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        if self.path in self.server.cut:
            body = (body or b"")[:100]
        self.send_pieces(body or b"")

    def send_pieces(self, body: bytes) -> None:
        step = max(1, -(-len(body) // self.server.pieces))
        try:
            for start in range(0, len(body), step):
                time.sleep(self.server.pause)
                self.wfile.write(body[start : start + step])
        except OSError:
            """Whoever fetched has gone."""

    def log_message(self, *args: object) -> None:
        """Quiet."""


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Site]:
    site = Site(files)
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        thread.join()
        site.server_close()
