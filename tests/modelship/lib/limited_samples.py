"""What the tests of limited children call: each does one thing that a decoder might do."""

import dataclasses
import os
import signal
import socket
import time

from modelship.lib import errors


@dataclasses.dataclass(frozen=True)
class Pair:
    left: int
    right: str


class Refused(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


class Evil:
    def __reduce__(self) -> tuple:
        return os.system, ("true",)


def pair(left: int, right: str) -> Pair:
    return Pair(left, right)


def evil() -> Evil:
    return Evil()


def identity() -> int:
    return os.getpid()


def surroundings() -> dict:
    return {"environment": dict(os.environ), "files": os.listdir(), "folder": os.getcwd()}


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def reach(port: int) -> str:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return "unreachable"
    return "reached"


def take_memory(size: int) -> int:
    return len(bytearray(size))


def burn() -> None:
    while True:
        pass


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def die() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def write(path: str, size: int) -> int:
    with open(path, "wb") as file:
        return file.write(b"0" * size)


def read(path: str) -> int:
    with open(path, "rb") as file:
        return len(file.read())


def value_error() -> None:
    raise ValueError("No such colour.")


def refuse() -> None:
    raise Refused("bad_head", "The head is unknown.")


def problem() -> None:
    raise errors.Unprocessable("Send another file.", code="corrupt", limit=3)


def type_error() -> None:
    raise TypeError("Missing dimensions")


def too_much() -> bytes:
    return bytes(65 << 20)


def count(last: int, pause: float = 0.0, *, line) -> str:
    """Tells every number up to the last one, unless it is stopped."""
    for number in range(last):
        if line.is_stopped():
            return f"stopped before {number}"
        line.tell({"number": number})
        time.sleep(pause)
    return "counted"


def chatter(*, line) -> None:
    while True:
        line.tell("once more")
