"""Everything that `make run` starts, in one terminal: web server and worker, ended together."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

STOP_SECONDS = 15
START_SECONDS = 60
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound


class Command(BaseCommand):
    help = "Run the web server and a worker side by side; Ctrl-C ends both."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.MODELSHIP_BIND)
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        self.stopping = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.stop)
        host, port = options["host"], str(options["port"])
        parts = {
            "web": self.start("serve", "--host", host, "--port", port),
            "worker": self.start("worker"),
        }
        url = f"http://{'127.0.0.1' if host in EVERYWHERE else host}:{port}"
        self.announce(url, parts["web"])
        code = self.watch(parts)
        self.end(parts)
        if code:
            raise CommandError(f"A part ended by itself with code {code}; see the lines above.")

    def start(self, *command: str) -> subprocess.Popen:
        manage = str(Path(settings.BASE_DIR) / "manage.py")
        # A session of its own: Ctrl-C reaches this process alone, which then ends the parts in order.
        return subprocess.Popen([sys.executable, manage, *command], start_new_session=True, env=os.environ)

    def stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def announce(self, url: str, web: subprocess.Popen) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.stopping and web.poll() is None and time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{url}/health", timeout=1).close()
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
                continue
            self.stdout.write(self.style.SUCCESS(f"ModelShip is ready at {url} (Ctrl-C ends it)."))
            return

    def watch(self, parts: dict[str, subprocess.Popen]) -> int:
        """Wait for Ctrl-C; a part that ends by itself ends the others. A killed worker is replaced."""
        while not self.stopping:
            if parts["web"].poll() is not None:
                return parts["web"].returncode or 1
            if parts["worker"].poll() is not None:
                self.stderr.write("The worker ended; starting another. Its job will be taken up again.")
                parts["worker"] = self.start("worker")
                time.sleep(1)
            time.sleep(0.2)
        return 0

    def end(self, parts: dict[str, subprocess.Popen]) -> None:
        for part in parts.values():
            if part.poll() is None:
                part.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for part in parts.values():
            try:
                part.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                part.kill()
        self.stdout.write("ModelShip has stopped.")
