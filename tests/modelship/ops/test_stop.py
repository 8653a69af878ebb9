"""SIGTERM in the middle of uploads: the server ends soon, and what it had said of them holds."""

import contextlib
import io
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.datasets.test_resumable import MIB, announce, read_all
from tests.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("server"), pytest.mark.timeout(1200)]
MANY = 200
# The last part of what was sent may still be in a buffer on its way to the disk.
ARRIVED = MIB - (64 << 10)
# `manage.py up` and the tests' own servers are killed after 15 s.
SOON = 14


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("stop"), pages=False).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return server.bootstrap()["api_key"]


@pytest.fixture(scope="module")
def dataset(server: Server, key: str) -> str:
    project = server.call("POST", "projects", key, {"name": "P"})[1]["id"]
    return server.call("POST", "datasets", key, {"project": project, "name": "D"})[1]["id"]


def end(server: Server) -> int:
    """Ask it to end; raises TimeoutExpired where it would have to be killed."""
    assert server.web is not None
    server.web.send_signal(signal.SIGTERM)
    return server.web.wait(SOON)


def until(is_true) -> None:
    deadline = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.05)


def test_halting_pieces_are_cut_and_go_on_where_they_stood(server, key, dataset):
    data = random.Random(5).randbytes(MIB)
    senders = [announce(server, key, dataset, 2 * MIB)[1] for _ in range(3)]

    with contextlib.ExitStack() as wires:
        for sender in senders:
            wire = wires.enter_context(sender.open())
            wire.sendall(sender.patch(0, 2 * MIB) + data)
        until(lambda: [path.stat().st_size >= ARRIVED for path in arriving(server)] == [True] * 3)
        code = end(server)
    server.restart()

    assert code == 0
    offsets = [sender.offset() for sender in senders]
    assert min(offsets) >= ARRIVED
    assert sorted(path.read_bytes() for path in arriving(server)) == sorted(
        data[:offset] for offset in offsets
    )
    with senders[0].open() as wire:
        rest = 2 * MIB - offsets[0]
        wire.sendall(senders[0].patch(offsets[0], rest) + bytes(rest))
        assert b"204" in read_all(wire).split(b"\r\n")[0]


def test_an_upload_of_many_pictures_is_cut_between_batches(server, key, dataset):
    files = [("files", (f"{number}.jpg", photo(number), "image/jpeg")) for number in range(MANY)]
    upload = threading.Thread(target=lambda: send(server, key, dataset, files))

    upload.start()
    until(lambda: images(server) > 0)
    code = end(server)
    upload.join()
    kept = images(server)
    server.restart()
    results = send(server, key, dataset, files)

    assert code == 0
    assert kept < MANY
    assert [result["status"] for result in results].count("duplicate") == kept
    assert images(server) == MANY
    assert len(list((server.home / "media").glob("t/*/blobs/*/*"))) == MANY
    assert not list((server.home / "tmp").glob("renditions-*"))


def test_a_body_that_is_on_its_way_holds_nothing_up(server, key, dataset):
    _, sender = announce(server, key, dataset, MIB)
    head = sender.head("POST", "Content-Type: multipart/form-data; boundary=x", f"Content-Length: {MIB}")

    with sender.open() as wire:
        wire.sendall(
            head.replace(sender.url.encode(), f"/api/v1/datasets/{dataset}/images".encode()) + b"--x"
        )
        code = end(server)
    server.restart()

    assert code == 0


def arriving(server: Server) -> list[Path]:
    return list((server.home / "media").glob("t/*/incoming/*"))


def images(server: Server) -> int:
    return server.query("SELECT COUNT(*) FROM datasets_image")[0][0]


def send(server: Server, key: str, dataset: str, files: list) -> list[dict]:
    with contextlib.suppress(httpx.HTTPError):
        answer = httpx.post(
            f"{server.url}/api/v1/datasets/{dataset}/images",
            files=files,
            headers={"Authorization": f"Api-Key {key}"},
            timeout=300,
        )
        return answer.json().get("results", [])
    return []


def photo(number: int) -> bytes:
    """Noise costs a decoder more than anything else."""
    noise = Image.frombytes("RGB", (160, 120), random.Random(number).randbytes(57_600)).resize((1280, 960))
    file = io.BytesIO()
    noise.save(file, "JPEG", quality=85)
    return file.getvalue()
