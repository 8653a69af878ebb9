"""The guards in front of Django, on a real server."""

import json
import re
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server

pytestmark = pytest.mark.xdist_group("server")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("guards"), MODELSHIP_BODY_IDLE_SECONDS="2").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return server.bootstrap()["api_key"]


def talk(server: Server, head: str, body: bytes = b"", *, wait: float = 10) -> bytes:
    """Send raw bytes and read until the other side closes, or for `wait` seconds."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as wire:
        wire.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        seen = b""
        try:
            for start in range(0, len(body), 65_536):
                wire.sendall(body[start : start + 65_536])
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            while piece := wire.recv(65_536):
                seen += piece
        except (TimeoutError, ConnectionResetError):
            pass
        return seen


def post(path: str, length: int | None, *more: str) -> str:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", size, *more]
    return "\n".join(lines)


def problem_of(answer: bytes) -> dict:
    return json.loads(answer.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("path", ["/api/v1/projects", "/nowhere", "/api/v1/datasets/x/images"])
def test_a_large_anonymous_body_is_refused_by_its_length_alone(path: str, server: Server):
    started = time.monotonic()

    answer = talk(server, post(path, 600 << 20))

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert problem_of(answer)["code"] == "too_large"
    assert time.monotonic() - started < 5


def test_a_large_chunked_body_is_refused_at_the_limit(server: Server):
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"

    answer = talk(server, post("/api/v1/projects", None), chunk * 20)

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_wrong_key_is_told_before_the_upload(server: Server):
    answer = talk(server, post("/api/v1/projects", 1 << 20, "Authorization: Api-Key nonsense"))

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert problem_of(answer)["code"] == "unauthorized"


def test_a_dead_session_is_told_too(server: Server):
    answer = talk(server, post("/api/v1/projects", 1 << 20, "Cookie: sessionid=nonsense"))

    assert answer.startswith(b"HTTP/1.1 401 ")


def test_json_has_its_own_limit(server: Server, key: str):
    answer = talk(server, post("/api/v1/projects", 3 << 20, f"Authorization: Api-Key {key}"))

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_good_body_of_a_megabyte_arrives(server: Server, key: str):
    body = json.dumps({"name": "x", "description": "y" * (1 << 20)}).encode()

    head = post("/api/v1/projects", len(body), f"Authorization: Api-Key {key}", "Connection: close")

    answer = talk(server, head, body)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "10000 characters" in problem_of(answer)["detail"]


@pytest.mark.parametrize(
    "head", ["POST /api/v1/projects HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 10", "GET / HTTP/1.1\nHost:"]
)
def test_a_connection_that_stops_half_way_is_closed(head: str, server: Server):
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as wire:
        wire.sendall(head.replace("\n", "\r\n").encode() + (b"\r\n\r\nabc" if "POST" in head else b""))

        closed = wire.recv(65_536)

    assert b"200" not in closed[:20]
    assert time.monotonic() - started < 10


def test_a_large_body_is_never_held_in_memory(server: Server, key: str):
    assert server.web is not None
    status = Path(f"/proc/{server.web.pid}/status")
    size, before = 200 << 20, memory_of(status)
    kind = "Content-Type: multipart/form-data; boundary=B"
    head = post("/api/v1/datasets/x/images", size, f"Authorization: Api-Key {key}", "Connection: close")

    answer = talk(server, head.replace("Content-Type: application/json", kind), bytes(size))

    assert answer.startswith(b"HTTP/1.1 404 ")
    assert memory_of(status) - before < 60 << 20


def memory_of(status: Path) -> int:
    """The most resident memory that the process ever had, in bytes."""
    return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024


def test_an_answer_to_head_has_no_body_however_large_it_is(server: Server):
    answer = talk(server, "HEAD /api/v1/schema HTTP/1.1\nHost: 127.0.0.1\nConnection: close")

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert int(re.search(rb"(?i)content-length: (\d+)", head)[1]) > 65_536
    assert body == b""


def test_every_page_has_its_headers_and_no_inline_code(server: Server):
    with urllib.request.urlopen(f"{server.url}/accounts/login/") as page:
        headers, html = page.headers, page.read().decode()

    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])
    assert not re.search(r"<[^>]+\sstyle=|<style|<script(?![^>]*\bsrc=)(?![^>]*json)", html)


def test_the_request_id_of_the_caller_is_kept(server: Server):
    request = urllib.request.Request(f"{server.url}/health", headers={"X-Request-ID": "trace-me-12345"})

    with urllib.request.urlopen(request) as answer:
        assert answer.headers["X-Request-ID"] == "trace-me-12345"


def test_modules_are_served_under_hashed_names_for_good(server: Server):
    with urllib.request.urlopen(f"{server.url}/accounts/login/") as page:
        html = page.read().decode()
    sources = re.findall(r'<script type="module" src="([^"]+)"', html)

    assert sources
    for source in sources:
        with urllib.request.urlopen(server.url + source) as script:
            text = script.read().decode()
            assert "immutable" in script.headers["Cache-Control"]
        for target in re.findall(r'from\s*"(\.[^"]+)"', text):
            assert re.search(r"\.[0-9a-f]{12}\.js$", target), target


def test_docs_and_schema_work_offline(server: Server, key: str):
    request = urllib.request.Request(f"{server.url}/api/v1/docs", headers={"Authorization": f"Api-Key {key}"})

    with urllib.request.urlopen(request) as page:
        html = page.read().decode()

    assert "https://" not in re.sub(r"xmlns=\S+", "", html)
    assert "/static/drf_spectacular_sidecar/" in html
