"""The process that trains: started with a folder, heard line by line, killed with everything it started.

PyTorch lives there alone. The web server and the worker never import it; whether it could be is asked of
the import system.
"""

import contextlib
import importlib.util
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog
from django.conf import settings

from modelship.lib.errors import Conflict, Unavailable
from modelship.lib.limited import bare_environment

MODULE = "inference.training.run"
POLL_SECONDS = 0.3
# A process that says nothing for so long is taken to hang.
SILENCE_SECONDS = 900.0
TAIL_BYTES = 2_000
# Threads that wait for each other sleep: where others use the cores too, spinning ones take minutes a step.
PATIENT = {"OMP_WAIT_POLICY": "PASSIVE"}
log = structlog.get_logger(__name__)

Event = dict[str, Any]


def is_installed() -> bool:
    """Whether this installation can train."""
    return importlib.util.find_spec("torch") is not None


def need_installed() -> None:
    """Raises Conflict that says how to install what training needs."""
    if not is_installed():
        raise Conflict(
            "Training needs PyTorch, which is not installed on this server. Ask the operator to run "
            "“make train-install” (or “pip install -r requirements/train.txt”) and to restart it.",
            code="torch_missing",
        )


class Child:
    """A running training; leaving the with block ends it, finished or not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        self._errors = (self.folder / "errors.txt").open("w+b")
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-B", "-m", MODULE, str(self.folder)],
            # Never written to: its end tells the process that we are gone, also where we were killed.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=settings.BASE_DIR,
            env={**bare_environment(str(self.folder)), **PATIENT},
            start_new_session=True,
        )
        threading.Thread(target=self._read, name="training", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._errors):
            if pipe:
                pipe.close()

    def events(self) -> Iterator[Event | None]:
        """What it says, and None now and then while it says nothing. Raises Unavailable where it died or hangs."""
        heard = time.monotonic()
        while True:
            try:
                line = self._lines.get(timeout=POLL_SECONDS)
            except queue.Empty:
                if time.monotonic() - heard > SILENCE_SECONDS:
                    raise self._lost("hangs") from None
                yield None
                continue
            if line is None:
                raise self._lost(f"ended with {self._process.wait()}")
            heard = time.monotonic()
            yield json.loads(line)

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        with pipe:
            for line in pipe:
                self._lines.put(line)
        self._lines.put(None)

    def _lost(self, how: str) -> Unavailable:
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - TAIL_BYTES))
        log.warning("training.lost", how=how, said=self._errors.read().decode(errors="replace"))
        return Unavailable(
            "The training process ended in the middle. Retry it; if it ends again, give the server more memory.",
            code="training_lost",
        )
