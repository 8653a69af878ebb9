"""How much memory there is here, and what a process really takes of it.

Linux tells; where the system does not, both answers are None.
"""

import os
from pathlib import Path

PROC, CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")
# What version 1 of control groups says where nothing is limited is near this.
NO_LIMIT = 1 << 60


def total_bytes(*, proc: Path = PROC, cgroups: Path = CGROUPS) -> int | None:
    """The memory of the machine, or of the container where that may use less."""
    told = [_machine(proc / "meminfo"), *map(_limit, _limit_files(proc, cgroups))]
    known = [value for value in told if value is not None and value < NO_LIMIT]
    return min(known, default=None)


def held_bytes(pid: int, *, proc: Path = PROC) -> int | None:
    """What a process holds, with its share of what it has in common with others (PSS).

    Counted so, the sums of several are right: libraries that all of them map count once. The resident set, where
    the kernel tells no more. None for a process that has ended.
    """
    try:
        for line in (proc / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    except (OSError, ValueError):
        pass
    try:
        return int((proc / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def _machine(meminfo: Path) -> int | None:
    try:
        return int(meminfo.read_text().partition("MemTotal:")[2].split()[0]) << 10
    except (OSError, ValueError, IndexError):
        return None


def _limit_files(proc: Path, cgroups: Path) -> list[Path]:
    """Where the limits of our control group and of those around it stand, in both versions."""
    files = [cgroups / "memory.max", cgroups / "memory/memory.limit_in_bytes"]
    try:
        rows = (proc / "self/cgroup").read_text().splitlines()
    except OSError:
        return files
    for row in rows:
        _, kinds, path = row.split(":", 2)
        if not kinds or "memory" in kinds.split(","):
            root, name = (cgroups / "memory", "memory.limit_in_bytes") if kinds else (cgroups, "memory.max")
            own = root / path.lstrip("/")
            files += [folder / name for folder in (own, *own.parents) if folder.is_relative_to(root)]
    return files


def _limit(file: Path) -> int | None:
    """None where there is no limit, or no such file."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
