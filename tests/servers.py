"""A real server in a process of its own, with its own home and database, that tests may kill."""

import atexit
import contextlib
import functools
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psycopg

from tests.data import ROOT
from tests.migrated import migrated

START_SECONDS = 60
STOP_SECONDS = 15


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Database:
    """A database of the server's own: a file in its home, or a new one where DATABASE_URL is PostgreSQL."""

    def __init__(self) -> None:
        given = os.environ.get("DATABASE_URL", "")
        self.origin = given if given.startswith("postgres") else ""
        self.name = f"server_{uuid4().hex}"

    @property
    def env(self) -> dict[str, str]:
        return {"DATABASE_URL": f"{self.origin.rpartition('/')[0]}/{self.name}" if self.origin else ""}

    def create(self, like: str = "") -> None:
        self._tell(f"CREATE DATABASE {self.name}" + (f" TEMPLATE {like}" if like else ""))

    def drop(self) -> None:
        self._tell(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _tell(self, command: str) -> None:
        if self.origin:
            with psycopg.connect(self.origin, autocommit=True) as connection:
                connection.execute(command)


class Fresh:
    """A migrated database and collected files, made once a process: a server starts with copies of them."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="fresh-")
        self._server = Server(Path(self._folder.name))
        self._server.database.create()
        if self._server.database.origin:
            self._server.manage("migrate", "--verbosity", "0")
        atexit.register(self._end)

    def give(self, server: "Server") -> None:
        home = self._server.home
        server.database.create(self._server.database.name)
        if not server.database.origin:
            shutil.copy(migrated(), server.home / "db.sqlite3")
        if server.has_pages:
            if not (home / "static").exists():
                self._server.manage("collectstatic", "--noinput", "--verbosity", "0")
            shutil.copytree(home / "static", server.home / "static")

    def _end(self) -> None:
        self._server.database.drop()
        self._folder.cleanup()


fresh = functools.cache(Fresh)


class Server:
    """ModelShip as a person runs it: `serve`, and a worker where `worker` is set.

    `start` begins with a fresh installation and waits for /health; `kill` is SIGKILL; `restart` keeps home, port and data;
    `stop` ends it for good. Pages need collected files: a server without `pages` starts quicker and
    answers REST and sockets alone. Further variables of the environment go into `settings`.
    """

    password = "correct horse battery"

    def __init__(self, home: Path, *, worker: bool = False, pages: bool = True, **settings: str) -> None:
        self.home = home
        self.has_pages = pages
        self.database = Database()
        self.port = free_port()
        self.has_worker = worker
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "modelship.settings.base",
            "MODELSHIP_HOME": str(home),
            "MODELSHIP_TEMP": str(home / "tmp"),
            "MODELSHIP_LOG_LEVEL": "WARNING",
            "BOOTSTRAP_PASSWORD": self.password,
            **self.database.env,
            **settings,
        }
        self.web: subprocess.Popen | None = None
        self.worker: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        path = self.home / "server.log"
        return path.read_text() if path.exists() else ""

    def manage(self, *command: str) -> str:
        """Run a management command against this server's home and return what it prints."""
        arguments = [sys.executable, str(ROOT / "manage.py"), *command]
        done = subprocess.run(arguments, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}\n{done.stdout}"
        return done.stdout

    def python(self, code: str) -> str:
        """Run code in another process of the same installation, as a worker would be; returns what it prints."""
        return self.manage("shell", "--no-imports", "-v", "0", "-c", code)

    def query(self, sql: str) -> list[tuple]:
        """Look into the database itself, past the product."""
        if self.database.origin:
            with psycopg.connect(self.env["DATABASE_URL"]) as wire:
                return wire.execute(sql).fetchall()
        with contextlib.closing(sqlite3.connect(self.home / "db.sqlite3")) as file:
            return file.execute(sql).fetchall()

    def install(self) -> "Server":
        """Make its home a fresh installation, as `prepare` would, without accounts."""
        self.home.mkdir(parents=True, exist_ok=True)
        fresh().give(self)
        return self

    def start(self) -> "Server":
        return self.install().restart()

    def restart(self) -> "Server":
        """Start the processes that are not running, on the same port and data."""
        if self.web is None or self.web.poll() is not None:
            self.web = self._spawn("serve", "--port", str(self.port))
            self._wait()
        if self.has_worker and (self.worker is None or self.worker.poll() is not None):
            self.worker = self._spawn("worker")
        return self

    def sibling(self, **settings: str) -> "Server":
        """Another web process on the same home and database, not started yet; stop it before this one."""
        other = Server(self.home, pages=self.has_pages, **settings)
        other.env = {**self.env, **settings}
        other.database.origin = ""
        return other

    def kill(self) -> None:
        """End the web server at once, in the middle of whatever it does."""
        self._end(self.web, signal.SIGKILL)

    def kill_worker(self) -> None:
        self._end(self.worker, signal.SIGKILL)

    def stop(self) -> None:
        for process in (self.web, self.worker):
            self._end(process, signal.SIGTERM)
        self.database.drop()

    def bootstrap(self, tenant: str = "acme", email: str = "alice@example.com", *more: str) -> dict[str, Any]:
        """Make or find a tenant with an owner; returns its ids and an API key."""
        command = ["bootstrap", "--tenant", tenant, "--email", email, "--password-env", "BOOTSTRAP_PASSWORD"]
        return json.loads(self.manage(*command, "--json", *more).strip().splitlines()[-1])

    def call(self, method: str, path: str, key: str, data: Any = None, **headers: str) -> tuple[int, Any]:
        """One JSON call of the REST API; returns status and decoded body."""
        request = urllib.request.Request(
            f"{self.url}/api/v1/{path}",
            method=method,
            data=None if data is None else json.dumps(data).encode(),
            headers={"Authorization": f"Api-Key {key}", "Content-Type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def _spawn(self, *command: str) -> subprocess.Popen:
        log = (self.home / "server.log").open("a")
        return subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *command], env=self.env, stdout=log, stderr=log
        )

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.web is not None
            assert self.web.poll() is None, f"the server ended by itself:\n{self.log}"
            try:
                urllib.request.urlopen(f"{self.url}/health", timeout=2).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{self.log}")

    def _end(self, process: subprocess.Popen | None, number: signal.Signals) -> None:
        if process is None or process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
