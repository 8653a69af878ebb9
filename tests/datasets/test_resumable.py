"""A large upload over a line that keeps breaking, to a server that dies: what arrives is what was sent.

Sockets of a real server are closed in the middle of bodies. UPLOAD_TEST_MIB=1024 makes it a gigabyte.
"""

import contextlib
import hashlib
import os
import random
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("server")]
MIB = 1 << 20
SIZE = int(os.environ.get("UPLOAD_TEST_MIB", "64")) * MIB
CUTS = 30


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(
        tmp_path_factory.mktemp("resumable"), pages=False, MODELSHIP_BODY_IDLE_SECONDS="2"
    ).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return server.bootstrap()["api_key"]


@pytest.fixture(scope="module")
def dataset(server: Server, key: str) -> str:
    project = server.call("POST", "projects", key, {"name": "P"})[1]["id"]
    return server.call("POST", "datasets", key, {"project": project, "name": "D"})[1]["id"]


class Sender:
    """A client of tus that talks to the socket itself, so that it can hang up where it likes."""

    def __init__(self, server: Server, key: str, url: str) -> None:
        self.server, self.key, self.url = server, key, url

    def head(self, method: str, *lines: str) -> bytes:
        common = ["Host: 127.0.0.1", f"Authorization: Api-Key {self.key}", "Tus-Resumable: 1.0.0"]
        return "\r\n".join([f"{method} {self.url} HTTP/1.1", *common, *lines, "", ""]).encode()

    def open(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=30)

    def offset(self) -> int:
        """Where the upload stands, once the server has noticed that the last sender hung up."""
        with self.open() as wire:
            wire.sendall(self.head("HEAD", "Connection: close"))
            answer = read_all(wire)
        found = re.search(rb"(?i)upload-offset: (\d+)", answer)
        assert found, answer
        return int(found[1])

    def patch(self, offset: int, length: int, checksum: str = "") -> bytes:
        lines = [f"Upload-Offset: {offset}", "Content-Type: application/offset+octet-stream"]
        lines += [f"Content-Length: {length}", *([checksum] if checksum else [])]
        return self.head("PATCH", *lines)


def read_all(wire: socket.socket) -> bytes:
    """One answer: its head, and the body that it announces (of HEAD there is none)."""
    seen = b""
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while b"\r\n\r\n" not in seen and (piece := wire.recv(65_536)):
            seen += piece
        head, _, body = seen.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        while length and b"upload-length" not in head.lower() and len(body) < int(length[1]):
            body += wire.recv(65_536)
        return head + b"\r\n\r\n" + body
    return seen


def hang_up(wire: socket.socket) -> None:
    """Not politely: the other side gets a reset."""
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def memory_of(pid: int, field: str) -> int:
    """Bytes of resident memory."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", text)[1]) * 1024


def blocks(size: int) -> Iterator[bytes]:
    """The same bytes each time, that no compression or sparse file makes smaller."""
    source = random.Random(7)
    for _ in range(size // MIB):
        yield source.randbytes(MIB)


@pytest.fixture(scope="module")
def payload(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    path, digest = tmp_path_factory.mktemp("payload") / "large.tar", hashlib.sha256()
    with path.open("wb") as file:
        for block in blocks(SIZE):
            file.write(block)
            digest.update(block)
    return path, digest.hexdigest()


def announce(server: Server, key: str, dataset: str, size: int, digest: str = "") -> tuple[str, Sender]:
    body = {"filename": "large.tar", "size": size, "dataset": dataset, "sha256": digest}
    status, made = server.call("POST", "uploads", key, body)
    assert status == 201, made
    return made["upload"]["id"], Sender(server, key, made["tus"]["url"])


def stored(server: Server, upload_id: str) -> Path:
    [path] = (server.home / "media").glob(f"t/*/incoming/{upload_id}")
    return path


def sent_until(sender: Sender, path: Path, offset: int, stop: int, size: int) -> None:
    """Begin to send all the rest, and hang up at `stop`; at the end of the file wait for the answer."""
    with path.open("rb") as file, sender.open() as wire:
        file.seek(offset)
        wire.sendall(sender.patch(offset, size - offset))
        while offset < stop and (block := file.read(min(MIB, stop - offset))):
            try:
                wire.sendall(block)
            except (BrokenPipeError, ConnectionResetError):
                return
            offset += len(block)
        if offset < size:
            hang_up(wire)
        else:
            assert b"204" in read_all(wire)[:20]


@pytest.mark.timeout(600)
def test_a_file_cut_thirty_times_and_by_two_deaths_arrives_whole(server, key, dataset, payload):
    path, digest = payload
    upload_id, sender = announce(server, key, dataset, SIZE, digest)
    dice, cuts, began, before = random.Random(3), 0, time.monotonic(), memory_of(server.web.pid, "VmRSS")
    peak = 0
    places = sorted(dice.randrange(1, SIZE) for _ in range(CUTS))
    while (offset := wait_offset(sender)) < SIZE:
        ahead = [place for place in places if place > offset + MIB]
        stop = ahead[0] if cuts < CUTS and ahead else SIZE
        if stop == SIZE and cuts < CUTS:
            stop = min(SIZE - 1, offset + max(1, (SIZE - offset) // 2))
        sent_until(sender, path, offset, stop, SIZE)
        cuts += 1
        peak = max(peak, memory_of(server.web.pid, "VmHWM"))
        if cuts in (10, 20):
            server.kill()
            server.restart()

    seconds = time.monotonic() - began
    assert cuts >= CUTS
    assert hashlib.sha256(stored(server, upload_id).read_bytes()).hexdigest() == digest
    sys.stdout.write(
        f"{SIZE // MIB} MiB, {cuts} cuts, 2 kills: {seconds:.1f} s, memory {before >> 20} to {peak >> 20} MiB"
        + "\n"
    )
    assert peak - before < 120 * MIB


def wait_offset(sender: Sender) -> int:
    """The offset, when it has come to rest: a server that was cut off may still be writing what came."""
    last = -1
    while (offset := sender.offset()) != last:
        last = offset
    return offset


def settled_offset(sender: Sender, expected: int) -> int:
    """The offset, for which a busy server gets some time to notice that nobody sends any more."""
    deadline = time.monotonic() + 10
    while (offset := sender.offset()) != expected and time.monotonic() < deadline:
        continue
    return offset


def test_what_arrived_before_a_cut_is_kept_to_the_byte(server, key, dataset):
    upload_id, sender = announce(server, key, dataset, 10_000_000)
    wire = sender.open()
    wire.sendall(sender.patch(0, 10_000_000) + b"x" * 1_234_567)
    while not (path := next((server.home / "media").glob(f"t/*/incoming/{upload_id}"), None)) or (
        path.stat().st_size < 1_234_000
    ):
        time.sleep(0.01)

    wire.close()

    assert settled_offset(sender, 1_234_567) == 1_234_567


def test_of_two_writers_at_once_one_is_told_to_wait(server, key, dataset):
    upload_id, sender = announce(server, key, dataset, 4 * MIB)
    first = sender.open()
    first.sendall(sender.patch(0, 4 * MIB) + b"a" * MIB)
    while not list((server.home / "media").glob(f"t/*/incoming/{upload_id}")):
        time.sleep(0.01)
    with sender.open() as second:
        second.sendall(sender.patch(0, 4 * MIB) + b"b" * MIB)

        refused = read_all(second)

    first.sendall(b"a" * (3 * MIB))
    assert b"409" in refused[:20]
    assert b"upload_busy" in refused
    assert b"204" in read_all(first)[:20]
    first.close()
    assert set(stored(server, upload_id).read_bytes()) == set(b"a")


def test_a_refusal_comes_before_the_body(server, key, dataset):
    _, sender = announce(server, key, dataset, 64 * MIB)
    stranger = Sender(server, "nonsense", sender.url)
    began = time.monotonic()

    for one, status in (
        (stranger, b"401"),
        (Sender(server, key, sender.url[:-4] + "0000"), b"404"),
        (sender, b"409"),
    ):
        with one.open() as wire:
            wire.sendall(one.patch(5, 32 * MIB))
            assert status in read_all(wire)[:20]

    assert time.monotonic() - began < 10


def test_a_line_that_falls_silent_is_given_up_and_its_bytes_are_kept(server, key, dataset):
    _, sender = announce(server, key, dataset, 3 * MIB)
    with sender.open() as wire:
        wire.sendall(sender.patch(0, 3 * MIB) + b"z" * MIB)

        # A late answer or none: the connection ends either way.
        read_all(wire)

    assert settled_offset(sender, MIB) == MIB


def test_many_answers_on_one_connection(server, key, dataset):
    """A streamed body leaves the connection as it found it."""
    _, sender = announce(server, key, dataset, 3000)
    with sender.open() as wire:
        for offset in (0, 1000, 2000):
            wire.sendall(sender.patch(offset, 1000) + b"q" * 1000)
            assert b"204" in read_all(wire)[:20]


def test_slow_lines_do_not_keep_others_waiting(server, key, dataset):
    """More of them than a pool of connections to the database has."""
    senders = [announce(server, key, dataset, 2 * MIB)[1] for _ in range(24)]
    stuck = [sender.open() for sender in senders[4:]]
    for wire, sender in zip(stuck, senders[4:], strict=True):
        wire.sendall(sender.patch(0, 2 * MIB) + b"s")
    answers = []

    def send(sender: Sender) -> None:
        with sender.open() as wire:
            wire.sendall(sender.patch(0, 2 * MIB) + b"p" * (2 * MIB))
            answers.append(read_all(wire)[:12])

    threads = [threading.Thread(target=send, args=[sender]) for sender in senders[:4]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for wire in stuck:
        wire.close()
    assert answers == [b"HTTP/1.1 204"] * 4
    assert [settled_offset(sender, 1) for sender in senders[4:]] == [1] * 20
