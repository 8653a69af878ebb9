"""Servers beside which live editing is measured: the least that can be done, and what the manuals do."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.live_load import Place
from tests.data import ROOT
from tests.live_clients import new_id
from tests.servers import free_port

START_SECONDS = 20


@contextmanager
def bare_rooms(rooms: int, boxes: int) -> Iterator[list[Place]]:
    """The limit: websockets alone, which answers and broadcasts."""
    port = free_port()
    with running(port, rooms, boxes, "-m", "tests.bench.bare_room", str(port)) as places:
        yield places


@contextmanager
def layer_rooms(rooms: int, boxes: int) -> Iterator[list[Place]]:
    """The peer: daphne with a channel layer."""
    port = free_port()
    command = ["-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0"]
    with running(port, rooms, boxes, *command, "tests.bench.layer_room:application") as places:
        yield places


@contextmanager
def running(port: int, rooms: int, boxes: int, *command: str) -> Iterator[list[Place]]:
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        answers(port)
        ids = [new_id() for _ in range(boxes)]
        url = f"ws://127.0.0.1:{port}"
        yield [Place(f"{url}/{room}", {}, ids, greets=False, pid=process.pid) for room in range(rooms)]
    finally:
        process.terminate()
        process.wait()


def answers(port: int) -> None:
    """Wait until somebody listens on the port."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing answers on port {port}")
