"""A real detector service in a process of its own, with its own folder, that tests may kill."""

import atexit
import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.data import ROOT
from tests.servers import free_port

START_SECONDS, STOP_SECONDS = 60, 30
TOKEN = "quay-seven-token"


class DetectorService:
    """`python -m inference.service` as an operator starts it; further variables go into `settings`."""

    def __init__(self, **settings: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="detector-service-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("MODELSHIP", "DJANGO"))
        }
        self.env = {
            **kept,
            "MODELSHIP_ML_MODELS": str(self.home / "models"),
            "MODELSHIP_ML_TOKEN": TOKEN,
            "MODELSHIP_ML_LANES": "2",
            **settings,
        }
        self.process: subprocess.Popen | None = None

    @property
    def log(self) -> str:
        return (self.home / "log").read_text()

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {TOKEN}"}

    def client(self, **more: object) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=60, trust_env=False, **more)

    def start(self) -> "DetectorService":
        command = [sys.executable, "-m", "inference.service", "--port", str(self.port)]
        with (self.home / "log").open("a") as log:
            self.process = subprocess.Popen(command, env=self.env, cwd=ROOT, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the service ended by itself:\n{self.log}"
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{self.url}/api/ml/health", timeout=2, trust_env=False).raise_for_status()
                return self
            time.sleep(0.05)
        raise AssertionError(f"the service did not start:\n{self.log}")

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Asked to end; returns its exit status."""
        return self._end(signal.SIGTERM)

    def drop(self) -> None:
        self._end(signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)

    def _end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)


@functools.cache
def shared_service() -> DetectorService:
    """One for all tests of this process that leave it as it is."""
    service = DetectorService().start()
    atexit.register(service.drop)
    return service
