"""Detector services that behave as badly as real ones: they refuse, hang, break off, and say nonsense."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NOTHING = {"boxes": [], "scores": [], "class_ids": [], "class_names": [], "slices": []}
SIGHT = {**NOTHING, "width": 64, "height": 64, "shape": "box", "leftovers": NOTHING}
HEALTHY = {"status": "ok", "wire": 1}


class BadService(ThreadingHTTPServer):
    """Behaves as `mood` says, in everything or, with `is_healthy`, in all but its health."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.mood: Callable[[Desk], None] = good
        self.is_healthy = True
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self.guard = threading.Lock()
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def looks(self) -> int:
        """How often it was asked to look at a picture."""
        return self.asked.count("/api/ml/detect")


class Desk(BaseHTTPRequestHandler):
    server: BadService
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.server.is_healthy or self.server.mood is good:
            self.say(200, json.dumps(HEALTHY).encode())
        else:
            self.server.mood(self)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.guard:
            self.server.asked.append(self.path)
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.at_once, self.server.most_at_once)
        try:
            self.server.mood(self)
        finally:
            with self.server.guard:
                self.server.at_once -= 1

    def say(self, status: int, body: bytes, *, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


def good(desk: Desk) -> None:
    desk.say(200, json.dumps(SIGHT).encode())


def broken(desk: Desk) -> None:
    desk.say(500, b"Traceback")


def garbage(desk: Desk) -> None:
    desk.say(200, b"\x00\xff<html>")


def another_shape(desk: Desk) -> None:
    desk.say(200, b'{"boxes": 5, "status": 7}')


def impossible(desk: Desk) -> None:
    """The right shape, and a box outside of the picture."""
    box = {
        "boxes": [[0, 0, 900, 10]],
        "scores": [0.5],
        "class_ids": [0],
        "class_names": ["cat"],
        "slices": [None],
    }
    desk.say(200, json.dumps({**SIGHT, **box}).encode())


def not_a_number(desk: Desk) -> None:
    desk.say(200, json.dumps({**SIGHT, "width": float("nan")}).encode())


def cut_off(desk: Desk) -> None:
    desk.say(200, json.dumps(SIGHT).encode()[:30], length=500)
    desk.close_connection = True


def elsewhere(desk: Desk) -> None:
    desk.say(307, b"", Location="http://127.0.0.1:9/")


def hanging(desk: Desk) -> None:
    desk.server.over.wait(60)
    desk.close_connection = True


def full(desk: Desk) -> None:
    problem = {"title": "Full", "status": 503, "detail": "Full.", "code": "busy"}
    desk.say(503, json.dumps(problem).encode(), Retry_After="1")


def slow(seconds: float) -> Callable[[Desk], None]:
    def mood(desk: Desk) -> None:
        time.sleep(seconds)
        good(desk)

    return mood


@contextmanager
def behaving_badly() -> Iterator[BadService]:
    server = BadService()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
