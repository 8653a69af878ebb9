import os
import subprocess
import sys

import pytest

from modelship.lib.memory import held_bytes, total_bytes

MEMINFO = "MemTotal:       16000000 kB\nMemFree:  1 kB\n"


@pytest.fixture
def system(tmp_path):
    """A machine of 16 GB, told by files; returns how to write more of them."""

    def write(name: str, text: str) -> None:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    write("proc/meminfo", MEMINFO)
    write("proc/self/cgroup", "0::/slice/ours\n")
    return write


def total(tmp_path):
    return total_bytes(proc=tmp_path / "proc", cgroups=tmp_path / "groups")


def test_without_limits_it_is_the_machines(system, tmp_path):
    system("groups/slice/ours/memory.max", "max\n")

    assert total(tmp_path) == 16_000_000 << 10


@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("groups/memory.max", "0::/\n"),
        ("groups/slice/ours/memory.max", "0::/slice/ours\n"),
        ("groups/slice/memory.max", "0::/slice/ours\n"),
        ("groups/memory/memory.limit_in_bytes", "9:cpu:/\n4:memory:/\n"),
        ("groups/memory/slice/memory.limit_in_bytes", "4:memory,hugetlb:/slice/ours\n"),
    ],
)
def test_a_container_may_use_less(system, tmp_path, file, rows):
    system("proc/self/cgroup", rows)
    system(file, "1000000\n")

    assert total(tmp_path) == 1_000_000


def test_version_one_has_a_word_for_no_limit(system, tmp_path):
    system("groups/memory/memory.limit_in_bytes", "9223372036854771712\n")

    assert total(tmp_path) == 16_000_000 << 10


def test_a_system_that_does_not_tell(tmp_path):
    assert total(tmp_path) is None
    assert held_bytes(os.getpid(), proc=tmp_path / "proc") is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells")
def test_what_a_process_takes_shows():
    code = "import sys; data = bytearray(b'x') * int(sys.argv[1]); print(flush=True); sys.stdin.read()"
    held = []
    for size in (1, 100 << 20):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(size)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            process.stdout.readline()
            held.append(held_bytes(process.pid))
            process.stdin.close()
    assert 95 << 20 < held[1] - held[0] < 105 << 20
    assert held_bytes(process.pid) is None
