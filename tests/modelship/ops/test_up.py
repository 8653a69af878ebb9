"""What `make run` does: prepare once, serve with a worker, end together."""

import os
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.data import ROOT
from tests.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("up")]
LINK = re.compile(r"http://127\.0\.0\.1:\d+(/setup/\S+)")


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(line) for line in listed.stdout.split()]


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def wait_for(condition, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_first_run_second_run_and_the_end(tmp_path: Path):
    server = Server(tmp_path)
    home = server.home
    first = server.manage("prepare", "--port", str(server.port))
    second = server.manage("prepare", "--port", str(server.port))
    link = LINK.search(first)
    assert link
    assert not LINK.search(second)
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600

    command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(server.port)]
    up = subprocess.Popen(
        command, env=server.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert up.stdout is not None
        assert "is ready at" in next(line for line in up.stdout if "is ready" in line)
        with urllib.request.urlopen(server.url + link[1]) as page:
            assert page.status == 200
        parts = children_of(up.pid)
        assert len(parts) == 2

        os.kill(up.pid, signal.SIGINT)

        assert up.wait(30) == 0
        assert wait_for(lambda: not any(alive(part) for part in parts))
    finally:
        if up.poll() is None:
            up.kill()


def test_a_killed_worker_is_replaced(tmp_path: Path):
    server = Server(tmp_path).install()
    server.manage("prepare", "--port", str(server.port))
    command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(server.port)]
    up = subprocess.Popen(command, env=server.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert wait_for(lambda: len(children_of(up.pid)) == 2 and answers(server.url))
        worker = next(
            pid for pid in children_of(up.pid) if "worker" in Path(f"/proc/{pid}/cmdline").read_text()
        )

        os.kill(worker, signal.SIGKILL)

        assert wait_for(lambda: len([pid for pid in children_of(up.pid) if pid != worker]) == 2)
        assert answers(server.url)
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait(30)


def answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(f"{url}/health", timeout=2).status == 200
    except (urllib.error.URLError, OSError):
        return False


def test_two_instances_have_different_keys_and_no_known_account(tmp_path: Path):
    homes = [Server(tmp_path / name).install() for name in ("one", "two")]
    for server in homes:
        server.manage("prepare", "--port", str(server.port))

    keys = {(server.home / "secret_key").read_text() for server in homes}
    usable = homes[0].manage(
        "shell",
        "-c",
        "from modelship.accounts.models import User; print(sum(u.has_usable_password() for u in User.objects.all()))",
    )

    assert len(keys) == 2
    assert usable.strip().splitlines()[-1] == "0"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"MODELSHIP_SECRET_KEY": "short"}, "at least 32 characters"),
        ({"MODELSHIP_DEBUG": "true", "HOST": "0.0.0.0"}, "loopback"),
        ({"MODELSHIP_MAX_SIDE": "many"}, "MODELSHIP_MAX_SIDE must be a whole number"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL must be"),
    ],
)
def test_a_bad_setting_stops_the_start(settings: dict[str, str], sentence: str, tmp_path: Path):
    server = Server(tmp_path, **settings)

    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check"], env=server.env, capture_output=True, text=True
    )

    assert done.returncode != 0
    assert sentence in done.stderr
