"""Processor time: it says what work costs, hardly feels what else is running, and adds up over processes."""

import os
from pathlib import Path


def used_by(root: int, *, named: str = "") -> float:
    """Milliseconds that a process and all below it have used; only those whose name begins so."""
    return _milliseconds(root, named, own=2)


def used_with_ended(root: int) -> float:
    """The same with those below it that have ended."""
    return _milliseconds(root, "", own=4)


def _milliseconds(root: int, named: str, own: int) -> float:
    """`own`: how many of the counters count: two of the process, and two of those that it has waited for."""
    used, parents = {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            name, _, rest = (folder / "stat").read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        pid, fields = int(folder.name), rest.split()
        parents[pid] = int(fields[1])
        if name.startswith(named):
            used[pid] = sum(map(int, fields[11 : 11 + own]))
    ticks = sum(spent for pid, spent in used.items() if _is_below(pid, root, parents))
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def _is_below(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid != root and pid in parents:
        pid = parents[pid]
    return pid == root


def peaks_mib(root: int) -> dict[int, float]:
    """The most that a process and each one that it started has ever held, by process id."""
    peaks = {}
    for pid in (root, *_started_by(root)):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        peaks[pid] = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    return peaks


def _started_by(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]


def resident_mib(pid: int) -> float:
    """The memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
