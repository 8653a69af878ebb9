"""Running a function on untrusted input in a child process that can be killed.

A decoder that explodes, loops or is taken over must not take the server with it. `run_limited` sends
the call to one of a few warm children: fresh interpreters (never forks of the server, so no database
connection, socket or secret is inherited) in an empty folder, without a network where the system
allows that, with limits on memory, processor time, wall-clock time and the size of files.

Give big bytes by file path: the child reads the same disk. What comes back is not trusted either, so
the answer may hold plain data, arrays and the dataclasses of the called package, and nothing else.

A caller with a Listener hears parts before the answer and may ask the child to come to an end; the
callable then gets a keyword `line` with `tell(part)` and `is_stopped()`.
"""

import atexit
import contextlib
import dataclasses
import enum
import importlib
import io
import os
import pickle
import queue
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from modelship.lib.memory import held_bytes

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).resolve().with_name("_limited_child.py")
BOOT_SECONDS = 60.0
QUEUE_SECONDS = 60.0
MAX_ANSWER_BYTES = 64 << 20
# A child that tells more parts than this does not mean to answer.
MAX_PARTS = 50_000
# How often a listener is asked whether it wants the child to stop.
ASK_SECONDS = 0.1
FRAME = struct.Struct("!Q")

# What a child may see of the server's environment: enough to start Python, no secret.
KEPT_VARIABLES = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"),
)
# Each thread of a native library reserves address space, which the memory limit counts.
CALM_VARIABLES = {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

PLAIN_CLASSES = {
    ("builtins", name) for name in ("set", "frozenset", "complex", "bytearray", "range", "slice")
} | {
    ("collections", "OrderedDict"),
    ("datetime", "datetime"),
    ("datetime", "timezone"),
    ("datetime", "timedelta"),
    ("decimal", "Decimal"),
    ("uuid", "UUID"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
}


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one call may use. `memory_bytes` counts from what the child holds before the call."""

    memory_bytes: int = 1 << 30
    cpu_seconds: float = 30.0
    wall_seconds: float = 60.0
    file_bytes: int = 512 << 20


DEFAULT = Limits()


@dataclasses.dataclass(frozen=True)
class Listener:
    """Hears parts of an answer in the calling thread; what `on_part` raises ends the call and the child.

    Once `should_stop` holds the child is asked to come to an end, with an answer; its limits go on counting.
    """

    on_part: Callable[[Any], None]
    should_stop: Callable[[], bool] = lambda: False


class LimitExceeded(Exception):
    """The child did not answer.

    `reason` is memory, cpu, wall, crashed, missing (a library that `detail` names), or busy (no child was free).
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class AnswerReader(pickle.Unpickler):
    """Reads a child's answer without running anything that the child chose."""

    def __init__(self, data: bytes, root: str) -> None:
        super().__init__(io.BytesIO(data))
        self._roots = (root, "modelship")

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in PLAIN_CLASSES:
            return super().find_class(module, name)
        if _root_of(module) in self._roots and "." not in name:
            found = getattr(importlib.import_module(module), name, None)
            if _is_plain(found):
                return found
        raise pickle.UnpicklingError(f"An answer may not hold {module}.{name}.")


def _is_plain(found: Any) -> bool:
    return isinstance(found, type) and (
        dataclasses.is_dataclass(found) or issubclass(found, enum.Enum) or issubclass(found, tuple)
    )


class Child:
    """One interpreter that takes calls over a socket until it is closed."""

    def __init__(self) -> None:
        self.calls = 0
        self._folder = tempfile.mkdtemp(prefix="modelship-child-")
        self._socket, theirs = socket.socketpair()
        with theirs:
            # -I keeps the folder and the environment from adding code to the child.
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and script
                [sys.executable, "-I", "-B", str(CHILD), str(theirs.fileno()), str(ROOT)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self._folder,
                env={**bare_environment(self._folder), **CALM_VARIABLES},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self.pid = self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def call(
        self, function: str, args: tuple[Any, ...], limits: Limits, listener: Listener | None = None
    ) -> tuple[bool, tuple[Any, ...]]:
        """The child's answer, and whether the child may take another call."""
        self.calls += 1
        request = pickle.dumps((function, args, dataclasses.asdict(limits), listener is not None))
        with self._told_apart(limits):
            self._socket.settimeout(BOOT_SECONDS)
            self._send(request)
            # The first frame says that the code is loaded: only then does the call's own clock run.
            self._receive(time.monotonic() + BOOT_SECONDS)
        deadline = time.monotonic() + limits.wall_seconds
        for _ in range(MAX_PARTS):
            with self._told_apart(limits):
                if listener is not None:
                    self._wait_heeding(listener, deadline)
                frame = self._receive(deadline)
            keep, answer = _read(frame, function)
            if listener is None or answer[:1] != ("part",):
                return keep, answer
            listener.on_part(*answer[1:])
        raise LimitExceeded("crashed", "the child told too many parts")

    def _wait_heeding(self, listener: Listener, deadline: float) -> None:
        """Wait for the next frame, and hand on the wish to stop, which the child may hear more than once."""
        while True:
            if listener.should_stop():
                self._send(b"")
            left = deadline - time.monotonic()
            if left <= 0 or self._has_news(min(left, ASK_SECONDS)):
                return

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextlib.contextmanager
    def _told_apart(self, limits: Limits) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise LimitExceeded("wall", f"no answer after {limits.wall_seconds:g} s") from error
        except (EOFError, OSError) as error:
            raise self._death() from error

    def _send(self, data: bytes) -> None:
        self._socket.sendall(FRAME.pack(len(data)) + data)

    def _has_news(self, seconds: float) -> bool:
        """Whether something came within so many seconds; the end of the child is news too."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def _receive(self, deadline: float) -> bytes:
        (size,) = FRAME.unpack(self._exactly(FRAME.size, deadline))
        if size > MAX_ANSWER_BYTES:
            raise OSError("The answer is too long.")
        return self._exactly(size, deadline)

    def _exactly(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            part = self._socket.recv(min(size - len(data), 1 << 20))
            if not part:
                raise EOFError
            data += part
        return bytes(data)

    def _death(self) -> LimitExceeded:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        code = self._process.returncode
        if code == -getattr(signal, "SIGXCPU", 0):
            return LimitExceeded("cpu")
        if code == -signal.SIGALRM:
            return LimitExceeded("wall")
        return LimitExceeded("crashed", f"exit status {code}")


class Pool:
    """A fixed number of children, shared by all threads; a dead or worn one is replaced at its next use."""

    def __init__(self, children: int = 2, calls_per_child: int = 500) -> None:
        self._calls_per_child = calls_per_child
        # Last in, first out: the warmest child is used first and spare ones are never started.
        self._places: queue.LifoQueue[Child | None] = queue.LifoQueue()
        for _ in range(children):
            self._places.put(None)
        self._lock = threading.Lock()
        self._started: set[Child] = set()
        self._is_closed = False

    def run(
        self, function: str, args: tuple[Any, ...], limits: Limits, listener: Listener | None = None
    ) -> Any:
        try:
            child = self._places.get(timeout=QUEUE_SECONDS)
        except queue.Empty:
            raise LimitExceeded("busy", "every child is at work") from None
        keep = False
        try:
            child = self._ready(child)
            keep, answer = child.call(function, args, limits, listener)
            keep = keep and child.calls < self._calls_per_child
        finally:
            if child is not None and not keep:
                self._drop(child)
                child = None
            self._places.put(child)
        return _value_of(answer, function)

    @property
    def held_bytes(self) -> int:
        """What all children take of the machine's memory."""
        with self._lock:
            return sum(held_bytes(child.pid) or 0 for child in self._started)

    def close(self) -> None:
        """Kill every child, also those at work: their calls end as crashed."""
        with self._lock:
            self._is_closed = True
            started, self._started = self._started, set()
        for child in started:
            child.close()

    def _ready(self, child: Child | None) -> Child:
        if child is not None and child.is_alive:
            return child
        if child is not None:
            self._drop(child)
        with self._lock:
            if self._is_closed:
                raise LimitExceeded("crashed", "the pool is closed")
            fresh = Child()
            self._started.add(fresh)
        return fresh

    def _drop(self, child: Child) -> None:
        with self._lock:
            self._started.discard(child)
        child.close()


def _root_of(name: str) -> str:
    return name.partition(".")[0]


def bare_environment(folder: str) -> dict[str, str]:
    """What a child needs of our environment to start Python at home in `folder`; no secret is among it."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return {**kept, "HOME": folder, "TMPDIR": folder}


def _read(frame: bytes, function: str) -> tuple[bool, tuple[Any, ...]]:
    """What a child says: whether it may take another call, and its answer or a part of one."""
    try:
        keep, answer = AnswerReader(frame, _root_of(function)).load()
    except Exception as error:  # a broken pickle raises nearly anything
        raise LimitExceeded("crashed", "the answer could not be read") from error
    return bool(keep), tuple(answer)


def _value_of(answer: tuple[Any, ...], function: str) -> Any:
    kind, *rest = answer
    if kind == "value":
        return rest[0]
    if kind == "raised":
        raise _rebuilt(*rest, root=_root_of(function))
    raise LimitExceeded(kind, *rest)


def _rebuilt(module: str, name: str, args: tuple[Any, ...], state: dict[str, Any], *, root: str) -> Exception:
    """The callable's own exception. Its class is looked up, its constructor is not called."""
    kind = None
    if _root_of(module) in (root, "modelship", "builtins"):
        kind = getattr(importlib.import_module(module), name, None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        return LimitExceeded("crashed", f"{module}.{name}")
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class Shared:
    """The one pool of this process: made at the first call, ended with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._size = {"children": 2, "calls_per_child": 500}

    def configure(self, children: int, calls_per_child: int) -> None:
        self.close()
        self._size = {"children": children, "calls_per_child": calls_per_child}

    def pool(self) -> Pool:
        with self._lock:
            if self._pool is None:
                self._pool = Pool(**self._size)
            return self._pool

    def close(self) -> None:
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def forget(self) -> None:
        """A forked process must not talk to its parent's children, nor wait for its locks."""
        self._lock, self._pool = threading.Lock(), None


SHARED = Shared()
atexit.register(SHARED.close)
os.register_at_fork(after_in_child=SHARED.forget)


def configure(*, children: int, calls_per_child: int = 500) -> None:
    """Set the size of the shared pool; children that run already end."""
    SHARED.configure(children, calls_per_child)


def run_limited(function: str, *args: Any, limits: Limits = DEFAULT) -> Any:
    """Call `package.module:callable` with `args` in a limited child and return what it returns.

    Raises LimitExceeded when the child ran out of what `limits` allows or died, and the callable's own
    exception when that is a ValueError or carries a `code` and a `detail`. Safe from any thread.
    """
    return SHARED.pool().run(function, args, limits)
