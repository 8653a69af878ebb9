"""The other side of `limited`: run as a script by a fresh interpreter, takes calls until its socket closes.

It is started with `-I <socket> <root of the code>` and imports nothing of ours but what it is asked to call.
"""

import contextlib
import ctypes
import functools
import importlib
import math
import os
import pickle
import resource
import select
import shutil
import signal
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

FRAME = struct.Struct("!Q")
MAX_ANSWER_BYTES = 64 << 20
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_NO_NEW_PRIVS = 38
# The parent ends a late call; this much later the child ends itself, should the parent be gone.
GRACE_SECONDS = 5.0


def serve(connection: socket.socket) -> None:
    while (request := _receive(connection)) is not None:
        # An empty one is a wish to stop that came when the answer was on its way.
        if not request:
            continue
        name, args, limits, is_heard = pickle.loads(request)  # noqa: S301  the server's own words
        function, failure = _load(name)
        _send(connection, b"")
        if is_heard:
            function = functools.partial(function, line=Line(connection))
        answer = failure or _call(function, args, limits)
        _send(connection, _packed(answer))


class Line:
    """How a callable tells parts of its answer, and hears that the caller wants it to come to an end.

    For the thread of the call alone.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._is_stopped = False

    def tell(self, part: Any) -> None:
        _send(self._connection, _packed(("part", part)))

    def is_stopped(self) -> bool:
        while not self._is_stopped and select.select([self._connection], [], [], 0)[0]:
            # During a call nothing else comes than the wish to stop, or the end.
            self._is_stopped = not _receive(self._connection)
        return self._is_stopped


def _load(name: str) -> tuple[Callable[..., Any], tuple[str, str] | None]:
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute), None
    except ImportError as error:
        return repr, ("missing", error.name or name)
    except Exception as error:  # noqa: BLE001  a module may raise anything while it loads
        return repr, ("crashed", f"{name} could not be loaded: {error!r}")


def _call(function: Callable[..., Any], args: tuple[Any, ...], limits: dict[str, Any]) -> tuple[Any, ...]:
    _tighten(limits)
    try:
        return ("value", function(*args))
    except MemoryError:
        return ("memory", "")
    except Exception as error:  # noqa: BLE001  decoders raise anything; the caller hears of it
        return _raised(error)
    finally:
        _loosen()


def _raised(error: Exception) -> tuple[Any, ...]:
    if isinstance(error, ValueError) or (hasattr(error, "code") and hasattr(error, "detail")):
        return ("raised", type(error).__module__, type(error).__qualname__, error.args, dict(error.__dict__))
    return ("crashed", f"{type(error).__name__}: {error}"[:500])


def _packed(answer: tuple[Any, ...]) -> bytes:
    """The answer with a word on whether this child is still good for another call."""
    keep = answer[0] != "memory"
    try:
        data = pickle.dumps((keep, answer))
    except Exception as error:  # noqa: BLE001  a result that can't be pickled raises anything
        data = pickle.dumps((keep, ("crashed", f"the result can't be sent: {error!r}"[:500])))
    if len(data) > MAX_ANSWER_BYTES:
        data = pickle.dumps((False, ("memory", "the result is too long")))
    return data


def _tighten(limits: dict[str, Any]) -> None:
    held = _address_space()
    if held:
        _soft_limit(resource.RLIMIT_AS, held + limits["memory_bytes"])
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft_limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + limits["cpu_seconds"]))
    _soft_limit(resource.RLIMIT_FSIZE, limits["file_bytes"])
    signal.setitimer(signal.ITIMER_REAL, limits["wall_seconds"] + GRACE_SECONDS)


def _loosen() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
        _soft_limit(kind, resource.getrlimit(kind)[1])


def _soft_limit(kind: int, value: int) -> None:
    """Only the soft limit moves: a lowered hard one could not be raised again for the next call."""
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard) if value != resource.RLIM_INFINITY else hard
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (value, hard))


def _address_space() -> int:
    """Bytes of address space held now, or 0 where the system does not tell (and does not limit)."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _shut_in() -> None:
    """Give up for good what no call needs; what the system refuses to take away stays."""
    for kind, value in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 256)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (value, value))
    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) != 0:
            libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _receive(connection: socket.socket) -> bytes | None:
    head = _exactly(connection, FRAME.size)
    return None if head is None else _exactly(connection, FRAME.unpack(head)[0])


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        part = connection.recv(min(size - len(data), 1 << 20))
        if not part:
            return None
        data += part
    return bytes(data)


def _send(connection: socket.socket, data: bytes) -> None:
    connection.sendall(FRAME.pack(len(data)) + data)


if __name__ == "__main__":
    folder = os.getcwd()
    sys.path.insert(0, sys.argv[2])
    _shut_in()
    try:
        with contextlib.suppress(OSError):
            serve(socket.socket(fileno=int(sys.argv[1])))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
